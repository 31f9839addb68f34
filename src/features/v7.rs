//! KataGo's version 7 inputs: 22 planes and 19 globals, for the player to move.
//!
//! Every network of KataGo's file versions 8 to 17 reads exactly these. Section numbers are those of
//! `docs/katago-format.md`. Start at [`encode`].

use super::{Input, InputVersion};
use crate::go::ladder;
use crate::go::{Color, Game, KoRule, Move, Phase, Point, Scoring, Tax};

/// Number of global features.
pub const GLOBALS: usize = 19;

/// Recent moves that networks are shown.
pub const HISTORY: usize = 5;
/// Points by which a komi may exceed the area of the board before it is clamped.
const KOMI_MARGIN: f32 = 20.0;
/// A drawn game is worth half a win.
const DRAW_WINS_FOR_WHITE: f32 = 0.5;

/// Numbers of the planes (section 9). Of pairs, the first is the player to move's and the second the opponent's.
mod plane {
    pub const ON_BOARD: u32 = 0;
    pub const STONES: [u32; 2] = [1, 2];
    /// Of stones with 1, 2 and 3 liberties.
    pub const LIBERTIES: u32 = 3;
    pub const KO_BAN: u32 = 6;
    pub const RECAPTURE_BLOCKED: u32 = 7;
    /// Of the last move; the ones before follow.
    pub const MOVES: u32 = 9;
    /// Of the current board; those of the two boards before follow.
    pub const LADDERS: u32 = 14;
    pub const LADDER_MOVES: u32 = 17;
    pub const AREA: [u32; 2] = [18, 19];
    pub const SECOND_ENCORE_STONES: [u32; 2] = [20, 21];
}

/// Numbers of the global features (section 10).
mod global {
    /// Of the last move; the ones before follow.
    pub const PASSES: usize = 0;
    pub const KOMI: usize = 5;
    pub const KO: [usize; 2] = [6, 7];
    pub const SUICIDE: usize = 8;
    pub const TERRITORY: usize = 9;
    pub const TAX: [usize; 2] = [10, 11];
    pub const ENCORE: [usize; 2] = [12, 13];
    pub const PASS_ENDS_PHASE: usize = 14;
    pub const BUTTON: usize = 17;
    pub const KOMI_PARITY: usize = 18;
}

/// The global features that tell of an assumed advantage in playouts: whether there is one, and how large it is.
pub const ADVANTAGE: [usize; 2] = [15, 16];

/// What the planes say, in their order, in a few words for people.
pub const PLANE_NAMES: [&str; InputVersion::V7.planes()] = [
    "on the board",
    "own stones",
    "opponent's stones",
    "chains with 1 liberty",
    "chains with 2 liberties",
    "chains with 3 liberties",
    "forbidden by ko",
    "recapture blocked (clean-up)",
    "not used",
    "last move",
    "move before it",
    "third last move",
    "fourth last move",
    "fifth last move",
    "chains caught in a ladder",
    "chains caught in a ladder a move ago",
    "chains caught in a ladder two moves ago",
    "moves that catch in a ladder",
    "own area",
    "opponent's area",
    "own stones when the second clean-up began",
    "opponent's stones when the second clean-up began",
];

/// What the global features say.
pub const GLOBAL_NAMES: [&str; GLOBALS] = [
    "last move was a pass",
    "move before it was a pass",
    "third last move was a pass",
    "fourth last move was a pass",
    "fifth last move was a pass",
    "own komi / 20",
    "superko",
    "ko kind",
    "suicide allowed",
    "territory scoring",
    "tax on seki",
    "tax on all groups",
    "clean-up",
    "second clean-up",
    "a pass ends the phase",
    "advantage in playouts known",
    "advantage in doublings / 2",
    "button available",
    "parity of komi and area",
];

/// What the encoding depends on besides the game.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// This is the root of a search and passes are to be judged as if the game went on (section 11.2 a).
    pub conservative_pass: bool,
    /// Hide that a pass ends the game when it would not win (section 11.2 c).
    pub passing_hacks: bool,
    /// The most turns before the position that are shown; as many as there are planes for if not given.
    pub history: Option<usize>,
    /// Playing strength the side to move is assumed to have over the other, in doublings of playouts.
    pub playout_doubling_advantage: f32,
    /// The network wants its area planes computed as if suicide were legal (section 13.4).
    pub pass_alive_with_suicide: bool,
}

/// The planes and globals of `game` for the player to move.
///
/// Spight ko is shown as situational superko and [`KoRule::RepeaterLoses`] as positional: no network knows them.
pub fn encode(game: &Game, options: &Options) -> Input {
    let hide_end = hides_end_of_game(game, options);
    // A network that must not see that a pass ends the game must not see the pass before it either.
    let shown = if hide_end { 0 } else { HISTORY };
    let turns = game.recent_turns(shown.min(options.history.unwrap_or(HISTORY)));
    let mut input = Input {
        size: game.size(),
        planes: vec![1 << plane::ON_BOARD; game.size().area()],
        globals: [0.0; GLOBALS],
    };
    let mut included = 0;
    for (i, turn) in turns.enumerate() {
        match turn.mv {
            Move::Pass => input.globals[global::PASSES + i] = 1.0,
            Move::Play(point) => set(&mut input, [point], plane::MOVES + i as u32),
        }
        included = i + 1;
    }
    write_stones(&mut input, game);
    write_ko(&mut input, game);
    write_ladders(&mut input, game, included);
    write_area(&mut input, game, options);
    write_rules(&mut input.globals, game);
    write_komi(&mut input.globals, game);
    let globals = &mut input.globals;
    let ends_phase = !hide_end && game.pass_would_end_phase(game.to_move());
    globals[global::PASS_ENDS_PHASE] = ends_phase as u8 as f32;
    if options.playout_doubling_advantage != 0.0 {
        let [known, amount] = ADVANTAGE;
        globals[known] = 1.0;
        globals[amount] = 0.5 * options.playout_doubling_advantage;
    }
    input
}

