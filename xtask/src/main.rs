//! `cargo xtask`: set-up and the two commands of the README. It has no dependencies, so it builds anywhere at once.
//!
//! What it does: fetch libtorch and the public networks into the user's cache folder ([`libtorch`], [`nets`]), then hand
//! over to cargo and the engine ([`run`]), or to the programs people use it with ([`clients`]). What it never does: read
//! standard input (that belongs to the engine it starts), write to standard output (GTP; only `nets` prints its paths
//! there), or leave something half-installed ([`cache`]).
//!
//! Start reading at [`libtorch::ensure`]. A new subcommand is one arm in [`dispatch`] and one line in `HELP`; its own
//! flags come before `--`, everything after `--` goes to the program it starts.

mod cache;
mod clients;
mod libtorch;
mod nets;
mod place;
mod progress;
mod run;
#[cfg(test)]
#[path = "../../tests/skipped/mod.rs"]
mod skipped;
#[cfg(test)]
mod testing;
mod wheel;

use std::env;
use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use place::Place;

/// Errors are sentences for the user: what failed, why, and what to do next.
type Result<T> = std::result::Result<T, String>;

const HELP: &str = "\
Set-up and the commands of the README. Run from anywhere inside the repository.

  cargo xtask play [-- ARGS]   fetch libtorch if needed, build in release, start the engine with ARGS:
                               a console on a terminal, GTP when standard input is a pipe
  cargo xtask test [-- ARGS]   fetch libtorch if needed, run every test: `cargo test --workspace ARGS`
  cargo xtask test --clients [NAME...]
                               drive the release build with the programs people use (all, or the ones named)
  cargo xtask nets [NAME...]   fetch public KataGo networks (all, or the ones named) and print their paths;
                               the engine's --weights takes the names
  cargo xtask libtorch         only fetch libtorch, so that plain `cargo build` works
  cargo xtask help             this text

Downloads are kept in $XDG_CACHE_HOME/df_console (or ~/.cache/df_console) and shared by all clones.
With LIBTORCH or LIBTORCH_USE_PYTORCH set, that libtorch is used and none is fetched.";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[OsString]) -> Result<ExitCode> {
    let (own, passed_on) = split(arguments);
    let Some((command, own)) = own.split_first() else {
        eprintln!("{HELP}");
        return Err("which command?".into());
    };
    let place = || Place::from_environment(|name| env::var_os(name));
    match command.as_str() {
        "play" => {
            no_more(own, "arguments for the engine go after `--`")?;
            run::play(&place()?, passed_on)
        }
        "test" if own.first().is_some_and(|flag| flag == "--clients") => {
            no_more(passed_on, "names of clients need no `--`")?;
            clients::test(&place()?, &own[1..])
        }
        "test" => {
            no_more(own, "arguments for `cargo test` go after `--`")?;
            run::test(&place()?, passed_on)
        }
        "libtorch" => {
            no_more(own, "`libtorch` takes none")?;
            no_more(passed_on, "`libtorch` takes none")?;
            libtorch::ensure(&place()?)?;
            Ok(ExitCode::SUCCESS)
        }
        "nets" => {
            no_more(passed_on, "names of networks need no `--`")?;
            for path in nets::ensure(&place()?, own)? {
                println!("{}", path.display());
            }
            Ok(ExitCode::SUCCESS)
        }
        "help" | "--help" | "-h" => {
            println!(
                "{HELP}\n\nNetworks:\n{}\n\nClients:\n{}",
                nets::list(),
                clients::list()
            );
            Ok(ExitCode::SUCCESS)
        }
        other => Err(format!(
            "unknown command `{other}`; `cargo xtask help` lists them"
        )),
    }
}

/// Our own arguments, and those after the first `--`, which may be names of files in any spelling.
fn split(arguments: &[OsString]) -> (Vec<String>, &[OsString]) {
    let (own, passed_on) = match arguments.iter().position(|argument| argument == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (arguments, &[][..]),
    };
    let readable = |argument: &OsString| argument.to_string_lossy().into_owned();
    (own.iter().map(readable).collect(), passed_on)
}

fn no_more(arguments: &[impl AsRef<OsStr>], hint: &str) -> Result<()> {
    match arguments.first() {
        None => Ok(()),
        Some(argument) => {
            let argument = argument.as_ref().display();
            Err(format!("unexpected argument `{argument}`: {hint}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn arguments_split_at_the_first_double_dash() {
        let check = |line: &str, own: &str, passed_on: &str| {
            assert_eq!(
                split(&words(line)),
                (
                    own.split_whitespace().map(str::to_owned).collect(),
                    &words(passed_on)[..]
                ),
                "{line}"
            );
        };
        check("play", "play", "");
        check("play --", "play", "");
        check("play -- --weights x", "play", "--weights x");
        check(
            "test -- -p gtp -- --nocapture",
            "test",
            "-p gtp -- --nocapture",
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_is_passed_on_is_left_as_it_is() {
        use std::os::unix::ffi::OsStringExt;
        let name = OsString::from_vec(b"net-\xFF.bin".to_vec());
        let arguments = [&words("play -- --weights")[..], &[name]].concat();
        assert_eq!(split(&arguments).1, &arguments[2..]);
    }

    #[test]
    fn mistakes_in_arguments_are_named() {
        let check = |line: &str, said: &str| {
            let error = dispatch(&words(line)).expect_err(line);
            assert!(error.contains(said), "{line}: {error}");
        };
        check("", "which command");
        check("plya", "unknown command `plya`");
        check(
            "play --weights x",
            "unexpected argument `--weights`: arguments for the engine go after `--`",
        );
        check("test gtp", "unexpected argument `gtp`");
        check("libtorch -- x", "unexpected argument `x`");
        check("test --clients xboard", "no client is called `xboard`");
        check("test --clients -- x", "names of clients need no `--`");
        check("nets -- x", "unexpected argument `x`");
    }
}
