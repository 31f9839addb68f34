//! SGF records and games, both ways.
