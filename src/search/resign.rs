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
    /// Points that must also be missing on each of these turns. KataGo `resignMinScoreDifference`.
    pub min_score_difference: Option<f64>,
    /// No resignation before this many moves, in units of the board's area. KataGo `resignMinMovesPerBoardArea`.
    pub min_moves_per_area: f64,
}

impl Default for ResignParams {
    fn default() -> ResignParams {
        ResignParams {
            enabled: true,
            threshold: -0.90,
            consecutive_turns: 3,
            min_score_difference: None,
            min_moves_per_area: 0.0,
        }
    }
}

/// What a player thinks of the game at an own turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
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

/// The memory of one player's lost turns.
#[derive(Clone, Debug, Default)]
pub struct Resigner {
    lost_turns: usize,
}

impl Resigner {
    /// Nothing lost so far; also for a new game and after taking moves back.
    pub fn new() -> Resigner {
        Resigner::default()
    }

    /// Notes a turn of the player and says whether to resign now.
    pub fn should_resign(&mut self, verdict: &Verdict, params: &ResignParams) -> bool {
        if is_lost(verdict, params) {
            self.lost_turns += 1;
        } else {
            self.lost_turns = 0;
        }
        params.enabled
            && self.lost_turns >= params.consecutive_turns.max(1)
            && verdict.moves_played as f64 >= params.min_moves_per_area * verdict.area as f64
            && !may_catch_up(verdict)
    }
}

fn is_lost(verdict: &Verdict, params: &ResignParams) -> bool {
    verdict.value < params.threshold
        && match (params.min_score_difference, verdict.lead) {
            (Some(points), Some(lead)) => lead <= -points,
            _ => true,
        }
}

/// Whether White has a handicap to make up for and is not yet behind the schedule for that: from the whole deficit at
/// the start evenly to none at 60% of the area, give or take 5 points and 15% of the deficit.
fn may_catch_up(verdict: &Verdict) -> bool {
    let (deficit, moves, area) = (
        verdict.black_head_start,
        verdict.moves_played as f64,
        verdict.area as f64,
    );
    if verdict.player != Color::White || deficit <= 0.9 {
        return false;
    }
    if moves < 1.0 + area / 5.0 {
        return true;
    }
    let expected = deficit * (1.0 - moves / (0.6 * area)).max(0.0);
    verdict
        .lead
        .is_some_and(|lead| lead >= -(expected + 5.0 + 0.15 * deficit))
}

/// Doublings of playouts that a strong player should be taken to be ahead by in a handicap game, for a lead of the
/// weaker side in points: 0.045 a point in steps of 0.125 up to 2.75 (KataGo `dynamicPlayoutDoublingAdvantageCapPerOppLead`).
/// The result goes into [`super::SearchParams::advantage`] for the side that is behind.
pub fn handicap_advantage(opponent_lead: f64) -> f32 {
    let doublings = (0.045 * opponent_lead).clamp(0.0, 2.75);
    ((doublings * 8.0).round() / 8.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOST: Verdict = Verdict {
        player: Color::Black,
        value: -0.95,
        lead: Some(-20.0),
        moves_played: 150,
        area: 361,
        black_head_start: 0.0,
    };

    /// On which of the given turns the player resigns.
    fn check(params: ResignParams, turns: &[Verdict], expected: &[bool]) {
        let mut resigner = Resigner::new();
        let resigns: Vec<bool> = turns
            .iter()
            .map(|verdict| resigner.should_resign(verdict, &params))
            .collect();
        assert_eq!(resigns, expected, "{params:?} {turns:?}");
    }

    #[test]
    fn takes_three_lost_turns_in_a_row() {
        let fine = Verdict {
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
    fn waits_for_score_and_moves_if_told_to() {
        let params = ResignParams {
            consecutive_turns: 1,
            min_score_difference: Some(10.0),
            min_moves_per_area: 0.5,
            ..Default::default()
        };
        let turns = [
            LOST,
            Verdict {
                lead: Some(-9.0),
                moves_played: 200,
                ..LOST
            },
            Verdict {
                moves_played: 200,
                ..LOST
            },
            Verdict {
                lead: None,
                moves_played: 200,
                ..LOST
            },
        ];
        check(params, &turns, &[false, false, true, true]);
    }

    #[test]
    fn white_fights_on_under_handicap_until_behind_schedule() {
        let params = ResignParams {
            consecutive_turns: 1,
            ..Default::default()
        };
        // Deficit 40: after 108 moves (half of the way) 20 are expected, with the margin 31.
        let turn = |player, moves_played, lead| Verdict {
            player,
            lead: Some(lead),
            moves_played,
            black_head_start: 40.0,
            ..LOST
        };
        let turns = [
            turn(Color::White, 60, -60.0),
            turn(Color::White, 108, -30.0),
            turn(Color::White, 108, -32.0),
            turn(Color::White, 300, -10.0),
            turn(Color::White, 300, -12.0),
            turn(Color::Black, 60, -60.0),
        ];
        check(params, &turns, &[false, false, true, false, true, true]);
    }

    #[test]
    fn advantage_grows_in_steps_with_the_lead() {
        let cases = [
            (-5.0, 0.0),
            (0.0, 0.0),
            (10.0, 0.5),
            (30.0, 1.375),
            (90.0, 2.75),
        ];
        for (lead, expected) in cases {
            assert_eq!(handicap_advantage(lead), expected, "lead {lead}");
        }
    }
}
