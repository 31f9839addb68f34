//! Results of queries as JSON.

use serde_json::{Map, Value, json};

use super::query::{Job, Query};
use crate::engine::analyze::seen::{OwnerFields, Predicted, Seen};
use crate::engine::words;
use crate::eval::Evaluation;
use crate::go::{Color, Game, Move, Outcome, Point};
use crate::player::status::{Judgement, Status};
use crate::search::{MoveInfo, Owners, Report, Search};
use crate::sgf::result_text;

/// What is known of a job's position, to which `game` has come.
pub(super) fn result(job: &Job, game: &Game, search: &Search, during: bool) -> Value {
    let query = &*job.query;
    let report = search.report();
    let player = query.perspective.player(report.to_move);
    let moves: Vec<Value> = report
        .with_copies(query.game.size())
        .iter()
        .take_while(|info| info.visits > 0)
        .enumerate()
        .map(|(order, info)| move_info(query, search, &report, info, order))
        .collect();
    let mut result = json!({
        "id": query.id,
        "turnNumber": job.turn,
        "isDuringSearch": during,
        "moveInfos": moves,
        "rootInfo": root_info(search, &report, player),
    });
    let wanted = query.include.ownership;
    if wanted.any() {
        add_owners(&mut result, report.ownership.as_ref(), player, wanted);
    }
    if query.include.scoring {
        result["scoring"] = scoring(game, report.ownership.as_ref());
    }
    if query.include.policy {
        result["policy"] = policy(search.root_policy().unwrap_or_default());
        if let Some(human) = search.root_human() {
            result["humanPolicy"] = policy(&human.policy);
        }
    }
    result
}

/// The final message of a job that never began.
pub(super) fn no_results(job: &Job) -> Value {
    json!({ "id": job.query.id, "turnNumber": job.turn, "isDuringSearch": false, "noResults": true })
}

/// The final message of a job that failed: clients count final messages to learn whether a query is answered.
pub(super) fn failed(job: &Job, error: &str) -> Value {
    let mut message = no_results(job);
    message["error"] = error.into();
    message
}

fn move_info(
    query: &Query,
    search: &Search,
    report: &Report,
    info: &MoveInfo,
    order: usize,
) -> Value {
    let size = query.game.size();
    let player = query.perspective.player(report.to_move);
    let seen = Seen::of(info, report.to_move, player);
    let score = seen.score.unwrap_or_default();
    let pv: Vec<String> = info.pv.iter().map(|&mv| words::word(mv, size)).collect();
    let mut one = json!({
        "move": words::word(info.mv, size),
        "order": order,
        "visits": info.visits,
        "edgeVisits": info.edge_visits,
        "weight": number(info.weight),
        "edgeWeight": number(info.edge_weight),
        "playSelectionValue": number(info.selection_weight),
        "winrate": number(seen.winrate),
        "utility": number(seen.utility),
        "scoreMean": number(score.lead.into()),
        "scoreLead": number(score.lead.into()),
        "scoreSelfplay": number(score.mean.into()),
        "scoreStdev": number(score.stdev.into()),
        "prior": number(info.prior.into()),
        "lcb": number(seen.lcb),
        "utilityLcb": number(seen.utility_lcb),
        "pv": pv,
    });
    if let Some(human) = search.root_human() {
        let prior = human.prior(size, info.mv);
        one["humanPrior"] = number(prior.max(0.0).into());
    }
    if let Some((original, _)) = info.copy_of {
        one["isSymmetryOf"] = words::word(original, size).into();
    }
    if query.include.no_result {
        one["noResultValue"] = number(info.value.chances.0.no_result.into());
    }
    if query.include.pv_visits {
        one["pvVisits"] = info.pv_visits.clone().into();
        one["pvEdgeVisits"] = info.pv_edge_visits.clone().into();
    }
    let wanted = query.include.moves_ownership;
    if wanted.any() {
        add_owners(&mut one, search.owners_after(info).as_ref(), player, wanted);
    }
    one
}

fn add_owners(to: &mut Value, owners: Option<&Owners>, player: Color, wanted: OwnerFields) {
    let Some(owners) = owners else {
        return;
    };
    let sign = player.white_sign();
    if wanted.mean {
        let means = owners.mean.0.iter();
        to["ownership"] = means.map(|o| number(f64::from(o * sign))).collect();
    }
    if wanted.stdev {
        let stdevs = owners.stdev.iter();
        to["ownershipStdev"] = stdevs.map(|&o| number(o.into())).collect();
    }
}

