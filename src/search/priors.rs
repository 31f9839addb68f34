//! Changes to the policy at the root before the search uses it; -1 marks moves that are not searched.

use rand::Rng;
use rand_distr::Distribution;
use rand_distr::multi::Dirichlet;

use super::SearchParams;
use super::math::{ln, pow};

/// Raises the priors to `power`; one below 1 makes them flatter.
pub(super) fn flatten(policy: &mut [f32], power: f64) {
    for prior in policy.iter_mut().filter(|prior| **prior >= 0.0) {
        *prior = pow(f64::from(*prior), power) as f32;
    }
}

/// Scales to a sum of 1; uniform if all priors are 0.
pub(super) fn normalize(policy: &mut [f32]) {
    let moves = policy.iter().filter(|prior| **prior >= 0.0).count();
    let sum: f32 = policy.iter().filter(|prior| **prior >= 0.0).sum();
    for prior in policy.iter_mut().filter(|prior| **prior >= 0.0) {
        *prior = if sum > 0.0 {
            *prior / sum
        } else {
            1.0 / moves as f32
        };
    }
}

/// Mixes Dirichlet noise into the priors that are not negative.
pub(super) fn add_noise(policy: &mut [f32], params: &SearchParams, rng: &mut impl Rng) {
    let moves: Vec<usize> = (0..policy.len()).filter(|&mv| policy[mv] >= 0.0).collect();
    let priors: Vec<f64> = moves.iter().map(|&mv| f64::from(policy[mv])).collect();
    let alphas: Vec<f64> = noise_shape(&priors)
        .iter()
        .map(|share| share * params.root_noise_concentration)
        .collect();
    let Ok(distribution) = Dirichlet::new(&alphas) else {
        return; // A single move, or no concentration.
    };
    let noise: Vec<f64> = distribution.sample(rng);
    if noise.iter().any(|share| !share.is_finite()) {
        return;
    }
    let weight = params.root_noise_weight.clamp(0.0, 1.0);
    for ((&mv, prior), noise) in moves.iter().zip(&priors).zip(noise) {
        policy[mv] = ((1.0 - weight) * prior + weight * noise) as f32;
    }
}

/// How the concentration is shared out: half evenly, half to the moves whose policy, cut off at 1%, has a logarithm above
/// the mean, in proportion to that. KataGo's shaped noise.
fn noise_shape(priors: &[f64]) -> Vec<f64> {
    let even = 1.0 / priors.len().max(1) as f64;
    let logs: Vec<f64> = priors.iter().map(|p| ln(p.min(0.01) + 1e-20)).collect();
    let mean = logs.iter().sum::<f64>() * even;
    let above = |log: &f64| (log - mean).max(0.0);
    let total: f64 = logs.iter().map(above).sum();
    let share = |log| {
        if total > 0.0 {
            0.5 * (above(log) / total + even)
        } else {
            even
        }
    };
    logs.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    #[test]
    fn noise_is_shaped_by_the_policy() {
        let shape = noise_shape(&[0.5, 0.3, 0.005, 0.0001, 0.0001]);
        assert!((shape.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{shape:?}");
        assert_eq!(shape[0], shape[1], "cut off at 1%");
        assert!(shape[1] > shape[2] && shape[2] > shape[3], "{shape:?}");
        assert_eq!(shape[3], 0.1, "only the even half below the mean");
        assert_eq!(noise_shape(&[0.25; 4]), [0.25; 4]);
    }

    #[test]
    fn noise_is_sound_at_small_concentrations() {
        let params = SearchParams::self_play();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut largest: Vec<f64> = Vec::new();
        for _ in 0..200 {
            let mut policy = vec![1.0 / 361.0; 361];
            policy[40] = -1.0;
            add_noise(&mut policy, &params, &mut rng);
            assert_eq!(policy[40], -1.0, "an illegal move stays illegal");
            policy[40] = 0.0;
            assert!(policy.iter().all(|p| (0.0..=1.0).contains(p)));
            let sum: f32 = policy.iter().sum();
            assert!((sum - (0.75 * 360.0 / 361.0 + 0.25)).abs() < 1e-3, "{sum}");
            largest.push(f64::from(policy.iter().copied().fold(0.0, f32::max)));
        }
        let mean = largest.iter().sum::<f64>() / largest.len() as f64;
        // With 360 parameters of 0.03 about a fifth of the noise falls on its largest component.
        assert!((0.03..0.08).contains(&mean), "{mean}");
        let mut single = vec![-1.0, 1.0];
        add_noise(&mut single, &params, &mut rng);
        assert_eq!(single, [-1.0, 1.0]);
    }

    #[test]
    fn flat_and_empty_policies_are_made_whole() {
        let mut policy = vec![0.0, -1.0, 0.0];
        normalize(&mut policy);
        assert_eq!(policy, [0.5, -1.0, 0.5]);
        let mut policy = vec![0.81, -1.0, 0.01];
        flatten(&mut policy, 0.5);
        assert!((policy[0] - 0.9).abs() < 1e-6 && (policy[2] - 0.1).abs() < 1e-6);
    }
}
