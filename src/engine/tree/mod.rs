//! The tree of the last search for people and programs, and why it is as it is.
//!
//! [`text`] writes it with a move a line, [`files`] as JSON and for Graphviz, [`page`] as a page for a browser; [`why`]
//! explains one move. All of them show a [`View`]: a position of the tree, and how much of what lies below it.

mod files;
mod page;
mod text;
mod why;

use std::path::Path;

use gtp::{Args, Vertex};

use super::command::{
    Command, Failure,
    Run::{Aside, Text},
};
use super::{Session, boards, disk, nn, words};
use crate::go::{Game, Move, Size};
use crate::search::{MoveView, NodeView, Report, Search};

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "tree",
        arguments: "[DEPTH] [MIN_VISITS] [--at VERTEX...] [--json FILE | --dot FILE | --html FILE]",
        help: "the tree of the last search, a line for each move; or in a file, for programs (--json), Graphviz (--dot) or a browser (--html), whose name comes last",
        run: Aside(tree),
    },
    Command {
        name: "why",
        arguments: "VERTEX",
        help: "what the search sees in a move, beside the best one: the terms it selects by, and the refutation",
        run: Aside(why::why),
    },
    Command {
        name: "nn",
        arguments: "[SYMMETRY|all]",
        help: "what the network says of the position: chances, score, policy and owners; 'all' takes the mean of all symmetries",
        run: Text(nn::nn),
    },
];

/// Plies shown on a terminal if nothing is said.
const DEFAULT_DEPTH: usize = 3;
/// Visits that a move needs to be shown there in any case, if nothing is said.
const DEFAULT_MIN_VISITS: u64 = 2;
/// Moves shown there if nothing is said: what can be read at one go.
const MOST_LISTED: usize = 60;
/// Plies written to a file: no game is longer, and readers recurse.
const DEEPEST: usize = 1000;
/// Moves on a page if nothing is said: more than anybody looks at, and a file of a few megabytes.
const MOST_ON_PAGE: usize = 20_000;
/// Moves in a drawing if nothing is said: more cannot be read.
const MOST_DRAWN: usize = 80;

/// The part of a tree that is shown.
struct View<'a> {
    /// The engine's name, version and network.
    engine: String,
    /// The position, with the moves that led to it.
    game: Game,
    /// Its node.
    node: NodeView<'a>,
    /// The variation that leads to it from the root.
    variation: Vec<Move>,
    /// The move that was made since the search, if the root is the position before it.
    since: Option<Move>,
    /// Plies below it.
    depth: usize,
    /// Visits that a move needs.
    least: u64,
    /// How many moves are left out to keep it short, and the command that shows them.
    left_out: Option<(usize, String)>,
    /// The search itself.
    search: &'a Search,
    /// Whether the network predicts scores; without them nothing is said of any.
    scored: bool,
    /// Who comes to own each point of the root's board (`[area]`, 1 = White), if known.
    ownership: Option<Vec<f32>>,
}

/// Where a tree goes.
enum Form {
    Text,
    Json,
    Dot,
    Html,
}

/// The arguments of `tree`.
struct TreeArgs<'a> {
    depth: Option<usize>,
    least: Option<u64>,
    variation: Vec<Vertex>,
    form: Form,
    file: &'a str,
}

