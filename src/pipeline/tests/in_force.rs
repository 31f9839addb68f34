//! Settings of runs that go on: on the machine that they began on, or another.

use std::fs;

use super::{MACHINE, parse};
use crate::pipeline::folder::RunFolder;
use crate::pipeline::settings::{InForce, Machine, RunSettings};

const GPUS: Machine = Machine {
    threads: 16,
    gpus: 2,
    half_precision: true,
};

/// A run that was begun on [`MACHINE`] with what a user `asked` for.
fn begun(asked: &str) -> (tempfile::TempDir, RunFolder, RunSettings) {
    let place = tempfile::tempdir().expect("a folder");
    let folder = RunFolder::open(place.path()).expect("a folder");
    let settings = parse(Some("9x9"), asked).expect("good settings");
    fs::write(folder.run_file(), asked).expect("written");
    fs::write(folder.values_file(), settings.to_text().expect("text")).expect("written");
    (place, folder, settings)
}

fn in_force(folder: &RunFolder, machine: Machine) -> InForce {
    let found = InForce::of_run(folder, machine).expect("good settings");
    found.expect("a run")
}

/// Threads, games of each and positions of a batch.
fn sizes(settings: &RunSettings) -> (usize, usize, Option<usize>) {
    let play = &settings.play;
    (play.threads, play.parallel, play.batch)
}

#[test]
fn a_run_fits_the_machine_it_goes_on_on() {
    let (_place, folder, settings) = begun("");
    assert_eq!(sizes(&settings), (2, 74, Some(37)));
    let there = in_force(&folder, GPUS);
    assert_eq!(
        there.settings,
        RunSettings::preset("9x9", GPUS).expect("a preset")
    );
    assert_eq!(sizes(&there.settings), (16, 192, Some(512)));
    for new in ["play.threads = 16", "play.batch = 512", "machine.gpus = 2"] {
        assert!(there.news.contains(&new.to_owned()), "{:?}", there.news);
    }
    there.write(&folder).expect("written");
    let back = in_force(&folder, MACHINE);
    assert_eq!(back.settings, settings);
}

/// Whatever 16-bit floats seem to gain this time.
#[test]
fn a_run_that_goes_on_on_its_machine_has_the_same_settings() {
    let (_place, folder, settings) = begun("");
    let again = Machine {
        half_precision: true,
        ..MACHINE
    };
    let InForce {
        settings: now,
        news,
        ..
    } = in_force(&folder, again);
    assert_eq!((now, news), (settings, vec![]));
}

#[test]
fn sizes_that_the_user_named_stay() {
    let (_place, folder, _) = begun("[play]\nthreads = 2\nbatch = 40\n[learn]\nbf16 = false");
    let values = fs::read_to_string(folder.values_file()).expect("values");
    let edited = values.replace("parallel = 16", "parallel = 20");
    assert_ne!(edited, values);
    fs::write(folder.values_file(), edited).expect("written");
    let RunSettings {
        play, learn, gate, ..
    } = in_force(&folder, GPUS).settings;
    let named = (play.threads, play.batch, learn.bf16, gate.parallel);
    assert_eq!(named, (2, Some(40), false, 20));
    let of_gpus = RunSettings::preset("9x9", GPUS).expect("a preset");
    assert_eq!(play.parallel, of_gpus.play.parallel);
    assert_eq!(learn.steps, of_gpus.learn.steps);
}

/// What a newer version knows, or a user has removed, is the preset's for the machine that there is.
#[test]
fn values_say_what_is_in_force() {
    let (_place, folder, settings) = begun("");
    let text = fs::read_to_string(folder.values_file()).expect("values");
    let own = format!("# mine\n{}", text.replace("rate = 0.001", "rate = 1e-3"));
    fs::write(folder.values_file(), &own).expect("written");
    let again = in_force(&folder, MACHINE);
    again.write(&folder).expect("nothing to do");
    let kept = fs::read_to_string(folder.values_file()).expect("values");
    assert_eq!(kept, own, "it says everything already");

    let older = text.split("[machine]").next().expect("text");
    let older = older
        .replace("\nthreads = 2\n", "\n")
        .replace("games_between = 10\n", "");
    fs::write(folder.values_file(), &older).expect("written");
    let again = in_force(&folder, MACHINE);
    assert_eq!(again.settings, settings);
    let news = [
        "gate.games_between = 10",
        "machine.gpus = 0",
        "machine.half_precision = false",
        "machine.threads = 2",
        "play.threads = 2",
    ];
    assert_eq!(again.news, news);
    let lock = folder.lock().expect("nobody is there");
    let refused = again.write(&folder).expect_err("another trainer is there");
    assert!(refused.to_string().contains("at work"), "{refused}");
    drop(lock);
    again.write(&folder).expect("written");
    let written = fs::read_to_string(folder.values_file()).expect("values");
    assert_eq!(written, text);
    let before = fs::read_to_string(folder.values_before(1)).expect("a copy");
    assert_eq!(before, older);
}

/// The program's own text can be written again, and needs no copy.
#[test]
fn what_a_user_wrote_stays_however_often_values_are_brought_up_to_date() {
    let (_place, folder, _) = begun("");
    let text = fs::read_to_string(folder.values_file()).expect("values");
    let edited = ["# mine", "# mine, too"].map(|comment| format!("{comment}\n{text}"));
    for own in &edited {
        fs::write(folder.values_file(), own).expect("written");
        for machine in [GPUS, MACHINE] {
            in_force(&folder, machine).write(&folder).expect("written");
        }
    }
    for (number, own) in (1..).zip(&edited) {
        let before = fs::read_to_string(folder.values_before(number)).expect("a copy");
        assert_eq!(before, *own);
    }
    assert!(!folder.values_before(3).exists());
}

#[test]
fn files_of_a_run_that_cannot_be_read_are_named() {
    let (_place, folder, _) = begun("");
    let told = || {
        let error = InForce::of_run(&folder, MACHINE).expect_err("bad text");
        error.to_string()
    };
    fs::write(folder.run_file(), "preset = ").expect("written");
    assert!(told().contains("run.toml: "), "{}", told());
    fs::write(folder.run_file(), "").expect("written");
    fs::write(folder.values_file(), "future = 1").expect("written");
    let refused = told();
    assert!(
        refused.contains("values.toml: ") && refused.contains("future"),
        "{refused}"
    );
    let none = RunFolder::at(&folder.nets());
    assert!(InForce::of_run(&none, MACHINE).expect("no run").is_none());
}
