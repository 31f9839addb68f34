//! Which rows come how often, in which order, and how they are shown.

use std::collections::BTreeMap;

use super::random_record;
use crate::features::v7;
use crate::go::{Size, Symmetry};
use crate::record::{GameRecord, LeadSource};
use crate::train::row::Row;
use crate::train::sampler::{Place, Sampler};

/// Games on 4x4, of 8 moves each, whose rows have these weights in turn.
fn games(count: u64, weights: &[f32]) -> Vec<GameRecord> {
    let size = Size::square(4).expect("a valid size");
    let game = |seed| {
        let mut game = random_record(size, seed);
        for (turn, &weight) in game.turns.iter_mut().zip(weights.iter().cycle()) {
            turn.weight = weight;
        }
        game
    };
    (0..count).map(game).collect()
}

#[test]
fn an_epoch_holds_each_row_as_often_as_its_weight_says() {
    const EPOCHS: u64 = 20;
    let weights = [0.0, 2.0, 0.5];
    let mut games = games(8, &weights);
    // Rows are known again by their leads.
    let mut expected = BTreeMap::new();
    let turns = games.iter_mut().flat_map(|game| &mut game.turns);
    for (number, turn) in (1..).zip(turns) {
        turn.lead_from = LeadSource::Searches;
        turn.root.0.lead = number as f32;
        if turn.weight > 0.0 {
            expected.insert(number, turn.weight);
        }
    }
    let (mut sampler, _) = Sampler::split(games, 0.0, 7, v7::Options::default());
    assert_eq!(sampler.rows(), expected.len());
    let mut found: BTreeMap<i32, u64> = BTreeMap::new();
    let mut place = Place::default();
    loop {
        let (rows, next) = sampler.draw(place, 1).expect("good games");
        if next.epoch == EPOCHS {
            break;
        }
        let lead = rows[0].0.lead.expect("a lead");
        *found.entry(lead.abs() as i32).or_default() += 1;
        place = next;
    }
    assert!(found.keys().all(|number| expected.contains_key(number)));
    let count = |number: &i32| found.get(number).copied().unwrap_or(0);
    let (mut halves, mut rows) = (0, 0);
    for (number, &weight) in &expected {
        if weight == 2.0 {
            assert_eq!(count(number), 2 * EPOCHS);
        } else {
            assert!((2..=18).contains(&count(number)), "{}", count(number));
            (halves, rows) = (halves + count(number), rows + 1);
        }
    }
    let share = halves as f64 / (rows * EPOCHS) as f64;
    assert!((0.4..0.6).contains(&share), "{share}");
}

#[test]
fn the_order_depends_on_seed_and_place_alone() {
    let games = games(30, &[0.0, 2.0, 0.5]);
    let draw = |seed: u64, mut place: Place, counts: &[usize]| {
        let options = v7::Options::default();
        let (mut sampler, _) = Sampler::split(games.clone(), 0.2, seed, options);
        let mut all = Vec::new();
        for &count in counts {
            let (mut rows, next) = sampler.draw(place, count).expect("good games");
            assert_eq!(rows.len(), count);
            all.append(&mut rows);
            place = next;
        }
        (all, place)
    };
    let (all, _) = draw(7, Place::default(), &[300]);
    // However it is cut into batches, and wherever it is resumed, the sequence is the same.
    assert_eq!(draw(7, Place::default(), &[100, 1, 199]).0, all);
    let (_, middle) = draw(7, Place::default(), &[120]);
    assert_eq!(draw(7, middle, &[180]).0, all[120..]);
    assert_ne!(draw(8, Place::default(), &[300]).0, all);
    let (training, validation) = Sampler::split(games.clone(), 0.2, 1, v7::Options::default());
    assert!(validation.rows() > 0 && validation.rows() < training.rows());
}

/// Moves that a row shows; there are no passes in these games.
fn moves_shown(row: &Row) -> usize {
    let shown = |plane: &u32| row.input.planes.iter().any(|word| word >> plane & 1 == 1);
    (9..14).filter(shown).count()
}

#[test]
fn rows_are_shown_under_all_symmetries_and_some_without_their_past() {
    const ROWS: usize = 3000;
    // Only those with five moves before them.
    let games = games(8, &[0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    let (mut sampler, _) = Sampler::split(games, 0.0, 7, v7::Options::default());
    let (rows, _) = sampler.draw(Place::default(), ROWS).expect("good games");
    for symmetry in Symmetry::ALL {
        let count = rows.iter().filter(|(_, drawn)| *drawn == symmetry).count();
        assert!((310..440).contains(&count), "{symmetry:?}: {count}");
    }
    let mut by_moves = [0; 6];
    for (row, _) in &rows {
        by_moves[moves_shown(row)] += 1;
    }
    // At each of the five turns the past ends in one of fifty.
    for (shown, count) in by_moves[..5].iter().enumerate() {
        let expected = 0.02 * 0.98f64.powi(shown as i32) * ROWS as f64;
        let far = (f64::from(*count) - expected).abs() / expected.sqrt();
        assert!(far < 4.0, "{shown} moves: {count}, not {expected}");
    }
}
