//! Targets of a game made by hand.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::{record, turn};
use crate::eval::Chances;
use crate::features::v7;
use crate::go::{Color, HalfPoints, Move, Outcome, Size};
use crate::net::sample::{BlockRecipe, KataRecipe, kata};
use crate::net::spec::Body;
use crate::record::{GameRecord, LeadSource, Turn, TurnKind};
use crate::train::row::{Row, as_in_play};

/// Black takes the middle of 3x3 and everything with it; White's one move came from a short search. White's komi makes it
/// 8.5 points.
fn hand_made() -> GameRecord {
    let size = Size::square(3).expect("a valid size");
    let point = |index| Move::Play(size.point_at(index).expect("a point"));
    let mut turns = vec![
        turn(Color::Black, point(4), size, 0.4, -1.0),
        turn(Color::White, point(0), size, 0.2, -5.0),
        turn(Color::Black, point(1), size, 0.1, -8.0),
        turn(Color::White, Move::Pass, size, 0.0, -8.5),
        turn(Color::Black, Move::Pass, size, 0.0, -8.5),
    ];
    turns[1].kind = TurnKind::Cheap;
    record(
        size,
        turns,
        Outcome::Score(HalfPoints(-17)),
        Some(vec![-1; 9]),
    )
}

fn row(record: &GameRecord, turn: usize) -> Row {
    Row::new(record, turn, &v7::Options::default()).expect("a row")
}

fn chances(win: f32) -> Chances {
    Chances {
        win,
        loss: 1.0 - win,
        no_result: 0.0,
    }
}

#[test]
fn leads_are_learned_from_searches_where_there_are_any() {
    let mut record = hand_made();
    record.turns[1].root.0.lead = -7.5;
    record.turns[1].lead_from = LeadSource::Searches;
    record.turns[2].lead_from = LeadSource::Nothing;
    let leads = [0, 1, 2].map(|turn| row(&record, turn).lead);
    assert_eq!(leads[1..], [Some(-7.5), None]);
    let of_scores = leads[0].expect("a mean of scores");
    assert!((1.0..8.5).contains(&of_scores), "{of_scores}");
}

/// One-hot.
fn only(index: usize) -> Option<Vec<f32>> {
    Some((0..10).map(|i| f32::from(u8::from(i == index))).collect())
}

#[test]
fn who_won_and_who_moves() {
    let record = hand_made();
    let score = |white| Outcome::Score(HalfPoints(white));
    // Black's result, points and share of the board.
    for (outcome, wins, points, owner) in [
        (score(-17), 1.0, Some(8.5), Some(1)),
        (score(17), 0.0, Some(-8.5), Some(-1)),
        (score(0), 0.5, Some(0.0), Some(0)),
        (Outcome::Resignation(Color::White), 0.0, None, None),
        (Outcome::Repetition(Color::Black), 1.0, None, None),
    ] {
        let owners = owner.map(|black| vec![-black; 9]);
        let ended = GameRecord {
            outcome,
            owners,
            ..record.clone()
        };
        for turn in 0..5 {
            let (row, place) = (row(&ended, turn), format!("{outcome:?}, turn {turn}"));
            let black = turn % 2 == 0;
            let sign = if black { 1.0 } else { -1.0 };
            assert_eq!(
                row.value,
                chances(if black { wins } else { 1.0 - wins }),
                "{place}"
            );
            assert_eq!(
                row.score,
                points.map(|points: f32| sign * points),
                "{place}"
            );
            let owned = owner.map(|black| vec![sign * f32::from(black); 9]);
            assert_eq!(row.ownership, owned, "{place}");
        }
    }
    let stones = |turn: usize, plane: u32| {
        let input = row(&record, turn).input;
        let set = |word: &u32| word >> plane & 1 == 1;
        input.planes.iter().map(set).collect::<Vec<_>>()
    };
    // Before White's first move the stone in the middle is the opponent's, before Black's second it is the mover's.
    assert!(stones(1, 2)[4] && !stones(1, 1)[4]);
    assert!(stones(2, 1)[4] && !stones(2, 2)[4]);
}

#[test]
fn policies_are_those_of_full_searches() {
    let record = hand_made();
    let targets = |turn: usize| {
        let row = row(&record, turn);
        (row.policy, row.opponent)
    };
    assert_eq!(targets(0), (only(4), None));
    assert_eq!(targets(1), (None, only(1)));
    assert_eq!(targets(2), (only(1), only(9)));
    assert_eq!(targets(4), (only(9), None));
}

