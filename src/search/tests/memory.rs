use std::time::Duration;

use super::*;
use crate::search::MemoryPool;

const LIMIT: usize = 2 << 20;

fn small() -> SearchParams {
    SearchParams {
        memory_limit: LIMIT,
        ..steady()
    }
}

#[test]
fn a_long_search_stays_within_its_memory() {
    let most_visits = if cfg!(optimised) { 8_000 } else { 1_200 };
    for batch in [1, 16] {
        let params = SearchParams {
            batch: Some(batch),
            batches_in_flight: Some(2),
            visits_per_in_flight: 1,
            ..small()
        };
        let mut search = hashed(params, &game(19, 19, "tromp-taylor"));
        let mut most = 0;
        let limit = visits(most_visits);
        search
            .run_observed(&limit, &StopSignal::default(), &mut |search| {
                most = most.max(search.size().bytes);
            })
            .expect("the evaluator does not fail");
        assert!(most <= LIMIT, "{most} bytes");
        assert!(most > LIMIT / 2, "the memory is used: {most} bytes");
        assert_eq!(search.report().visits, most_visits, "the search went on");
        let nodes = check_tree(&search);
        assert!(nodes < 2_000, "something was forgotten: {nodes} nodes");
    }
}

#[test]
fn forgetting_keeps_what_the_root_knows() {
    let start = game(13, 13, "tromp-taylor");
    let mut search = hashed(steady(), &start);
    run(&mut search, &visits(1_500));
    let before = search.report();
    search.params.memory_limit = LIMIT / 2;
    search.make_room(1);
    assert!(search.size().bytes <= LIMIT / 2, "{:?}", search.size());
    check_tree(&search);
    let after = search.report();
    assert_eq!(after.visits, before.visits);
    for (before, after) in before.moves.iter().zip(&after.moves) {
        assert_eq!((before.mv, before.visits), (after.mv, after.visits));
        assert_eq!(before.value.utility, after.value.utility);
    }
    // What is visited again is evaluated again, and its old visits stay counted.
    run(&mut search, &visits(3_000));
    assert_eq!(search.report().visits, 3_000);
    check_tree(&search);
}

#[test]
fn earlier_roots_go_first() {
    let mut position = game(9, 9, "tromp-taylor");
    let params = SearchParams {
        memory_limit: LIMIT,
        ..steady()
    };
    let mut search = hashed(params, &position);
    for _ in 0..12 {
        search.set_root(&position);
        run(&mut search, &visits(1_200));
        assert!(search.size().bytes <= LIMIT, "{:?}", search.size());
        assert!(search.report().visits >= 1_200);
        let best = search.choose().expect("a move");
        position.play(position.to_move(), best).expect("legal");
    }
    check_tree(&search);
    search.clear();
    assert_eq!(search.size().nodes, 1, "only the root is left");
    run(&mut search, &visits(10));
    assert_eq!(search.report().visits, 10);
}

#[test]
fn a_middle_game_node_takes_little() {
    let playouts = if cfg!(optimised) { 3_000 } else { 400 };
    let bench = crate::search::bench::run(&crate::search::bench::middle_game(), playouts)
        .expect("the hashed evaluator does not fail");
    assert!(
        bench.bytes_per_node() < 4096.0,
        "{} bytes",
        bench.bytes_per_node()
    );
}

/// Where nodes are small most of the memory is slots and tables, which stay when nodes go.
#[test]
fn a_search_of_a_tiny_board_goes_on_at_its_limit() {
    let most_visits = if cfg!(optimised) { 40_000 } else { 4_000 };
    let params = SearchParams {
        memory_limit: 0, // The least there is.
        ..steady()
    };
    let mut search = hashed(params, &game(3, 3, "tromp-taylor"));
    let limits = Limits {
        time: Some(Duration::from_secs(60)),
        ..visits(most_visits)
    };
    let mut most = 0;
    search
        .run_observed(&limits, &StopSignal::default(), &mut |search| {
            most = most.max(search.size().bytes);
        })
        .expect("the evaluator does not fail");
    assert_eq!(search.report().visits, most_visits);
    assert!(most <= 1 << 20, "{most} bytes");
    let nodes = check_tree(&search);
    assert!(nodes > 1_000, "not all was forgotten: {nodes} nodes");
}

#[test]
fn a_tree_beyond_a_new_limit_is_given_up() {
    let mut search = hashed(steady(), &game(5, 5, "tromp-taylor"));
    run(&mut search, &visits(4_000));
    let roomy = SearchParams {
        memory_limit: 16 << 20,
        ..steady()
    };
    search.set_params(roomy);
    assert_eq!(search.report().visits, 4_000, "it fits");
    let narrow = SearchParams {
        memory_limit: LIMIT / 2,
        ..steady()
    };
    search.set_params(narrow);
    run(&mut search, &visits(100));
    assert_eq!(search.report().playouts, 100);
    assert!(search.size().bytes <= LIMIT / 2, "{:?}", search.size());
}

#[test]
fn searches_that_share_memory_take_what_others_leave() {
    const ALL: usize = 8 << 20;
    let pool = Arc::new(MemoryPool::new(ALL, 8));
    let grown = |playouts: u64| {
        let params = SearchParams {
            memory_limit: ALL,
            batch: Some(4),
            ..steady()
        };
        let mut search = hashed(params, &game(19, 19, "tromp-taylor"));
        search.share_memory(&pool);
        run(&mut search, &visits(playouts));
        check_tree(&search);
        search
    };
    assert!(!pool.was_short());
    let alone = grown(3_600);
    let first = alone.size().bytes;
    assert!(first > ALL / 2 && first <= 3 * ALL / 4, "{first} bytes");
    assert!(pool.was_short() && !pool.was_short());
    // The last quarter is for others.
    let second = grown(700);
    assert!(second.size().bytes <= ALL / 8, "{:?}", second.size());
    let third = grown(700);
    let all = first + second.size().bytes + third.size().bytes;
    assert!(all <= ALL, "{all} bytes");
    drop(alone);
    let fourth = grown(1_500);
    assert!(fourth.size().bytes > ALL / 4, "{:?}", fourth.size());
}
