//! Ladder search (KataGo format document, section 12).
