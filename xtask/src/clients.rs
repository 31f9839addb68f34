//! `cargo xtask test --clients`: the programs that people use the engine with, driven against the release build.
//!
//! What each client needs is data ([`CLIENTS`]); what is done with it is a script in `tests/clients`, which gets the
//! engine, a network and a folder for what it makes. Packages come from npm and PyPI, pinned, and are kept in the cache
//! folder. A client whose tools this machine lacks is skipped, with what to install; one that was asked for by name fails,
//! and so does a run that skips them all.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use crate::Result;
use crate::cache::Cache;
use crate::nets;
use crate::place::Place;
use crate::run;

/// The network the clients see: trained, and small enough for any machine.
const NET: &str = "g170e-b15c192";

/// One client, or one way of using it.
struct Client {
    /// What the command line takes.
    name: &'static str,
    about: &'static str,
    packages: &'static Packages,
    /// Below `tests/clients`.
    script: &'static str,
    /// Beyond those of the packages.
    tools: &'static [Tool],
}

/// A program that this machine has to have.
struct Tool {
    /// Names it goes by, the usual one first.
    names: &'static [&'static str],
    /// Debian's package.
    package: &'static str,
    /// The environment variable in which a script finds its path.
    variable: &'static str,
}

/// Packages of one registry, installed once for all clients that use them.
struct Packages {
    /// The folder in the cache.
    folder: &'static str,
    /// Pins what is installed; when it changes, everything is installed again.
    pins: &'static str,
    /// Copied beside it.
    beside: &'static [&'static str],
    /// Runs the scripts.
    interpreter: Tool,
    /// The installer and its arguments; runs in the folder.
    installer: Tool,
    install: &'static [&'static str],
    /// Where scripts find the packages: a variable, and the folder below ours.
    search_path: (&'static str, &'static str),
}

const NPM: Packages = Packages {
    folder: "clients/npm",
    pins: "package-lock.json",
    beside: &["package.json"],
    interpreter: tool(&["node", "nodejs"], "nodejs", "NODE"),
    installer: tool(&["npm"], "npm", "NPM"),
    install: &[
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ],
    search_path: ("NODE_PATH", "node_modules"),
};

const PYPI: Packages = Packages {
    folder: "clients/pypi",
    pins: "requirements.txt",
    beside: &[],
    interpreter: tool(&["python3"], "python3", "PYTHON"),
    installer: tool(&["python3"], "python3-pip", "PYTHON"),
    install: &[
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
        // Nothing outside the folder is touched, so what else is installed does not matter.
        "--no-warn-conflicts",
        "--root-user-action=ignore",
        "--only-binary=:all:",
        "--target=packages",
        "--requirement=requirements.txt",
    ],
    search_path: ("PYTHONPATH", "packages"),
};

const GNU_GO: Tool = tool(&["gnugo"], "gnugo", "GNUGO");
const CHROMIUM: Tool = tool(
    &["chromium", "chromium-browser", "google-chrome", "chrome"],
    "chromium",
    "CHROMIUM",
);
const XVFB: Tool = tool(&["Xvfb"], "xvfb", "XVFB");
const IMPORT: Tool = tool(&["import"], "imagemagick", "IMPORT");
const XDOTOOL: Tool = tool(&["xdotool"], "xdotool", "XDOTOOL");

const CLIENTS: [Client; 5] = [
    Client {
        name: "sabaki",
        about: "Sabaki's engine library: start, sync, analysis, abort, undo, genmove, quit",
        packages: &NPM,
        script: "sabaki.js",
        tools: &[],
    },
    Client {
        name: "gnugo",
        about: "whole games against GNU Go, through Sabaki's engine library",
        packages: &NPM,
        script: "gnugo.js",
        tools: &[GNU_GO],
    },
    Client {
        name: "katrain",
        about: "KaTrain's engine class and all its strategies, without its window",
        packages: &PYPI,
        script: "katrain_strategies.py",
        tools: &[],
    },
    Client {
        name: "katrain-window",
        about: "KaTrain's window on a screen of its own, analysing a game",
        packages: &PYPI,
        script: "katrain_window.py",
        tools: &[XVFB, IMPORT, XDOTOOL],
    },
    Client {
        name: "browser",
        about: "the pages the engine writes, in Chromium",
        packages: &NPM,
        script: "browser.js",
        tools: &[CHROMIUM],
    },
];

const fn tool(
    names: &'static [&'static str],
    package: &'static str,
    variable: &'static str,
) -> Tool {
    Tool {
        names,
        package,
        variable,
    }
}

