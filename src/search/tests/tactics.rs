//! Searches that have to find something, with an evaluator that only counts stones.

use super::super::{MoveView, Stats};
use super::*;
use crate::go::HalfPoints;

/// Even policy; who has more stones on the board is the better off.
fn counts_stones(position: &Position<'_>) -> Result<Evaluation, EvalError> {
    let game = position.game;
    let mut white = 0;
    for point in game.size().points() {
        white += match game.board().stone(point) {
            Some(Color::White) => 1,
            Some(Color::Black) => -1,
            None => 0,
        };
    }
    let value = (white as f32 / 8.0).clamp(-1.0, 1.0);
    Ok(even(game, value * game.to_move().white_sign()))
}

fn check(name: &str, rows: &str, to_move: Color, playouts: u64, expected: Move) {
    let start = drawn(rows, to_move, "tromp-taylor");
    for (batch, batches_in_flight) in [(1, 1), (8, 2)] {
        let params = SearchParams {
            batch: Some(batch),
            batches_in_flight: Some(batches_in_flight),
            ..steady()
        };
        let mut search = Search::new(Arc::new(Fake::new(counts_stones)), params, 3);
        search.set_root(&start);
        run(&mut search, &visits(playouts));
        check_tree(&search);
        let report = search.report();
        assert_eq!(
            search.choose(),
            Some(expected),
            "{name}, batch {batch}: {:#?}",
            &report.moves[..3]
        );
        assert_eq!(report.moves[0].mv, expected, "{name}");
        assert_eq!(report.moves[0].pv[0], expected, "{name}");
    }
}

#[test]
fn captures_what_can_be_captured() {
    let rows = "
        . . X . .
        . X O X .
        . X O X .
        . . . . .
        . . . . .";
    let rows: String = rows
        .lines()
        .map(|row| row.replace(' ', "") + "\n")
        .collect();
    check("to take", &rows, Color::Black, 200, at(2, 3));
}

#[test]
fn saves_what_would_be_captured() {
    // White's four stones have one liberty, and nothing else on the board is worth as much.
    let rows = "..XX. .XOOX .XOOX ..X.. ...O.";
    check("to connect", rows, Color::White, 2_000, at(3, 3));
}

#[test]
fn takes_the_larger_of_two() {
    let rows = "..X.. .XO.. ..X.. .XXX. XOOO.";
    check("three or one", rows, Color::Black, 400, at(4, 4));
}

/// What the search knows of the end of the game by two passes from its root.
fn after_two_passes(search: &Search) -> Stats {
    let passes = |mv: &MoveView<'_>| mv.mv == Move::Pass;
    let root = search.root_node().expect("a root");
    let pass = root.moves().into_iter().find(passes);
    let node = pass.and_then(|mv| mv.node).expect("a pass");
    let pass = node.moves().into_iter().find(passes);
    pass.expect("pass and pass").stats
}

#[test]
fn finished_games_are_worth_their_score() {
    // Two passes from here: Black owns everything, so White's pass loses and Black's wins.
    let start = drawn("X.X .X. X.X", Color::White, "tromp-taylor");
    let mut search = Search::new(Arc::new(Fake::new(|p| Ok(even(p.game, 0.0)))), steady(), 3);
    search.set_root(&start);
    run(&mut search, &visits(800));
    let report = search.report();
    assert!(report.mean.utility.0 < -0.9, "{:?}", report.mean.utility);
    assert!(
        report.mean.chances.0.loss > 0.9,
        "{:?}",
        report.mean.chances
    );
    let finished = after_two_passes(&search);
    let expected = start.score();
    assert!(expected < HalfPoints(0));
    assert_eq!(finished.score, expected.to_f32());
    assert_eq!(finished.winloss, -1.0);
}

/// Where suicide is forbidden, Black's stones here are alive only for those who do not reckon with it.
#[test]
fn finished_games_count_as_the_network_learned_to() {
    let rows = "XXXXXX. XX.XXXX X.O.XXX XX.XXXX XXXXXXX";
    let mut start = drawn(rows, Color::White, "tromp-taylor");
    let rules = Rules {
        suicide: false,
        ..*start.rules()
    };
    start.set_rules(rules).expect("no move has been made");
    let counted = |pass_alive_with_suicide: bool| {
        let mut fake = Fake::new(|p| Ok(even(p.game, 0.0)));
        fake.description.pass_alive_with_suicide = pass_alive_with_suicide;
        let mut search = Search::new(Arc::new(fake), steady(), 3);
        search.set_root(&start);
        run(&mut search, &visits(200));
        after_two_passes(&search).score
    };
    let by_rules = start.score().to_f32();
    assert_eq!(counted(false), by_rules);
    assert_eq!(
        counted(true),
        by_rules + 6.0,
        "White's stone, and what it was counted for"
    );
}

#[test]
fn small_searches_in_batches_choose_as_well_as_one_by_one() {
    // Batches spread a search, but never so far that a capture is missed that one playout at a time would find.
    let rows = "..X.. .XOX. .XOX. ..... .....";
    for playouts in [80, 100, 120] {
        check("few visits", rows, Color::Black, playouts, at(2, 3));
    }
}
