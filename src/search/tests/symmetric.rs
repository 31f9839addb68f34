//! Root moves that are the same by a symmetry.

use super::*;
use crate::go::Symmetry;
use crate::search::{GumbelParams, MoveInfo, Report, Restriction};

fn start() -> Game {
    game(9, 9, "tromp-taylor")
}

/// Policy indices of the moves that have visits or a prior in the search.
fn searched(search: &Search) -> Vec<usize> {
    let root = search.root.as_ref().expect("a root");
    (0..root.used.len())
        .filter(|&mv| root.used[mv] >= 0.0)
        .collect()
}

/// Whether a point is in the eighth of a 9x9 board below the diagonal of the upper right corner.
fn is_nearest(mv: Move) -> bool {
    mv.point().is_none_or(|p| p.y() <= 4 && p.x() + p.y() >= 8)
}

fn check_sums(report: &Report) {
    let visits: u64 = report.moves.iter().map(|info| info.visits).sum();
    assert_eq!(visits + 1, report.visits);
    let priors: f32 = report.moves.iter().map(|info| info.prior).sum();
    assert!((priors - 1.0).abs() < 1e-3, "{priors}");
}

#[test]
fn one_move_of_each_class_is_searched() {
    let mut search = hashed(steady(), &start());
    run(&mut search, &visits(400));
    check_tree(&search);
    let report = search.report();
    assert_eq!(report.symmetries.len(), 8);
    assert_eq!(
        report.moves.len(),
        16,
        "fifteen classes of points and a pass"
    );
    assert!(report.moves.iter().all(|info| is_nearest(info.mv)));
    check_sums(&report);
    let root = search.root.as_ref().expect("a root");
    let used: f32 = root.used.iter().filter(|prior| **prior >= 0.0).sum();
    assert!((used - 1.0).abs() < 1e-3, "{used}");
    let size = start().size();
    for info in &report.moves {
        let class: Vec<usize> = (0..size.policy_len())
            .filter(|&mv| {
                let of = size.policy_move(mv).expect("a move");
                let images = Symmetry::ALL.iter().map(|s| s.apply_to_move(size, of));
                images.into_iter().any(|image| image == info.mv)
            })
            .collect();
        let prior: f32 = class.iter().map(|&mv| root.policy()[mv]).sum();
        assert!((prior - info.prior).abs() < 1e-6, "{info:?}");
    }
    assert!(search.choose().is_some_and(is_nearest));
}

#[test]
fn copies_have_the_numbers_of_what_was_searched() {
    let start = game(9, 7, "tromp-taylor");
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(300));
    let report = search.report();
    let listed = report.with_copies(start.size());
    let mut moves: Vec<Move> = listed.iter().map(|info| info.mv).collect();
    moves.sort();
    moves.dedup();
    assert_eq!((listed.len(), moves.len()), (64, 64), "each once");
    let priors: f32 = listed.iter().map(|info| info.prior).sum();
    assert!((priors - 1.0).abs() < 1e-3, "{priors}");
    let mut original = &listed[0];
    for info in &listed {
        let Some((of, symmetry)) = info.copy_of else {
            original = info;
            continue;
        };
        assert_eq!(of, original.mv, "copies follow");
        let image = |&mv: &Move| symmetry.apply_to_move(start.size(), mv);
        let expected = MoveInfo {
            mv: image(&original.mv),
            pv: original.pv.iter().map(image).collect(),
            copy_of: info.copy_of,
            ..original.clone()
        };
        assert_eq!(*info, expected);
        let mut position = start.clone();
        for &mv in &info.pv {
            position.play(position.to_move(), mv).expect("legal");
        }
    }
}

#[test]
fn what_needs_every_move_searches_every_move() {
    let mut search = hashed(steady(), &start());
    search.restrict(vec![Restriction {
        color: Color::Black,
        moves: vec![at(8, 0)],
        only: false,
        depth: 1,
    }]);
    run(&mut search, &visits(20));
    assert_eq!(searched(&search).len(), 81, "all but the one");
    assert_eq!(search.report().symmetries, [Symmetry::IDENTITY]);

    let off = SearchParams {
        root_symmetry_pruning: false,
        ..steady()
    };
    let gumbel = SearchParams {
        gumbel: Some(GumbelParams::default()),
        ..steady()
    };
    for params in [off, gumbel, SearchParams::self_play()] {
        let mut search = hashed(params, &start());
        run(&mut search, &visits(20));
        assert_eq!(searched(&search).len(), 82);
        assert_eq!(search.report().with_copies(start().size()).len(), 82);
    }
}

