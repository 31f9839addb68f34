//! How far ahead a player is, by searches.

use super::*;
use crate::record::{LeadSource, Turn};

/// A network that knows who wins from a komi at which Black is ahead by `lead` points, and thinks it were three more; of
/// who wins it knows until so many moves are made.
fn knows(lead: f32, until: usize) -> Arc<dyn Evaluator> {
    judging("knows", move |game| {
        let ahead = lead - game.rules().komi.to_f32();
        let black = match ahead {
            _ if game.moves().len() > until => 0.5,
            0.0 => 0.0,
            ahead => ahead.signum(),
        };
        (black, -lead - 3.0)
    })
}

/// Games that end after 20 moves, and not by passing.
fn searched(probability: f64, evaluator: Arc<dyn Evaluator>) -> Vec<GameRecord> {
    let mut params = plain(7);
    params.most_moves_per_area = 0.4;
    params.first_pass_per_area = 1.0;
    params.lead.probability = probability;
    params.lead.playouts = 4;
    records(&[actor(evaluator, ActorParams::gumbel(4))], &params, 20)
}

fn turns(games: &[GameRecord]) -> impl Iterator<Item = &Turn> {
    games.iter().flat_map(|game| &game.turns)
}

#[test]
fn searches_find_the_lead_that_a_network_does_not_know() {
    let games = searched(0.3, knows(9.0, usize::MAX));
    let (found, others): (Vec<_>, Vec<_>) =
        turns(&games).partition(|turn| turn.lead_from == LeadSource::Searches);
    assert!(
        others
            .iter()
            .all(|turn| turn.lead_from == LeadSource::Nothing)
    );
    let share = found.len() as f64 / (found.len() + others.len()) as f64;
    assert!((0.2..0.4).contains(&share), "{share}");
    let komi = games[0].rules.komi.to_f32();
    let leads = |turns: &[&Turn]| {
        let leads = turns.iter().map(|turn| turn.root.0.lead);
        leads.collect::<Vec<_>>()
    };
    assert_eq!(leads(&found), vec![komi - 9.0; found.len()]);
    // Through the sums of a search.
    let thinks = |lead: &f32| (lead - (komi - 12.0)).abs() < 1e-4;
    assert!(leads(&others).iter().all(thinks), "{:?}", leads(&others));
}

#[test]
fn where_a_network_cannot_tell_leads_are_learned_from_scores() {
    let blind = || opinion("blind", 0.5, 2.0);
    // Where nobody searches, too.
    for (probability, evaluator) in [(1.0, blind()), (0.0, knows(9.0, usize::MAX))] {
        let games = searched(probability, evaluator);
        assert!(turns(&games).all(|turn| turn.lead_from == LeadSource::Scores));
    }
    let games = searched(1.0, knows(9.0, 5));
    for (number, turn) in games.iter().flat_map(|game| (0..).zip(&game.turns)) {
        let told = if number <= 5 {
            LeadSource::Searches
        } else {
            LeadSource::Scores
        };
        assert_eq!(turn.lead_from, told, "{number}");
    }
}
