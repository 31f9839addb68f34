//! The rules of the game as its users see them: drawn boards for each rule, random games against a second
//! implementation that is slow and obvious, and counts of all positions of small boards.

mod counting;
mod drawn;
mod encore;
mod handicap;
mod ko;
mod legal_positions;
mod life;
mod passes;
mod points;
mod random_games;
mod rule_text;
#[path = "../skipped/mod.rs"]
mod skipped;
mod slow;
mod slow_life;
#[path = "../skipped/slow.rs"]
mod slow_tests;
mod tolerance;
