"""KaTrain's own engine class and every AI strategy of KaTrain, without its window.

Arguments: the engine, the network.
"""

import os
import sys
import time

os.environ["KIVY_NO_ARGS"] = "1"
os.environ["KIVY_NO_CONSOLELOG"] = "1"

from katrain.core.ai import AntimirrorStrategy, game_report, generate_ai_move  # noqa: E402
from katrain.core.base_katrain import KaTrainBase  # noqa: E402
from katrain.core.constants import OUTPUT_ERROR, VERSION  # noqa: E402
from katrain.core.engine import KataGoEngine  # noqa: E402
from katrain.core.game import Game, Move  # noqa: E402
from katrain_settings import settings  # noqa: E402

# They imitate people by a second network. KaTrain takes its policy for an error unless it is of a board of 19x19.
OF_PEOPLE = ["ai:human", "ai:pro"]
PATIENCE = 120
# Black takes the centre and mirrors every move of White.
MIRRORED = "E5 C5 G5 D3 F7 D7 F3 F2 D8 E8 E2 E3 E7 C8 G2 F4 D6 G3 C7 B7 H3 C6 G4 F3 D7 H2 B8 H4 B6"
TRAINER_THRESHOLDS = [12, 6, 3, 1.5, 0.5, 0]


class KaTrain(KaTrainBase):
    """KaTrain without a window. Whatever it reports as an error fails the test."""

    def __init__(self):
        super().__init__(force_package_config=True, debug_level=0)
        self.errors = []
        self.pondering = False

    def log(self, message, level=0):
        if level == OUTPUT_ERROR:
            self.errors.append(str(message))

    def __call__(self, *message, **_):
        # What would open a window: only the offer to repair the engine comes here.
        self.errors.append(str(message))


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def wait(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        expect(time.monotonic() < end, f"{what} took more than {PATIENCE} s")
        time.sleep(0.02)


def new_game(katrain, engine, size=9, komi=6.5, rules="japanese"):
    game = Game(katrain, engine, game_properties={"SZ": size, "KM": komi, "RU": rules})
    katrain.game = game
    return game


def analyses_the_empty_board(katrain, engine):
    game = new_game(katrain, engine)
    root = game.root
    wait(lambda: root.analysis_complete, "the analysis of the empty board")
    expect(len(root.candidate_moves) > 1, "there is only one candidate")
    expect(len(root.ownership) == 81, f"{len(root.ownership)} points have an owner")
    expect(len(root.policy) == 82, f"the policy has {len(root.policy)} entries")
    best = root.candidate_moves[0]
    return f"best {best['move']}, Black wins {root.winrate:.1%}, {root.score:+.1f} points"


def plays_every_strategy(katrain, engine):
    """Returns a remark on each. Every strategy moves twice, once a side."""
    strategies = [name for name in katrain.config("ai") if name not in OF_PEOPLE]
    expect(len(strategies) >= 14, f"KaTrain has only {strategies}")
    return plays(katrain, engine, strategies, size=9)


def plays_as_people_do(katrain, engine):
    return plays(katrain, engine, OF_PEOPLE, size=19)


def plays(katrain, engine, strategies, size):
    game = new_game(katrain, engine, size)
    moves = []
    for name in strategies:
        for _ in range(2):
            move, node = generate_ai_move(game, name, katrain.config(f"ai/{name}"))
            expect(node is not None, f"{name} did not move")
            if name in OF_PEOPLE:
                expect("Falling back" not in node.ai_thoughts, node.ai_thoughts)
            moves.append(f"{name.removeprefix('ai:')} {move.gtp()}")
            if node.move.is_pass:
                game = new_game(katrain, engine, size)
    return f"{len(strategies)} strategies: {', '.join(moves[::2])}"


def sees_through_a_mirror(katrain, engine):
    """AntiMirror asks for another analysis than the strategies that do not mind a mirror."""
    game = new_game(katrain, engine, komi=0.5, rules="chinese")
    for number, vertex in enumerate(MIRRORED.split()):
        game.play(Move.from_gtp(vertex, player="BW"[number % 2]))
    strategy = AntimirrorStrategy(game, {})
    usual, against = (strategy.request_analysis(settings) for settings in ({}, {"antiMirror": True}))
    wins = [analysis["rootInfo"]["winrate"] for analysis in (usual, against)]
    expect(abs(wins[0] - wins[1]) > 0.02, f"Black wins {wins[0]:.1%} in either")
    move, _ = generate_ai_move(game, "ai:antimirror", katrain.config("ai/ai:antimirror"))
    return f"{move.gtp()}; Black wins {wins[0]:.1%}, as a mirror {wins[1]:.1%}"


def reports_on_a_game(katrain, engine):
    game = katrain.game
    game.analyze_all_nodes(even_if_present=True, analyze_fast=True)
    wait(lambda: all(node.analysis_complete for node in game.root.nodes_in_tree), "the analysis of the game")
    statistics, _, losses = game_report(game, TRAINER_THRESHOLDS)
    played = sum(len(lost) for lost in losses.values())
    expect(played > 5, f"only {played} moves were judged")
    return ", ".join(f"{color} accuracy {side['accuracy']:.0f} %" for color, side in statistics.items() if side)


def ponders_until_it_is_told_to_stop(katrain, engine):
    game = new_game(katrain, engine)
    wait(lambda: game.root.analysis_complete, "the analysis of the empty board")
    before = game.root.root_visits
    game.analyze_extra("ponder")
    wait(lambda: game.root.root_visits > before + 30, "pondering")
    started = time.monotonic()
    game.analyze_extra("stop")
    wait(engine.is_idle, "the end of pondering")
    return f"{game.root.root_visits} visits, stopped in {1000 * (time.monotonic() - started):.0f} ms"


def analyses_further(katrain, engine):
    """The buttons of KaTrain's analysis menu that send queries of their own."""
    game = katrain.game
    for mode in ["extra", "equalize", "sweep", "alternative"]:
        # They speak to the status line of the window.
        game.katrain.controls = type("Controls", (), {"set_status": staticmethod(lambda *_: None)})()
        game.analyze_extra(mode)
        wait(engine.is_idle, mode)
    game.set_region_of_interest((0, 3, 0, 3))
    wait(engine.is_idle, "the region of interest")
    return f"{len(game.root.analysis['moves'])} moves known at the root"


def ends(katrain, engine):
    process = engine.katago_process
    started = time.monotonic()
    engine.shutdown(finish=False)
    status = process.wait(timeout=3)
    return f"status {status} after {1000 * (time.monotonic() - started):.0f} ms"


def main():
    program, weights = sys.argv[1:3]
    katrain = KaTrain()
    engine = KataGoEngine(katrain, settings(katrain.config("engine"), program, weights))
    checks = [
        analyses_the_empty_board,
        plays_every_strategy,
        reports_on_a_game,
        sees_through_a_mirror,
        ponders_until_it_is_told_to_stop,
        analyses_further,
        plays_as_people_do,
        ends,
    ]
    print(f"  KaTrain {VERSION}", flush=True)
    try:
        for check in checks:
            started = time.monotonic()
            name = check.__name__.replace("_", " ")
            try:
                remark = check(katrain, engine)
                expect(not katrain.errors, f"KaTrain reports {katrain.errors}")
            except Exception as error:
                print(f"  FAIL  {name}: {error} {katrain.errors}", flush=True)
                raise
            print(f"  ok    {name} ({1000 * (time.monotonic() - started):.0f} ms): {remark}", flush=True)
    finally:
        if engine.katago_process:
            engine.katago_process.kill()


if __name__ == "__main__":
    main()
