//! From a record to a game.

use sgf_parse::go::{Move as SgfMove, Point as SgfPoint};

use super::{NodeId, PROGRAM, Prop, Record, SgfError};
use crate::go::{
    Board, Color, Game, HalfPoints, Move, Point, Rules, RulesError, Size,
    handicap::customary_points,
};

/// Side of the board of a record that does not say.
const USUAL_SIDE: usize = 19;
/// Up to this side, the point `tt` lies beyond the board and means a pass.
const LARGEST_WITH_TT: usize = 19;
/// Coordinates of `tt`.
const TT: SgfPoint = SgfPoint { x: 19, y: 19 };
/// Komi as one server writes it, in hundredths of a point, and in those of Chinese counting, which halves it.
const HUNDREDTHS: [f64; 4] = [550.0, 650.0, 700.0, 750.0];
const HALVED_HUNDREDTHS: [f64; 4] = [275.0, 325.0, 350.0, 375.0];
/// Up to here a komi with quarters is one of Chinese counting.
const LARGEST_HALVED: f64 = 4.0;
/// Characters at the beginning of a text that the name of rules is looked for in.
const NAME_WITHIN: usize = 200;

impl Record {
    /// Width and height of the board: 19x19 if the record does not say.
    ///
    /// # Errors
    /// When it says something else than a size that can be played on.
    pub fn size(&self) -> Result<Size, SgfError> {
        for prop in self.properties(Record::ROOT) {
            let (width, height) = match prop {
                Prop::SZ((width, height)) => (*width as usize, *height as usize),
                Prop::Invalid(name, values) if name == "SZ" => {
                    let problem = format!("board size {:?} is no size", values.join("]["));
                    return Err(SgfError::Game(problem));
                }
                _ => continue,
            };
            return Size::new(width, height).map_err(|error| SgfError::Game(error.to_string()));
        }
        Size::square(USUAL_SIDE).map_err(|error| SgfError::Game(error.to_string()))
    }

    /// The rules, komi included. `default` is for what the record does not say, for the rules as a whole if it names some
    /// that are not known, and for a komi that is none.
    pub fn rules(&self, default: &Rules) -> Rules {
        let mut rules = *default;
        for prop in self.properties(Record::ROOT) {
            if let Prop::RU(text) = prop {
                match rules_of(&text.text, default.komi) {
                    Ok(named) => rules = named,
                    Err(_) if text.text.trim().is_empty() => {}
                    Err(error) => log::warn!("{error}; the current rules stay"),
                }
            }
        }
        let own = self
            .properties(Record::ROOT)
            .iter()
            .any(|prop| matches!(prop, Prop::AP((name, _)) if name.text == PROGRAM.0));
        for prop in self.properties(Record::ROOT) {
            let text = match prop {
                Prop::KM(komi) => komi.to_string(),
                Prop::Invalid(name, values) if name == "KM" => values.join(" "),
                _ => continue,
            };
            match komi_of(&text, own) {
                Some(komi) => rules.komi = komi,
                None if text.trim().is_empty() => {}
                None => log::warn!("{text:?} is no komi; it stays {}", rules.komi),
            }
        }
        rules
    }

    /// Replays a line of nodes: its whole, or with `before` the position before that move, counted from 1 along the line
    /// (beyond the end: the whole).
    ///
    /// Moves are made as [`Game::play_tolerant`] does, so that repetitions and moves after the end do not matter. The
    /// player to move at the end is whom the record names, or who moves next in the line. Stones set up later than at
    /// the start make a new starting position, in which prisoners stay: the game then has no moves before it.
    ///
    /// # Errors
    /// When the size is none, or a stone or move cannot be on its point.
    pub fn game(
        &self,
        line: &[NodeId],
        default: &Rules,
        before: Option<usize>,
    ) -> Result<Game, SgfError> {
        let mut replay = Replay::begin(self, line, default)?;
        replay.last = before.map(|number| number.saturating_sub(1));
        for index in 0..line.len() {
            if replay.node(index)? {
                break;
            }
        }
        Ok(replay.game)
    }

    /// The game of the main line, whole.
    ///
    /// # Errors
    /// As [`Record::game`].
    pub fn main_game(&self, default: &Rules) -> Result<Game, SgfError> {
        self.game(&self.main_line(), default, None)
    }

