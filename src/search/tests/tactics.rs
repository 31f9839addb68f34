//! Searches that have to find something, with an evaluator that only counts stones.

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
    let finished = search
        .root_node()
        .into_iter()
        .flat_map(|root| root.moves())
        .filter_map(|mv| mv.node.filter(|_| mv.mv == Move::Pass))
        .flat_map(|node| node.moves())
        .find(|mv| mv.mv == Move::Pass)
        .expect("pass and pass");
    let expected = start.score();
    assert!(expected < HalfPoints(0));
    assert_eq!(finished.stats.score, expected.to_f32());
    assert_eq!(finished.stats.winloss, -1.0);
}

#[test]
fn small_searches_in_batches_choose_as_well_as_one_by_one() {
    // Batches spread a search, but never so far that a capture is missed that one playout at a time would find.
    let rows = "..X.. .XOX. .XOX. ..... .....";
    for playouts in [80, 100, 120] {
        check("few visits", rows, Color::Black, playouts, at(2, 3));
    }
}
