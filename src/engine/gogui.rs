//! Commands of GoGui. Its `gogui-rules_*` are left out on purpose: with them it would use the engine as the referee
//! of other games.

use gtp::Args;

use super::command::{
    Command, Failure,
    Run::{Aside, Text},
};
use super::{Session, boards, nn, setup, words};
use crate::go::{Color, Game, Point};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "gogui-interrupt",
        arguments: "",
        help: "announces that the comment line '# interrupt' ends a running search",
        run: Aside(|_, _| Ok(String::new())),
    },
    Command {
        name: "gogui-version",
        arguments: "VERSION",
        help: "says that the client is GoGui: searches are drawn on its board from now on",
        run: Aside(|session, _| {
            session.start_graphics();
            Ok(String::new())
        }),
    },
    Command {
        name: "gogui-title",
        arguments: "",
        help: "what GoGui writes above its window",
        run: Aside(|session, _| Ok(session.options().title())),
    },
    Command {
        name: "gogui-play_sequence",
        arguments: "[COLOR VERTEX]...",
        help: "makes several moves, all or none",
        run: Text(play_sequence),
    },
    Command {
        name: "gogui-setup",
        arguments: "[COLOR VERTEX]...",
        help: "adds stones to the position, which loses its history but for prisoners",
        run: Text(setup),
    },
    Command {
        name: "gogui-setup_player",
        arguments: "COLOR",
        help: "sets who moves next",
        run: Text(setup_player),
    },
    Command {
        name: "gogui-analyze_commands",
        arguments: "",
        help: "the commands that GoGui shows in its menus",
        run: Aside(|_, _| Ok(MENU.join("\n"))),
    },
    Command {
        name: "gogui-policy",
        arguments: "",
        help: "the policy as colours from black, for nothing, to red",
        run: Text(policy_colors),
    },
    Command {
        name: "gogui-pv",
        arguments: "",
        help: "the best continuation, colours included",
        run: Aside(|session, args| boards::variation(session, args, true)),
    },
];

/// Type, label and command of each of GoGui's menu entries.
const MENU: &[&str] = &[
    "sboard/Policy in percent/policy",
    "cboard/Policy as colours/gogui-policy",
    "dboard/Ownership/ownership",
    "sboard/Visits/visits",
    "sboard/Win rates/values",
    "var/Principal variation/gogui-pv",
    "string/Network evaluation/nn",
    "string/Search tree/tree",
    "string/Why not this move/why %p",
    "hstring/Explain last move/gomill-explain_last_move",
    "string/Estimated score/final_score",
    "plist/Dead stones/final_status_list dead",
    "plist/Stones in seki/final_status_list seki",
    "string/Rules/kata-get-rules",
    "string/Memory/cache",
    "string/Search, drawn meanwhile/kata-search %c",
    // Only what is drawn is looked at, so that the reply may be short.
    "none/Analysis until interrupted, drawn meanwhile/kata-analyze %c 20 maxmoves 1",
];

fn policy_colors(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    args.finish()?;
    let evaluation = nn::evaluate_one(session)?;
    let most = evaluation
        .policy
        .iter()
        .copied()
        .fold(f32::MIN_POSITIVE, f32::max);
    Ok(boards::board(session.game.size(), |mv| {
        let share = evaluation.prior(session.game.size(), mv) / most;
        (share >= 0.01).then(|| format!("#{:02x}0000", (255.0 * share.sqrt()) as u8))
    }))
}

fn play_sequence(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let size = session.game.size();
    let mut moves = Vec::new();
    while !args.is_empty() {
        let color = args.read("color")?;
        let vertex = args.read("vertex")?;
        moves.push((color, words::mv(vertex, size)?));
    }
    let before = session.game.moves().len();
    for (color, mv) in moves {
        if let Err(failure) = session.play(color, mv) {
            session.game.undo_to(before);
            return Err(failure);
        }
    }
    Ok(String::new())
}

fn setup(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let added = setup::read_stones(args, session.game.size())?;
    let board = session.game.board();
    let mut stones: Vec<(Color, Point)> = board.stones().collect();
    stones.extend(added);
    let captured = Color::BOTH.map(|color| board.captured(color));
    let game = setup::with_stones(session, &stones, session.game.to_move(), captured)?;
    session.set_game(game);
    Ok(String::new())
}

fn setup_player(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let color = args.read("color")?;
    args.finish()?;
    if session.game.moves().is_empty() {
        // The game starts with that player, and so it is written down.
        let start = session.game.board().clone();
        session.set_game(Game::from_board(start, *session.game.rules(), color));
    } else {
        session.game.set_to_move(color);
    }
    Ok(String::new())
}
