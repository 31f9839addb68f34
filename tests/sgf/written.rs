//! What is written: it can be read again, and is what other programs expect.

use df_console::go::{Color, Game, HalfPoints, MAX_KOMI, Move, Point, Rules, Size};
use df_console::sgf::{self, GameInfo, Prop, Record};
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::fixtures::GAMES;
use crate::{default_rules, fixture};

fn random_game(rng: &mut impl Rng) -> Game {
    let size = Size::new(rng.random_range(2..=25), rng.random_range(2..=25)).expect("a size");
    let names: Vec<&str> = Rules::names().collect();
    let komi = match rng.random_range(0..3) {
        0 => rng.random_range(-MAX_KOMI.0..=MAX_KOMI.0),
        1 => 2 * [275, 325, 350, 375][rng.random_range(0..4)],
        _ => rng.random_range(-30..=30),
    };
    let rules = Rules {
        komi: HalfPoints(komi),
        ..Rules::named(names[rng.random_range(0..names.len())]).expect("known rules")
    };
    let mut game = match rng.random_range(0..4) {
        0 => {
            let stones = [(0, 0), (1, 1)].map(|(x, y)| Point::new(x, y).expect("a point"));
            Game::with_handicap(size, rules, &stones).expect("a start")
        }
        1 => {
            let stones = [(Color::Black, 0, 0), (Color::White, 1, 1)]
                .map(|(color, x, y)| (color, Point::new(x, y).expect("a point")));
            Game::from_stones(size, rules, &stones, Color::White).expect("a start")
        }
        2 => Game::from_stones(size, rules, &[], Color::White).expect("a start"),
        _ => Game::new(size, rules),
    };
    for _ in 0..rng.random_range(0..2 * size.area()) {
        let color = match rng.random_range(0..20) {
            0 => game.to_move().opponent(),
            _ => game.to_move(),
        };
        let mv = size
            .policy_move(rng.random_range(0..size.policy_len()))
            .expect("a move");
        if game.play(color, mv).is_err() && game.outcome().is_some() {
            break;
        }
    }
    if !game.moves().is_empty() && rng.random_range(0..4) == 0 {
        game.set_to_move(game.to_move().opponent());
    }
    game
}

/// Neither the stone that may not be captured back nor the point behind it is one where other programs know a move.
#[test]
fn what_passes_for_a_ko_is_written_as_a_pass() {
    let at = |x, y| Point::new(x, y).expect("a point");
    let black = [(1, 0), (0, 1), (1, 2)].map(|(x, y)| (Color::Black, at(x, y)));
    let white = [(2, 0), (3, 1), (2, 2)].map(|(x, y)| (Color::White, at(x, y)));
    let (size, rules) = (Size::square(4), Rules::named("japanese"));
    let (size, rules) = (size.expect("a size"), rules.expect("known rules"));
    let stones = [black, white].concat();
    let start = Game::from_stones(size, rules, &stones, Color::White).expect("a start");
    for (point, mark) in [(at(1, 1), "W[]TR[bb]"), (at(2, 1), "W[]TR[cb]")] {
        let mut game = start.clone();
        for mv in [
            Move::Pass,
            Move::Pass,
            Move::Play(at(1, 1)),
            Move::Play(at(2, 1)),
            Move::Play(point),
            Move::Play(at(0, 3)),
            Move::Play(at(1, 1)),
        ] {
            game.play(game.to_move(), mv).expect("a legal move");
        }
        assert!(game.board().is_empty(at(2, 1)), "the ko is taken back");
        let text = Record::of_game(&game, &GameInfo::default()).to_string();
        assert!(text.contains(mark), "{text}");
        let read = sgf::parse(text.as_bytes()).expect("a record").remove(0);
        let replayed = read.main_game(&default_rules()).expect("legal moves");
        // A ko is banned in a record, and blocked in the clean-up.
        assert_eq!(replayed.board().hash(), game.board().hash());
        let captured = |game: &Game| Color::BOTH.map(|color| game.board().captured(color));
        assert_eq!(captured(&replayed), captured(&game));
        assert_eq!(replayed.to_move(), game.to_move());
    }
}

