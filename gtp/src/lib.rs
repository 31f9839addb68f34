//! The Go Text Protocol as types.
