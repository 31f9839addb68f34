//! Commands that show what usually stays inside: what networks read, what is kept in memory, every step of a playout.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use gtp::Args;

use super::command::{
    Command, Failure,
    Run::{Aside, Text},
};
use super::nn::tenths;
use super::{Audience, EndedBy, Session, analyze, diagram, nn, words};
use crate::eval::Flip;
use crate::features::{Input, InputVersion, agz, v7};
use crate::go::Color;
use crate::search::{Limits, Selection, TracedPlayout};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "think",
        arguments: "[SECONDS]",
        help: "searches the position for SECONDS, or until the next line (in the console: Ctrl-C), and lists the best moves",
        run: Text(think),
    },
    Command {
        name: "features",
        arguments: "[v7|agz] [PLANE]",
        help: "what the network reads of the position, or what KataGo's (v7) or Leela Zero's (agz) would: names of planes and values, or one plane as a board",
        run: Text(features),
    },
    Command {
        name: "cache",
        arguments: "",
        help: "how much memory the tree and the evaluations kept of each network take, and how often these had the answer",
        run: Aside(cache),
    },
    Command {
        name: "kata-benchmark",
        arguments: "VISITS",
        help: "how fast this position is searched from scratch, with the current settings; empties the cache of evaluations",
        run: Text(benchmark),
    },
    Command {
        name: "trace",
        arguments: "[PLAYOUTS]",
        help: "makes a few playouts and shows every selection of them",
        run: Text(trace),
    },
];

/// Seconds that `think` takes at most: those of thirty years.
const LONGEST_THOUGHT: f64 = 1e9;
/// Playouts that are traced at most.
const MOST_TRACED: usize = 1000;

fn think(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let seconds: Option<f64> = args.optional("seconds")?;
    args.finish()?;
    if seconds.is_some_and(|seconds| !(0.0..=LONGEST_THOUGHT).contains(&seconds)) {
        return Err(Failure::syntax(format!(
            "seconds must be from 0 to {LONGEST_THOUGHT:e}"
        )));
    }
    let time = seconds.map(Duration::from_secs_f64);
    // A script that says how long means it.
    let ended_by = match time {
        Some(_) => EndedBy::Nothing,
        None => EndedBy::AnyLine,
    };
    let root = session.game.continued(session.game.to_move());
    let mut analysis_request = session.settings.analysis_request();
    analysis_request.limits.time = time.or(analysis_request.limits.time);
    analyze::on_screen(session, &root, analysis_request, ended_by)
}

fn features(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let named = match args.peek() {
        Some("agz" | "lz") => Some(InputVersion::Agz),
        Some("v7") => Some(InputVersion::V7),
        _ => None,
    };
    if named.is_some() {
        args.word("version")?;
    }
    let plane: Option<usize> = args.optional("plane")?;
    args.finish()?;
    let evaluator = Arc::clone(&session.thinker.source.loaded()?.evaluator);
    let network = evaluator.description();
    let version = named.or(network.input).unwrap_or(InputVersion::V7);
    let game = &session.game;
    let options = v7::Options {
        playout_doubling_advantage: nn::advantage(session, game),
        pass_alive_with_suicide: network.pass_alive_with_suicide,
        ..v7::Options::default()
    };
    let input = match version {
        InputVersion::V7 => v7::encode(game, &options),
        InputVersion::Agz => agz::encode(game),
    };
    let Some(plane) = plane else {
        return Ok(overview(&input, version));
    };
    if plane >= version.planes() {
        return Err(Failure::new(format!(
            "there are planes 0 to {}; 'features' alone lists them",
            version.planes() - 1
        )));
    }
    Ok(format!(
        "{}\n{}",
        version.plane_name(plane),
        points(&input, plane, session.audience)
    ))
}

fn overview(input: &Input, version: InputVersion) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    for plane in 0..version.planes() {
        let points = input.planes.iter().filter(|word| *word >> plane & 1 == 1);
        let _ = writeln!(
            text,
            "plane {plane:2} {:4} points  {}",
            points.count(),
            version.plane_name(plane)
        );
    }
    let globals = input.globals.iter().zip(v7::GLOBAL_NAMES);
    for (number, (value, name)) in globals.take(version.globals()).enumerate() {
        let _ = writeln!(text, "value {number:2} {value:11.4}  {name}");
    }
    text.trim_end().to_owned()
}

/// A plane as a board.
fn points(input: &Input, plane: usize, audience: Audience) -> String {
    let is_set = |word: &u32| word >> plane & 1 == 1;
    let cells: Vec<String> = input
        .planes
        .iter()
        .map(|word| if is_set(word) { "1" } else { "." }.to_owned())
        .collect();
    match audience {
        Audience::People => diagram::table(input.size, &cells),
        Audience::Programs => diagram::grid(input.size, &cells),
    }
}

