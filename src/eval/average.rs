//! One evaluation from several symmetries of a position.

use std::sync::Arc;

use super::{Chances, Evaluation, Mover, Score, Uncertainty};

/// Arithmetic mean of evaluations of one position (KataGo format document, section 7.5); `None` if there are none.
/// Outputs that not all of them have are left out.
pub fn average(evaluations: &[Arc<Evaluation>]) -> Option<Arc<Evaluation>> {
    let (first, rest) = evaluations.split_first()?;
    if rest.is_empty() {
        return Some(Arc::clone(first));
    }
    let human: Option<Vec<Arc<Evaluation>>> = collect(evaluations, |e| e.human.clone());
    let share = 1.0 / evaluations.len() as f32;
    let mean = |value: &dyn Fn(&Evaluation) -> f32| {
        evaluations.iter().map(|e| value(e)).sum::<f32>() * share
    };
    Some(Arc::new(Evaluation {
        policy: mean_of_slices(evaluations.iter().map(|e| Some(&e.policy[..])), share)?,
        chances: Mover(Chances {
            win: mean(&|e| e.chances.0.win),
            loss: mean(&|e| e.chances.0.loss),
            no_result: mean(&|e| e.chances.0.no_result),
        }),
        score: collect(evaluations, |e| e.score).map(|scores| Mover(mean_score(&scores, share))),
        uncertainty: collect(evaluations, |e| e.uncertainty).map(|all| Uncertainty {
            winloss: all.iter().map(|u| u.winloss).sum::<f32>() * share,
            score: all.iter().map(|u| u.score).sum::<f32>() * share,
        }),
        variance_time: collect(evaluations, |e| e.variance_time)
            .map(|all| all.iter().sum::<f32>() * share),
        ownership: mean_of_slices(
            evaluations
                .iter()
                .map(|e| e.ownership.as_ref().map(|o| &o.0[..])),
            share,
        )
        .map(Mover),
        human: human.and_then(|all| average(&all)),
    }))
}

fn collect<T>(
    evaluations: &[Arc<Evaluation>],
    part: impl Fn(&Evaluation) -> Option<T>,
) -> Option<Vec<T>> {
    evaluations.iter().map(|e| part(e)).collect()
}

/// Averages the score's first two moments, not its deviation.
fn mean_score(scores: &[Mover<Score>], share: f32) -> Score {
    let mean = scores.iter().map(|s| s.0.mean).sum::<f32>() * share;
    let square = scores
        .iter()
        .map(|s| s.0.mean * s.0.mean + s.0.stdev * s.0.stdev)
        .sum::<f32>()
        * share;
    Score {
        mean,
        stdev: (square - mean * mean).max(0.0).sqrt(),
        lead: scores.iter().map(|s| s.0.lead).sum::<f32>() * share,
    }
}

/// Element-wise mean; an illegal move's -1 stays what it is. `None` if a slice is absent.
fn mean_of_slices<'a>(
    slices: impl Iterator<Item = Option<&'a [f32]>>,
    share: f32,
) -> Option<Box<[f32]>> {
    let mut sum: Vec<f32> = Vec::new();
    for slice in slices {
        let slice = slice?;
        sum.resize(slice.len(), 0.0);
        sum.iter_mut()
            .zip(slice)
            .for_each(|(sum, value)| *sum += value * share);
    }
    Some(sum.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluation(policy: &[f32], win: f32, mean: f32, stdev: f32) -> Arc<Evaluation> {
        Arc::new(Evaluation {
            policy: policy.into(),
            chances: Mover(Chances {
                win,
                loss: 1.0 - win,
                no_result: 0.0,
            }),
            score: Some(Mover(Score {
                mean,
                stdev,
                lead: mean,
            })),
            uncertainty: None,
            variance_time: Some(mean),
            ownership: None,
            human: None,
        })
    }

    #[test]
    fn outputs_are_averaged_and_illegal_moves_stay_illegal() {
        let mean = average(&[
            evaluation(&[0.25, -1.0, 0.75], 0.5, 2.0, 1.0),
            evaluation(&[0.75, -1.0, 0.25], 0.75, -4.0, 3.0),
        ])
        .expect("two evaluations");
        assert_eq!(*mean.policy, [0.5, -1.0, 0.5]);
        assert_eq!(
            mean.chances.0,
            Chances {
                win: 0.625,
                loss: 0.375,
                no_result: 0.0
            }
        );
        // Second moment (5 + 25) / 2 = 15, mean -1: deviation sqrt(14).
        let expected = Score {
            mean: -1.0,
            stdev: 14f32.sqrt(),
            lead: -1.0,
        };
        assert_eq!(mean.score, Some(Mover(expected)));
        assert_eq!(
            (
                mean.uncertainty,
                mean.variance_time,
                mean.ownership.is_none()
            ),
            (None, Some(-1.0), true)
        );
        assert_eq!(average(&[]), None);
    }
}
