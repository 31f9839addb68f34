//! Records in ELF's own format.

use super::*;

/// A record as ELF's own description of it has it: Black at D4 and White at Q16, in ELF's upside-down SGF.
#[test]
fn records_of_elf_are_read() {
    let mut policy = vec![0u8; 441];
    let place = |x: usize, row: usize| row * 21 + x; // From 1, the row from the bottom.
    policy[place(4, 4)] = 255;
    policy[place(17, 16)] = 85;
    policy[0] = 17; // Pass.
    let json = |reward: f64, content: &str| {
        serde_json::json!({
            "request": {
                "vers": {"black_ver": 12, "white_ver": -1, "mcts_opt": {"max_num_moves": 0}},
                "client_ctrl": {"client_type": 1, "black_resign_thres": 0.05, "async": true},
            },
            "result": {
                "num_move": 2, "reward": reward, "content": content,
                "black_never_resign": true, "white_never_resign": true,
                "using_models": [12, 13], "policies": [policy], "values": [0.5, -0.25],
            },
            "timestamp": 1, "thread_id": 3, "seq": 4, "pri": 0.5, "offline": false,
        })
        .to_string()
    };
    let content = "(;SZ[19];B[dd];W[qp])";
    let games = parse_elf(&format!("[{},{}]", json(1.0, content), json(-7.5, content))).unwrap();
    let game = &games[0];
    let point = |x: usize, row: usize| Move::Play(Point::new(x - 1, 19 - row).unwrap());
    let moves: Vec<_> = game
        .turns
        .iter()
        .map(|turn| (turn.color, turn.mv))
        .collect();
    assert_eq!(
        moves,
        [(Color::Black, point(4, 4)), (Color::White, point(17, 16))]
    );
    let target = game.turns[0].policy_target(game.size).unwrap();
    for (mv, share) in [
        (point(4, 4), 255.0),
        (point(17, 16), 85.0),
        (Move::Pass, 17.0),
    ] {
        let found = target[game.size.policy_index(mv)];
        assert!((found - share / 357.0).abs() < 1e-3, "{mv:?} {found}");
    }
    assert_eq!(game.turns[1].kind, TurnKind::Cheap);
    assert_eq!(game.turns[0].root.0.chances.value(), -0.5, "White's view");
    assert_eq!(game.outcome, Outcome::Resignation(Color::Black));
    assert_eq!(games[1].outcome, Outcome::Score(HalfPoints(15)));
    assert_eq!(game.nets, ["elf-12", "elf-13"]);
    assert_eq!(game.actors, ["elf-12", "self-play"]);
    assert!(!game.resignation.allowed);
    assert!((game.resignation.threshold + 0.95).abs() < 1e-6);
    assert_eq!(codec::check(game), Ok(()), "it can be written as ours");

    for (wrong, expected) in [
        ("{}", "no record of ELF OpenGo"),
        ("[1]", "no record of ELF OpenGo"),
        (
            &*json(0.0, "(;B[aa];W[aa])"),
            "game 0: move 2: the point is occupied",
        ),
        (&*json(0.0, "nothing"), "game 0: "),
    ] {
        let error = parse_elf(wrong).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