/// Whether the network is not told that a pass now ends the game (section 11.2).
fn hides_end_of_game(game: &Game, options: &Options) -> bool {
    if !game.pass_would_end_game() {
        return false;
    }
    let to_move = game.to_move();
    options.conservative_pass
        || game.pass_is_friendly()
        || options.passing_hacks && !pass_wins(game, to_move, options.pass_alive_with_suicide)
}

/// Whether `color` wins if the board is counted now.
fn pass_wins(game: &Game, color: Color, pass_alive_with_suicide: bool) -> bool {
    let white_minus_black = game.points_on_board(pass_alive_with_suicide).to_f32();
    color.white_sign() * white_minus_black + game.self_komi(color, DRAW_WINS_FOR_WHITE) > 0.0
}

/// Stones and their liberties.
fn write_stones(input: &mut Input, game: &Game) {
    let (board, to_move) = (game.board(), game.to_move());
    for (word, point) in input.planes.iter_mut().zip(input.size.points()) {
        let Some(color) = board.stone(point) else {
            continue;
        };
        *word |= 1 << plane::STONES[(color != to_move) as usize];
        let liberties = board.liberties(point) as u32;
        if liberties <= 3 {
            *word |= 1 << (plane::LIBERTIES + liberties - 1);
        }
    }
}

/// Bans of ko, superko and the encores; stones that stood when the second encore began.
fn write_ko(input: &mut Input, game: &Game) {
    set(
        input,
        game.ko_prohibited(game.to_move()).iter(),
        plane::KO_BAN,
    );
    if game.phase() == Phase::Main {
        return;
    }
    set(
        input,
        game.recapture_blocked().iter(),
        plane::RECAPTURE_BLOCKED,
    );
    for (side, plane) in sides(game).into_iter().zip(plane::SECOND_ENCORE_STONES) {
        set(input, game.second_encore_stones(side).iter(), plane);
    }
}

/// Ladders of the current board and of the two before it, as far as the network is shown that they came before:
/// otherwise those of the last board that it is shown.
fn write_ladders(input: &mut Input, game: &Game, turns_shown: usize) {
    let mut reader = ladder::Reader::new(game.board());
    let mut ladders = reader.read(game.board());
    set(
        input,
        ladders.working[game.to_move().index()].iter(),
        plane::LADDER_MOVES,
    );
    for turns in 0..3 {
        if turns > 0 && turns <= turns_shown {
            ladders = reader.read(game.board_before(turns));
        }
        set(
            input,
            ladders.captured.iter(),
            plane::LADDERS + turns as u32,
        );
    }
}

/// Points that count for a player already.
fn write_area(input: &mut Input, game: &Game, options: &Options) {
    let owners = game.area_planes(options.pass_alive_with_suicide);
    for (side, plane) in sides(game).into_iter().zip(plane::AREA) {
        set(input, owners.points(side), plane);
    }
}

fn write_rules(globals: &mut [f32; GLOBALS], game: &Game) {
    let (rules, phase) = (game.rules(), game.phase());
    let flag = |condition| condition as u8 as f32;
    let ko = match rules.ko {
        KoRule::Simple => [0.0, 0.0],
        KoRule::Positional | KoRule::RepeaterLoses => [1.0, 0.5],
        KoRule::Situational | KoRule::Spight => [1.0, -0.5],
    };
    let tax = [rules.tax != Tax::None, rules.tax == Tax::All];
    let encore = [phase != Phase::Main, phase == Phase::Encore2];
    for i in 0..2 {
        globals[global::KO[i]] = ko[i];
        globals[global::TAX[i]] = flag(tax[i]);
        globals[global::ENCORE[i]] = flag(encore[i]);
    }
    globals[global::SUICIDE] = flag(rules.suicide);
    globals[global::TERRITORY] = flag(rules.scoring == Scoring::Territory);
    globals[global::BUTTON] = flag(game.button_available());
}

fn write_komi(globals: &mut [f32; GLOBALS], game: &Game) {
    let area = game.size().area();
    let limit = area as f32 + KOMI_MARGIN;
    let komi = game
        .self_komi(game.to_move(), DRAW_WINS_FOR_WHITE)
        .clamp(-limit, limit);
    globals[global::KOMI] = komi / 20.0;
    if game.rules().scoring == Scoring::Area || game.phase() == Phase::Encore2 {
        globals[global::KOMI_PARITY] = komi_parity(komi, area);
    }
}

/// How far a komi lies from the nearest that can make a draw, as a wave of period 2 between -0.5 and 0.5: the score of
/// a full board is even or odd as its area is (section 10).
fn komi_parity(komi: f32, area: usize) -> f32 {
    let odd = (area % 2) as f32;
    let above = (komi - odd).rem_euclid(2.0);
    if above < 0.5 {
        above
    } else if above < 1.5 {
        1.0 - above
    } else {
        above - 2.0
    }
}

/// Sets a plane on all points of a set.
fn set(input: &mut Input, points: impl IntoIterator<Item = Point>, plane: u32) {
    for point in points {
        if let Some(word) = input.planes.get_mut(input.size.index_of(point)) {
            *word |= 1 << plane;
        }
    }
}

/// The players in the order of pairs of planes.
fn sides(game: &Game) -> [Color; 2] {
    [game.to_move(), game.to_move().opponent()]
}

#[cfg(test)]
mod tests;
