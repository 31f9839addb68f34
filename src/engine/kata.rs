//! KataGo's commands that show what the network says.

use std::fmt::Write;
use std::sync::Arc;

use gtp::Args;
use serde_json::{Value, json};

use super::analyze::seen::Predicted;
use super::command::{
    Command, Failure,
    Run::{Aside, Text},
};
use super::{Session, diagram, nn};
use crate::eval::{Description, Evaluation, Evaluator};
use crate::go::{Game, Move, Symmetry};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "kata-raw-nn",
        arguments: "[COLOR] SYMMETRY|all [OPTIMISM]",
        help: "what the network says of the position, under symmetry 0 to 7 or all; without a number, optimism is that of a root",
        run: Text(raw_nn),
    },
    Command {
        name: "kata-raw-human-nn",
        arguments: "[COLOR] SYMMETRY|all",
        help: "as kata-raw-nn, of the network that imitates people",
        run: Text(raw_human_nn),
    },
    Command {
        name: "kata-get-models",
        arguments: "",
        help: "the networks as JSON: their names and the positions they take at once",
        run: Aside(models),
    },
];

fn models(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let loaded = session.thinker.source.loaded()?;
    Ok(models_of(loaded.evaluator.description()).to_string())
}

/// A network and the one beside it, if there is one, as KataGo lists them.
pub(super) fn models_of(description: &Description) -> Value {
    let beside = description.beside.as_deref();
    [description].into_iter().chain(beside).map(model).collect()
}

/// A network as KataGo lists it, spelling included.
fn model(description: &Description) -> Value {
    json!({
        "name": description.asked_for.as_ref().unwrap_or(&description.name),
        "internalName": description.name,
        "maxBatchSize": description.preferred_batch,
        "usesHumanSLProfile": description.human,
        "version": description.version,
        "usingFP16": description.half.to_string(),
    })
}

fn raw_nn(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    raw(session, args, None)
}

/// What the network says, in the words of `kata-raw-nn`; or what `human` says, in those of `kata-raw-human-nn`.
fn raw(
    session: &mut Session,
    args: &mut Args<'_>,
    human: Option<Arc<dyn Evaluator>>,
) -> Result<String, Failure> {
    let color = args.take_if();
    let symmetries = nn::read_symmetries(args)?;
    let optimism: Option<f64> = match &human {
        Some(_) => None,
        None => args.optional("optimism")?,
    };
    if optimism.is_some_and(|optimism| !(0.0..=1.0).contains(&optimism)) {
        return Err(Failure::syntax("optimism must be a number from 0 to 1"));
    }
    args.finish()?;
    let mut game = session.game.clone();
    if let Some(color) = color {
        game.set_to_move(color);
    }
    let optimism = optimism.map(|optimism| optimism as f32);
    let for_people = human.is_some();
    let evaluator = match human {
        Some(human) => human,
        None => session.thinker.source.uncached_for(game.size())?,
    };
    let evaluations = nn::evaluate_with(&*evaluator, session, &game, &symmetries, optimism)?;
    let texts: Vec<String> = symmetries
        .iter()
        .zip(&evaluations)
        .map(|(symmetry, evaluation)| describe(&game, *symmetry, evaluation, for_people))
        .collect();
    Ok(texts.join("\n"))
}

/// The network for people beside the other, or the only one if it is one.
fn raw_human_nn(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let profile = session.settings.search.profile;
    let source = &mut session.thinker.source;
    let evaluator = source.evaluator_for(session.game.size())?;
    let human = source.loaded()?.human.clone();
    match human {
        Some(_) if !evaluator.description().has_human(profile) => Err(Failure::new(
            "Cannot run kata-raw-human-nn, humanSLProfile parameter was not set: 'kata-set-param humanSLProfile rank_5k', say",
        )),
        Some(human) => raw(session, args, Some(Arc::clone(&human.uncached))),
        None if evaluator.description().human => {
            let human = source.uncached_for(session.game.size())?;
            raw(session, args, Some(human))
        }
        None => Err(Failure::new(
            "Cannot run kata-raw-human-nn, -human-model was not provided: start with --human-model",
        )),
    }
}

/// KataGo's layout, as White sees it; three of the numbers are -1 if the network does not predict them.
fn describe(game: &Game, symmetry: Symmetry, evaluation: &Evaluation, human: bool) -> String {
    let to_move = game.to_move();
    let size = game.size();
    let mut text = String::new();
    // Writing to a string does not fail.
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name} {value}");
    };
    let chances = evaluation.chances.to_white(to_move).0;
    line("symmetry", symmetry.number().to_string());
    line("whiteWin", format!("{:.6}", chances.win));
    line("whiteLoss", format!("{:.6}", chances.loss));
    line("noResult", format!("{:.6}", chances.no_result));
    if let Some(score) = evaluation.score.map(|score| score.to_white(to_move).0) {
        let [mean, of_squares] = match human {
            true => ["whiteScore", "whiteScoreSq"],
            false => ["whiteScoreSelfplay", "whiteScoreSelfplaySq"],
        };
        if !human {
            line("whiteLead", format!("{:.3}", score.lead));
        }
        line(mean, format!("{:.3}", score.mean));
        let square = score.mean.mul_add(score.mean, score.stdev * score.stdev);
        line(of_squares, format!("{square:.3}"));
    }
    let predicted = Predicted::new(evaluation.uncertainty, evaluation.variance_time);
    if !human {
        line("varTimeLeft", format!("{:.3}", predicted.variance_time));
    }
    let errors = [predicted.value_error, predicted.score_error];
    let [value, score] = errors.map(|error| format!("{error:.3}"));
    line("shorttermWinlossError", value);
    line("shorttermScoreError", score);

    let probability = |mv: Move| match evaluation.prior(size, mv) {
        p if p >= 0.0 => format!("{p:8.6}"),
        _ => "    NAN".to_owned(),
    };
    let of_points = size.points().map(|point| probability(Move::Play(point)));
    let policy = diagram::grid(size, &of_points.collect::<Vec<_>>());
    line("policy", format!("\n{policy}"));
    line("policyPass", probability(Move::Pass));
    if let Some(ownership) = &evaluation.ownership {
        let sign = to_move.white_sign();
        let owners = ownership.0.iter().map(|o| format!("{:9.7}", o * sign));
        let owners = diagram::grid(size, &owners.collect::<Vec<_>>());
        line("whiteOwnership", format!("\n{owners}"));
    }
    text
}
