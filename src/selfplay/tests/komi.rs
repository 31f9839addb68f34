//! How the komi of a game is found.

use super::*;

fn komi(game: &GameRecord) -> f64 {
    f64::from(game.rules.komi.to_f32())
}

/// What the rules say.
fn dealt(params: &SelfPlayParams) -> f64 {
    f64::from(params.rules[0].0.komi.to_f32())
}

/// White leads by 3 points with a komi of 0.
fn biased() -> [Actor; 1] {
    [actor(opinion("biased", 0.0, 3.0), ActorParams::gumbel(2))]
}

#[test]
fn komi_is_made_fair_and_varied() {
    let mut params = plain(5);
    params.komi.fair = 1.0;
    params.most_moves_per_area = 0.1;
    let actors = biased();
    let fair = records(&actors, &params, 10);
    assert!(
        fair.iter()
            .all(|game| game.rules.komi == HalfPoints::points(-3))
    );
    params.komi.stdev = 1.0;
    let varied = records(&actors, &params, 200);
    let mean = varied.iter().map(komi).sum::<f64>() / 200.0;
    let variance = varied.iter().map(|g| (komi(g) - mean).powi(2)).sum::<f64>() / 200.0;
    assert!((mean + 3.0).abs() < 0.3, "{mean}");
    assert!((0.7..1.3).contains(&variance.sqrt()), "{variance}");
}

/// Where the fair komi is all of the board, noise goes half beyond it.
#[test]
fn komi_is_at_the_end_of_the_board_no_more_often_than_near_it() {
    let mut params = plain(5);
    (params.komi.fair, params.komi.stdev) = (1.0, 5.0);
    params.most_moves_per_area = 0.1;
    for lead in [25.0_f32, -25.0, 99.0] {
        let whole_board = opinion("biased", 0.0, lead);
        let actors = [actor(whole_board, ActorParams::gumbel(2))];
        let games = records(&actors, &params, 200);
        let near = |from: f64, to: f64| {
            let fair = -lead.clamp(-25.0, 25.0);
            let distance = |game: &&GameRecord| (komi(game) - f64::from(fair)).abs();
            let games = games.iter();
            let within = games.filter(|game| (from..to).contains(&distance(game)));
            within.count()
        };
        assert_eq!(
            near(0.0, 25.0),
            200,
            "on this side of none: the noise is small"
        );
        assert!(near(0.0, 0.5) <= near(0.5, 1.0), "{}", near(0.0, 0.5));
    }
}

#[test]
fn komi_is_made_fair_again_after_an_opening() {
    let mut params = plain(5);
    params.opening.moves_per_area = 0.05;
    params.most_moves_per_area = 0.3;
    for (probability, expected) in [(0.0, dealt(&params)), (1.0, -3.0)] {
        params.komi.after_opening = probability;
        let games = records(&biased(), &params, 30);
        let (opened, others): (Vec<_>, Vec<_>) = games
            .iter()
            .partition(|game| game.turns[0].kind == TurnKind::Sampled);
        assert!(opened.len() > 5 && others.len() > 5, "{}", opened.len());
        assert!(opened.iter().all(|game| komi(game) == expected));
        let dealt = dealt(&params);
        assert!(others.iter().all(|game| komi(game) == dealt), "no opening");
    }
}

#[test]
fn komi_is_made_fair_after_a_fork() {
    let mut params = plain(5);
    params.forks.late = 0.7;
    params.most_moves_per_area = 1.0;
    for (probability, expected) in [(0.0, dealt(&params)), (1.0, -3.0)] {
        params.forks.compensate = probability;
        let games = records(&biased(), &params, 20);
        let (forks, others): (Vec<_>, Vec<_>) = games.iter().partition(|game| game.fork.is_some());
        assert!(forks.len() > 10, "{}", forks.len());
        assert!(forks.iter().all(|game| komi(game) == expected));
        let dealt = dealt(&params);
        assert!(others.iter().all(|game| komi(game) == dealt), "no forks");
    }
}

/// Where there is no score to make it fair by, it is not moved by its noise a second time.
#[test]
fn without_a_score_komi_stays_as_it_was_dealt() {
    let mut params = plain(5);
    params.opening.moves_per_area = 0.2;
    params.most_moves_per_area = 0.5;
    (params.komi.fair, params.komi.stdev) = (1.0, 3.0);
    let without_score = Arc::new(Fake::new(|position| Ok(even(position.game, 0.0))));
    let actors = [actor(without_score, ActorParams::gumbel(2))];
    let [once, again] = [0.0, 1.0].map(|probability| {
        params.komi.after_opening = probability;
        let games = records(&actors, &params, 30);
        games.iter().map(komi).collect::<Vec<_>>()
    });
    assert!(once.iter().any(|komi| *komi != once[0]), "{once:?}");
    assert_eq!(once, again);
}
