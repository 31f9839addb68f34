use super::*;
use crate::eval::Hashed;
use crate::go::{HalfPoints, Rules};
use crate::search::tree::move_of;
use crate::search::{GumbelParams, Limits, SearchParams, StopSignal};

/// Points of the first quarter of the board, far enough apart to make no fight.
const OPENING: [(usize, usize); 16] = [
    (3, 3),
    (15, 3),
    (5, 2),
    (13, 2),
    (2, 5),
    (16, 5),
    (9, 2),
    (2, 8),
    (16, 8),
    (7, 4),
    (11, 4),
    (4, 7),
    (14, 7),
    (5, 5),
    (13, 5),
    (9, 5),
];

fn game(rules: &str, komi: i32) -> Game {
    let rules = Rules {
        komi: HalfPoints::points(komi),
        ..Rules::named(rules).unwrap()
    };
    Game::new(Size::square(19).unwrap(), rules)
}

fn play(game: &mut Game, (x, y): (usize, usize)) {
    let point = Point::new(x, y).unwrap();
    game.play(game.to_move(), Move::Play(point)).unwrap();
}

/// A game in which White has mirrored the last `mirrored` of `pairs` pairs of moves; before that White has played elsewhere.
fn mirrored_by_white(pairs: usize, mirrored: usize) -> Game {
    let mut game = game("tromp-taylor", 7);
    for (number, &(x, y)) in OPENING[..pairs].iter().enumerate() {
        play(&mut game, (x, y));
        let other = (18 - x, 18 - y - usize::from(number < pairs - mirrored));
        play(&mut game, other);
    }
    game
}

/// White mirrors from the first move on, and Black is to move.
fn mirrored() -> Game {
    mirrored_by_white(16, 16)
}

/// Black has begun in the centre and mirrors; White is to move. The komi is `komi`.
fn tengen(komi: i32) -> Game {
    let mut game = game("tromp-taylor", komi);
    play(&mut game, (9, 9));
    for &(x, y) in &OPENING[1..] {
        play(&mut game, (x, y));
        play(&mut game, (18 - x, 18 - y));
    }
    game
}

fn search(game: &Game, anti_mirror: Option<bool>) -> Search {
    let params = SearchParams {
        batches_in_flight: Some(1),
        anti_mirror,
        ..SearchParams::default()
    };
    let mut search = Search::new(Arc::new(Hashed::default()), params, 3);
    search.set_root(game);
    search
}

fn run(search: &mut Search, visits: u64) {
    let limits = Limits {
        visits: Some(visits),
        ..Limits::default()
    };
    search.run(&limits, &StopSignal::default()).unwrap();
}

/// Visits of the moves of the root, by policy index.
fn visits(search: &Search) -> Vec<(u16, u32)> {
    let node = search.evaluated_root().unwrap().1;
    let children = node.children.iter();
    children
        .map(|child| (child.index, child.stats.visits))
        .collect()
}

#[test]
fn who_mirrors_does_so_mostly_lately_and_at_last() {
    let found = |game: &Game| Mirror::of(game).map(|mirror| mirror.player);
    let check = |pairs: usize, mirrored: usize, expected: bool| {
        let player = found(&mirrored_by_white(pairs, mirrored));
        let white = expected.then_some(Color::White);
        assert_eq!(player, white, "{mirrored} of {pairs}");
    };
    // Seven and half of all.
    check(16, 16, true);
    check(16, 15, true);
    check(16, 14, false);
    check(14, 14, true);
    check(13, 13, false);
    let mut game = mirrored();
    play(&mut game, (4, 10));
    assert_eq!(found(&game), None, "Black's moves are no mirror images");
    play(&mut game, (14, 9));
    assert_eq!(found(&game), None, "White has stopped");
    assert_eq!(found(&tengen(7)), Some(Color::Black));
}

#[test]
fn the_count_of_a_mirrored_game_is_known() {
    let check = |game: &Game, expected: f64| {
        let player = game.to_move().opponent();
        assert_eq!(lead(game, player), expected, "{:?}", game.rules());
    };
    // Black has the last point of 361.
    check(&mirrored(), 6.0);
    check(&tengen(7), -6.0);
    check(&tengen(0), 1.0);
    check(&game("japanese", 6), 6.0);
}

#[test]
fn the_middle_is_broken_by_stones_without_image() {
    let check = |stones: &[(Color, usize, usize)], expected: f64| {
        let at = |&(color, x, y): &(Color, usize, usize)| (color, Point::new(x, y).unwrap());
        let stones: Vec<(Color, Point)> = stones.iter().map(at).collect();
        let board = Board::from_stones(Size::square(19).unwrap(), &stones).unwrap();
        let found = broken(&board, Color::White);
        assert!((found - expected).abs() < 1e-12, "{found} {stones:?}");
    };
    let (b, w) = (Color::Black, Color::White);
    check(&[(b, 9, 9)], 0.0);
    check(&[(b, 8, 8), (w, 10, 10)], 0.0);
    check(&[(w, 8, 8)], 0.0);
    check(&[(b, 8, 8)], 1.0);
    check(&[(b, 5, 8)], 0.0);
    check(&[(b, 8, 8), (w, 8, 9)], 0.5 * 1.2 * 2.2);
    check(&[(b, 8, 8), (b, 10, 10)], 3.0);
}

