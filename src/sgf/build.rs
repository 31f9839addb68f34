//! From a game to a record, and additions to records.

use std::collections::HashSet;

use sgf_parse::go::{Move as SgfMove, Point as SgfPoint};
use sgf_parse::{SgfProp as _, SimpleText, Text};

use super::info::{GameInfo, result_text};
use super::read::sgf_point;
use super::{Node, NodeId, Prop, Record};
use crate::go::{Color, Game, Move, PlayedMove, Point, Rules};

/// Who writes the records: name and version, property `AP`.
pub const PROGRAM: (&str, &str) = ("df_console", env!("CARGO_PKG_VERSION"));

impl Record {
    /// The record of a game: start, rules, moves, and how it ended unless `info` says. Move `n` of the game, from 0, is
    /// at node `n + 1`; whose turn it is, where the last move does not say it, in a node after them.
    pub fn of_game(game: &Game, info: &GameInfo) -> Record {
        let mut record = Record::new();
        record.nodes[Record::ROOT].properties = root_properties(game, info);
        let mut last = Record::ROOT;
        for (&played, stone) in game.moves().iter().zip(game.stones_played()) {
            let point = played.mv.point().filter(|_| stone.is_none());
            let mv = point.map_or(played.mv, |_| Move::Pass);
            last = record.add_move(last, PlayedMove { mv, ..played });
            // Only the clean-up phases know what passes for a ko; a mark says where, as KataGo has it.
            if let Some(point) = point {
                record.add_property(last, Prop::TR(HashSet::from([sgf_point(point)])));
            }
        }
        let moved = game.moves().last().map(|last| last.color);
        if moved == Some(game.to_move()) {
            // The standard wants no set-up beside a move.
            record.add_node(last, player_property(game.to_move()));
        }
        record
    }

    /// Adds a node with a move after `node`: as its main line if it has no other, else as a further variation. The new
    /// node, or the root if there is no such node.
    pub fn add_move(&mut self, node: NodeId, played: PlayedMove) -> NodeId {
        let mv = match played.mv {
            Move::Pass => SgfMove::Pass,
            Move::Play(point) => SgfMove::Move(sgf_point(point)),
        };
        let prop = match played.color {
            Color::Black => Prop::B(mv),
            Color::White => Prop::W(mv),
        };
        self.add_node(node, prop)
    }

    fn add_node(&mut self, node: NodeId, prop: Prop) -> NodeId {
        let id = self.nodes.len();
        let Some(parent) = self.nodes.get_mut(node) else {
            return Record::ROOT;
        };
        parent.children.push(id);
        self.nodes.push(Node {
            properties: vec![prop],
            parent: Some(node),
            children: Vec::new(),
        });
        id
    }

    /// Adds a property to a node; nothing if there is no such node. Values of [`Prop::Unknown`] are plain text.
    pub fn add_property(&mut self, node: NodeId, prop: Prop) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.properties.push(prop);
        }
    }

    /// Adds a property that the standard does not know, with a plain text as its value.
    pub fn add_value(&mut self, node: NodeId, name: &str, value: String) {
        self.add_property(node, Prop::Unknown(name.to_owned(), vec![value]));
    }

    /// The value of such a property.
    pub fn value(&self, node: NodeId, name: &str) -> Option<String> {
        self.properties(node).iter().find_map(|prop| match prop {
            Prop::Unknown(known, values) if known == name => values.first().cloned(),
            _ => None,
        })
    }

    /// Whether a node has a property of this name.
    pub fn has(&self, node: NodeId, name: &str) -> bool {
        let mut properties = self.properties(node).iter();
        properties.any(|prop| prop.identifier() == name)
    }

    /// Marks points as a player's territory; nothing if there are none.
    pub fn add_territory(
        &mut self,
        node: NodeId,
        color: Color,
        points: impl Iterator<Item = Point>,
    ) {
        let points: HashSet<SgfPoint> = points.map(sgf_point).collect();
        if points.is_empty() {
            return;
        }
        self.add_property(
            node,
            match color {
                Color::Black => Prop::TB(points),
                Color::White => Prop::TW(points),
            },
        );
    }

    /// Takes a node and all below it out of the record. Their numbers stay theirs, and no other node's.
    pub fn remove_branch(&mut self, node: NodeId) {
        if let Some(parent) = self.parent(node) {
            self.nodes[parent].children.retain(|&child| child != node);
        }
    }

    /// Removes the properties of these names from a node.
    pub fn remove_properties(&mut self, node: NodeId, names: &[&str]) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.properties
                .retain(|prop| !names.contains(&prop.identifier().as_str()));
        }
    }

    /// Sets the comment of a node; removes it if it is empty.
    pub fn set_comment(&mut self, node: NodeId, comment: &str) {
        let Some(node) = self.nodes.get_mut(node) else {
            return;
        };
        node.properties.retain(|prop| !matches!(prop, Prop::C(_)));
        if !comment.is_empty() {
            node.properties.push(Prop::C(Text::from(comment)));
        }
    }
}

