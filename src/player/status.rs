//! Which stones are alive, dead or in seki, and what that makes the score, from expected ownership.

use std::time::Duration;

use crate::go::life;
use crate::go::{Agreed, Board, Color, Game, HalfPoints, Outcome, Phase, Point, PointSet};
use crate::search::{Advantage, Limits, SearchParams};

/// What becomes of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It stays, with eyes or territory of its own.
    Alive,
    /// It will be, or could be, captured.
    Dead,
    /// It stays because neither side can attack.
    Seki,
}

/// A chain and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Whose stones.
    pub color: Color,
    /// The stones.
    pub points: Vec<Point>,
    /// What becomes of them.
    pub status: Status,
}

/// A position judged.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Every chain on the board.
    pub chains: Vec<Chain>,
    /// White's points minus Black's if the game ended here, komi and bonuses included.
    pub score: HalfPoints,
    /// Points that count for each player, by [`Color::index`], beside living stones; dead stones stand on some of them.
    pub territory: [PointSet; 2],
    /// Points that count for nobody.
    pub neutral: PointSet,
    /// Whether the borders are closed and everybody's points are known, by the count or by what is expected: only then is
    /// the score what the game would end with.
    pub settled: bool,
}

/// Visits of the search that tells dead stones from living ones. Ours.
const JUDGING_VISITS: u64 = 100;
/// Mean ownership of its points, for its colour, above which a chain lives (KataGo `final_status_list`).
const ALIVE_MEAN: f32 = 0.2;
/// Ownership that each of its points has above that (KataGo `final_status_list`).
const ALIVE_WORST: f32 = -0.6;
/// Mean expected ownership from which surrounded points count as settled. Ours: three times in four they stay.
const SETTLED: f32 = 0.5;
/// Most neutral points in one place that are left over at the end of a game or shared in a seki; more is open board. Ours:
/// both are seldom more than two or three.
const SHARED_MOST: usize = 6;

impl Judgement {
    /// Judges a game by the expected owner of each point (`[area]`, 1 = White), but never against what is certain on the
    /// board; without one, by that alone.
    pub fn of(game: &Game, ownership: Option<&[f32]>) -> Judgement {
        let board = game.board();
        let certain = life::pass_alive(board, true);
        let lives = |color, points: &[Point]| match (certain.get(points[0]), ownership) {
            (Some(owner), _) => owner == color,
            (None, Some(ownership)) => is_expected_to_live(board, color, points, ownership),
            (None, None) => true,
        };
        Judgement::with(game, chains(board, lives), ownership)
    }

    /// Judges a finished game whose score is [`counted`], where nothing is left to expect: dead is what the count takes for
    /// captured. `None` for other games.
    pub fn as_counted(game: &Game) -> Option<Judgement> {
        let score = counted(game)?;
        let (owners, _) = game.final_owners();
        let lives =
            |color: Color, points: &[Point]| owners.get(points[0]) != Some(color.opponent());
        Some(Judgement {
            score,
            settled: true,
            ..Judgement::with(game, chains(game.board(), lives), None)
        })
    }

    fn with(game: &Game, mut chains: Vec<Chain>, ownership: Option<&[f32]>) -> Judgement {
        let dead: Vec<Point> = chains
            .iter()
            .filter(|chain| chain.status == Status::Dead)
            .flat_map(|chain| chain.points.iter().copied())
            .collect();
        let Agreed {
            board,
            score,
            territory,
            neutral,
            seki,
        } = game.agreed(&dead);
        let regions = regions(&board);
        let open = open_board(&regions);
        for chain in &mut chains {
            let touches_open = chain
                .points
                .iter()
                .any(|&point| board.neighbors(point).any(|next| open.contains(next)));
            let in_seki = chain.points.iter().any(|&point| seki.contains(point));
            if chain.status == Status::Alive && in_seki && !touches_open {
                chain.status = Status::Seki;
            }
        }
        Judgement {
            territory,
            neutral,
            score,
            settled: open.is_empty()
                && ownership.is_some_and(|ownership| agrees(game, &regions, ownership)),
            chains,
        }
    }

    /// The chains with this status.
    pub fn with_status(&self, status: Status) -> impl Iterator<Item = &Chain> {
        self.chains
            .iter()
            .filter(move |chain| chain.status == status)
    }
}