#[test]
fn the_owner_of_the_centre_shifts_the_odds() {
    let game = tengen(0);
    let mirror = Mirror::of(&game).unwrap();
    assert!(mirror.leans_on_center(&game));
    let mut owners = vec![0.0; 361];
    owners[180] = -1.0;
    let evaluation = |win: f32, loss: f32| Evaluation {
        policy: vec![1.0 / 362.0; 362].into(),
        chances: Mover(Chances {
            win,
            loss,
            no_result: 1.0 - win - loss,
        }),
        score: None,
        uncertainty: None,
        variance_time: None,
        ownership: Some(Mover(owners.clone().into())),
        human: None,
    };
    let check = |mirror: &Mirror, win: f32, loss: f32, share: f64| {
        let leaning = mirror.lean_on_center(&evaluation(win, loss)).unwrap();
        let total = f64::from(win + loss);
        let value = f64::from(win - loss) / total;
        let expected = total * (value.atanh() - share).tanh();
        let found = leaning.chances.0;
        assert!(
            (f64::from(found.value()) - expected).abs() < 1e-6,
            "{found:?}"
        );
        assert!(
            (found.win + found.loss - win - loss).abs() < 1e-6,
            "{found:?}"
        );
    };
    check(&mirror, 0.5, 0.5, 0.7);
    check(&mirror, 0.6, 0.3, 0.7);
    let broken = Mirror {
        broken: 1.0,
        ..mirror
    };
    check(&broken, 0.5, 0.5, 0.3);
    assert_eq!(mirror.lean_on_center(&evaluation(0.0, 0.0)), None);
    let weak = Mirror::of(&tengen(7)).unwrap();
    assert!(!weak.leans_on_center(&game), "the komi beats them anyway");
}

#[test]
fn moves_after_the_mirror_are_searched_as_ever() {
    let mut game = tengen(0);
    let mirror = Mirror::of(&game).unwrap();
    let check = |game: &Game, holds: bool, leans: bool| {
        assert_eq!(mirror.holds(game, 0), holds);
        assert_eq!(mirror.leans_on_center(game), leans);
    };
    check(&game, true, true);
    play(&mut game, (3, 3));
    check(&game, true, true);
    play(&mut game, (15, 14));
    check(&game, false, true);
    for point in [(4, 10), (14, 8), (5, 11), (13, 7)] {
        play(&mut game, point);
    }
    check(&game, false, false);
}

#[test]
fn nothing_is_different_where_nobody_mirrors_or_nobody_cares() {
    let check = |game: &Game, params: [Option<bool>; 2]| {
        let [first, second] = params.map(|anti_mirror| {
            let mut search = search(game, anti_mirror);
            run(&mut search, 400);
            visits(&search)
        });
        first == second
    };
    let mut game = mirrored();
    let on_and_off = [Some(true), None];
    assert!(!check(&game, on_and_off), "Black has a mirror before them");
    assert!(check(&game, [Some(false), None]));
    play(&mut game, (4, 10));
    assert!(check(&game, on_and_off), "White plays on against no mirror");
}

#[test]
fn the_centre_is_tried_and_mirror_images_are_expected() {
    let game = mirrored();
    let mut search = search(&game, Some(true));
    run(&mut search, 2000);
    let found = visits(&search);
    let size = game.size();
    let center = size.policy_index(Move::Play(Point::new(9, 9).unwrap())) as u16;
    let share = found
        .iter()
        .find(|(index, _)| *index == center)
        .map(|(_, visits)| *visits);
    assert!(share.unwrap_or_default() >= 90, "of 2000: {found:?}");
    // Of what is searched behind a move the mirror image has its part.
    let node = search.evaluated_root().unwrap().1;
    let most = node.children.iter().filter(|child| child.index != center);
    let most = most.max_by_key(|child| child.stats.visits).unwrap();
    let Move::Play(played) = move_of(size, most.index) else {
        panic!("{most:?}");
    };
    let image = size.policy_index(Move::Play(opposite(played, size))) as u16;
    let below = search.tree.node(most.node);
    let answer = &below.children[below.child_by_index(image).unwrap()];
    let share = answer.stats.weight / below.child_weight;
    assert!(share > 0.13, "{share} of {}", below.child_weight);
}

#[test]
fn a_gumbel_root_looks_at_the_centre() {
    let game = mirrored();
    let size = game.size();
    let center = size.policy_index(Move::Play(Point::new(9, 9).unwrap())) as u16;
    let tried = |anti_mirror| {
        let mut search = search(&game, anti_mirror);
        search.set_params(SearchParams {
            gumbel: Some(GumbelParams {
                considered: 4,
                noise: 0.0,
                ..GumbelParams::default()
            }),
            ..search.params().clone()
        });
        run(&mut search, 20);
        visits(&search).iter().any(|&(index, _)| index == center)
    };
    assert!(tried(Some(true)));
    assert!(!tried(None));
}

#[test]
fn a_mirror_seen_or_lost_clears_the_tree() {
    let mut game = mirrored();
    let mut search = search(&game, None);
    run(&mut search, 50);
    let known = |search: &Search, game: &Game| search.known_visits(game);
    let with = |search: &mut Search, anti_mirror| {
        let params = search.params().clone();
        search.set_params(SearchParams {
            anti_mirror,
            ..params
        });
    };
    with(&mut search, Some(false));
    assert!(
        known(&search, &game) > 0,
        "it did not care, nor does it now"
    );
    with(&mut search, Some(true));
    assert_eq!(known(&search, &game), 0);
    run(&mut search, 50);
    with(&mut search, None);
    assert_eq!(known(&search, &game), 0);
    with(&mut search, Some(true));
    run(&mut search, 50);
    let before = game.clone();
    play(&mut game, (4, 10));
    play(&mut game, (14, 8));
    search.set_root(&game);
    assert!(known(&search, &before) > 0, "White goes on mirroring");
    play(&mut game, (3, 13));
    play(&mut game, (8, 14));
    search.set_root(&game);
    assert_eq!(known(&search, &before), 0, "White has stopped");
}