    /// The positions of the main line: the one of the root, and one for each node that changes it. `default` is as in
    /// [`Record::rules`], moves are made as in [`Record::game`]; who moves next in the line is to move.
    ///
    /// # Errors
    /// As [`Record::game`].
    pub fn positions(&self, default: &Rules) -> Result<Vec<Step>, SgfError> {
        let line = self.main_line();
        let mut replay = Replay::begin(self, &line, default)?;
        let mut steps = Vec::new();
        for (index, &node) in line.iter().enumerate() {
            let before = replay.moves;
            replay.node(index)?;
            let moved = replay.moves > before;
            if index > 0 && !moved && !sets_up(self, node) {
                continue;
            }
            let mut game = replay.game.clone();
            // Handicap may be played as moves, and some games are recorded with one player's moves missing.
            if let Some(next) = replay.first_mover(index + 1) {
                game.set_to_move(next);
            }
            let last = game.moves().last().filter(|_| moved);
            steps.push(Step {
                node,
                played: last.map(|last| (last.color, last.mv)),
                number: replay.moves,
                game,
            });
        }
        Ok(steps)
    }

    /// Number of handicap stones that the record announces; 0 if none.
    fn handicap(&self) -> usize {
        let root = self.properties(Record::ROOT).iter();
        let mut announced = root.filter_map(|prop| match prop {
            Prop::HA(stones) => usize::try_from(*stones).ok(),
            _ => None,
        });
        announced.next().unwrap_or(0)
    }

    /// The moves of a node, in the order in which they stand there: in nearly all records at most one.
    ///
    /// # Errors
    /// If the value of one is no point of the board and no pass.
    pub fn moves(&self, node: NodeId, size: Size) -> Result<Vec<(Color, Move)>, String> {
        let mut moves = Vec::new();
        for prop in self.properties(node) {
            match prop {
                Prop::B(mv) => moves.push((Color::Black, move_of(mv, size)?)),
                Prop::W(mv) => moves.push((Color::White, move_of(mv, size)?)),
                Prop::Invalid(name, values) if matches!(name.as_str(), "B" | "W") => {
                    let color = [Color::Black, Color::White][(name == "W") as usize];
                    let text = values.join("][");
                    if !text.eq_ignore_ascii_case("pass") {
                        return Err(format!("{name}[{text}] is no move"));
                    }
                    moves.push((color, Move::Pass));
                }
                _ => {}
            }
        }
        Ok(moves)
    }
}

/// A position of a record's line.
#[derive(Clone, Debug)]
pub struct Step {
    /// The node that led to it.
    pub node: NodeId,
    /// The last move of that node.
    pub played: Option<(Color, Move)>,
    /// How many moves of the line have been made.
    pub number: usize,
    /// The game so far, since stones were last set up.
    pub game: Game,
}

/// A game on its way along a line.
struct Replay<'a> {
    record: &'a Record,
    line: &'a [NodeId],
    game: Game,
    moves: usize,
    /// Moves to make at most.
    last: Option<usize>,
    /// For each node of the line, who moves first there or after it.
    movers: Vec<Option<Color>>,
}