/// Runs the clients named, or all.
pub fn test(place: &Place, names: &[String]) -> Result<ExitCode> {
    let chosen = choose(names)?;
    let (ready, missing): (Vec<&Client>, Vec<&Client>) = chosen
        .into_iter()
        .partition(|client| lacking(client).is_empty());
    let skipped: Vec<String> = missing.into_iter().map(cannot_run).collect();
    if !names.is_empty() && !skipped.is_empty() {
        return Err(skipped.join("\n"));
    }
    let mut failed = Vec::new();
    if !ready.is_empty() {
        let surroundings = Surroundings::prepare(place)?;
        for client in &ready {
            if let Err(message) = surroundings.run(client) {
                eprintln!("{message}");
                failed.push(client.name);
            }
        }
    }
    skipped
        .iter()
        .for_each(|message| eprintln!("SKIPPED: {message}"));
    eprintln!(
        "{} of {} clients passed, {} failed, {} skipped.",
        ready.len() - failed.len(),
        ready.len() + skipped.len(),
        failed.len(),
        skipped.len()
    );
    outcome(ready.len(), &failed)
}

/// How it ends where so many clients were run, and these failed. A success that tried nothing would say too much.
fn outcome(run: usize, failed: &[&str]) -> Result<ExitCode> {
    if run == 0 {
        return Err("no client was tried: this machine lacks what all of them need".into());
    }
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(format!("failed: {}", failed.join(", ")))
}

/// One line a client.
pub fn list() -> String {
    let lines: Vec<String> = CLIENTS
        .iter()
        .map(|client| format!("  {:<15} {}", client.name, client.about))
        .collect();
    lines.join("\n")
}

fn choose(names: &[String]) -> Result<Vec<&'static Client>> {
    if names.is_empty() {
        return Ok(CLIENTS.iter().collect());
    }
    names
        .iter()
        .map(|name| {
            CLIENTS
                .iter()
                .find(|client| client.name == name)
                .ok_or_else(|| format!("no client is called `{name}`; there are:\n{}", list()))
        })
        .collect()
}

/// What all clients share: the engine, the network, and a folder for what they make.
struct Surroundings<'a> {
    place: &'a Place,
    engine: PathBuf,
    weights: PathBuf,
    made: PathBuf,
}

impl<'a> Surroundings<'a> {
    fn prepare(place: &'a Place) -> Result<Self> {
        let engine = run::build(place)?;
        let weights = nets::ensure(place, &[NET.to_owned()])?.remove(0);
        let made = engine.with_file_name("").join("../clients");
        fs::create_dir_all(&made)
            .map_err(|error| format!("cannot create {}: {error}", made.display()))?;
        let made = made.canonicalize().unwrap_or(made);
        Ok(Self {
            place,
            engine,
            weights,
            made,
        })
    }

    /// Errors when the script fails, with how to run it again.
    fn run(&self, client: &Client) -> Result<()> {
        let packages = install(self.place, client.packages)?;
        let made = self.made.join(client.name);
        fs::create_dir_all(&made)
            .map_err(|error| format!("cannot create {}: {error}", made.display()))?;
        eprintln!("{}: {}", client.name, client.about);
        let (variable, below) = client.packages.search_path;
        let began = Instant::now();
        let mut command = Command::new(path_of(&client.packages.interpreter)?);
        command
            .arg(scripts(self.place).join(client.script))
            .args([&self.engine, &self.weights, &made])
            .env(variable, packages.join(below))
            .stdin(Stdio::null());
        for tool in client.tools {
            command.env(tool.variable, path_of(tool)?);
        }
        let status = command
            .status()
            .map_err(|error| format!("cannot run {}: {error}", client.script))?;
        let seconds = began.elapsed().as_secs();
        if !status.success() {
            return Err(format!(
                "{}: FAILED ({status}) after {seconds} s; what it made is in {}; to try again: cargo xtask test --clients {}",
                client.name,
                made.display(),
                client.name
            ));
        }
        eprintln!("{}: passed in {seconds} s", client.name);
        Ok(())
    }
}

fn scripts(place: &Place) -> PathBuf {
    place.root.join("tests/clients")
}

