//! Commands of GoGui. Its `gogui-rules_*` are left out on purpose: they would make it treat the engine as a ruler of
//! other games.

use gtp::Args;

use super::command::{Command, Failure, Run::Text};
use super::{Session, setup, words};
use crate::go::{Color, Point};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "gogui-interrupt",
        arguments: "",
        help: "announces that the comment line '# interrupt' ends a running search",
        run: Text(|_, _| Ok(String::new())),
    },
    Command {
        name: "gogui-version",
        arguments: "VERSION",
        help: "tells that GoGui is at the other end: searches are drawn on its board from now on",
        run: Text(|session, _| {
            session.start_graphics();
            Ok(String::new())
        }),
    },
    Command {
        name: "gogui-title",
        arguments: "",
        help: "what GoGui writes above its window",
        run: Text(|session, _| {
            Ok(format!(
                "{} {}",
                session.options().name,
                session.options().version
            ))
        }),
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
        help: "adds stones to the position, which loses its past",
        run: Text(setup),
    },
    Command {
        name: "gogui-setup_player",
        arguments: "COLOR",
        help: "sets who moves next",
        run: Text(setup_player),
    },
];

fn play_sequence(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let size = session.game.size();
    let mut moves = Vec::new();
    while !args.is_empty() {
        let played = gtp::Move::read(args)?;
        moves.push((words::color(played.color), words::mv(played.vertex, size)?));
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
    let mut stones: Vec<(Color, Point)> = session.game.board().stones().collect();
    stones.extend(added);
    let game = setup::with_stones(session, &stones, session.game.to_move())?;
    session.set_game(game);
    Ok(String::new())
}

fn setup_player(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let color: gtp::Color = args.read("color")?;
    args.finish()?;
    session.game.set_to_move(words::color(color));
    Ok(String::new())
}
