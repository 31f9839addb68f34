//! When to give up a game.
//!
//! KataGo's rule (its `allowResignation` settings): a lost value on several own turns in a row. With handicap White
//! first has to fail to catch up.

use crate::go::Color;

/// Constants of the rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResignParams {
    /// Whether to resign at all. KataGo `allowResignation`.
    pub enabled: bool,
    /// Win minus loss, own view, below which a turn counts as lost. KataGo `resignThreshold`.
    pub threshold: f64,
    /// Lost turns in a row that it takes. KataGo `resignConsecTurns`.
    pub consecutive_turns: usize,
    /// Points by which the player has to be behind, where scores are predicted. KataGo `resignMinScoreDifference`.
    pub min_score: f64,
    /// Moves before which nobody resigns, for each point of the board. KataGo `resignMinMovesPerBoardArea`.
    pub min_moves_per_area: f64,
}

impl Default for ResignParams {
    fn default() -> ResignParams {
        ResignParams {
            enabled: true,
            threshold: -0.90,
            consecutive_turns: 3,
            min_score: 0.0,
            min_moves_per_area: 0.0,
        }
    }
}

/// What a player thinks of the game at an own turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// Who thinks so.
    pub player: Color,
    /// Win minus loss as the player sees it.
    pub value: f64,
    /// Points by which the player leads, if predicted.
    pub lead: Option<f64>,
    /// Moves made before this turn, by both players.
    pub moves_played: usize,
    /// Points of the board.
    pub area: usize,
    /// Points by which Black led at the start, komi included: what a handicap is worth. 0 if not known.
    pub black_head_start: f64,
}

/// The memory of one player's lost turns. There are none in a new game, nor once moves were taken back.
#[derive(Clone, Debug, Default)]
pub struct Resigner {
    lost_turns: usize,
}

impl Resigner {
    /// Notes a turn of the player and says whether to resign now.
    pub fn should_resign(&mut self, outlook: &Outlook, params: &ResignParams) -> bool {
        if outlook.value < params.threshold {
            self.lost_turns += 1;
        } else {
            self.lost_turns = 0;
        }
        params.enabled
            && self.lost_turns >= params.consecutive_turns.max(1)
            && !may_catch_up(outlook)
            && !is_close(outlook, params)
    }
}

/// Whether it is too early to resign, or the score too close.
fn is_close(outlook: &Outlook, params: &ResignParams) -> bool {
    let least = params.min_moves_per_area * outlook.area as f64;
    // Whoever sets no least difference may resign when ahead, as networks' values and scores can differ.
    let behind = outlook.lead.is_none_or(|lead| -lead >= params.min_score);
    (outlook.moves_played as f64) < least.floor() || params.min_score > 0.0 && !behind
}

/// Whether White has a handicap to make up for and is not yet behind the schedule for that: from the whole deficit after
/// a fifth of the area in moves, before which nobody resigns, evenly to none at 60% of it, give or take 5 points and 15% of
/// the deficit.
fn may_catch_up(outlook: &Outlook) -> bool {
    let deficit = outlook.black_head_start;
    if outlook.player != Color::White || deficit <= 0.9 {
        return false;
    }
    let first = 1 + outlook.area / 5;
    let Some(spent) = outlook.moves_played.checked_sub(first) else {
        return true;
    };
    let whole = (0.6 * outlook.area as f64 - first as f64).max(1.0);
    let expected = deficit * (1.0 - spent as f64 / whole).max(0.0);
    outlook
        .lead
        .is_some_and(|lead| lead >= -(expected + 5.0 + 0.15 * deficit))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOST: Outlook = Outlook {
        player: Color::Black,
        value: -0.95,
        lead: Some(-20.0),
        moves_played: 150,
        area: 361,
        black_head_start: 0.0,
    };

    /// On which of the given turns the player resigns.
    fn check(params: ResignParams, turns: &[Outlook], expected: &[bool]) {
        let mut resigner = Resigner::default();
        let resigns: Vec<bool> = turns
            .iter()
            .map(|outlook| resigner.should_resign(outlook, &params))
            .collect();
        assert_eq!(resigns, expected, "{params:?} {turns:?}");
    }

    #[test]
    fn takes_three_lost_turns_in_a_row() {
        let fine = Outlook {
            value: -0.89,
            ..LOST
        };
        check(
            ResignParams::default(),
            &[LOST, LOST, fine, LOST, LOST, LOST, LOST],
            &[false, false, false, false, false, true, true],
        );
        let never = ResignParams {
            enabled: false,
            ..Default::default()
        };
        check(never, &[LOST; 4], &[false; 4]);
    }

    #[test]
    fn nobody_resigns_close_games_or_early() {
        let check = |min_score, min_moves_per_area, outlook: Outlook, expected: bool| {
            let params = ResignParams {
                consecutive_turns: 1,
                min_score,
                min_moves_per_area,
                ..Default::default()
            };
            check(params, &[outlook], &[expected]);
        };
        let ahead = Outlook {
            lead: Some(1.0),
            ..LOST
        };
        let unknown = Outlook { lead: None, ..LOST };
        for (min_score, outlook, expected) in [
            (20.0, LOST, true),
            (20.5, LOST, false),
            (0.0, ahead, true),
            (0.5, ahead, false),
            (20.5, unknown, true),
        ] {
            check(min_score, 0.0, outlook, expected);
        }
        // 150 of 361 are 0.4155; halves of moves do not count.
        check(0.0, 0.4155, LOST, true);
        check(0.0, 0.4182, LOST, true);
        check(0.0, 0.4184, LOST, false);
    }

    #[test]
    fn white_fights_on_under_handicap_until_behind_schedule() {
        let params = ResignParams {
            consecutive_turns: 1,
            ..Default::default()
        };
        // Deficit 40: from move 73 on all of it, with the margin 51; after 145 moves, half of the way to 216.6, 19.94.
        let turn = |player, moves_played, lead| Outlook {
            player,
            lead: Some(lead),
            moves_played,
            black_head_start: 40.0,
            ..LOST
        };
        let turns = [
            turn(Color::White, 72, -60.0),
            turn(Color::White, 73, -50.9),
            turn(Color::White, 73, -51.1),
            turn(Color::White, 145, -30.9),
            turn(Color::White, 145, -31.0),
            turn(Color::White, 300, -10.0),
            turn(Color::White, 300, -12.0),
            turn(Color::Black, 60, -60.0),
        ];
        check(
            params,
            &turns,
            &[false, false, true, false, true, false, true, true],
        );
    }
}
