//! Ten fixed 19x19 positions of real games, from the opening to the endgame.
//!
//! The games were played for this by the engine against itself, with a small network and few visits.

use crate::go::{Game, Rules};
use crate::sgf;

/// The positions, each the end of a record.
const RECORDS: &[u8] = include_bytes!("positions.sgf");

/// The positions, in the order of the moves that led to them. Every one is under Tromp-Taylor rules, and counts leading
/// moves of Black as a session does.
pub fn ten() -> Vec<Game> {
    let records = sgf::parse(RECORDS).unwrap_or_default();
    let games = records
        .iter()
        .map(|record| record.main_game(&Rules::default()));
    let as_in_sessions = |mut game: Game| {
        game.set_count_leading_moves(true);
        game
    };
    games.filter_map(Result::ok).map(as_in_sessions).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_ten_positions_of_all_stages() {
        let games = ten();
        assert_eq!(games.len(), 10);
        for game in &games {
            assert_eq!(game.size().area(), 361);
            assert_eq!(game.outcome(), None);
        }
        let moves: Vec<usize> = games.iter().map(|game| game.moves().len()).collect();
        assert!(
            moves.is_sorted() && moves[0] <= 10 && moves[9] >= 200,
            "{moves:?}"
        );
    }
}
