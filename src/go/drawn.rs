//! Boards as drawings, for tests.

use super::{Board, Color, Point, PointSet, Size};

/// A drawn board and what the drawing marks.
pub(crate) struct Drawn {
    /// The stones.
    pub board: Board,
    /// Stones drawn in lower case.
    pub stones: PointSet,
    /// Empty points drawn as `*`.
    pub points: PointSet,
}

/// Reads a drawing: a row a line, `X` and `x` Black, `O` and `o` White, `.` and `*` empty; blanks do not count.
pub(crate) fn draw(rows: &str) -> Drawn {
    let rows: Vec<Vec<char>> = rows
        .lines()
        .map(|row| row.chars().filter(|c| !c.is_whitespace()).collect())
        .filter(|row: &Vec<char>| !row.is_empty())
        .collect();
    let size = Size::new(rows[0].len(), rows.len()).expect("a drawing of a board");
    let mut drawn = Drawn {
        board: Board::new(size),
        stones: PointSet::EMPTY,
        points: PointSet::EMPTY,
    };
    for point in size.points() {
        let symbol = rows[point.y()][point.x()];
        let color = match symbol {
            'X' | 'x' => Some(Color::Black),
            'O' | 'o' => Some(Color::White),
            '.' | '*' => None,
            other => panic!("{other:?} in a drawing"),
        };
        if let Some(color) = color {
            let removed = drawn.board.play(color, point);
            assert_eq!(removed, Some(0), "a drawn stone at {point:?} captures");
        }
        match symbol {
            'x' | 'o' => drawn.stones.insert(point),
            '*' => drawn.points.insert(point),
            _ => false,
        };
    }
    drawn.board.clear_ko();
    drawn
}

/// Draws a board back, with `stones` in lower case and `points` as `*`.
pub(crate) fn redraw(board: &Board, stones: &PointSet, points: &PointSet) -> String {
    let mut text = String::new();
    for y in 0..board.size().height() {
        text.push('\n');
        for x in 0..board.size().width() {
            let point: Point = Point::at(x, y);
            text.push(match (board.stone(point), stones.contains(point)) {
                (Some(Color::Black), false) => 'X',
                (Some(Color::Black), true) => 'x',
                (Some(Color::White), false) => 'O',
                (Some(Color::White), true) => 'o',
                (None, _) if points.contains(point) => '*',
                (None, _) => '.',
            });
        }
    }
    text
}
