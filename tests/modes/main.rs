//! The modes beside GTP as a user starts them, and the files that come with them.

mod bench;
mod convert;
mod learning;
mod matches;
mod output;
#[path = "../program/mod.rs"]
mod program;
mod programs;
mod records;
mod review;
#[path = "../skipped/mod.rs"]
mod skipped;
mod survival;
mod training;
mod weights;