impl<'a> TreeArgs<'a> {
    fn read(args: &mut Args<'a>) -> Result<TreeArgs<'a>, Failure> {
        let mut asked = TreeArgs {
            depth: None,
            least: None,
            variation: Vec::new(),
            form: Form::Text,
            file: "",
        };
        while let Some(word) = args.peek() {
            match word {
                "--at" => {
                    args.word("--at")?;
                    while let Some(word) = args.peek().filter(|word| !word.starts_with("--")) {
                        args.word("vertex")?;
                        for one in word.split(',').filter(|one| !one.is_empty()) {
                            let mut one = Args::new(one);
                            asked.variation.push(one.read("vertex")?);
                        }
                    }
                    if asked.variation.is_empty() {
                        return Err(Failure::syntax("--at needs moves, as in --at d4 q16"));
                    }
                }
                "--json" | "--dot" | "--html" => {
                    asked.form = match args.word("form")? {
                        "--json" => Form::Json,
                        "--dot" => Form::Dot,
                        _ => Form::Html,
                    };
                    asked.file = file_name(args)?;
                    return Ok(asked);
                }
                _ if asked.depth.is_none() => asked.depth = Some(args.read("depth")?),
                _ if asked.least.is_none() => asked.least = Some(args.read("min visits")?),
                _ => args.finish()?,
            }
        }
        Ok(asked)
    }
}

/// The rest of the line: names may have blanks. What is another argument by its looks is not taken for a part of the name.
fn file_name<'a>(args: &mut Args<'a>) -> Result<&'a str, Failure> {
    let file = args.rest().trim();
    if file.is_empty() {
        return Err(Failure::syntax("the name of a file is missing"));
    }
    let mut endings = [".json ", ".dot ", ".html "].iter();
    if file.starts_with("--")
        || file.contains(" --")
        || endings.any(|&ending| file.contains(ending))
    {
        return Err(Failure::syntax(
            "one file at a time, and its name is last, as in tree 4 10 --html f.html",
        ));
    }
    Ok(file)
}

fn tree(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let request = TreeArgs::read(args)?;
    let report = boards::report(session)?;
    let title = session.options().title();
    let audience = session.audience;
    let nothing = || boards::not_searched(audience);
    let search = session.thinker.search().ok_or_else(nothing)?;
    let mut game = search.root_game().ok_or_else(nothing)?.clone();
    let variation = on_board(&request.variation, game.size())?;
    if let Some(&first) = variation.first()
        && let Some((_, told)) = searched_for(&report, first, game.size())
    {
        return Err(Failure::new(told));
    }
    let engine = format!("{title}, network {}", search.evaluator().description().name);
    let root = search.root_node().ok_or_else(nothing)?;
    let since = boards::move_since(&game, &session.game);
    let node = walk(root, &mut game, &variation)?;
    let depth = match request.form {
        Form::Text => DEFAULT_DEPTH,
        _ => DEEPEST,
    };
    let depth = request.depth.unwrap_or(depth).min(DEEPEST);
    let least = |most| visits_for(&visits_below(node, depth), most);
    let least = request.least.unwrap_or_else(|| match request.form {
        Form::Text => least(MOST_LISTED).max(DEFAULT_MIN_VISITS),
        Form::Json => 1,
        Form::Dot => least(MOST_DRAWN),
        Form::Html => least(MOST_ON_PAGE),
    });
    let left_out = request.least.is_none().then(|| {
        let visits = visits_below(node, depth).into_iter();
        let count = visits.filter(|visits| (DEFAULT_MIN_VISITS..least).contains(visits));
        let mut command = format!("tree {depth} {DEFAULT_MIN_VISITS}");
        if !variation.is_empty() {
            command += &format!(" --at {}", words::moves(&variation, game.size()));
        }
        (count.count(), command)
    });
    let view = View {
        engine,
        game,
        node,
        variation,
        since,
        depth,
        least,
        left_out: left_out.filter(|&(count, _)| count > 0),
        search,
        scored: search.evaluator().description().score,
        ownership: report.ownership.map(|owners| owners.mean.0.into()),
    };
    let (text, file) = match request.form {
        Form::Text => return Ok(text::tree(&view)),
        Form::Json => (files::json(&view).to_string(), request.file),
        Form::Dot => (files::dot(&view), request.file),
        Form::Html => (page::page(&view), request.file),
    };
    disk::write(Path::new(file), &text)?;
    Ok(file.to_owned())
}

/// The text of what the last search knows of the position on the board, as `tree` answers it, with nothing left out to keep
/// it short.
///
/// # Errors
/// When that was not searched.
pub(super) fn of_session(session: &mut Session) -> Result<String, Failure> {
    let whole = format!("{DEFAULT_DEPTH} {DEFAULT_MIN_VISITS}");
    tree(session, &mut Args::new(&whole))
}

