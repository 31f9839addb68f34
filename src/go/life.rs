//! Pass-alive chains, areas and independent life (KataGo format document, section 13).
//!
//! Called for every leaf of a search. Start with [`area`].

mod regions;
mod rows;

use super::{Board, Color, Point, PointSet, Size};
use regions::Regions;
use rows::Rows;

/// Who owns each point of a board.
#[derive(Clone, PartialEq, Eq)]
pub struct Owners {
    size: Size,
    /// By the index of the owner; no point has two.
    owned: [Rows; 2],
}

impl Owners {
    /// Nobody owns anything.
    pub fn none(size: Size) -> Owners {
        Owners {
            size,
            owned: [Rows::EMPTY; 2],
        }
    }

    /// Width and height of the board.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The owner of `point`, if it has one.
    #[inline]
    pub fn get(&self, point: Point) -> Option<Color> {
        Color::BOTH
            .into_iter()
            .find(|color| self.owned[color.index()].contains(point))
    }

    /// Changes the owner of `point`; ignored if it is not on this board.
    #[inline]
    pub fn set(&mut self, point: Point, owner: Option<Color>) {
        if self.size.contains(point) {
            self.owned.iter_mut().for_each(|owned| owned.remove(point));
            if let Some(color) = owner {
                self.owned[color.index()].insert(point);
            }
        }
    }

    /// The points that `color` owns, by rows from the top left.
    pub fn points(&self, color: Color) -> impl Iterator<Item = Point> + '_ {
        self.owned[color.index()].iter()
    }

    /// Number of points that `color` owns.
    pub fn count(&self, color: Color) -> usize {
        self.owned[color.index()].len()
    }

    /// Gives all of `points` to `color`.
    fn give(&mut self, color: Color, points: &Rows) {
        let [own, theirs] = [color, color.opponent()].map(Color::index);
        self.owned[own] = self.owned[own].or(points);
        self.owned[theirs] = self.owned[theirs].without(points);
    }

    /// Gives those of `points` to `color` that nobody owns.
    fn give_free(&mut self, color: Color, points: &Rows) {
        let free = points.without(&self.owned[color.opponent().index()]);
        self.give(color, &free);
    }

    /// White's points minus Black's.
    pub fn white_minus_black(&self) -> i32 {
        self.count(Color::White) as i32 - self.count(Color::Black) as i32
    }
}

impl std::fmt::Debug for Owners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, point) in self.size.points().enumerate() {
            if i % self.size.width() == 0 {
                writeln!(f)?;
            }
            f.write_str(match self.get(point) {
                Some(Color::Black) => "X",
                Some(Color::White) => "O",
                None => ".",
            })?;
        }
        Ok(())
    }
}

/// What [`independent_life`] adds for groups in seki.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndependentLife {
    /// Points that are not the owner's stones.
    pub territories: bool,
    /// The owner's stones.
    pub stones: bool,
}

/// Owners of points by Tromp-Taylor counting, but dead stones inside pass-alive groups are taken as dead (13.1, 13.2). With
/// `suicide`, groups must be alive even where suicide of several stones is legal.
pub fn area(board: &Board, suicide: bool) -> Owners {
    owners(board, suicide, true)
}

/// Owners of pass-alive groups and of regions where the enemy cannot live, `suicide` as in [`area`].
pub fn pass_alive(board: &Board, suicide: bool) -> Owners {
    owners(board, suicide, false)
}

/// Black's pass-alive groups first, then White's, on one board. With `all`, too, regions of any size without enemy stones
/// that only one colour borders, and stones that nobody owns after everything else.
fn owners(board: &Board, suicide: bool, all: bool) -> Owners {
    let mut owners = Owners::none(board.size());
    let [empty, black, white] = Rows::of_board(board);
    let stones = [black, white];
    for color in Color::BOTH {
        if let Some(regions) = Regions::of(board, color, &empty, &stones, suicide) {
            regions.assign(color, all, &mut owners);
        }
    }
    if all {
        for color in Color::BOTH {
            owners.give_free(color, &stones[color.index()]);
        }
    }
    owners
}

/// Owners of points that independently living groups hold, and the number of White's such groups minus Black's
/// (13.3). A connected area of one owner is in seki if it touches a neutral point or has a stone in atari.
pub fn independent_life(board: &Board, keep: IndependentLife, suicide: bool) -> (Owners, i32) {
    let basic = area(board, suicide);
    let [empty, black, white] = Rows::of_board(board);
    let [black_area, white_area] = &basic.owned;
    let beside_neutral = empty.without(black_area).without(white_area).beside();
    let mut in_atari = Rows::EMPTY;
    for (_, point) in board.stones().filter(|&(_, p)| board.liberties(p) == 1) {
        in_atari.insert(point);
    }
    let stones = [black, white];
    living_groups(&stones, &basic, keep, |group, color| {
        group.intersects(&beside_neutral) || group.and(&stones[color.index()]).intersects(&in_atari)
    })
}

/// As [`independent_life`] for positions where clean-up is left to the players' good sense: a group, a connected area
/// of one owner in `basic`, is in seki only if it touches one of the points of `seki` and owns nothing in `alive`.
pub(super) fn groups_not_in_seki(
    board: &Board,
    basic: &Owners,
    keep: IndependentLife,
    seki: &PointSet,
    alive: &Owners,
) -> (Owners, i32) {
    let [_, black, white] = Rows::of_board(board);
    let mut open = Rows::EMPTY;
    for point in seki.iter().filter(|&point| board.is_empty(point)) {
        open.insert(point);
    }
    let beside_seki = open.beside();
    living_groups(&[black, white], basic, keep, |group, color| {
        group.intersects(&beside_seki) && !group.intersects(&alive.owned[color.index()])
    })
}

/// Marks the connected areas of `basic` that are not in seki, and what is to be kept of the others; with the number of
/// White's such areas minus Black's.
fn living_groups(
    stones: &[Rows; 2],
    basic: &Owners,
    keep: IndependentLife,
    in_seki: impl Fn(&Rows, Color) -> bool,
) -> (Owners, i32) {
    let mut owners = Owners::none(basic.size());
    let mut groups = 0;
    for color in Color::BOTH {
        let owned = &basic.owned[color.index()];
        let mut left = *owned;
        while let Some(point) = left.first() {
            let group = owned.connected(point);
            left = left.without(&group);
            if !in_seki(&group, color) {
                groups += color.white_sign() as i32;
                owners.give(color, &group);
            }
        }
        let own_stones = &stones[color.index()];
        if keep.stones {
            owners.give(color, &owned.and(own_stones));
        }
        if keep.territories {
            owners.give(color, &owned.without(own_stones));
        }
    }
    (owners, groups)
}
