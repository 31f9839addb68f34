//! From a record to a game: its nodes one after the other.

use super::read::{letters, named, place, point_of};
use super::{NodeId, Prop, Record, SgfError};
use crate::go::{Board, Color, Game, Move, Point, Rules, handicap::customary_points};

impl Record {
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
    /// When the size is none.
    pub fn positions(&self, default: &Rules) -> Result<Positions<'_>, SgfError> {
        let line = self.main_line();
        Ok(Positions {
            replay: Replay::begin(self, &line, default)?,
            next: 0,
        })
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
}

/// A position of a record's line.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The node that led to it.
    pub node: NodeId,
    /// The last move of that node.
    pub played: Option<(Color, Move)>,
    /// How many moves of the line have been made.
    pub number: usize,
    /// The game so far, since stones were last set up.
    pub game: &'a Game,
}

/// The positions of a record's line, one after the other.
#[derive(Clone, Debug)]
pub struct Positions<'a> {
    replay: Replay<'a>,
    /// Index in the line of the node that comes next.
    next: usize,
}

impl Positions<'_> {
    /// The game at the position that came last; before the first as it begins.
    pub fn game(&self) -> &Game {
        &self.replay.game
    }

    /// The next position, if there is one more. The one of the root always comes.
    ///
    /// # Errors
    /// When a stone or move cannot be on its point.
    pub fn advance(&mut self) -> Result<Option<Step<'_>>, SgfError> {
        let replay = &mut self.replay;
        while let Some(&node) = replay.line.get(self.next) {
            let before = replay.moves;
            replay.node(self.next)?;
            self.next += 1;
            let moved = replay.moves > before;
            if self.next > 1 && !moved && !sets_up(replay.record, node) {
                continue;
            }
            // Handicap may be played as moves, and some games are recorded with one player's moves missing.
            if let Some(next) = replay.first_mover(self.next) {
                replay.game.set_to_move(next);
            }
            let last = replay.game.moves().last().filter(|_| moved);
            return Ok(Some(Step {
                node,
                played: last.map(|last| (last.color, last.mv)),
                number: replay.moves,
                game: &replay.game,
            }));
        }
        Ok(None)
    }
}

/// A game on its way along a line.
#[derive(Clone, Debug)]
struct Replay<'a> {
    record: &'a Record,
    line: Vec<NodeId>,
    game: Game,
    moves: usize,
    /// Moves to make at most.
    last: Option<usize>,
    /// For each node of the line, who moves first there or after it.
    movers: Vec<Option<Color>>,
}

impl<'a> Replay<'a> {
    /// The game before anything of the line's nodes.
    fn begin(record: &'a Record, line: &[NodeId], default: &Rules) -> Result<Replay<'a>, SgfError> {
        let mut replay = Replay {
            record,
            line: line.to_vec(),
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
    /// are the handicap. Where there are no such points the moves are taken as they are, and White gets no points for
    /// stones that nobody sees.
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
        let Some(points) = customary_points(size, stones) else {
            log::warn!(
                "{stones} handicap stones without their points, and none are customary on {size}: the game is read \
                 without them; write them into the record as AB"
            );
            return Ok(());
        };
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
        let usual = Color::BOTH[handicap as usize];
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
