//! Queries whose positions one device computes together.

use std::sync::Mutex;

use super::*;
use crate::eval::batcher::{BatchSettings, Batcher, DeviceFn};
use crate::eval::{Description, EvalError, Evaluation, Position};
use crate::go::{Game, HalfPoints};
use crate::threads::lock;

/// A device for all callers, as networks have one. What it has computed is read by whoever asked for it.
struct OneDevice {
    hashed: Hashed,
    batcher: Batcher<Game, Evaluation>,
}

impl Evaluator for OneDevice {
    fn description(&self) -> &Description {
        self.hashed.description()
    }

    fn evaluate(&self, positions: &[Position<'_>]) -> Result<Vec<Arc<Evaluation>>, EvalError> {
        let games = positions.iter().map(|position| position.game.clone());
        let computed = self.batcher.run(games.collect())?;
        let read = |evaluation: Evaluation| match evaluation.chances.0.win.is_finite() {
            true => Ok(Arc::new(evaluation)),
            false => Err(EvalError::Device("not a finite number".into())),
        };
        computed.into_iter().map(read).collect()
    }
}

/// The batch waits for the positions of all queries, and far longer than that takes. The numbers of one of them are none.
#[test]
fn queries_share_a_batch_and_one_fails_alone() {
    const KOMIS: [f64; 3] = [5.5, 6.5, 7.5];
    let batches = Arc::new(Mutex::new(Vec::new()));
    let device: DeviceFn<Game, Evaluation> = Box::new({
        let batches = Arc::clone(&batches);
        let bad = HalfPoints::komi(KOMIS[1]).unwrap();
        move |games| {
            let positions: Vec<Position<'_>> = games.iter().map(Position::new).collect();
            let komis = games.iter().map(|game| game.rules().komi);
            lock(&batches).push(komis.clone().collect::<Vec<HalfPoints>>());
            let answers = Hashed::default().evaluate(&positions)?;
            let mut answers: Vec<Evaluation> = answers.iter().map(|a| (**a).clone()).collect();
            for (answer, komi) in answers.iter_mut().zip(komis) {
                if komi == bad {
                    answer.chances.0.win = f32::NAN;
                }
            }
            Ok(answers)
        }
    });
    let settings = BatchSettings {
        batch: KOMIS.len(),
        least: 1,
        deadline: Duration::from_secs(20),
    };
    let evaluator = Arc::new(OneDevice {
        hashed: Hashed::default(),
        batcher: Batcher::start("test", vec![device], settings).expect("a thread starts"),
    });
    let lines = KOMIS.map(|komi| {
        let more = json!({ "komi": komi, "maxVisits": 1 });
        query(&komi.to_string(), &more)
    });
    let answers = answers_of(evaluator, &options(KOMIS.len()), &lines);
    let mut batches = lock(&batches);
    assert_eq!(batches.len(), 1, "{batches:?}");
    batches[0].sort_by_key(|komi| komi.0);
    assert_eq!(
        batches[0],
        KOMIS.map(|komi| HalfPoints::komi(komi).unwrap())
    );
    assert_eq!(answers.len(), KOMIS.len(), "{answers:?}");
    for answer in &answers {
        let failed = answer["error"].is_string();
        assert_eq!(failed, answer["id"] == json!("6.5"), "{answer}");
    }
}
