//! GTP as a client sees it: sessions in this process, and the program itself.

mod analysis;
mod clients;
mod live;
mod process;
mod random;
mod strict;
mod support;
mod transcripts;
