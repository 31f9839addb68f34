//! The GTP session: one game, its clocks and its search, driven by commands.
//!
//! * [`Inbox`] holds what was read and not yet carried out, and decides which input ends a running search.
//! * [`command`] lists the commands as data; each family has a file of its own.
//! * [`Session`] is the state the commands work on; [`serve`] carries out an inbox on it, the [`console`] what is typed.
//! * [`json`] answers queries about many positions at once.
//! * [`analyze`] reports on searches while they run.
//! * [`review`] goes through game records.
//! * [`live`] shows searches to those who watch.
//! * [`think`] runs searches for them.
//! * [`workshop`] has networks made stronger, in the background, by what `cli` hands in.
//!
//! Nothing here reads the environment or decides where standard output goes, which is `cli`'s; the console alone prints.
//! Start reading at [`serve`].

mod admin;
mod analyze;
mod boards;
mod chat;
mod clock;
mod command;
pub mod console;
mod diagram;
mod dialogue;
mod disk;
mod dump;
mod gogui;
mod gomill;
mod handicap;
mod inbox;
mod inspect;
pub mod json;
mod kata;
mod kgs;
mod leela;
mod live;
mod loading;
mod nn;
mod options;
mod pace;
mod params;
mod play;
pub mod review;
mod rules;
mod score;
mod session;
mod setup;
mod sgf;
mod think;
mod tree;
pub mod workshop;

use crate::words;

pub use analyze::{AnalysisParams, Perspective};
pub use command::{Command, Failure};
pub use diagram::showboard;
pub use dialogue::TARGET as DIALOGUE;
pub use inbox::{EndedBy, GRACE, Inbox};
pub use loading::{Loaded, Loading};
pub use options::{Options, SessionSettings};
pub use pace::Pace;
pub use session::{Audience, Flow, Session, serve};
