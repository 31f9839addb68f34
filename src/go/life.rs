//! Pass-alive chains, areas and independent life (KataGo format document, section 13).
//!
//! Called for every leaf of a search: nothing here allocates. Start with [`area`].

use super::point::CELLS;
use super::{Board, Cell, Color, Point, PointSet, Size};

/// Who owns each point of a board.
#[derive(Clone, PartialEq, Eq)]
pub struct Owners {
    size: Size,
    owners: [Option<Color>; CELLS],
}

impl Owners {
    /// Nobody owns anything.
    pub fn none(size: Size) -> Owners {
        Owners {
            size,
            owners: [None; CELLS],
        }
    }

    /// Width and height of the board.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The owner of `point`, if it has one.
    #[inline]
    pub fn get(&self, point: Point) -> Option<Color> {
        self.owners[point.cell()]
    }

    /// Changes the owner of `point`; ignored if it is not on this board.
    #[inline]
    pub fn set(&mut self, point: Point, owner: Option<Color>) {
        if self.size.contains(point) {
            self.owners[point.cell()] = owner;
        }
    }

    /// Number of points that `color` owns.
    pub fn count(&self, color: Color) -> usize {
        self.owners
            .iter()
            .filter(|&&owner| owner == Some(color))
            .count()
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

/// What [`area`] counts beyond pass-alive groups and their eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AreaOptions {
    /// Stones that nobody owns after everything else count for their own colour.
    pub stones: bool,
    /// Regions of any size without enemy stones that only pass-alive chains border.
    pub safe_big: bool,
    /// Regions of any size that only one colour borders, pass-alive or not.
    pub unsafe_big: bool,
    /// Whether the groups must be alive even where suicide of several stones is legal.
    pub suicide: bool,
}

impl AreaOptions {
    /// Tromp-Taylor counting, but dead stones inside pass-alive groups are taken as dead.
    pub fn all(suicide: bool) -> AreaOptions {
        AreaOptions {
            stones: true,
            safe_big: true,
            unsafe_big: true,
            suicide,
        }
    }

