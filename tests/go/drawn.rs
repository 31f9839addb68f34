//! Boards drawn as text.

use std::collections::HashMap;

use df_console::go::{Color, Game, Illegal, Move, Point, Rules, Size};

/// A drawn board: `X` is black, `O` is white, `.` is empty, and any other letter is an empty point that goes by this
/// name. Blanks between points are ignored.
pub struct Drawn {
    pub size: Size,
    pub stones: Vec<(Color, Point)>,
    names: HashMap<char, Point>,
}

pub fn drawn(text: &str) -> Drawn {
    let rows: Vec<Vec<char>> = text
        .lines()
        .map(|line| line.chars().filter(|c| !c.is_whitespace()).collect())
        .filter(|row: &Vec<char>| !row.is_empty())
        .collect();
    let width = rows[0].len();
    assert!(
        rows.iter().all(|row| row.len() == width),
        "rows of one length:\n{text}"
    );
    let size = Size::new(width, rows.len()).expect("a board of 2 to 25 rows and columns");
    let mut drawn = Drawn {
        size,
        stones: Vec::new(),
        names: HashMap::new(),
    };
    for (y, row) in rows.iter().enumerate() {
        for (x, &c) in row.iter().enumerate() {
            let point = Point::new(x, y).expect("a point of the board");
            match c {
                'X' => drawn.stones.push((Color::Black, point)),
                'O' => drawn.stones.push((Color::White, point)),
                '.' => {}
                name => assert!(
                    drawn.names.insert(name, point).is_none(),
                    "{name} is drawn once"
                ),
            }
        }
    }
    drawn
}

impl Drawn {
    /// The point with a name.
    pub fn point(&self, name: char) -> Point {
        *self
            .names
            .get(&name)
            .unwrap_or_else(|| panic!("{name} is drawn"))
    }

    /// A game that starts from the drawing.
    pub fn game(&self, rules: &str, to_move: Color) -> Game {
        let rules = Rules::parse(rules, Rules::default().komi).expect("known rules");
        Game::from_stones(self.size, rules, &self.stones, to_move).expect("a legal position")
    }

    /// Plays a sequence such as `"Ba W31 B- W-"`: colour and name of the point, or its column and row from 0, or `-`
    /// for a pass. Every move must be legal.
    pub fn play(&self, game: &mut Game, moves: &str) {
        for text in moves.split_whitespace() {
            let (color, mv) = self.parse(text);
            if let Err(illegal) = game.play(color, mv) {
                panic!("{text} of {moves:?}: {illegal}\n{:?}", game.board());
            }
        }
    }

    /// Whether a move is legal, in the notation of [`Drawn::play`].
    pub fn check(&self, game: &Game, text: &str) -> Result<(), Illegal> {
        let (color, mv) = self.parse(text);
        game.check(color, mv)
    }

    /// A move in the notation of [`Drawn::play`].
    pub fn parse(&self, text: &str) -> (Color, Move) {
        let mut chars = text.chars();
        let color = match chars.next() {
            Some('B') => Color::Black,
            Some('W') => Color::White,
            _ => panic!("{text:?} begins with B or W"),
        };
        let mv = match chars.next() {
            Some('-') => Move::Pass,
            Some(x) if x.is_ascii_digit() => {
                let y = chars
                    .next()
                    .and_then(|y| y.to_digit(10))
                    .expect("a row after the column");
                let x = x.to_digit(10).expect("a digit");
                Move::Play(Point::new(x as usize, y as usize).expect("a point"))
            }
            Some(name) => Move::Play(self.point(name)),
            None => panic!("{text:?} names a point"),
        };
        (color, mv)
    }
}

/// Compares a board with a drawing, names standing for empty points.
pub fn assert_board(game: &Game, expected: &str) {
    let expected = drawn(expected);
    assert_eq!(game.size(), expected.size);
    let mut stones: Vec<(Color, Point)> = game.board().stones().collect();
    stones.sort_by_key(|&(_, point)| expected.size.index_of(point));
    assert_eq!(stones, expected.stones, "{:?}", game.board());
}