#[test]
fn values_over_horizons_are_exponential_averages() {
    let record = hand_made();
    let wins = [0.4f64, 0.2, 0.1, 0.0, 0.0, 0.0];
    let scores = [-1.0f64, -5.0, -8.0, -8.5, -8.5, -8.5];
    // KataGo's three, and that of leads.
    let factors = [0.176, 0.056, 0.016, 1.0];
    for turn in 0..5 {
        let row = row(&record, turn);
        let values = row.td_value.map(Some).into_iter().chain([None]);
        let scores_found = row.td_score.into_iter().chain([row.lead]);
        for ((factor, value), found) in factors.into_iter().zip(values).zip(scores_found) {
            let now = 1.0 / (1.0 + factor * 9.0);
            let (mut win, mut score, mut left) = (0.0, 0.0, 1.0);
            for i in turn..wins.len() {
                let share = if i + 1 == wins.len() {
                    left
                } else {
                    left * now
                };
                win += share * wins[i];
                score += share * scores[i];
                left -= share;
            }
            // Even turns are Black's.
            let (win, score) = if turn % 2 == 0 {
                (1.0 - win, -score)
            } else {
                (win, score)
            };
            let place = format!("turn {turn}, factor {factor}");
            // There is no value over the horizon of the lead.
            if let Some(value) = value {
                assert!((f64::from(value.win) - win).abs() < 1e-6, "{place}");
            }
            let found = found.expect("a score");
            assert!((f64::from(found) - score).abs() < 1e-5, "{place}");
        }
    }
}

/// What the searches of a player say who is not learned from is no target, as if it had not searched.
#[test]
fn what_another_player_thinks_is_learned_only_with_its_moves() {
    let rows = |record: &GameRecord| [0, 2].map(|turn| row(record, turn));
    let mut record = hand_made();
    let whites = |record: &mut GameRecord, change: &dyn Fn(&mut Turn)| {
        record.turns.iter_mut().skip(1).step_by(2).for_each(change);
    };
    whites(&mut record, &|turn| turn.weight = 0.0);
    let of_itself = rows(&record);
    assert_eq!(of_itself[1].opponent, only(9));
    let mut unsearched = record.clone();
    whites(&mut unsearched, &|turn| turn.kind = TurnKind::Sampled);
    let unsearched = rows(&unsearched);
    assert_ne!(unsearched, of_itself);
    record.actors[1] = "other".into();
    assert_eq!(rows(&record), unsearched);
    record.turns[3].weight = 0.5;
    assert_eq!(rows(&record), of_itself, "it is learned from");
}

#[test]
fn what_is_not_known_is_no_target() {
    let mut record = hand_made();
    record.outcome = Outcome::Resignation(Color::Black);
    record.owners = None;
    let resigned = row(&record, 0);
    assert_eq!((resigned.score, resigned.ownership.clone()), (None, None));
    assert_eq!(resigned.value, chances(1.0));
    // The scores of the searches are still there.
    assert!(resigned.td_score.iter().all(Option::is_some));
    assert!(resigned.lead.is_some());
    for turn in &mut record.turns {
        turn.kind = TurnKind::Sampled;
    }
    let unsearched = row(&record, 1);
    assert_eq!(unsearched.td_score, [None; 3]);
    assert_eq!(unsearched.td_value, [chances(0.0); 3]);
    assert!(Row::new(&record, 5, &v7::Options::default()).is_err());
}

#[test]
fn games_without_result_teach_no_scores() {
    let mut record = hand_made();
    record.outcome = Outcome::NoResult;
    record.owners = None;
    record.turns[2].lead_from = LeadSource::Searches;
    for turn in 0..5 {
        let row = row(&record, turn);
        assert_eq!((row.score, row.ownership.clone()), (None, None));
        assert_eq!((row.td_score, row.lead), ([None; 3], None), "turn {turn}");
        assert_eq!(row.value.no_result, 1.0);
        // The values of the searches are still there.
        assert_ne!(row.td_value[2], row.value, "turn {turn}");
        assert_eq!(row.policy.is_some(), turn != 1);
    }
}

#[test]
fn changes_of_the_value_have_a_time() {
    // Wins minus losses change by 0.4, 0.2, 0.2 and no more.
    let expected = 0.16 * 1.0 + 0.04 * 2.0 + 0.04 * 3.0;
    let found = row(&hand_made(), 0).variance_time;
    assert!((found - expected).abs() < 1e-6, "{found}");
    assert!(row(&hand_made(), 4).variance_time.abs() < 1e-6);
}

#[test]
fn rows_are_what_the_network_reads_in_play() {
    let recipe = KataRecipe::new("net", 15, 4, vec![BlockRecipe::Ordinary]);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut spec = kata(&recipe, &mut rng).expect("a network").spec;
    assert_eq!(as_in_play(&spec), v7::Options::default());
    let Body::Kata(body) = &mut spec.body else {
        panic!("a network of KataGo's family");
    };
    body.pass_alive_with_suicide = true;
    assert!(as_in_play(&spec).pass_alive_with_suicide);
}