    /// Pass-alive groups and regions where the enemy cannot live.
    pub fn pass_alive(suicide: bool) -> AreaOptions {
        AreaOptions {
            stones: false,
            safe_big: false,
            unsafe_big: false,
            suicide,
        }
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

/// Owners of points by area (13.1, 13.2): Black's pass-alive groups first, then White's, on one board.
pub fn area(board: &Board, options: AreaOptions) -> Owners {
    let mut owners = Owners::none(board.size());
    for color in Color::BOTH {
        if let Some(regions) = Regions::of(board, color, options.suicide) {
            regions.assign(board, options, &mut owners);
        }
    }
    if options.stones {
        for (color, point) in board.stones() {
            owners.owners[point.cell()].get_or_insert(color);
        }
    }
    owners
}

/// Owners of points that independently living groups hold, and the number of White's such groups minus Black's
/// (13.3). A connected area of one owner is in seki if it touches a neutral point or has a stone in atari.
pub fn independent_life(board: &Board, keep: IndependentLife, suicide: bool) -> (Owners, i32) {
    let basic = area(board, AreaOptions::all(suicide));
    living_groups(board, &basic, keep, |group, color| {
        let own = Cell::from(color);
        group.iter().map(|&cell| cell as usize).any(|cell| {
            let atari = board.cell(cell) == own && board.chain_liberties(cell) == 1;
            atari
                || touches(cell, |n| {
                    basic.owners[n].is_none() && board.cell(n) != Cell::Wall
                })
        })
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
    living_groups(board, basic, keep, |group, color| {
        let mut cells = group.iter().map(|&cell| cell as usize);
        let mut lives = cells.clone().map(|cell| alive.owners[cell]);
        cells.any(|cell| {
            touches(cell, |n| {
                board.cell(n) == Cell::Empty && seki.contains(Point::from_cell(n))
            })
        }) && !lives.any(|owner| owner == Some(color))
    })
}

#[inline]
fn touches(cell: usize, is_touched: impl Fn(usize) -> bool) -> bool {
    Point::from_cell(cell).around().into_iter().any(is_touched)
}

/// Marks the connected areas of `basic` that are not in seki, and what is to be kept of the others.
fn living_groups(
    board: &Board,
    basic: &Owners,
    keep: IndependentLife,
    in_seki: impl Fn(&[u16], Color) -> bool,
) -> (Owners, i32) {
    let mut owners = Owners::none(board.size());
    let mut queue = [0u16; CELLS];
    let mut seen = [false; CELLS];
    let mut groups = 0;
    for point in board.size().points() {
        let Some(color) = basic.get(point).filter(|_| !seen[point.cell()]) else {
            continue;
        };
        let group = flood_owned(basic, color, point, &mut seen, &mut queue);
        if !in_seki(group, color) {
            groups += color.white_sign() as i32;
            for &cell in group {
                owners.owners[cell as usize] = Some(color);
            }
        }
    }
    for point in board.size().points() {
        let (cell, owner) = (point.cell(), basic.get(point));
        let own_stone = owner.is_some() && owner == board.stone(point);
        let kept = if own_stone {
            keep.stones
        } else {
            keep.territories
        };
        if owners.owners[cell].is_none() && kept {
            owners.owners[cell] = owner;
        }
    }
    (owners, groups)
}

/// The connected cells of one owner around `start`, written into `queue`.
fn flood_owned<'a>(
    basic: &Owners,
    color: Color,
    start: Point,
    seen: &mut [bool; CELLS],
    queue: &'a mut [u16; CELLS],
) -> &'a [u16] {
    let (mut len, mut done) = (1, 0);
    queue[0] = start.cell() as u16;
    seen[start.cell()] = true;
    while done < len {
        let cell = queue[done] as usize;
        done += 1;
        for n in Point::from_cell(cell).around() {
            if basic.owners[n] == Some(color) && !seen[n] {
                seen[n] = true;
                queue[len] = n as u16;
                len += 1;
            }
        }
    }
    &queue[..len]
}

/// More regions than a board can have: no two touch, so there are at most half as many as points, rounded up.
const MAX_REGIONS: usize = CELLS / 2 + 1;

/// Connected points without stones of one colour.
#[derive(Clone, Copy, Default)]
struct Region {
    /// Place of its first cell in [`Regions::cells`].
    start: u16,
    len: u16,
    /// Points that touch no stone of the colour.
    internal: u16,
    has_enemy: bool,
    /// Touches a chain that is not pass-alive.
    bad: bool,
    /// Heads of the chains that all its tested points touch; 0 where there are fewer than four.
    vital_to: [u16; 4],
}

/// The regions of one colour, after Benson's algorithm has told which chains are pass-alive.
///
/// D. Benson, "Life in the game of Go", Information Sciences 10 (1976), with KataGo's two readings of "every point of
/// a region": its empty points where suicide is illegal, all of them where it is not.
struct Regions {
    color: Color,
    count: usize,
    regions: [Region; MAX_REGIONS],
    /// Cells by region.
    cells: [u16; CELLS],
    /// Number of the region a cell belongs to, from 1; 0 for none.
    region_of: [u16; CELLS],
    /// By head of a chain: it is not pass-alive.
    dead: [bool; CELLS],
}

impl Regions {
    /// `None` if there is no stone of `color`.
    fn of(board: &Board, color: Color, suicide: bool) -> Option<Regions> {
        let mut chains = [0u16; CELLS];
        let chains = board.heads(color, &mut chains);
        if chains.is_empty() {
            return None;
        }
        let mut regions = Regions {
            color,
            count: 0,
            regions: [Region::default(); MAX_REGIONS],
            cells: [0; CELLS],
            region_of: [0; CELLS],
            dead: [false; CELLS],
        };
        regions.find(board, suicide);
        regions.kill(board, chains);
        Some(regions)
    }

    fn find(&mut self, board: &Board, suicide: bool) {
        let mut end = 0;
        for point in board.size().points() {
            let cell = point.cell();
            if board.cell(cell) != Cell::Empty || self.region_of[cell] != 0 {
                continue;
            }
            self.count += 1;
            self.region_of[cell] = self.count as u16;
            self.cells[end] = cell as u16;
            end = self.flood(board, suicide, end);
        }
    }

    /// Completes the last region, whose first cell lies at `start`; where the next one begins.
    fn flood(&mut self, board: &Board, suicide: bool, start: usize) -> usize {
        let own = Cell::from(self.color);
        let mut region = Region {
            start: start as u16,
            ..Region::default()
        };
        let (mut done, mut end) = (start, start + 1);
        while done < end {
            let cell = self.cells[done] as usize;
            let mut chains = [0u16; 4];
            for (i, n) in Point::from_cell(cell).around().into_iter().enumerate() {
                let there = board.cell(n);
                if there == own {
                    chains[i] = board.head(n);
                } else if there != Cell::Wall && self.region_of[n] == 0 {
                    self.region_of[n] = self.count as u16;
                    self.cells[end] = n as u16;
                    end += 1;
                }
            }
            region.internal += (chains == [0; 4]) as u16;
            let empty = board.cell(cell) == Cell::Empty;
            region.has_enemy |= !empty;
            if done == start {
                region.vital_to = distinct(chains);
            } else if empty || suicide {
                for vital in &mut region.vital_to {
                    if !chains.contains(vital) {
                        *vital = 0;
                    }
                }
            }
            done += 1;
        }
        region.len = (end - start) as u16;
        self.regions[self.count - 1] = region;
        end
    }

    /// Takes chains with fewer than two vital regions for dead, and then their regions from the others, until nothing
    /// changes.
    fn kill(&mut self, board: &Board, chains: &[u16]) {
        let mut vital = [0u16; CELLS];
        for head in self.regions[..self.count]
            .iter()
            .flat_map(|region| region.vital_to)
        {
            vital[head as usize] += 1;
        }
        let mut again = true;
        while again {
            again = false;
            for &head in chains {
                if !self.dead[head as usize] && vital[head as usize] < 2 {
                    self.dead[head as usize] = true;
                    again = true;
                    self.spoil_regions(board, head, &mut vital);
                }
            }
        }
    }

    /// Marks the regions that a dead chain touches as bad.
    fn spoil_regions(&mut self, board: &Board, head: u16, vital: &mut [u16; CELLS]) {
        board.for_chain(head as usize, |stone| {
            for n in Point::from_cell(stone).around() {
                let Some(number) = (self.region_of[n] as usize).checked_sub(1) else {
                    continue;
                };
                let region = &mut self.regions[number];
                if !region.bad {
                    region.bad = true;
                    for head in region.vital_to {
                        vital[head as usize] = vital[head as usize].saturating_sub(1);
                    }
                }
            }
        });
    }

    fn assign(&self, board: &Board, options: AreaOptions, owners: &mut Owners) {
        let own = Cell::from(self.color);
        for point in board.size().points() {
            let cell = point.cell();
            if board.cell(cell) == own && !self.dead[board.head(cell) as usize] {
                owners.owners[cell] = Some(self.color);
            }
        }
        for region in &self.regions[..self.count] {
            let cells = &self.cells[region.start as usize..][..region.len as usize];
            let small = region.internal <= 1 || options.safe_big && !region.has_enemy;
            if !region.bad && small {
                for &cell in cells {
                    owners.owners[cell as usize] = Some(self.color);
                }
            } else if options.unsafe_big && !region.has_enemy {
                for &cell in cells {
                    owners.owners[cell as usize].get_or_insert(self.color);
                }
            }
        }
    }
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
