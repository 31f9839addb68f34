//! Which chains are pass-alive, and what lies between them.
//!
//! D. Benson, "Life in the game of Go", Information Sciences 10 (1976), with KataGo's two readings of "every point of a
//! region": its empty points where suicide is illegal, all of them where it is not.

use super::Owners;
use super::rows::Rows;
use crate::go::point::CELLS;
use crate::go::{Board, Cell, Color, Point};

/// Connected points without stones of one colour, some of them empty.
struct Region {
    points: Rows,
    /// Touches a chain that is not pass-alive.
    bad: bool,
    has_enemy: bool,
    /// All points but one at most touch a stone of the colour.
    small: bool,
    /// Heads of the chains that all its tested points touch; 0 where there are fewer than four.
    vital_to: [u16; 4],
}

/// The regions of one colour, after Benson's algorithm has told which chains are pass-alive.
pub(super) struct Regions {
    regions: Vec<Region>,
    /// Stones of pass-alive chains.
    alive: Rows,
}

/// Regions that most positions have room for without a second allocation.
const USUAL_REGIONS: usize = 48;

impl Regions {
    /// `None` if there is no stone of `color`.
    pub(super) fn of(
        board: &Board,
        color: Color,
        empty: &Rows,
        stones: &[Rows; 2],
        suicide: bool,
    ) -> Option<Regions> {
        let mut heads = [0; CELLS];
        let heads = board.heads(color, &mut heads);
        if heads.is_empty() {
            return None;
        }
        let own = &stones[color.index()];
        let mut regions = Regions {
            regions: find(board, color, empty, stones, suicide),
            alive: *own,
        };
        regions.kill(board, heads);
        Some(regions)
    }

    /// Takes chains with fewer than two vital regions for dead, and then their regions from the others, until nothing
    /// changes.
    fn kill(&mut self, board: &Board, heads: &[u16]) {
        let mut vital = [0u16; CELLS];
        for head in self.regions.iter().flat_map(|region| region.vital_to) {
            vital[head as usize] += 1;
        }
        if heads.iter().all(|&head| vital[head as usize] < 2) {
            // So it is in most positions. Every region touches some chain.
            self.alive = Rows::EMPTY;
            self.regions.iter_mut().for_each(|region| region.bad = true);
            return;
        }
        let mut dead = [false; CELLS];
        loop {
            let mut died = Rows::EMPTY;
            for &head in heads {
                let head = head as usize;
                if vital[head] < 2 && !dead[head] {
                    dead[head] = true;
                    board.for_chain(head, |cell| died.insert(Point::from_cell(cell)));
                }
            }
            if died == Rows::EMPTY {
                return;
            }
            self.alive = self.alive.without(&died);
            let spoilt = died.beside();
            for region in &mut self.regions {
                if !region.bad && region.points.intersects(&spoilt) {
                    region.bad = true;
                    for head in region.vital_to {
                        vital[head as usize] -= 1;
                    }
                }
            }
        }
    }

    /// Gives `color` what is its own, over whatever was given before where that is sure. With `all`, regions of any size
    /// without enemy stones, too.
    pub(super) fn assign(&self, color: Color, all: bool, owners: &mut Owners) {
        owners.give(color, &self.alive);
        for region in &self.regions {
            let big = all && !region.has_enemy;
            if !region.bad && (region.small || big) {
                owners.give(color, &region.points);
            } else if big {
                owners.give_free(color, &region.points);
            }
        }
    }
}

fn find(
    board: &Board,
    color: Color,
    empty: &Rows,
    stones: &[Rows; 2],
    suicide: bool,
) -> Vec<Region> {
    let enemy = &stones[color.opponent().index()];
    let beside_own = stones[color.index()].beside();
    let open = empty.or(enemy);
    let mut regions = Vec::with_capacity(USUAL_REGIONS);
    let mut left = *empty;
    while let Some(first) = left.first() {
        let points = open.connected(first);
        left = left.without(&points);
        let tested = if suicide { points } else { points.and(empty) };
        regions.push(Region {
            bad: false,
            has_enemy: points.intersects(enemy),
            small: points.without(&beside_own).len() <= 1,
            vital_to: vital_to(board, color, first, &tested),
            points,
        });
    }
    regions
}

/// The chains of `color` that all of `tested`, of which `first` is one, touch.
fn vital_to(board: &Board, color: Color, first: Point, tested: &Rows) -> [u16; 4] {
    let own = Cell::from(color);
    let chains = |point: Point| {
        let head = |n| (board.cell(n) == own).then(|| board.head(n));
        point.around().map(|n| head(n).unwrap_or(0))
    };
    let mut vital_to = distinct(chains(first));
    for point in tested.iter() {
        if vital_to == [0; 4] {
            break;
        }
        let here = chains(point);
        for vital in &mut vital_to {
            if !here.contains(vital) {
                *vital = 0;
            }
        }
    }
    vital_to
}

/// The same numbers with repetitions set to 0.
fn distinct(mut numbers: [u16; 4]) -> [u16; 4] {
    for i in 1..4 {
        if numbers[..i].contains(&numbers[i]) {
            numbers[i] = 0;
        }
    }
    numbers
}