fn root_properties(game: &Game, info: &GameInfo) -> Vec<Prop> {
    let (size, rules) = (game.size(), game.rules());
    let text = |text: &str| SimpleText::from(text);
    let (name, version) = PROGRAM;
    let mut properties = vec![
        Prop::FF(4),
        Prop::GM(1),
        Prop::CA(text("UTF-8")),
        Prop::AP((text(name), text(version))),
        Prop::SZ((size.width() as u8, size.height() as u8)),
        Prop::KM(rules.komi.to_f32().into()),
        Prop::RU(text(&rules_text(rules))),
    ];
    let info = match game.outcome() {
        Some(outcome) if info.result.is_none() => GameInfo {
            result: Some(result_text(outcome)),
            ..info.clone()
        },
        _ => info.clone(),
    };
    properties.extend(info.properties());
    properties.extend(start_properties(game));
    properties
}

/// Name of the rules where they have one that says everything, else their compact text.
fn rules_text(rules: &Rules) -> String {
    rules
        .name()
        .map_or_else(|| rules.to_string(), str::to_string)
}

fn player_property(color: Color) -> Prop {
    Prop::PL(match color {
        Color::Black => sgf_parse::Color::Black,
        Color::White => sgf_parse::Color::White,
    })
}

/// Stones and player of the starting position, where they are not what every reader expects. Its prisoners are lost: the
/// format has no property for them.
fn start_properties(game: &Game) -> Vec<Prop> {
    let (board, first) = game.start();
    // Moves may have been taken back up to a player who did not begin.
    let to_move = if game.moves().is_empty() {
        game.to_move()
    } else {
        first
    };
    let stones = |wanted| -> HashSet<SgfPoint> {
        let own = board.stones().filter(|&(color, _)| color == wanted);
        own.map(|(_, point)| sgf_point(point)).collect()
    };
    let (black, white) = (stones(Color::Black), stones(Color::White));
    let mut properties = Vec::new();
    let handicap = white.is_empty() && black.len() >= 2 && to_move == Color::White;
    if handicap {
        properties.push(Prop::HA(black.len() as i64));
    }
    let first = game.moves().first().map(|first| first.color);
    let first_moves = first.is_none_or(|first| first == to_move);
    let empty = black.is_empty() && white.is_empty();
    // Announced without stones, and Black moves first: the handicap is in the moves.
    if empty && first == Some(Color::Black) && game.handicap_stones() >= 2 {
        properties.push(Prop::HA(i64::from(game.handicap_stones())));
    }
    if !empty || to_move == Color::White || !first_moves {
        properties.push(player_property(to_move));
    }
    for (points, make) in [
        (black, Prop::AB as fn(HashSet<SgfPoint>) -> Prop),
        (white, Prop::AW),
    ] {
        if !points.is_empty() {
            properties.push(make(points));
        }
    }
    properties
}