/// The tree of the last search, line by line, on standard error. No line begins there like a reply.
pub(super) fn log(session: &mut Session) {
    if let Ok(tree) = of_session(session) {
        for line in tree.lines().filter(|line| !line.is_empty()) {
            log::info!("{line}");
        }
    }
}

/// The moves of a variation, all of which are on the board.
fn on_board(variation: &[Vertex], size: Size) -> Result<Vec<Move>, Failure> {
    let moves = variation.iter().map(|&vertex| words::mv(vertex, size));
    Ok(moves.collect::<Result<_, _>>()?)
}

/// The move that is searched for this one, as the same by a symmetry of the position, and a sentence about it.
fn searched_for(report: &Report, mv: Move, size: Size) -> Option<(Move, String)> {
    let listed = report.with_copies(size);
    let copy = listed.iter().find(|info| info.mv == mv)?;
    let (original, _) = copy.copy_of?;
    let (asked, searched) = (words::vertex(mv, size), words::vertex(original, size));
    let told = format!(
        "{asked} is {searched} by a symmetry of the position; {searched} alone is searched"
    );
    Some((original, told))
}

/// Follows a variation from the root; `game` makes its moves.
fn walk<'a>(
    root: NodeView<'a>,
    game: &mut Game,
    variation: &[Move],
) -> Result<NodeView<'a>, Failure> {
    let size = game.size();
    let mut node = root;
    for (done, &mv) in variation.iter().enumerate() {
        let next = node.moves().find(|view| view.mv == mv).ok_or_else(|| {
            let (vertex, before) = (words::vertex(mv, size), &variation[..done]);
            Failure::new(if before.is_empty() {
                format!("{vertex} was not tried here; 'tree 1 1' lists what was")
            } else {
                let way = words::moves(before, size);
                format!("{vertex} was not tried after {way}; 'tree 1 1 --at {way}' lists what was")
            })
        })?;
        let next = next.node.ok_or_else(|| {
            let way = words::moves(&variation[..=done], size);
            Failure::new(format!("the tree has nothing behind {way}"))
        })?;
        game.play_tolerant(node.to_move(), mv)
            .map_err(|illegal| Failure::new(format!("illegal move: {illegal}")))?;
        node = next;
    }
    Ok(node)
}

/// The visits of all moves up to that many plies below a node, the most first.
fn visits_below(node: NodeView<'_>, depth: usize) -> Vec<u64> {
    let mut visits: Vec<u64> = Vec::new();
    let mut waiting = vec![(node, depth)];
    while let Some((node, plies)) = waiting.pop() {
        let Some(below) = plies.checked_sub(1) else {
            continue;
        };
        for view in node.moves() {
            visits.push(view.stats.visits.into());
            waiting.extend(view.node.map(|node| (node, below)));
        }
    }
    visits.sort_unstable_by(|a, b| b.cmp(a));
    visits
}

/// The fewest visits that at most `most` of these moves have; those of all if they are the same.
fn visits_for(visits: &[u64], most: usize) -> u64 {
    match visits.get(most) {
        Some(same) if visits.first() == Some(same) => *same,
        Some(fewer) => fewer + 1,
        None => 1,
    }
}

/// The moves of a node that have visits enough, most visited first.
fn by_visits<'a>(node: &NodeView<'a>, least: u64) -> Vec<MoveView<'a>> {
    let moves = node.moves();
    let mut moves: Vec<MoveView<'a>> = moves
        .filter(|view| u64::from(view.stats.visits) >= least)
        .collect();
    moves.sort_by_key(|view| std::cmp::Reverse(view.stats.visits));
    moves
}

/// The name of a move.
fn name(mv: Move, view: &View<'_>) -> String {
    words::word(mv, view.game.size())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_cut_where_visits_differ() {
        for (visits, most, least) in [
            (&[][..], 2, 1),
            (&[9, 3], 2, 1),
            (&[9, 3, 2], 2, 3),
            (&[9, 3, 3], 2, 4),
            (&[3, 3, 3, 1], 2, 3),
        ] {
            assert_eq!(visits_for(visits, most), least, "{visits:?}");
        }
    }
}
