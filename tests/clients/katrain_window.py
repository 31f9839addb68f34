"""KaTrain's window on a virtual screen: it loads a game, our engine analyses it, and a picture is taken.

Arguments: the engine, the network, the folder for the picture. XVFB, XDOTOOL and IMPORT name the tools.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from katrain_settings import settings

PATIENCE = 180
VISITS = 100
SCREEN = "1400x1100x24"
PICTURE = "katrain.png"
# The size of the window, and where its switch to the analysis mode is.
SIZE = [1300, 1000]
ANALYSIS = ("1180", "38")
# That many are waited for after the window was told to think on.
REPORTS = 10
# The opening of a game on 13x13, which the engine played against itself.
GAME = "(;GM[1]FF[4]SZ[13]KM[6.5]RU[japanese]PB[Black]PW[White]{})".format(
    "".join(
        f";{'BW'[i % 2]}[{move}]"
        for i, move in enumerate("dj jd dd jj kj kk ki jk kf le lf ke jf hd hk hj gj hi fk gi fc gc fd hf lk ll lj".split())
    )
)
MOVES = GAME.count(";") - 1


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


class Screen:
    """An X server without a monitor, on a display number of its own choice."""

    def __init__(self):
        reader, writer = os.pipe()
        self.server = subprocess.Popen(
            [os.environ["XVFB"], "-displayfd", str(writer), "-screen", "0", SCREEN, "+extension", "GLX", "-nolisten", "tcp"],
            pass_fds=[writer],
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        with os.fdopen(reader) as number:
            line = number.readline().strip()
        expect(line, "Xvfb did not start")
        self.environment = {**os.environ, "DISPLAY": f":{line}"}

    def run(self, tool, *arguments):
        done = subprocess.run(
            [os.environ[tool], *arguments], env=self.environment, capture_output=True, text=True, timeout=PATIENCE
        )
        expect(done.returncode == 0, f"{tool} {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def close(self):
        self.server.terminate()
        self.server.wait(timeout=10)


class Window:
    """KaTrain as a person starts it, with its messages read as they come."""

    def __init__(self, screen, home, game):
        environment = {
            **screen.environment,
            "HOME": str(home),
            "KIVY_HOME": str(home / ".kivy"),
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "SDL_AUDIODRIVER": "dummy",
            "PYTHONUNBUFFERED": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "katrain", str(game)],
            cwd=home,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.lines = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def count(self, pattern):
        return sum(1 for line in self.lines if re.search(pattern, line))

    def wait_for(self, pattern, count, what):
        """Until this many messages match. Errors with the last messages."""
        end = time.monotonic() + PATIENCE
        while self.count(pattern) < count:
            last = "\n".join(self.lines[-20:])
            expect(self.process.poll() is None, f"KaTrain ended while {what} was waited for:\n{last}")
            expect(time.monotonic() < end, f"{what} took more than {PATIENCE} s:\n{last}")
            time.sleep(0.1)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()


def configure(home, engine, weights):
    """KaTrain's own configuration with the engine changed, and with its messages on."""
    import katrain

    config = json.loads(Path(katrain.__file__).with_name("config.json").read_text(encoding="utf-8"))
    config["engine"] = settings(config["engine"], engine, weights, VISITS)
    config["general"]["debug_level"] = 1
    config["ui_state"].update(size=SIZE, left=0, top=0)
    folder = home / ".katrain"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (home / "game.sgf").write_text(GAME, encoding="utf-8")
    return home / "game.sgf"


def check(name, work):
    started = time.monotonic()
    try:
        remark = work()
    except Exception as error:
        print(f"  FAIL  {name}: {error}", flush=True)
        raise
    print(f"  ok    {name} ({1000 * (time.monotonic() - started):.0f} ms){f': {remark}' if remark else ''}", flush=True)


REPORT = r"KataGo analysis received: [1-9]"
DONE = r"\[done\] KataGo analysis received: [1-9]"
ERROR = r"^ERROR|Traceback|[Ee]ngine died|Unexpected exception"


def main():
    engine, weights, made = sys.argv[1:4]
    home = Path(tempfile.mkdtemp(prefix="df_console-katrain-"))
    screen = Screen()
    window = None
    try:
        window = Window(screen, home, configure(home, engine, weights))

        def analyses():
            window.wait_for(DONE, MOVES + 1, "the analysis of every move")
            return f"{window.count(DONE)} positions"

        def shows():
            # To the end of the game, in the mode that shows what the engine thinks, and on with thinking.
            before = window.count(REPORT)
            for action in [["mousemove", *ANALYSIS, "click", "1"], ["key", "End"], ["key", "space"]]:
                screen.run("XDOTOOL", *action)
                time.sleep(1)
            window.wait_for(REPORT, before + REPORTS, "more reports")
            picture = Path(made) / PICTURE
            screen.run("IMPORT", "-window", "root", "-trim", "+repage", str(picture))
            size = picture.stat().st_size
            # A window without a board compresses to almost nothing.
            expect(size > 50_000, f"the picture has only {size} bytes: {picture}")
            return f"{picture}, {window.count(REPORT) - before} more reports"

        def reports_no_error():
            errors = [line for line in window.lines if re.search(ERROR, line)]
            expect(not errors, "\n".join(errors[:10]))
            expect(window.process.poll() is None, "KaTrain has ended")

        check("the game is analysed as it is opened", analyses)
        check("the window shows it", shows)
        check("KaTrain reports no error", reports_no_error)
    finally:
        if window:
            window.close()
            (Path(made) / "katrain.log").write_text("\n".join(window.lines), encoding="utf-8")
        screen.close()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