#[test]
fn games_survive_writing_and_reading() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
    for number in 0..150 {
        let game = random_game(&mut rng);
        let info = GameInfo {
            players: [Some("a]b\\c:d".to_string()), Some("黒".to_string())],
            remarks: Some("two\nlines".to_string()),
            ..GameInfo::default()
        };
        let mut record = Record::of_game(&game, &info);
        record.set_comment(0, "root ] \\ :");
        record.set_comment(record.len() - 1, "ends with a backslash \\");
        record.add_property(
            0,
            Prop::Unknown("SBKV".to_string(), vec!["4]\\2".to_string()]),
        );
        let text = record.to_string();
        let read = sgf::parse(text.as_bytes())
            .expect("what was written")
            .remove(0);
        assert_eq!(read.to_string(), text, "game {number}");
        let again = read.main_game(&default_rules()).expect("the game");
        assert_eq!(again.rules(), game.rules(), "game {number}");
        assert_eq!(again.moves(), game.moves(), "game {number}");
        assert_eq!(again.start(), game.start(), "game {number}");
        assert_eq!(again.to_move(), game.to_move(), "game {number}");
        assert_eq!(again.board(), game.board(), "game {number}");
        assert_eq!(again.outcome(), game.outcome(), "game {number}");
        let found = read.info();
        assert_eq!(found.players, info.players);
        assert_eq!(found.remarks.as_deref(), Some("two\nlines"));
    }
}

#[test]
fn handicap_that_was_played_survives() {
    let size = Size::square(9).expect("a size");
    let rules = Rules::named("chinese").expect("known rules");
    let check = |moves: &[Color], announced: Option<i64>| {
        let mut game = Game::new(size, rules);
        game.set_count_leading_moves(true);
        for (&color, point) in moves.iter().zip(size.points().step_by(2)) {
            game.play(color, Move::Play(point)).expect("a free point");
        }
        let record = Record::of_game(&game, &GameInfo::default());
        let root = record.properties(Record::ROOT).iter();
        let mut handicap = root.filter_map(|prop| match prop {
            Prop::HA(stones) => Some(*stones),
            _ => None,
        });
        assert_eq!(handicap.next(), announced, "{moves:?}");
        let read = &sgf::parse(record.to_string().as_bytes()).expect("what was written")[0];
        let again = read.main_game(&default_rules()).expect("the game");
        assert_eq!(again.handicap_stones(), game.handicap_stones(), "{moves:?}");
        assert_eq!(again.moves(), game.moves(), "{moves:?}");
        assert_eq!(again.start(), game.start(), "{moves:?}");
    };
    let (b, w) = (Color::Black, Color::White);
    check(&[b, w, b, w], None);
    check(&[b, b], Some(2));
    check(&[b, b, b, b, w, b], Some(4));
    check(&[w, b, b], None);
    // A position that was set up.
    check(&[b, b, w, w], None);

    // White's pass comes first: announced, the stones would be taken for those on the customary points.
    let mut game = Game::new(size, rules);
    game.set_count_leading_moves(true);
    let at = |x| Move::Play(Point::new(x, 4).expect("a point"));
    for (color, mv) in [(w, Move::Pass), (b, at(2)), (w, Move::Pass), (b, at(6))] {
        game.play(color, mv).expect("a free point");
    }
    assert_eq!(game.handicap_stones(), 2);
    let text = Record::of_game(&game, &GameInfo::default()).to_string();
    let again = &sgf::parse(text.as_bytes()).expect("what was written")[0];
    let again = again.main_game(&default_rules()).expect("the game");
    assert_eq!((again.moves(), again.start()), (game.moves(), game.start()));
}

#[test]
fn records_survive_with_all_they_hold() {
    for file in GAMES.iter().map(|game| game.0) {
        for record in sgf::load(&fixture(file)).expect(file) {
            let text = record.to_string();
            let again = sgf::parse(text.as_bytes()).expect(file);
            assert_eq!(again[0].to_string(), text, "{file}");
            assert_eq!(properties(&again[0]), properties(&record), "{file}");
        }
    }
}

/// All properties but the character set, which is always UTF-8 in the end.
fn properties(record: &Record) -> Vec<Vec<&Prop>> {
    let of_node = |node| {
        let all = record.properties(node).iter();
        all.filter(|prop| !matches!(prop, Prop::CA(_))).collect()
    };
    (0..record.len()).map(of_node).collect()
}

