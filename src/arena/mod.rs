//! Matches between players, and what they prove.
//!
//! * [`player`] what a player is; [`own`] is our engine, [`program`] any other that speaks the Go Text Protocol.
//! * [`game_loop`] plays one game; [`referee`] counts it.
//! * [`openings`] says where games begin.
//! * [`record`] turns games into game records and records into openings; [`line`](mod@line) is a game in a few words,
//!   [`report`] the table of a match.
//! * [`series`] plays many, several at once, until all are played or [`stats`] have decided; [`ratings`] fits the
//!   strengths of many players to all their games.
//!
//! Nothing here prints or reads arguments. Start reading at [`game_loop::play_game`], then [`series::play`].

pub mod game_loop;
pub mod line;
pub mod openings;
pub mod own;
pub mod player;
pub mod program;
pub mod ratings;
pub mod record;
pub mod referee;
pub mod report;
pub mod series;
pub mod stats;
