//! Records to test with.

use super::*;

/// A game of random moves with everything a record can hold.
pub(crate) fn random_record(size: Size, seed: u64) -> GameRecord {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let rules = Rules::named(if seed.is_multiple_of(2) {
        "chinese"
    } else {
        "aga-button"
    })
    .unwrap();
    let stones: Vec<(Color, Point)> = match seed % 3 {
        0 => vec![(Color::Black, size.point_at(0).unwrap())],
        _ => vec![],
    };
    let first = Color::BOTH[usize::from(!stones.is_empty())];
    let mut game = Game::from_stones(size, rules, &stones, first).unwrap();
    let mut turns = Vec::new();
    while turns.len() < 2 * size.area() && game.outcome().is_none() {
        let legal: Vec<Point> = game.legal_points(game.to_move()).iter().collect();
        let mv = match legal.len() {
            0 => Move::Pass,
            n => Move::Play(legal[rng.random_range(0..n)]),
        };
        let kind = [TurnKind::Sampled, TurnKind::Cheap, TurnKind::Full][rng.random_range(0..3)];
        let index = size.policy_index(mv) as u16;
        let mut candidates = vec![Candidate {
            index,
            visits: rng.random_range(9..=u16::MAX),
            target: codec::rounded_share(rng.random_range(1..=u16::MAX)),
        }];
        // Often the same ones, and as often visited: the first point, the last one, and pass.
        for other in [0, size.area() as u16 - 1, size.area() as u16] {
            if other != index && rng.random_range(0..3) > 0 {
                candidates.push(Candidate {
                    index: other,
                    visits: rng.random_range(0..9),
                    target: codec::rounded_share(rng.random_range(0..99)),
                });
            }
        }
        candidates.sort_by_key(|candidate| candidate.index);
        // Halves and quarters survive the rounding of the file.
        let win = f32::from(rng.random_range(0..=64u8)) / 64.0;
        turns.push(Turn {
            color: game.to_move(),
            mv,
            kind,
            net: rng.random_range(0..2),
            rank: rng.random(),
            weight: if kind == TurnKind::Full { 1.25 } else { 0.0 },
            surprise: 0.5,
            root: White(RootValue {
                chances: Chances {
                    win,
                    loss: 1.0 - win,
                    no_result: 0.0,
                },
                score: f32::from(rng.random_range(-50..50i8)) / 2.0,
                lead: 0.25,
            }),
            lead_from: [
                LeadSource::Searches,
                LeadSource::Scores,
                LeadSource::Nothing,
            ][rng.random_range(0..3)],
            candidates,
        });
        game.play(game.to_move(), mv).unwrap();
    }
    GameRecord {
        size,
        rules,
        stones,
        first,
        seed,
        nets: vec!["one".into(), "two of ü".into()],
        actors: ["a".into(), "b".into()],
        fork: (seed.is_multiple_of(5)).then_some(Fork { seed: 7, turns: 3 }),
        turns,
        resignation: Resignation {
            allowed: seed.is_multiple_of(2),
            threshold: -0.875,
        },
        outcome: [
            Outcome::Score(HalfPoints(-3)),
            Outcome::Resignation(Color::White),
            Outcome::Repetition(Color::Black),
            Outcome::NoResult,
        ][seed as usize % 4],
        stop: [Stop::Rules, Stop::Settled, Stop::Length, Stop::Resignation][seed as usize / 2 % 4],
        owners: (seed.is_multiple_of(4))
            .then(|| (0..size.area()).map(|i| (i % 3) as i8 - 1).collect()),
    }
}