/// White's points minus Black's in a finished game that counts the board as it stands: players who do not agree on dead
/// stones have to capture them, and where territory counts the game is finished once its clean-up phases are.
pub fn counted(game: &Game) -> Option<HalfPoints> {
    match game.outcome() {
        Some(Outcome::Score(score)) if !game.rules().passes_friendly() => Some(score),
        _ => None,
    }
}

/// Constants and limits of a search that tells dead stones from living ones in at most `time`; other constants are those
/// of `params`.
pub fn judging(params: &SearchParams, time: Duration) -> (SearchParams, Limits) {
    let params = SearchParams {
        // Stones are as dead as they are, whoever is the stronger.
        advantage: Advantage::default(),
        ..params.for_judging()
    };
    let limits = Limits {
        visits: Some(JUDGING_VISITS),
        time: Some(time),
        ..Limits::default()
    };
    (params, limits)
}

/// Whether both players have passed and only the counting is left.
pub fn is_over(game: &Game) -> bool {
    game.outcome().is_some() || game.past_main_phase() || game.phase() != Phase::Main
}

/// Each chain, alive or dead: `lives` says it of its colour and its stones.
fn chains(board: &Board, lives: impl Fn(Color, &[Point]) -> bool) -> Vec<Chain> {
    let heads = board
        .stones()
        .filter(|&(_, point)| board.chain_id(point) == Some(point));
    heads
        .map(|(color, head)| {
            let points: Vec<Point> = board.chain(head).collect();
            let status = if lives(color, &points) {
                Status::Alive
            } else {
                Status::Dead
            };
            Chain {
                color,
                points,
                status,
            }
        })
        .collect()
}

fn is_expected_to_live(board: &Board, color: Color, points: &[Point], ownership: &[f32]) -> bool {
    let (mut sum, mut worst) = (0.0, f32::INFINITY);
    for &point in points {
        let white = ownership.get(board.size().index_of(point));
        let own = white.copied().unwrap_or_default() * color.white_sign();
        sum += own;
        worst = own.min(worst);
    }
    sum > ALIVE_MEAN * points.len() as f32 && worst > ALIVE_WORST
}

/// Connected empty points.
struct Region {
    points: Vec<Point>,
    /// Whether only this colour borders it; `None` for neutral points, and for an empty board.
    owner: Option<Color>,
}

fn regions(board: &Board) -> Vec<Region> {
    let mut seen = PointSet::EMPTY;
    let mut regions = Vec::new();
    for start in board.size().points() {
        if !board.is_empty(start) || !seen.insert(start) {
            continue;
        }
        let mut points = vec![start];
        let mut borders = [false; 2];
        let mut done = 0;
        while let Some(&point) = points.get(done) {
            done += 1;
            for next in board.neighbors(point) {
                match board.stone(next) {
                    Some(color) => borders[color.index()] = true,
                    None if seen.insert(next) => points.push(next),
                    None => {}
                }
            }
        }
        let owner = match borders {
            [true, false] => Some(Color::Black),
            [false, true] => Some(Color::White),
            _ => None,
        };
        regions.push(Region { points, owner });
    }
    regions
}

/// Neutral points that are too many in one place for the game to be over there.
fn open_board(regions: &[Region]) -> PointSet {
    regions
        .iter()
        .filter(|region| region.owner.is_none() && region.points.len() > SHARED_MOST)
        .flat_map(|region| region.points.iter().copied())
        .collect()
}

