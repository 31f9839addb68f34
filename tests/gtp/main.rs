//! GTP as a client sees it: sessions in this process, and the program itself.

mod advantage;
mod analysis;
mod analysis_times;
mod choosing;
mod clients;
mod console;
mod disk;
mod endings;
mod inside;
mod live;
mod pace;
mod process;
#[path = "../program/mod.rs"]
mod program;
mod random;
mod readers;
mod readme;
mod records;
mod reports;
mod review;
mod searching;
mod sides;
#[path = "../skipped/mod.rs"]
mod skipped;
#[path = "../skipped/slow.rs"]
mod slow_tests;
mod strict;
mod support;
mod terminal;
mod told;
mod transcripts;
mod trees;
mod workshop;
