//! Points in order, sets of points, and calls that no position expects.

use df_console::go::{
    Board, Color, Game, HalfPoints, Illegal, KoRule, Move, Point, PointSet, Rules, Scoring, Size,
    life,
};

#[test]
fn points_in_order() {
    for (width, height) in [(2, 2), (3, 2), (2, 3), (19, 19), (25, 25), (25, 2)] {
        let size = Size::new(width, height).expect("a valid size");
        let forward: Vec<Point> = size.points().collect();
        assert_eq!(forward.len(), size.area());
        for (index, &point) in forward.iter().enumerate() {
            assert_eq!(size.index_of(point), index);
            assert_eq!(size.point_at(index), Some(point));
            assert_eq!((point.x(), point.y()), (index % width, index / width));
        }
        assert_eq!(size.points().len(), size.area());
    }
}

#[test]
fn sizes_of_texts() {
    for (text, sides) in [
        ("9", (9, 9)),
        ("9x13", (9, 13)),
        ("2:25", (2, 25)),
        (" 5 X 4 ", (5, 4)),
    ] {
        let size: Size = text.parse().expect("a size");
        assert_eq!((size.width(), size.height()), sides, "{text}");
    }
    for text in ["", "x", "9x", "1", "26", "9x9x9", "-9", "nine"] {
        let error = text.parse::<Size>().expect_err(text).to_string();
        assert!(error.contains("9x13"), "{error}");
    }
}

#[test]
fn sets() {
    let size = Size::new(5, 4).expect("a valid size");
    let points: Vec<Point> = size.points().step_by(3).collect();
    let mut set: PointSet = points.iter().copied().collect();
    assert!(set.iter().eq(points.iter().copied()));
    assert_eq!(set.len(), points.len());
    assert!(!set.insert(points[2]));
    assert!(set.remove(points[2]) && !set.remove(points[2]));
    assert!(!set.contains(points[2]) && set.contains(points[3]));
    points.iter().for_each(|&point| {
        set.remove(point);
    });
    assert!(set.is_empty() && set == PointSet::EMPTY);
}

/// No call panics: points beyond the board, rules that nobody plays, komi out of all reason.
#[test]
fn strange_calls() {
    let size = Size::new(3, 2).expect("a valid size");
    let beyond = Point::new(24, 24).expect("a point");
    let mut board = Board::new(size);
    assert_eq!(board.play(Color::Black, beyond), None);
    assert_eq!(board.hash_after(Color::Black, beyond), None);
    assert_eq!(board.ko_capture(Color::Black, beyond), None);
    assert!(
        !board.is_suicide(Color::Black, beyond) && !board.can_place(Color::White, beyond, true)
    );
    assert_eq!(
        (board.liberties(beyond), board.chain(beyond).count()),
        (0, 0)
    );
    board.remove_stone(beyond);
    life::area(&board, true);

    let rules = Rules {
        ko: KoRule::RepeaterLoses,
        scoring: Scoring::Territory,
        has_button: true,
        komi: HalfPoints(i32::MAX),
        ..Rules::default()
    };
    let mut game = Game::new(size, rules);
    assert_eq!(
        game.check(Color::White, Move::Play(beyond)),
        Err(Illegal::OffBoard)
    );
    assert!(
        !game.ko_prohibited(Color::White).contains(beyond)
            && !game.is_pass_for_ko(Color::White, beyond)
    );
    for point in size.points() {
        let _ = game.play_tolerant(Color::Black, Move::Play(point));
    }
    for _ in 0..9 {
        game.play_tolerant(Color::White, Move::Pass)
            .expect("passing is legal");
        game.score();
        game.agreed(&[beyond]);
        game.hash();
    }
    assert!(game.undo_to(0));
}