#[test]
fn a_kept_tree_goes_on_where_it_has_been() {
    let every = SearchParams {
        root_symmetry_pruning: false,
        ..steady()
    };
    let mut search = hashed(every, &start());
    run(&mut search, &visits(500));
    let before = search.report();
    search.set_params(steady());
    let size = start().size();
    let class_of = |mv: Move| Symmetry::ALL.map(|s| s.apply_to_move(size, mv));
    let most = |mv: Move| {
        let class = class_of(mv);
        let alike = before.moves.iter().filter(|info| class.contains(&info.mv));
        alike.map(|info| info.visits).max().expect("a class")
    };
    let visits_before = |mv: Move| {
        let known = before.moves.iter().find(|info| info.mv == mv);
        known.expect("every move").visits
    };
    let kept = searched(&search);
    assert_eq!(kept.len(), 16);
    for &mv in &kept {
        let mv = size.policy_move(mv).expect("a move");
        assert_eq!(visits_before(mv), most(mv), "{mv:?}");
    }

    run(&mut search, &visits(1_000));
    check_tree(&search);
    assert_eq!(searched(&search), kept);
    let report = search.report();
    let is_kept = |info: &&MoveInfo| kept.contains(&size.policy_index(info.mv));
    assert!(report.moves.iter().all(|info| is_kept(&info)));
    let sum = |moves: &mut dyn Iterator<Item = &MoveInfo>| moves.map(|info| info.visits).sum();
    let others: u64 = sum(&mut before.moves.iter().filter(|info| !is_kept(info)));
    assert!(others > 0, "visits of others are kept");
    let listed: u64 = sum(&mut report.moves.iter());
    assert_eq!(listed + others + 1, report.visits);
    assert_eq!(report.moves[0].mv, search.choose().expect("a move"));
    assert!(kept.contains(&size.policy_index(report.moves[0].mv)));
    let listed = report.with_copies(size);
    assert_eq!(listed.len(), 82);
    assert_eq!(
        listed.iter().filter(|info| info.copy_of.is_none()).count(),
        16
    );

    // Elsewhere in the tree moves are what they are.
    let mut away = start();
    away.play(Color::Black, at(4, 4)).expect("legal");
    search.set_root(&away);
    search.set_root(&start());
    run(&mut search, &visits(1_001));
    assert_eq!(searched(&search), kept, "and back");
    let report = search.report();
    assert_eq!(sum(&mut report.moves.iter()) + others + 1, report.visits);
}

#[test]
fn owners_after_a_copy_are_those_after_its_original_turned_over() {
    let params = SearchParams {
        ownership: true,
        ..steady()
    };
    let start = game(9, 7, "tromp-taylor");
    let mut search = hashed(params, &start);
    run(&mut search, &visits(60));
    let size = start.size();
    let mut copies = 0;
    for info in search.report().with_copies(size) {
        let Some((original, symmetry)) = info.copy_of.filter(|_| info.visits > 0) else {
            continue;
        };
        let owners = search.owners_after(&info).expect("owners");
        let of_original = search.owners(Some(original)).expect("owners");
        for (from, point) in size.points().enumerate() {
            let to = size.index_of(symmetry.apply(size, point));
            assert_eq!(owners.mean.0[to], of_original.mean.0[from]);
            assert_eq!(owners.stdev[to], of_original.stdev[from]);
        }
        copies += 1;
    }
    assert!(copies > 2, "{copies}");
}

#[test]
fn the_board_belongs_to_nobody_by_the_corner_that_was_searched() {
    let start = game(7, 7, "tromp-taylor");
    let params = SearchParams {
        ownership: true,
        ..steady()
    };
    let mut search = hashed(params, &start);
    run(&mut search, &visits(200));
    let owners = search.owners(None).expect("owners are predicted").mean.0;
    let size = start.size();
    for symmetry in Symmetry::ALL {
        for (index, point) in size.points().enumerate() {
            let image = size.index_of(symmetry.apply(size, point));
            assert!((owners[index] - owners[image]).abs() < 1e-5, "{owners:?}");
        }
    }
    assert!(owners.iter().any(|owner| owner.abs() > 1e-3), "{owners:?}");
}