/// Without KataGo's `thisHash` and `symHash`: clients compare them with hashes of KataGo's, and ours are others.
fn root_info(search: &Search, report: &Report, player: Color) -> Value {
    let seen = &report.pruned;
    let score = seen
        .score
        .map(|score| score.view_of(player))
        .unwrap_or_default();
    let mut root = json!({
        "currentPlayer": if report.to_move == Color::Black { "B" } else { "W" },
        "visits": report.visits,
        "weight": number(report.weight),
        "winrate": number(seen.chances.view_of(player).winrate()),
        "utility": number(seen.utility.view_of(player)),
        "scoreLead": number(score.lead.into()),
        "scoreSelfplay": number(score.mean.into()),
        "scoreStdev": number(score.stdev.into()),
    });
    if let Some(node) = search.root_node() {
        let raw = node.raw();
        let score = raw.score().view_of(player);
        let predicted = Predicted::new(report.raw_uncertainty, report.raw_variance_time);
        root["rawWinrate"] = number(raw.chances().view_of(player).winrate());
        root["rawLead"] = number(score.lead.into());
        root["rawScoreSelfplay"] = number(score.mean.into());
        root["rawScoreSelfplayStdev"] = number(score.stdev.into());
        root["rawNoResultProb"] = number(raw.no_result.into());
        root["rawStWrError"] = number(0.5 * predicted.value_error);
        root["rawStScoreError"] = number(predicted.score_error);
        root["rawVarTimeLeft"] = number(predicted.variance_time);
    }
    if let Some(human) = search.root_human() {
        add_human(&mut root, human, report.to_move, player);
    }
    root
}

/// What the network for people says of the root, as `player` sees it.
fn add_human(root: &mut Value, human: &Evaluation, to_move: Color, player: Color) {
    let chances = human.chances.to_white(to_move).view_of(player);
    let score = human
        .score
        .map(|score| score.to_white(to_move).view_of(player));
    let score = score.unwrap_or_default();
    let predicted = Predicted::new(human.uncertainty, human.variance_time);
    root["humanWinrate"] = number(chances.winrate());
    root["humanScoreMean"] = number(score.mean.into());
    root["humanScoreStdev"] = number(score.stdev.into());
    root["humanStWrError"] = number(0.5 * predicted.value_error);
    root["humanStScoreError"] = number(predicted.score_error);
}

/// What the board counts: as the rules count a game that is over without agreement on dead stones, as `final_score` does;
/// else as if it ended here, by how the search expects the stones to fare. The result, whether nothing is left to play for,
/// and stones and points by whose they are.
fn scoring(game: &Game, owners: Option<&Owners>) -> Value {
    let size = game.size();
    let judgement = Judgement::as_counted(game)
        .unwrap_or_else(|| Judgement::of(game, owners.map(|owners| &owners.mean.0[..])));
    let names = |points: &mut dyn Iterator<Item = Point>| -> Value {
        points
            .map(|point| Value::from(words::word(Move::Play(point), size)))
            .collect()
    };
    let stones = |status: Status| {
        let of = |color: Color| {
            let chains = judgement.with_status(status);
            let own = chains.filter(move |chain| chain.color == color);
            names(&mut own.flat_map(|chain| chain.points.iter().copied()))
        };
        json!({ "B": of(Color::Black), "W": of(Color::White) })
    };
    let [black, white] = &judgement.territory;
    json!({
        "result": result_text(Outcome::Score(judgement.score)),
        "settled": judgement.settled,
        "alive": stones(Status::Alive),
        "dead": stones(Status::Dead),
        "seki": stones(Status::Seki),
        "territory": { "B": names(&mut black.iter()), "W": names(&mut white.iter()) },
        "dame": names(&mut judgement.neutral.iter()),
    })
}

/// Probability of each move by a network (`[area + 1]`, the pass last), -1 where it is illegal in the position that was
/// searched: a game that is over goes on from its board there.
fn policy(policy: &[f32]) -> Value {
    policy.iter().map(|&prior| number(prior.into())).collect()
}

/// A number of nine significant digits.
fn number(value: f64) -> Value {
    if !value.is_finite() || value == 0.0 {
        return json!(0.0);
    }
    // Through text: powers of ten are not exact, and would leave digits behind.
    json!(format!("{value:.8e}").parse::<f64>().unwrap_or(value))
}

/// A reply to an action: what was sent, and more.
pub(super) fn echo(query: &Map<String, Value>, more: &[(&str, Value)]) -> Value {
    let mut reply = query.clone();
    reply.extend(
        more.iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone())),
    );
    Value::Object(reply)
}
