//! Network files: KataGo's, Leela Zero's and our own.
