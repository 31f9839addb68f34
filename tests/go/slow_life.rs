//! Section 13 of the format document in sets and floods: pass-alive groups, areas, independent life.

use std::collections::BTreeSet;

use df_console::go::Color;

use crate::slow::Grid;

pub type Owners = Vec<Option<Color>>;
type Points = BTreeSet<usize>;

/// All maximal connected sets of points that satisfy `belongs`.
fn components(grid: &Grid, belongs: impl Fn(usize) -> bool) -> Vec<Points> {
    let mut components: Vec<Points> = Vec::new();
    for point in 0..grid.area() {
        if belongs(point) && !components.iter().any(|seen| seen.contains(&point)) {
            components.push(grid.flood(point, &belongs));
        }
    }
    components
}

fn touches(grid: &Grid, point: usize, chain: &Points) -> bool {
    grid.neighbors(point).iter().any(|n| chain.contains(n))
}

/// What Benson's algorithm says for one colour: its surviving chains, and the regions that no dead chain touches.
fn benson(grid: &Grid, color: Color, suicide: bool) -> (Vec<Points>, Vec<(Points, bool)>) {
    let mut chains = components(grid, |p| grid.stones[p] == Some(color));
    let mut regions: Vec<(Points, bool)> = components(grid, |p| grid.stones[p] != Some(color))
        .into_iter()
        .map(|region| (region, true))
        .collect();
    loop {
        let vital = |chain: &Points| {
            let good = regions.iter().filter(|(_, good)| *good);
            good.filter(|(region, _)| {
                let mut tested = region
                    .iter()
                    .filter(|&&p| suicide || grid.stones[p].is_none());
                tested.all(|&p| touches(grid, p, chain))
            })
            .count()
        };
        let Some(dead) = chains.iter().position(|chain| vital(chain) < 2) else {
            break;
        };
        let dead = chains.remove(dead);
        for (region, good) in &mut regions {
            *good &= !region.iter().any(|&p| touches(grid, p, &dead));
        }
    }
    (chains, regions)
}

/// Owners by area with `all`, else what is pass-alive.
pub fn area(grid: &Grid, suicide: bool, all: bool) -> Owners {
    let mut owners = vec![None; grid.area()];
    for color in Color::BOTH {
        if !grid.stones.contains(&Some(color)) {
            continue;
        }
        let (chains, regions) = benson(grid, color, suicide);
        for &point in chains.iter().flatten() {
            owners[point] = Some(color);
        }
        for (region, good) in regions {
            let lonely = |&&p: &&usize| {
                grid.neighbors(p)
                    .iter()
                    .all(|&n| grid.stones[n] != Some(color))
            };
            let enemies = region.iter().any(|&p| grid.stones[p].is_some());
            let internal = region.iter().filter(lonely).count();
            for point in region {
                let safe = good && (internal <= 1 || all && !enemies);
                let unsafe_ = all && !enemies && owners[point].is_none();
                if safe || unsafe_ {
                    owners[point] = Some(color);
                }
            }
        }
    }
    if all {
        for (owner, stone) in owners.iter_mut().zip(&grid.stones) {
            *owner = owner.or(*stone);
        }
    }
    owners
}

/// Owners by independent life, and White's groups minus Black's.
pub fn independent(grid: &Grid, territories: bool, stones: bool, suicide: bool) -> (Owners, i32) {
    let basic = area(grid, suicide, true);
    let mut owners = vec![None; grid.area()];
    let mut groups = 0;
    for color in Color::BOTH {
        for group in components(grid, |p| basic[p] == Some(color)) {
            let seki = group.iter().any(|&p| {
                grid.neighbors(p).iter().any(|&n| basic[n].is_none())
                    || grid.stones[p] == Some(color) && grid.liberties(p).len() == 1
            });
            if !seki {
                groups += if color == Color::White { 1 } else { -1 };
                for point in group {
                    owners[point] = Some(color);
                }
            }
        }
    }
    for point in 0..grid.area() {
        let own = basic[point] == grid.stones[point];
        if owners[point].is_none() && (own && stones || !own && territories) {
            owners[point] = basic[point];
        }
    }
    (owners, groups)
}