/// Escaped colons of a text beside the colon that ends a part.
#[test]
fn escaped_colons_survive() {
    for value in [
        r"AP[my\:app:1.0]",
        r"AP[my\:app\\:1.0]",
        r"AP[my\:app]",
        r"FG[257:a\:b]",
        r"LB[aa:x\:y\]][bb:\:]",
        r"LB[aa:x\:y][b]",
        r"PB[a:b\\:c]",
    ] {
        let text = format!("(;{value})\n");
        let record = sgf::parse(text.as_bytes()).expect(value).remove(0);
        assert_eq!(record.to_string(), text);
    }
    let record = sgf::parse(br"(;AP[my\:app:1.0]LB[aa:x\:y])").expect("a record");
    let known = |prop: &Prop| matches!(prop, Prop::AP(_) | Prop::LB(_));
    assert!(record[0].properties(0).iter().all(known), "two parts each");
}

#[test]
fn names_survive_whatever_character_set_they_came_in() {
    for (set, bytes, name) in [
        ("GB2312", &b"\xB9\xC5\xC1\xA6"[..], "古力"),
        ("GBK", b"\x81\x5C", "乗"),
        ("Big5", b"\xA9\x50\xAB\x54\xBE\xB1", "周俊勳"),
        ("Big-5", b"\xA4\x5C\xA4\x5D", "么也"),
        ("Shift_JIS", b"\x88\xE4\x8E\x52\x97\x54", "井山裕"),
        ("ShiftJIS", b"\x83\x5C", "ソ"),
        ("EUC-KR", b"\xC0\xCC\xBC\xBC\xB5\xB9", "이세돌"),
        ("ISO-8859-1", b"M\xFCller", "Müller"),
        ("UTF-8", "黒".as_bytes(), "黒"),
        ("", b"M\xFCller", "Müller"),
    ] {
        let mut text = b"(;GM[1]SZ[9]".to_vec();
        if !set.is_empty() {
            text.extend(format!("CA[{set}]").bytes());
        }
        text.extend([b"PB[", bytes, b"];B[ee])"].concat());
        let record = sgf::parse(&text).expect(set).remove(0);
        assert_eq!(record.info().players[0].as_deref(), Some(name), "{set}");
        let written = record.to_string();
        assert_eq!(written.matches("CA[UTF-8]").count(), 1, "{written}");
        assert_eq!(written.matches("CA[").count(), 1, "{written}");
        let again = sgf::parse(written.as_bytes()).expect(set).remove(0);
        assert_eq!(again.info().players, record.info().players, "{set}");
    }
    let plain = sgf::parse(b"(;GM[1]SZ[9]PB[Go])").expect("a record");
    assert!(!plain[0].to_string().contains("CA["));
}

#[test]
fn what_is_written_is_what_other_programs_expect() {
    let size = Size::square(9).expect("a size");
    let rules = Rules::named("chinese").expect("known rules");
    let point = |x, y| Point::new(x, y).expect("a point");
    let stones = [point(2, 6), point(6, 2)];
    let mut game = Game::with_handicap(size, rules, &stones).expect("a start");
    game.play(Color::White, Move::Play(point(4, 0)))
        .expect("a move");
    game.play(Color::Black, Move::Pass).expect("a move");
    game.resign(Color::Black);
    let mut record = Record::of_game(&game, &GameInfo::default());
    record.set_comment(1, "top row");
    let variation = record.add_move(1, game.moves()[0]);
    record.set_comment(variation, "or");
    let (_, version) = sgf::PROGRAM;
    let expected = format!(
        "(;FF[4]GM[1]CA[UTF-8]AP[df_console:{version}]SZ[9]KM[7.5]RU[chinese]RE[W+R]\
         HA[2]PL[W]AB[gc][cg]\n;W[ea]C[top row]\n(;B[])\n(;W[ea]C[or]))\n"
    );
    assert_eq!(record.to_string(), expected);

    // A turn is no part of a move's node.
    game.undo();
    game.set_to_move(Color::White);
    let text = Record::of_game(&game, &GameInfo::default()).to_string();
    assert!(
        text.ends_with("PL[W]AB[gc][cg]\n;W[ea]\n;PL[W])\n"),
        "{text}"
    );
}
