//! KataGo's network files, model versions 8 to 17 (KataGo format document, sections 1-5, 15, 16, 18).

mod read;
mod write;

pub use read::read;
pub use write::write;