/// The folder that holds the packages, installed now if it does not hold exactly these.
fn install(place: &Place, packages: &Packages) -> Result<PathBuf> {
    let folder = place.cache.join(packages.folder);
    let read = |path: &Path| fs::read(path).ok();
    let pins = scripts(place).join(packages.pins);
    let wanted = read(&pins).ok_or_else(|| format!("cannot read {}", pins.display()))?;
    let cache = Cache::lock(&place.cache)?;
    if read(&folder.join(packages.pins)).as_ref() == Some(&wanted) {
        return Ok(folder);
    }
    eprintln!("Installing {} into {} ...", packages.pins, folder.display());
    fs::create_dir_all(folder.with_file_name(""))
        .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let installer = path_of(&packages.installer)?;
    cache.install(packages.folder, |staging| {
        // Not the staging folder itself: that is expected to go away again.
        let staging = staging.join("whole");
        let copied = fs::create_dir(&staging).and_then(|()| {
            packages
                .beside
                .iter()
                .chain([&packages.pins])
                .try_for_each(|name| {
                    fs::copy(scripts(place).join(name), staging.join(name)).map(drop)
                })
        });
        copied.map_err(|error| format!("cannot write to {}: {error}", staging.display()))?;
        let status = Command::new(&installer)
            .args(packages.install)
            .current_dir(&staging)
            .stdin(Stdio::null())
            .status()
            .map_err(|error| format!("cannot run {}: {error}", installer.display()))?;
        if status.success() {
            return Ok(staging);
        }
        Err(format!(
            "{} could not install {}; what it says above tells why",
            installer.display(),
            pins.display()
        ))
    })?;
    Ok(folder)
}

/// The tools this machine lacks for a client.
fn lacking(client: &Client) -> Vec<&Tool> {
    let packages = client.packages;
    [&packages.interpreter, &packages.installer]
        .into_iter()
        .chain(client.tools)
        .filter(|tool| find(tool).is_none())
        .collect()
}

fn cannot_run(client: &Client) -> String {
    let lacking = lacking(client);
    let names: Vec<String> = lacking
        .iter()
        .map(|tool| format!("`{}`", tool.names[0]))
        .collect();
    let packages: Vec<&str> = lacking.iter().map(|tool| tool.package).collect();
    format!(
        "{} needs {}, which this machine has not; install it (Debian: apt-get install {})",
        client.name,
        names.join(" and "),
        packages.join(" ")
    )
}

fn path_of(tool: &Tool) -> Result<PathBuf> {
    find(tool).ok_or_else(|| {
        format!(
            "`{}` is needed: install it (Debian: apt-get install {})",
            tool.names[0], tool.package
        )
    })
}

fn find(tool: &Tool) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    find_in(tool, &path)
}

/// The first of a tool's names that is a file on the path, or where Debian keeps games, which is not on everybody's.
fn find_in(tool: &Tool, path: &OsStr) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(path)
        .chain([PathBuf::from("/usr/games")])
        .collect();
    tool.names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scratch;

    #[test]
    fn clients_are_chosen_by_name() {
        assert_eq!(choose(&[]).unwrap().len(), CLIENTS.len());
        let two = choose(&["katrain".into(), "sabaki".into()]).unwrap();
        assert_eq!([two[0].name, two[1].name], ["katrain", "sabaki"]);
        let error = choose(&["sabakki".into()]).err().unwrap();
        assert!(
            error.contains("`sabakki`") && error.contains("katrain-window"),
            "{error}"
        );
    }

    #[test]
    fn who_tries_nothing_or_fails_does_not_pass() {
        assert!(outcome(3, &[]).is_ok());
        assert!(outcome(0, &[]).unwrap_err().contains("no client was tried"));
        assert!(outcome(3, &["gnugo"]).unwrap_err().contains("gnugo"));
    }

    #[test]
    fn every_client_has_its_script_and_every_registry_its_pins() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/clients");
        for client in &CLIENTS {
            let needed = client
                .packages
                .beside
                .iter()
                .chain([&client.packages.pins, &client.script]);
            for name in needed {
                assert!(folder.join(name).is_file(), "{}: no {name}", client.name);
            }
        }
    }

    #[test]
    fn tools_are_found_by_any_of_their_names() {
        let scratch = Scratch::new("tools");
        let path = scratch.path().as_os_str();
        const TOOL: Tool = tool(&["df-first", "df-second"], "some-package", "TOOL");
        assert_eq!(find_in(&TOOL, path), None);
        fs::write(scratch.path().join("df-second"), "").unwrap();
        assert_eq!(find_in(&TOOL, path), Some(scratch.path().join("df-second")));
        let error = path_of(&TOOL).unwrap_err();
        assert!(
            error.contains("`df-first`") && error.contains("some-package"),
            "{error}"
        );
    }

    #[test]
    fn what_a_client_lacks_is_said_with_what_to_install() {
        const CLIENT: Client = Client {
            name: "board",
            about: "",
            packages: &NPM,
            script: "",
            tools: &[tool(&["df-no-such-program"], "some-package", "TOOL")],
        };
        let said = cannot_run(&CLIENT);
        assert!(said.contains("board needs "), "{said}");
        assert!(
            said.contains("`df-no-such-program`") && said.contains("some-package)"),
            "{said}"
        );
    }
}
