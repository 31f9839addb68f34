//! What is special about searches in a game with handicap: the advantage in playouts that they assume, and what it costs to
//! repeat oneself.
//!
//! The advantage is by KataGo's rule (its `dynamicPlayoutDoublingAdvantageCapPerOppLead`): whoever begins behind is taken
//! to be the stronger player, the more so the longer the way. Otherwise White's searches despair of a handicap and Black's
//! play safe, and both see little difference between moves. As White catches up less is assumed. All constants are KataGo's.

use super::black_head_start;
use crate::eval::White;
use crate::go::{Color, Game, Size};

/// Doublings for each point of the deficit, on 19x19.
const PER_POINT: f64 = 0.045;
/// Networks have seen little beyond this.
const MOST: f64 = 2.75;
/// What a move can change. The tree is lost with any change, so it is no smaller.
const STEP: f64 = 0.125;
/// Win minus loss, as the player sees it that began behind, below which more is assumed and above which less.
const HOPELESS: f64 = -0.9;
const HOPEFUL: f64 = -0.5;
/// Utility that repeated patterns cost in a game with handicap.
const PATTERN_PENALTY: f64 = 0.005;

/// What one player assumes in one game.
#[derive(Clone, Debug, Default)]
pub struct HandicapAdvantage {
    /// Doublings that the player who began behind has; the most that the deficit allows until a search says otherwise.
    doublings: Option<f64>,
}

impl HandicapAdvantage {
    /// White's doublings in the next search.
    pub fn of_white(&self, game: &Game) -> White<f32> {
        let (behind, most) = deficit(game);
        White(behind.white_sign() * self.next(game, most) as f32)
    }

    /// Notes what a search for a move in the game has found: win minus loss.
    pub fn note(&mut self, game: &Game, value: White<f64>) {
        let (behind, most) = deficit(game);
        let value = value.view_of(behind);
        let change = if value < HOPELESS {
            STEP
        } else if value > HOPEFUL {
            -STEP
        } else {
            0.0
        };
        self.doublings = Some((self.next(game, most) + change).clamp(0.0, most));
    }

    fn next(&self, game: &Game, most: f64) -> f64 {
        // Until White has played there may be more handicap to come.
        let begun = game
            .board()
            .stones()
            .any(|(color, _)| color == Color::White);
        let known = self.doublings.filter(|_| begun);
        known.map_or(most, |doublings| doublings.min(most))
    }
}

/// Who began behind, and the most doublings that makes up for it: none for a few points, or on boards that are too small
/// to catch up on.
fn deficit(game: &Game) -> (Color, f64) {
    let (size, lead) = (game.size(), black_head_start(game));
    let behind = if lead < 0.0 {
        Color::Black
    } else {
        Color::White
    };
    let beyond = lead.abs() - least_handicap(size);
    if beyond < 0.0 || size.width().min(size.height()) <= 7 {
        return (behind, 0.0);
    }
    let most = MOST.min(PER_POINT * beyond * scale(size));
    (behind, (most / STEP).round() * STEP)
}

/// Utility that it costs `player` to repeat its own patterns, if the user says nothing: a little where the opponent began
/// well ahead, so that not every corner looks alike. As in KataGo, but whether or not somebody watches the search.
pub fn pattern_penalty(game: &Game, player: Color) -> f64 {
    let lead = black_head_start(game) * f64::from(player.white_sign());
    if lead > least_handicap(game.size()) {
        PATTERN_PENALTY
    } else {
        0.0
    }
}

/// Points of a head start beyond which a game is one with handicap.
fn least_handicap(size: Size) -> f64 {
    f64::max(4.0 / scale(size), 2.0)
}

/// How much more a point is than on 19x19.
fn scale(size: Size) -> f64 {
    (361.0 / size.area() as f64).powf(0.75)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::{HalfPoints, Move, Point, Rules};

    fn game(side: usize, handicap: usize, komi: f64) -> Game {
        let size = Size::square(side).unwrap();
        let rules = Rules {
            komi: HalfPoints::from_f64(komi).unwrap(),
            ..Rules::named("japanese").unwrap()
        };
        let stones: Vec<Point> = size.points().step_by(4).take(handicap).collect();
        Game::with_handicap(size, rules, &stones).unwrap()
    }

    #[test]
    fn a_deficit_calls_for_an_advantage() {
        let check = |side, handicap, komi, expected| {
            let found = HandicapAdvantage::default().of_white(&game(side, handicap, komi));
            assert_eq!(found, White(expected), "{handicap} on {side}, komi {komi}");
        };
        check(19, 0, 6.5, 0.0);
        check(19, 0, 0.5, 0.125);
        // 0.045 * (20.5 - 4)
        check(19, 2, 0.5, 0.75);
        check(19, 4, 0.5, 2.0);
        check(19, 6, 0.5, 2.75);
        // A reverse handicap: Black has it.
        check(19, 0, 30.5, -0.875);
        // 0.045 * (20.5 - 2) * 3.07
        check(9, 2, 0.5, 2.5);
        check(7, 3, 0.5, 0.0);
    }

    #[test]
    fn who_began_behind_does_not_repeat_itself() {
        let check = |side, handicap, komi, expected: [f64; 2]| {
            let game = game(side, handicap, komi);
            let found = Color::BOTH.map(|player| pattern_penalty(&game, player));
            assert_eq!(found, expected, "{handicap} on {side}, komi {komi}");
        };
        check(19, 0, 6.5, [0.0, 0.0]);
        check(19, 0, 3.0, [0.0, 0.0]); // 4 points, and no more.
        check(19, 0, 2.5, [0.0, 0.005]);
        check(19, 4, 0.5, [0.0, 0.005]);
        check(19, 0, 30.5, [0.005, 0.0]);
        check(9, 0, 5.0, [0.0, 0.0]);
        check(9, 0, 4.5, [0.0, 0.005]);
    }

    #[test]
    fn it_follows_the_game_by_small_steps() {
        let mut game = game(19, 4, 0.5);
        let mut advantage = HandicapAdvantage::default();
        let mut after = |game: &Game, value: f64| {
            advantage.note(game, White(value));
            advantage.of_white(game).0
        };
        assert_eq!(after(&game, -0.3), 2.0, "White has no stone yet");
        game.play(
            Color::White,
            Move::Play(game.size().points().nth(30).unwrap()),
        )
        .unwrap();
        assert_eq!(after(&game, -0.95), 2.0, "the most");
        assert_eq!(after(&game, -0.3), 1.875);
        assert_eq!(after(&game, -0.7), 1.875);
        assert_eq!(after(&game, -0.95), 2.0);
        for _ in 0..30 {
            after(&game, 0.9);
        }
        assert_eq!(after(&game, 0.9), 0.0, "never against White");
    }
}