/// Whether surrounded points are expected to stay with who surrounds them.
fn agrees(game: &Game, regions: &[Region], ownership: &[f32]) -> bool {
    regions.iter().all(|region| {
        let Some(owner) = region.owner else {
            return true;
        };
        let expected = region
            .points
            .iter()
            .filter_map(|&point| ownership.get(game.size().index_of(point)));
        expected.sum::<f32>() * owner.white_sign() >= SETTLED * region.points.len() as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::{Rules, Size};
    use crate::words;

    /// A game from rows of `X` (Black), `O` (White) and anything else, top row first.
    fn game(rows: &[&str], rules: &str) -> Game {
        let size = Size::new(rows[0].len(), rows.len()).unwrap();
        let stones: Vec<(Color, Point)> = size
            .points()
            .filter_map(|point| match rows[point.y()].as_bytes()[point.x()] {
                b'X' | b'x' => Some((Color::Black, point)),
                b'O' | b'o' => Some((Color::White, point)),
                _ => None,
            })
            .collect();
        Game::from_stones(size, Rules::named(rules).unwrap(), &stones, Color::Black).unwrap()
    }

    /// Ownership as a good network would see it: small letters and what surrounds them belong to the other side.
    fn ownership(rows: &[&str]) -> Vec<f32> {
        rows.iter()
            .flat_map(|row| row.bytes())
            .map(|cell| match cell {
                b'X' | b'o' | b'b' => -0.95,
                b'O' | b'x' | b'w' => 0.95,
                _ => 0.0,
            })
            .collect()
    }

    /// Small letters are dead stones; `b` and `w` are territory, `.` is nobody's.
    fn check(rows: &[&str], rules: &str, dead: &str, seki: &str, score: f64, settled: bool) {
        let game = game(rows, rules);
        let judged = Judgement::of(&game, Some(&ownership(rows)));
        let list = |status| {
            let mut points: Vec<Point> = judged
                .with_status(status)
                .flat_map(|chain| chain.points.clone())
                .collect();
            points.sort();
            words::vertices(&points, game.size())
        };
        assert_eq!(list(Status::Dead), dead, "dead in {rows:#?}");
        assert_eq!(list(Status::Seki), seki, "seki in {rows:#?}");
        assert_eq!(judged.settled, settled, "{rows:#?}");
        let without_komi = judged.score - game.rules().komi;
        assert_eq!(
            f64::from(without_komi.to_f32()),
            score,
            "score of {rows:#?} under {rules}"
        );
    }

    #[test]
    fn dead_stones_are_told_from_living_ones() {
        let rows = [
            "bX.Owww", //
            "bXOwxww", "bXOwwww", "bXOOOOO", "bXXXXXX", "bbbobbb", "bbbbbbb",
        ];
        // Black holds 29 points, White 19, one is neutral.
        check(&rows, "chinese", "E6 D2", "", -10.0, true);
        // Black surrounds 19 and has a prisoner, White 11 and one.
        check(&rows, "japanese", "E6 D2", "", -8.0, true);
    }

    #[test]
    fn a_doubtful_chain_lives_within_bounds() {
        for color in Color::BOTH {
            let size = Size::square(5).unwrap();
            let stones: Vec<(Color, Point)> = (0..4).map(|x| (color, Point::at(x, 2))).collect();
            let rules = Rules::named("chinese").unwrap();
            let game = Game::from_stones(size, rules, &stones, color).unwrap();
            for (own, expected) in [
                ([0.21; 4], Status::Alive),
                ([0.19; 4], Status::Dead),
                // Means of 0.3.
                ([0.9, 0.9, -0.01, -0.59], Status::Alive),
                ([0.9, -0.61, 0.9, 0.01], Status::Dead),
            ] {
                let mut ownership = vec![0.0; size.area()];
                for ((_, point), own) in stones.iter().zip(own) {
                    ownership[size.index_of(*point)] = own * color.white_sign();
                }
                let judged = Judgement::of(&game, Some(&ownership));
                let found: Vec<Status> = judged.chains.iter().map(|chain| chain.status).collect();
                assert_eq!(found, [expected], "{color} {own:?}");
            }
        }
    }

    #[test]
    fn seki_is_told_from_neutral_points_left_over() {
        // Who plays in a corner on the left puts himself in atari; the two points in the middle are for the taking.
        let rows = [
            ".XOwO.Xbb", //
            "OXOwOXXbb",
            "OXOOOXXbb",
            "OXOwOXXbb",
            ".XOwO.Xbb",
        ];
        let seki = "B5 A4 B4 A3 B3 A2 B2 B1";
        // 13 stones and 10 points against 14 and 4.
        check(&rows, "chinese", "", seki, -5.0, true);
        check(&rows, "japanese", "", seki, -6.0, true);
    }

    #[test]
    fn an_open_board_is_not_settled() {
        check(
            &[
                ".......", //
                ".X...O.", ".......", ".......", ".O...X.", ".......", ".......",
            ],
            "chinese",
            "",
            "",
            0.0,
            false,
        );
        let game = Game::new(Size::square(19).unwrap(), Rules::default());
        assert!(!Judgement::of(&game, None).settled);
    }

    #[test]
    fn without_ownership_only_certain_stones_are_dead() {
        let rows = [
            ".Xo.X", //
            "XXXXX", "OOOOO", "..x..", ".....",
        ];
        let judged = Judgement::of(&game(&rows, "chinese"), None);
        let dead: Vec<&Chain> = judged.with_status(Status::Dead).collect();
        assert_eq!(dead.len(), 1);
        assert_eq!(dead[0].points, [Point::at(2, 0)]);
    }
}
