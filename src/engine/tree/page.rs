//! A tree as one page for a browser: the data that [`super::files::json`] writes, and a program that shows it. It loads
//! nothing and talks to nobody.

use super::{View, files};

/// The page, with the data left out.
const PAGE: &str = include_str!("page.html");
/// Where the data goes.
const PLACE: &str = "/*DATA*/";

/// The whole page.
pub(super) fn page(view: &View<'_>) -> String {
    // Inside a script a closing tag would end it, wherever it stands.
    let data = files::json(view).to_string().replace("</", "<\\/");
    PAGE.replacen(PLACE, &data, 1)
}
