//! `df_console`: a Go engine that plays through GTP, searches with batched networks and trains them itself.
//!
//! The library is layered; a module may use only those above it in this list:
//!
//! * [`threads`] how many threads a machine has use for, and what one that panicked has to say.
//! * [`files`] files that appear whole or not at all.
//! * [`date`] the date of today.
//! * [`hash`] integer mixers with fixed results.
//! * [`markup`] text in HTML and SVG.
//! * [`spelling`] what a mistyped name was meant to be.
//! * [`go`] the game: board, rules, history, score. No IO, no clock, no randomness.
//! * [`words`] the words of the protocol as types of the game.
//! * [`sgf`] game records on disk.
//! * [`features`] a game as the planes that networks read.
//! * [`eval`] what an evaluation is, and everything that produces one without a network.
//! * [`record`] finished games as training reads them, and the shards that hold them.
//! * [`search`] the tree search over evaluations; knows nothing of where they come from.
//! * [`net`] network files, and the evaluator that runs them through libtorch.
//! * [`train`] from records to a network that has learned from them.
//! * [`player`] decisions: time, moves, passes, resignation.
//! * [`selfplay`] games of the engine against itself, as records.
//! * [`arena`] matches and what they prove.
//! * [`pipeline`] a training run: play, learn, gate, repeat.
//! * [`mod@bench`] speeds, and a fingerprint of behaviour.
//! * [`report`] what a run has come to: plots, tables, boards.
//! * [`engine`] the GTP session and the console.
//! * [`cli`] the command line.
//!
//! `ARCHITECTURE.md` tells the story; start reading at [`go::Game`] and [`search`].

pub mod arena;
pub mod bench;
pub mod cli;
pub mod date;
pub mod engine;
pub mod eval;
pub mod features;
pub mod files;
pub mod go;
pub mod hash;
pub mod markup;
pub mod net;
pub mod pipeline;
pub mod player;
pub mod record;
pub mod report;
pub mod search;
pub mod selfplay;
pub mod sgf;
#[cfg(test)]
#[path = "../tests/skipped/mod.rs"]
mod skipped;
pub mod spelling;
pub mod threads;
pub mod train;
pub mod words;