pub(super) fn cache(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let mebibytes = |bytes: usize| bytes as f64 / (1 << 20) as f64;
    let limit = session.settings.search.memory_limit;
    let tree = session.thinker.search().map(|search| search.size());
    let tree = tree.unwrap_or_default();
    let mut text = format!(
        "tree: {} positions, {:.1} of {:.0} MiB\n",
        tree.nodes,
        mebibytes(tree.bytes),
        mebibytes(limit)
    );
    let caches = session.thinker.source.cache_statistics()?;
    if caches.is_empty() {
        text.push_str("evaluations: none are kept");
    }
    for (name, known) in caches {
        let asked = known.hits + known.misses;
        let share = 100.0 * known.hits as f64 / asked.max(1) as f64;
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "evaluations of {name}: {} kept, {:.1} MiB; {asked} asked for, {} known already ({share:.1}%)",
            known.entries,
            mebibytes(known.bytes as usize),
            known.hits
        );
    }
    Ok(text.trim_end().to_owned())
}

fn benchmark(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let visits: u64 = args.read("visits")?;
    args.finish()?;
    if visits == 0 {
        return Err(Failure::syntax("visits must be at least 1"));
    }
    let root = session.game.continued(session.game.to_move());
    let limits = Limits {
        visits: Some(visits),
        ..Limits::default()
    };
    let evaluated = |session: &mut Session| -> Result<Option<u64>, Failure> {
        let caches = session.thinker.source.cache_statistics()?;
        let misses = caches.iter().map(|(_, known)| known.misses);
        Ok((!caches.is_empty()).then(|| misses.sum()))
    };
    session.thinker.source.forget();
    let before = evaluated(session)?;
    let params = session.settings.search.clone();
    let report = session.thinker.search_afresh(&root, params, &limits)?;
    let seconds = report.elapsed.as_secs_f64().max(1e-6);
    let pace = |count: u64| count as f64 / seconds;
    let mut text = format!(
        "{} visits in {seconds:.2} s: {:.1} visits/s",
        report.visits,
        pace(report.playouts)
    );
    if let (Some(before), Some(after)) = (before, evaluated(session)?) {
        let evaluations = after.saturating_sub(before);
        text.push_str(&format!(", {:.1} evaluations/s", pace(evaluations)));
    }
    Ok(text)
}

fn trace(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let playouts: usize = args.optional("playouts")?.unwrap_or(1);
    args.finish()?;
    if !(1..=MOST_TRACED).contains(&playouts) {
        return Err(Failure::syntax(format!(
            "playouts must be 1 to {MOST_TRACED}"
        )));
    }
    let root = session.game.continued(session.game.to_move());
    let search = session.thinker.search();
    let known = search.is_some_and(|search| search.known_visits(&root) > 0);
    let params = session.settings.search.clone();
    let traced = session.thinker.trace(&root, params, playouts)?;
    let loaded = session.thinker.source.loaded()?;
    let scored = loaded.evaluator.description().score;
    let mut text = String::new();
    let mut number = 0;
    for playout in &traced {
        if playout.selections.is_empty() {
            let anew = if known { " anew" } else { "" };
            text.push_str(&format!(
                "the root is evaluated{anew}: {}\n",
                worth(playout, scored)
            ));
        } else {
            number += 1;
            describe(&mut text, number, playout, &root, scored);
        }
    }
    Ok(text.trim_end().to_owned())
}

fn describe(
    text: &mut String,
    number: usize,
    playout: &TracedPlayout,
    root: &crate::go::Game,
    scored: bool,
) {
    let size = root.size();
    let mut player = root.to_move();
    // Writing to a string does not fail.
    let _ = writeln!(text, "playout {number}");
    for (ply, Selection { terms, next }) in playout.selections.iter().enumerate() {
        let value = if terms.visits == 0 { "FPU" } else { "Q" };
        let next = next.map_or_else(
            || "the only move".to_owned(),
            |(mv, score)| format!("before {} {score:.4}", words::vertex(mv, size)),
        );
        let noise = if terms.noise.abs() < 0.00005 {
            String::new()
        } else {
            format!(" noise {:+.2}%", 100.0 * terms.noise)
        };
        let _ = writeln!(
            text,
            "{}{player} {} {value} {:.4} U {:.4} Q+U {:.4} visits {} prior {:.2}%{noise}, {next}",
            "  ".repeat(ply + 1),
            words::vertex(terms.mv, size),
            terms.value,
            terms.exploration,
            terms.total(),
            terms.visits,
            100.0 * terms.prior,
        );
        player = player.opponent();
    }
    let how = if playout.evaluated {
        "evaluated"
    } else {
        "known or over"
    };
    let _ = writeln!(
        text,
        "{}{how}: {}",
        "  ".repeat(playout.selections.len() + 1),
        worth(playout, scored)
    );
}

/// The value of the position at the end of a playout.
fn worth(playout: &TracedPlayout, scored: bool) -> String {
    let black = playout.value.chances().view_of(Color::Black);
    let mut text = format!("Black wins {:.1}%", 100.0 * black.win);
    if scored {
        let lead = tenths(playout.value.score().0.lead.flip());
        text += &format!(", lead {lead:+.1}");
    }
    text
}
