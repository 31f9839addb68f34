//! Nodes, their moves, and the memory they take.

use super::*;

fn tree_with_moves(priors: &[f32]) -> (Tree, NodeId) {
    let mut tree = Tree::default();
    let id = tree.create(NONE, 7, Color::Black);
    let candidates = (0u16..)
        .zip(priors)
        .map(|(index, &p)| Candidate::new(index, p));
    tree.set_candidates(id, candidates.collect());
    tree.share(id);
    (tree, id)
}

#[test]
fn candidates_keep_move_and_prior() {
    for (index, prior) in [(0, 1.0), (361, 0.0), (624, 0.3), (7, 1e-9), (1, 0.99999)] {
        let candidate = Candidate::new(index, prior);
        assert_eq!(candidate.index(), index);
        let error = (candidate.prior() - prior).abs();
        assert!(error <= prior / 1000.0, "{prior}: {}", candidate.prior());
    }
    for (wrong, kept) in [
        (f32::NAN, 0.0),
        (-1.0, 0.0),
        (7.0, 1.0),
        (f32::INFINITY, 1.0),
    ] {
        assert_eq!(Candidate::new(3, wrong).prior(), kept, "{wrong}");
    }
    assert!(Candidate::new(3, 0.5) > Candidate::new(4, 0.5));
    assert!(Candidate::new(4, 0.51) > Candidate::new(3, 0.5));
}

#[test]
fn children_come_first_and_then_the_best_untried_move() {
    let (mut tree, id) = tree_with_moves(&[0.125, 0.0625, 0.5, 0.25]);
    let moves = |tree: &Tree| -> Vec<u16> {
        let node = tree.node(id);
        node.candidates[..=node.children.len()]
            .iter()
            .map(|c| c.index())
            .collect()
    };
    assert_eq!(moves(&tree), [2]);
    let least = tree.node(id).candidates.iter().position(|c| c.index() == 1);
    assert_eq!(tree.add_child(id, least.unwrap_or(0), 0.0625), 0);
    assert_eq!(moves(&tree), [1, 2]);
    assert_eq!(tree.add_child(id, 1, 0.5), 1);
    assert_eq!(moves(&tree), [1, 2, 3]);
    assert_eq!(tree.node(id).child_by_index(2), Some(1));

    // Another evaluation: move 1 is gone, move 0 is the best.
    let again = [
        Candidate::new(0, 0.7),
        Candidate::new(3, 0.2),
        Candidate::new(2, 0.1),
    ];
    tree.set_candidates(id, again.to_vec());
    assert_eq!(moves(&tree), [1, 2, 0]);
    assert!(tree.node(id).children[0].prior < 0.0);
    assert_eq!(tree.node(id).candidates.len(), 4);
}

#[test]
fn everything_counted_is_given_back() {
    let (mut tree, root) = tree_with_moves(&[0.5, 0.5]);
    let place = tree.add_child(root, 0, 0.5);
    let mut sizes = Vec::new();
    for _ in 0..3 {
        let mut above = (root, place);
        for hash in 0..2000 {
            let id = tree.create(above.0, hash, Color::White);
            tree.set_candidates(id, vec![Candidate::new(0, 1.0); 50]);
            tree.share(id);
            tree.node_mut(above.0).children[above.1].node = id;
            above = (id, tree.add_child(id, 0, 1.0));
        }
        assert_eq!(tree.find(7), Some(root), "the first of a position stays");
        assert_eq!(tree.len(), 2001);
        let first = std::mem::replace(&mut tree.node_mut(root).children[place].node, NONE);
        tree.remove_subtree(first);
        assert_eq!((tree.len(), tree.find(8)), (1, None));
        assert!(tree.heap_bytes < 200, "{} bytes", tree.heap_bytes);
        sizes.push(tree.bytes());
    }
    assert!(sizes.iter().all(|&size| size == sizes[0]), "{sizes:?}");
}