impl<'a> Replay<'a> {
    /// The game before anything of the line's nodes.
    fn begin(
        record: &'a Record,
        line: &'a [NodeId],
        default: &Rules,
    ) -> Result<Replay<'a>, SgfError> {
        let mut replay = Replay {
            record,
            line,
            game: counted(Game::new(record.size()?, record.rules(default))),
            moves: 0,
            last: None,
            movers: movers(record, line),
        };
        let root = line.first().and_then(|&root| player(record, root));
        if root.or_else(|| replay.first_mover(0)) == Some(Color::White) {
            replay.start_from(&[], Color::White)?;
        }
        replay.handicap()?;
        Ok(replay)
    }

    /// Handicap that is announced without stones: the customary points if White moves first, else Black's first moves
    /// are the handicap.
    fn handicap(&mut self) -> Result<(), SgfError> {
        let stones = self.record.handicap();
        let sets_up = |&node: &NodeId| {
            let properties = self.record.properties(node);
            properties.iter().any(|prop| matches!(prop, Prop::AB(_)))
        };
        if stones < 2 || self.line.iter().any(sets_up) {
            return Ok(());
        }
        if self.first_mover(0) == Some(Color::Black) {
            self.game.set_count_leading_moves(true);
            return Ok(());
        }
        let size = self.game.size();
        let points = customary_points(size, stones).ok_or_else(|| {
            let problem = format!(
                "{stones} handicap stones without their points, and none are customary on {size}"
            );
            SgfError::Game(problem)
        })?;
        let stones: Vec<(Color, Point)> = points.iter().map(|&p| (Color::Black, p)).collect();
        self.start_from(&stones, Color::White)
    }

    /// Everything at one node; whether the replay has come to its end.
    fn node(&mut self, index: usize) -> Result<bool, SgfError> {
        let node = self.line[index];
        self.set_up(index)?;
        let moves = self.record.moves(node, self.game.size());
        for (color, mv) in moves.map_err(|problem| self.move_error(problem))? {
            if self.last.is_some_and(|last| self.moves >= last) {
                self.game.set_to_move(color);
                return Ok(true);
            }
            self.game
                .play_tolerant(color, mv)
                .map_err(|illegal| self.move_error(format!("{} {illegal}", named(mv))))?;
            self.moves += 1;
        }
        if let Some(color) = player(self.record, node) {
            self.game.set_to_move(color);
        }
        Ok(false)
    }

    /// Stones that are added and removed at a node.
    fn set_up(&mut self, index: usize) -> Result<(), SgfError> {
        let node = self.line[index];
        let size = self.game.size();
        let mut cells: Vec<Option<Color>> = Vec::new();
        for prop in self.record.properties(node) {
            let (stone, points) = match prop {
                Prop::AB(points) => (Some(Color::Black), points),
                Prop::AW(points) => (Some(Color::White), points),
                Prop::AE(points) => (None, points),
                Prop::Invalid(name, values) if matches!(name.as_str(), "AB" | "AW" | "AE") => {
                    let problem = format!("{name}[{}] are no points", values.join("]["));
                    return Err(SgfError::Game(problem));
                }
                _ => continue,
            };
            if cells.is_empty() {
                cells = size.points().map(|p| self.game.board().stone(p)).collect();
            }
            for &point in points {
                let on_board = point_of(point, size).ok_or_else(|| {
                    SgfError::Game(format!("a stone at {} on {size}", letters(point)))
                })?;
                cells[size.index_of(on_board)] = stone;
            }
        }
        if cells.is_empty() {
            return Ok(());
        }
        let stones: Vec<(Color, Point)> = size
            .points()
            .zip(cells)
            .filter_map(|(point, stone)| Some((stone?, point)))
            .collect();
        let only_black = !stones.is_empty() && stones.iter().all(|&(c, _)| c == Color::Black);
        let handicap = only_black && self.moves == 0 && stones.len() > 1;
        let usual = [Color::Black, Color::White][handicap as usize];
        let to_move = player(self.record, node).or_else(|| self.first_mover(index));
        self.start_from(&stones, to_move.unwrap_or(usual))
    }

    fn start_from(&mut self, stones: &[(Color, Point)], to_move: Color) -> Result<(), SgfError> {
        let mut board = Board::from_stones(self.game.size(), stones)
            .map_err(|p| SgfError::Game(format!("stones without a liberty at {}", place(p))))?;
        board.set_captured(Color::BOTH.map(|color| self.game.board().captured(color)));
        self.game = counted(Game::from_board(board, *self.game.rules(), to_move));
        Ok(())
    }

    fn first_mover(&self, index: usize) -> Option<Color> {
        self.movers.get(index).copied().flatten()
    }

    fn move_error(&self, problem: String) -> SgfError {
        SgfError::Move {
            number: self.moves + 1,
            problem,
        }
    }
}

/// A game as people play it, who settle what is dead without playing it out: passes end the main phase, no encore begins,
/// and a record may go on after them.
fn counted(mut game: Game) -> Game {
    game.set_stop_before_encore(true);
    game
}

/// Whether a node changes the position otherwise than by a move.
fn sets_up(record: &Record, node: NodeId) -> bool {
    let stones = |prop: &Prop| matches!(prop, Prop::AB(_) | Prop::AW(_) | Prop::AE(_));
    player(record, node).is_some() || record.properties(node).iter().any(stones)
}

