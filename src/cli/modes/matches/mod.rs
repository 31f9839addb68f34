//! Matches: sets the players up, plays, shows how it goes, and writes down what came of it.

pub mod args;
pub mod config;
mod progress;
mod set_up;
pub mod side;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use self::config::MatchConfig;
use self::progress::MatchProgress;
use crate::arena::line::Line;
use crate::arena::player::Fault;
use crate::arena::record;
use crate::arena::report::Report;
use crate::arena::series::{self, Ended, GameResult};
use crate::cli::process::stop_on_interrupt;
use crate::cli::{cannot, check_json, exit_code, say, write_json};
use crate::date;
use crate::files::{last_number, make_folder, take_name, write_whole};
use crate::search::StopSignal;

/// Exit status of a match that was given up, stopped, or not played whole.
const UNFINISHED: u8 = 1;

/// Plays the match and reports it on standard output.
pub fn run(config: &MatchConfig) -> ExitCode {
    let stop = StopSignal::default();
    stop_on_interrupt(
        stop.clone(),
        "ends the match; once more ends it without a report",
    );
    match play(config, &stop) {
        Ok(Ended::Played | Ended::Decided(_)) => ExitCode::SUCCESS,
        Ok(Ended::Stopped | Ended::GaveUp | Ended::Failed) => ExitCode::from(UNFINISHED),
        Err(error) => exit_code(Err(error)),
    }
}

fn play(config: &MatchConfig, stop: &StopSignal) -> Result<Ended> {
    let mut recorded = 0;
    if let Some(folder) = &config.sgf_dir {
        make_folder(folder).context("--sgf-dir")?;
        let last = last_number(folder, "", "sgf");
        recorded = last.map_err(|error| cannot("read", folder)(error.cause))?;
    }
    if let Some(file) = &config.json {
        check_json(file)?;
    }
    let match_ = match set_up::Match::new(config, stop) {
        // A program was still starting when somebody asked for the end.
        Err(error) if error.downcast_ref() == Some(&Fault::Stopped) => return Ok(Ended::Stopped),
        set_up => set_up?,
    };
    let mut heading = config.heading.clone();
    heading.players = match_.names.clone();
    let date = date::today();
    let mut progress = MatchProgress::new(heading.games);
    let mut lines = Vec::new();
    let mut records = Ok(());
    let make = |side| match_.make(side);
    let (standing, ended) = series::play(&match_.plan, &make, stop, &mut |result, standing| {
        let sgf = config
            .sgf_dir
            .as_deref()
            .map(|folder| save(folder, recorded, result, &match_.names, &date));
        let sgf = match sgf.transpose() {
            Ok(sgf) => sgf,
            Err(error) => {
                // Games without records are not what was asked for.
                records = Err(error);
                stop.stop();
                None
            }
        };
        if result.played.end != crate::arena::game_loop::End::Stopped {
            let line = Line::of(result, sgf);
            progress.game(&line, standing);
            lines.push(line);
        }
    });
    progress.finish();
    let report = Report::new(heading, &standing, ended, config.sprt, lines);
    let said = say(&report);
    if let Some(file) = &config.json {
        write_json(file, &report)?;
    }
    said?;
    records.map(|()| ended)
}

/// Writes the record of a game into the folder, numbered on from those that are `recorded` there or, where another match has
/// taken that number meanwhile, by the next, and returns its name.
fn save(
    folder: &Path,
    recorded: usize,
    result: &GameResult,
    names: &[String; 2],
    date: &str,
) -> Result<String> {
    let name = |number| format!("{number:04}.sgf");
    let text = record::record(result, names, date).to_string();
    let cannot = || {
        format!(
            "cannot write into {}: choose another folder for --sgf-dir",
            folder.display()
        )
    };
    let number = recorded + result.number + 1;
    let taken = take_name(number, |number| folder.join(name(number))).with_context(cannot)?;
    write_whole(&taken.path, text.as_bytes()).with_context(cannot)?;
    Ok(name(taken.number))
}
