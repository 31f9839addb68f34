use super::*;

/// The least and the most that a constant takes, by what it says to a value that it does not take. `None` if it takes no
/// plain number.
fn ends(name: &str) -> Option<(String, String)> {
    let refusal = SearchParams::default()
        .set(name, "?")
        .expect_err("it is no value");
    let refusal = refusal.to_string();
    // Gumbel's has several.
    let (_, range) = refusal.split_once(" from ").filter(|_| name != "gumbel")?;
    let (least, most) = range.split_once(" to ")?;
    let (most, _) = most.split_once(", not")?;
    Some((least.to_owned(), most.to_owned()))
}

/// Of each search.
const VISITS: u64 = if cfg!(optimised) { 60 } else { 15 };

/// Searches with these constants, and looks whether all that comes out is a number.
fn check(params: &SearchParams, what: &str) {
    let mut search = hashed(params.clone(), &game(7, 7, "tromp-taylor"));
    run(&mut search, &visits(VISITS));
    assert!(search.choose().is_some(), "{what}");
    let report = search.report();
    assert_eq!(report.visits, VISITS, "{what}");
    let of_root = [report.weight, report.mean.utility.0, report.lcb];
    let of_moves = report.moves.iter().flat_map(|info| {
        [
            info.weight,
            info.value.utility.0,
            info.lcb,
            info.utility_lcb,
            info.selection_weight,
        ]
    });
    let terms = search.selection_terms();
    let targets = search.policy_target(true);
    let numbers = (of_root.into_iter().chain(of_moves))
        .chain(terms.iter().map(|terms| terms.total()))
        .chain(targets.iter().map(|target| target.share));
    for number in numbers {
        assert!(number.is_finite(), "{what}: {report:?}");
    }
    check_tree(&search);
}

#[test]
fn constants_take_their_range_and_nothing_beyond() {
    let mut ranges = 0;
    for name in SearchParams::NAMES {
        let mut params = SearchParams::default();
        let usual = params.get(name).expect("it has a value");
        params.set(name, &usual).expect("the default is taken");
        let Some((least, most)) = ends(name) else {
            continue;
        };
        for end in [&least, &most] {
            params.set(name, end).expect("the ends are taken");
            assert_eq!(params.get(name).as_ref(), Some(end), "{name}");
        }
        let number = |text: &str| text.parse::<f64>().expect("a number");
        for step in [1.0, 0.01] {
            for beyond in [number(&least) - step, number(&most) + step] {
                let refused = params.set(name, &beyond.to_string()).is_err();
                assert!(refused, "{name} takes {beyond}");
            }
        }
        ranges += 1;
    }
    assert!(ranges > 30, "{ranges} constants name a range");
}

#[test]
fn searches_with_constants_at_the_ends_of_their_ranges_are_sound() {
    let noisy = SearchParams {
        temperature: 1.0,
        batches_in_flight: Some(1),
        ..SearchParams::self_play()
    };
    let gumbel = SearchParams {
        gumbel: Some(Default::default()),
        ..steady()
    };
    for (base, params) in [("play", steady()), ("noise", noisy), ("gumbel", gumbel)] {
        let (mut all_least, mut all_most) = (params.clone(), params.clone());
        for name in SearchParams::NAMES {
            let Some((least, most)) = ends(name) else {
                continue;
            };
            for (end, all) in [(least, &mut all_least), (most, &mut all_most)] {
                let mut params = params.clone();
                params.set(name, &end).expect("the ends are taken");
                check(&params, &format!("{base}, {name} {end}"));
                all.set(name, &end).expect("the ends are taken");
            }
        }
        check(&all_least, &format!("{base}, all at their least"));
        check(&all_most, &format!("{base}, all at their most"));
    }
    for gumbel in ["1:0:0:0:0", "1000:1000000:10000:1000:100"] {
        let mut params = steady();
        params.set("gumbel", gumbel).expect("the ends are taken");
        check(&params, gumbel);
    }
}