/// For each node of a line, who moves first there or after it.
fn movers(record: &Record, line: &[NodeId]) -> Vec<Option<Color>> {
    let mut next = None;
    let mut movers: Vec<Option<Color>> = line
        .iter()
        .rev()
        .map(|&node| {
            let properties = record.properties(node).iter();
            let mut here = properties.filter_map(|prop| match prop {
                Prop::B(_) => Some(Color::Black),
                Prop::W(_) => Some(Color::White),
                // A pass in words.
                Prop::Invalid(name, _) if name == "B" => Some(Color::Black),
                Prop::Invalid(name, _) if name == "W" => Some(Color::White),
                _ => None,
            });
            next = here.next().or(next);
            next
        })
        .collect();
    movers.reverse();
    movers
}

/// Whose turn a node says it is.
fn player(record: &Record, node: NodeId) -> Option<Color> {
    record.properties(node).iter().find_map(|prop| match prop {
        Prop::PL(sgf_parse::Color::Black) => Some(Color::Black),
        Prop::PL(sgf_parse::Color::White) => Some(Color::White),
        Prop::Invalid(name, values) if name == "PL" => match values.first()?.as_bytes().first()? {
            b'B' | b'b' | b'1' => Some(Color::Black),
            b'W' | b'w' | b'2' => Some(Color::White),
            _ => None,
        },
        _ => None,
    })
}

/// Rules as records name them, with that komi: by the whole text, or by as much of its beginning as says something, as in
/// "New Zealand rules" or "Chinese, 7.5 komi".
fn rules_of(text: &str, komi: HalfPoints) -> Result<Rules, RulesError> {
    Rules::parse(text, komi).or_else(|error| {
        let characters = text.char_indices().take(NAME_WITHIN);
        let ends = characters.filter(|(_, character)| !character.is_alphanumeric());
        let known = ends.filter_map(|(end, _)| Rules::parse(&text[..end], komi).ok());
        known.last().ok_or(error)
    })
}

/// A komi as records have it: in points; in the halves of Chinese counting, recognised by its quarters; or, but in records
/// of this program (`own`), in hundredths of either. `None` if it is no number of half points, or too much.
fn komi_of(text: &str, own: bool) -> Option<HalfPoints> {
    let written: f64 = text.trim().replace(',', ".").parse().ok()?;
    let quarters = (written * 2.0).fract() != 0.0 && written.abs() < LARGEST_HALVED;
    let points = if own {
        written
    } else if HUNDREDTHS.contains(&written) {
        written / 100.0
    } else if HALVED_HUNDREDTHS.contains(&written) {
        written / 50.0
    } else if quarters {
        written * 2.0
    } else {
        written
    };
    HalfPoints::komi(points)
}

fn move_of(mv: &SgfMove, size: Size) -> Result<Move, String> {
    let &SgfMove::Move(point) = mv else {
        return Ok(Move::Pass);
    };
    if point == TT && size.width() <= LARGEST_WITH_TT && size.height() <= LARGEST_WITH_TT {
        return Ok(Move::Pass);
    }
    point_of(point, size)
        .map(Move::Play)
        .ok_or_else(|| format!("{} is not on the board", letters(point)))
}

fn point_of(point: SgfPoint, size: Size) -> Option<Point> {
    let (x, y) = (point.x as usize, point.y as usize);
    Point::new(x, y).filter(|&point| size.contains(point))
}

/// A point of a record, as the record writes it.
pub(super) fn letters(point: SgfPoint) -> String {
    let letter = |place: u8| match place {
        0..26 => (b'a' + place) as char,
        26..52 => (b'A' + place - 26) as char,
        _ => '?',
    };
    [letter(point.x), letter(point.y)].iter().collect()
}

/// A point of a board, as a record writes it.
pub(super) fn sgf_point(point: Point) -> SgfPoint {
    SgfPoint {
        x: point.x() as u8,
        y: point.y() as u8,
    }
}

fn place(point: Point) -> String {
    letters(sgf_point(point))
}

fn named(mv: Move) -> String {
    match mv {
        Move::Pass => "a pass:".to_string(),
        Move::Play(point) => format!("{}:", place(point)),
    }
}
