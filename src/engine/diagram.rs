//! The board as text.

use crate::go::{Color, Game, Outcome, Point, Size};

use super::words;

/// How a board is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `X`, `O` and `.`: for replies, which other programs read.
    Plain,
    /// The same in characters of its own, with colours.
    Colored,
}

/// What `showboard` answers: coordinates, the board with the last move in brackets, and what a picture cannot show.
pub fn showboard(game: &Game) -> String {
    let mut lines = vec![String::new()];
    lines.extend(rows(game, Style::Plain));
    lines.extend(facts(game));
    lines.push(format!("Rules: {}", game.rules().to_json()));
    lines.join("\n")
}

/// The position in words.
pub fn facts(game: &Game) -> Vec<String> {
    let board = game.board();
    let turn = match game.outcome() {
        Some(Outcome::Resignation(winner) | Outcome::Repetition(winner)) => {
            format!("The game is over, {winner} has won")
        }
        None if !game.past_main_phase() => format!("{} to play", game.to_move()),
        _ => "The game is over; 'final_score' counts it".to_owned(),
    };
    let mut facts = vec![format!(
        "Move {}. {turn}. Komi {}. Black has captured {}, White {}.",
        game.moves().len(),
        game.rules().komi,
        board.captured(Color::White),
        board.captured(Color::Black),
    )];
    if game.handicap_stones() > 0 {
        facts.push(format!("Handicap: {} stones", game.handicap_stones()));
    }
    facts
}

/// The board by rows, coordinates around it.
pub fn rows(game: &Game, style: Style) -> Vec<String> {
    let size = game.size();
    let last = game.moves().last().and_then(|played| played.mv.point());
    let letters: String = (0..size.width())
        .map(|x| format!("{} ", words::column(x)))
        .collect();
    let letters = format!("   {}", letters.trim_end());
    let mut rows = vec![letters.clone()];
    for y in 0..size.height() {
        let number = size.height() - y;
        let mut row = format!("{number:2}");
        let mut marked = false;
        for x in 0..size.width() {
            let Some(point) = Point::new(x, y) else {
                continue;
            };
            let is_last = last == Some(point);
            row.push(match (is_last, marked) {
                (true, _) => '(',
                (_, true) => ')',
                _ => ' ',
            });
            row.push_str(&cell(game, point, style));
            marked = is_last;
        }
        row.push(if marked { ')' } else { ' ' });
        rows.push(format!("{row}{number}"));
    }
    rows.push(letters);
    rows
}

/// A text for each point, in columns of the same width with coordinates around them.
pub fn table(size: Size, cells: &[String]) -> String {
    let cells = aligned(cells, 2);
    let width = cells.first().map_or(0, String::len);
    let letters: Vec<String> = (0..size.width())
        .map(|x| format!("{:>width$}", words::column(x)))
        .collect();
    let letters = format!("   {}", letters.join(" "));
    let mut lines = vec![letters.clone()];
    let rows = grid(size, &cells);
    for (row, number) in rows.lines().zip((1..=size.height()).rev()) {
        lines.push(format!("{number:2} {row} {number}"));
    }
    lines.push(letters);
    lines.join("\n")
}

/// A text for each point, as rows without coordinates, the top row first.
pub fn grid(size: Size, cells: &[String]) -> String {
    let rows: Vec<String> = cells
        .chunks(size.width())
        .map(|row| row.join(" "))
        .collect();
    rows.join("\n")
}

/// The texts with blanks before them: all as wide as the widest, and at least `least`.
pub fn aligned(cells: &[String], least: usize) -> Vec<String> {
    let width = cells.iter().map(String::len).max().unwrap_or(0).max(least);
    cells.iter().map(|cell| format!("{cell:>width$}")).collect()
}

fn cell(game: &Game, point: Point, style: Style) -> String {
    // Bold, so that both colours of stones stand out on dark and on light terminals.
    match (game.board().stone(point), style) {
        (Some(Color::Black), Style::Plain) => "X".into(),
        (Some(Color::White), Style::Plain) => "O".into(),
        (Some(Color::Black), Style::Colored) => "\x1b[1;34mX\x1b[0m".into(),
        (Some(Color::White), Style::Colored) => "\x1b[1;33mO\x1b[0m".into(),
        (None, Style::Plain) if is_star(game.size(), point) => "+".into(),
        (None, Style::Plain) => ".".into(),
        (None, Style::Colored) if is_star(game.size(), point) => "\x1b[2m+\x1b[0m".into(),
        (None, Style::Colored) => "\x1b[2m.\x1b[0m".into(),
    }
}

/// Whether a board maker would put a dot here.
fn is_star(size: Size, point: Point) -> bool {
    let on_line = |at: usize, side: usize| -> Option<bool> {
        let margin = if side < 12 { 2 } else { 3 };
        let middle = side % 2 == 1 && at == side / 2;
        (side >= 7 && (at == margin || at == side - 1 - margin || middle)).then_some(middle)
    };
    let (Some(middle_x), Some(middle_y)) = (
        on_line(point.x(), size.width()),
        on_line(point.y(), size.height()),
    ) else {
        return false;
    };
    // Small boards have dots in the corners and the centre only.
    middle_x == middle_y || size.width().min(size.height()) >= 13
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::{Move, Rules};

    #[test]
    fn the_board_shows_stones_stars_and_the_last_move() {
        let mut game = Game::new(Size::new(9, 7).unwrap(), Rules::default());
        game.play(Color::Black, Move::Play(Point::at(2, 4)))
            .unwrap();
        game.play(Color::White, Move::Play(Point::at(8, 0)))
            .unwrap();
        let drawn = rows(&game, Style::Plain);
        assert_eq!(
            drawn,
            [
                "   A B C D E F G H J",
                " 7 . . . . . . . .(O)7",
                " 6 . . . . . . . . . 6",
                " 5 . . + . . . + . . 5",
                " 4 . . . . + . . . . 4",
                " 3 . . X . . . + . . 3",
                " 2 . . . . . . . . . 2",
                " 1 . . . . . . . . . 1",
                "   A B C D E F G H J",
            ]
        );
    }

    #[test]
    fn who_is_to_play_is_told_until_the_game_is_over() {
        let of_passes = |rules: &str, passes: usize| {
            let rules = Rules::parse(rules, Rules::default().komi).unwrap();
            let mut game = Game::new(Size::square(9).unwrap(), rules);
            game.set_stop_before_encore(true);
            for _ in 0..passes {
                game.play(game.to_move(), Move::Pass).unwrap();
            }
            facts(&game)[0].clone()
        };
        for rules in ["tromp-taylor", "japanese"] {
            let open = of_passes(rules, 1);
            assert!(open.starts_with("Move 1. White to play. Komi"), "{open}");
            let over = of_passes(rules, 2);
            let expected = "Move 2. The game is over; 'final_score' counts it. Komi";
            assert!(over.starts_with(expected), "{over}");
        }
    }

    #[test]
    fn no_row_looks_like_a_reply() {
        let game = Game::new(Size::square(19).unwrap(), Rules::default());
        for line in showboard(&game).lines().skip(1) {
            assert!(
                !line.is_empty() && !line.starts_with(['=', '?']),
                "{line:?}"
            );
        }
    }
}
