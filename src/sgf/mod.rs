//! Game records in the Smart Game Format (SGF), and games.
//!
//! [`load`] and [`parse`] read a collection into [`Record`]s, [`Record::game`] and [`Record::positions`] replay a line of
//! one, and [`Record::of_game`] with [`Record`]'s `Display` writes one. Points are as the format has them: `aa` is the top
//! left corner. Properties are the values of the `sgf_parse` crate; what that crate leaves open (character sets, files that
//! break the grammar a little, limits of depth and size, escaping, stable order) is done here.
//!
//! A record keeps every property that it understands or that has capitals in its name; values are written in one form
//! (numbers short, lists of points spelt out).

mod build;
mod info;
mod read;
mod replay;
mod scan;
mod write;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

pub use build::PROGRAM;
pub use info::{GameInfo, result_text};
pub use replay::{Positions, Step};
pub use sgf_parse::go::Prop;

use sgf_parse::SgfNode;

use crate::files::explain;
use crate::spelling::counted;

/// Most bytes of a file that is read.
pub const MAX_BYTES: usize = 32 << 20;
/// Most nodes of a file that is read.
pub const MAX_NODES: usize = 500_000;
/// Most nodes on the way from a root to a leaf.
pub const MAX_DEPTH: usize = 20_000;

/// Why a record could not be read, or its game not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum SgfError {
    /// The file could not be read at all.
    #[error("cannot read {}", explain(path, cause))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Something is wrong with a file.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: Box<SgfError>,
    },
    /// The text is not a record.
    #[error("line {line}: {problem}")]
    Syntax {
        /// Line of the text, from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The text is no record, or larger than what is read.
    #[error("{0}")]
    Text(String),
    /// The record is of a game that cannot be: size, komi, set-up.
    #[error("{0}")]
    Game(String),
    /// A move of the record cannot be made.
    #[error("move {number}: {problem}")]
    Move {
        /// Which move of the line, from 1.
        number: usize,
        /// What is wrong with it.
        problem: String,
    },
}

impl SgfError {
    /// As an error of the file at `path`.
    pub fn in_file(self, path: &Path) -> SgfError {
        SgfError::File {
            path: path.to_path_buf(),
            problem: Box::new(self),
        }
    }
}

/// A node of a [`Record`], as its methods name it. Nodes are numbered as the text has them: the root is 0.
pub type NodeId = usize;

/// A game with its variations: a tree of nodes with properties. Never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Node {
    properties: Vec<Prop>,
    parent: Option<NodeId>,
    children: Vec<NodeId>,
}

/// Reads the games of a file: at least one.
///
/// # Errors
/// Names the file and says what is wrong with it.
pub fn load(path: &Path) -> Result<Vec<Record>, SgfError> {
    let io = |cause| SgfError::Io {
        path: path.to_path_buf(),
        cause,
    };
    // One byte more than is allowed tells a file that is too long from one that is not, whatever kind of file it is.
    let mut file = File::open(path).map_err(io)?.take(MAX_BYTES as u64 + 1);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(io)?;
    parse(&bytes).map_err(|problem| problem.in_file(path))
}

/// Reads the first game of a file.
///
/// # Errors
/// As [`load`].
pub fn load_first(path: &Path) -> Result<Record, SgfError> {
    // There is at least one.
    load(path).map(|mut records| records.swap_remove(0))
}

/// Reads the games of Go in a text: at least one. Games of other kinds in the same collection are left out.
///
/// The character set is UTF-8 where the text is that, else what the first `CA[...]` says, else Latin-1; `CA[ISO-8859-1]`
/// and a byte order mark count before. Text before and between games is ignored, a missing end is taken as read.
///
/// # Errors
/// When the text breaks the grammar, holds no game of Go, is larger than [`MAX_BYTES`], [`MAX_NODES`] or [`MAX_DEPTH`]
/// allow, or has more than two million values or points in lists.
pub fn parse(bytes: &[u8]) -> Result<Vec<Record>, SgfError> {
    if bytes.len() > MAX_BYTES {
        let problem = format!("more than {MAX_BYTES} bytes long");
        return Err(SgfError::Text(problem));
    }
    let text = scan::decode(bytes);
    let mut records = Vec::new();
    let mut others = 0;
    for tree in scan::trees(&text)? {
        if tree.is_go == Some(false) {
            others += 1;
            continue;
        }
        let parsed =
            sgf_parse::go::parse(&tree.text).map_err(|error| SgfError::Text(error.to_string()))?;
        records.extend(parsed.into_iter().map(Record::from_tree));
    }
    match (records.is_empty(), others) {
        (false, 0) => {}
        (false, _) => log::warn!("left out {}, not of Go", counted(others, "game")),
        (true, 0) => return Err(SgfError::Text("holds no game".to_string())),
        (true, _) => return Err(SgfError::Text("holds no game of Go".to_string())),
    }
    Ok(records)
}

impl Record {
    /// A record of one node without properties.
    pub fn new() -> Record {
        Record {
            nodes: vec![Node::default()],
        }
    }

    /// Flattens a tree, and takes it apart in doing so: dropping it whole would need a stack as deep as the tree.
    fn from_tree(root: SgfNode<Prop>) -> Record {
        let mut nodes: Vec<Node> = Vec::new();
        let mut waiting = vec![(None, root)];
        while let Some((parent, mut node)) = waiting.pop() {
            let id = nodes.len();
            if let Some(parent) = parent {
                let parent: &mut Node = &mut nodes[parent];
                parent.children.push(id);
            }
            let children = std::mem::take(&mut node.children);
            nodes.push(Node {
                properties: std::mem::take(&mut node.properties),
                parent,
                children: Vec::with_capacity(children.len()),
            });
            waiting.extend(children.into_iter().rev().map(|child| (Some(id), child)));
        }
        Record { nodes }
    }

    /// The node that all lines begin with.
    pub const ROOT: NodeId = 0;

    /// Number of nodes, variations included.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Properties of a node; none if there is no such node.
    pub fn properties(&self, node: NodeId) -> &[Prop] {
        self.nodes.get(node).map_or(&[], |node| &node.properties)
    }

    /// The nodes that follow a node, the main line first.
    pub fn children(&self, node: NodeId) -> &[NodeId] {
        self.nodes.get(node).map_or(&[], |node| &node.children)
    }

    /// The node before a node; `None` for the root.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.nodes.get(node)?.parent
    }

    /// The comment at a node.
    pub fn comment(&self, node: NodeId) -> Option<&str> {
        self.properties(node).iter().find_map(|prop| match prop {
            Prop::C(text) => Some(text.text.as_str()),
            _ => None,
        })
    }

    /// The nodes from the root along first children.
    pub fn main_line(&self) -> Vec<NodeId> {
        self.line(&[])
    }

    /// The nodes from the root to a leaf. `choices` says which child to follow at each node that has several, from 0;
    /// after the last choice, and where it names no child, the line follows first children.
    pub fn line(&self, choices: &[usize]) -> Vec<NodeId> {
        let mut line = vec![Record::ROOT];
        let mut choices = choices.iter();
        while let Some(&node) = line.last() {
            let children = self.children(node);
            let choice = match children.len() {
                0 => break,
                1 => 0,
                _ => choices.next().copied().unwrap_or(0),
            };
            line.push(*children.get(choice).unwrap_or(&children[0]));
        }
        line
    }
}

impl Default for Record {
    fn default() -> Record {
        Record::new()
    }
}
