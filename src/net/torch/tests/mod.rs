//! The numbers: against KataGo's and Leela Zero's own answers where real networks are at hand, and against a slow
//! second implementation on tiny networks of every kind.

mod generated;
mod listed;
mod published;
mod reference;
