//! What the program can be run as, one module each; [`super::config::Mode`] says which.

pub mod analysis;
pub mod bench;
pub mod console;
pub mod convert;
pub mod gtp;
pub mod inspect;
pub mod matches;
pub mod report;
pub mod review;
pub mod selfplay;
pub mod train;
