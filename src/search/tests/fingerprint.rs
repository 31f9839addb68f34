use crate::search::bench;

/// Visits and moves of searches with the hashed evaluator, on any machine. A change that is meant to alter what is
/// searched puts the new number here and says so.
const FINGERPRINT: u64 = 0xd20b_0f0c_a851_1fd3;

#[test]
fn the_fixed_positions_are_searched_as_ever() {
    let games = bench::positions();
    assert_eq!(games.len(), 10);
    let bench = bench::run(&games, 300).expect("the hashed evaluator does not fail");
    assert_eq!(bench.playouts, 3000);
    assert_eq!(
        bench.fingerprint, FINGERPRINT,
        "the search behaves differently: {:#018x}",
        bench.fingerprint
    );
}
