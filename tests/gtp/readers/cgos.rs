//! CGOS's client of zakki: one command at a time, of which none may fail, and a move is the last line of its reply.

use crate::live::Live;

/// A client in the middle of its session.
struct Client {
    live: Live,
    known: Vec<String>,
}

impl Client {
    fn start() -> Client {
        let mut live = Live::hashed("--visits 20 --no-resign");
        let listed = live.ask("list_commands");
        let known = listed.trim_start_matches("= ").lines().map(str::to_owned);
        Client {
            known: known.collect(),
            live,
        }
    }

    /// # Panics
    /// Where the client would end the session.
    fn tell(&mut self, command: &str) {
        assert_eq!(self.live.ask(command), "= \n\n", "{command}");
    }

    /// What is sent at all only if the engine says that it knows it.
    fn tell_if_known(&mut self, command: &str) {
        let name = command.split(' ').next().unwrap_or_default();
        assert!(self.known.iter().any(|known| known == name), "{name}");
        self.tell(command);
    }

    fn set_up(&mut self, opponent: &str, rating: &str) {
        self.tell("boardsize 9");
        self.tell("komi 7.0");
        self.tell_if_known("time_settings 300 0 0");
        self.tell_if_known(&format!("cgos-opponent_name {opponent}"));
        self.tell_if_known(&format!("cgos-opponent_rating {rating}"));
        self.tell("clear_board");
    }

    /// # Panics
    /// Where the client would find no move, or the server drop what comes with it.
    fn genmove(&mut self, color: &str) {
        self.tell_if_known(&format!("time_left {color} 299 0"));
        let reply = self.live.ask(&format!("cgos-genmove_analyze {color}"));
        let mut lines = reply.trim_end().lines();
        assert_eq!(lines.next(), Some("="), "{reply}");
        let analysis = lines.next().expect("an analysis");
        let made = lines.next().and_then(|line| line.strip_prefix("play "));
        assert_eq!(lines.next(), None, "{reply}");
        let analysis: serde_json::Value = serde_json::from_str(analysis).expect("it is JSON");
        assert!(analysis["winrate"].is_f64(), "{analysis}");
        assert!(
            made.expect("a move").parse::<gtp::Vertex>().is_ok(),
            "{reply}"
        );
    }
}

#[test]
fn two_games_are_played_as_the_client_plays_them() {
    let mut client = Client::start();
    client.set_up("Gnugo-3.7.10-a1", "1800");
    for _ in 0..2 {
        client.genmove("b");
        client.tell("play w pass");
    }
    client.tell_if_known("cgos-gameover W+Time");
    // An opponent without a rating, and the moves of a game that was broken off.
    client.set_up("newcomer", "");
    for caught_up in ["b d4", "w f6", "b pass"] {
        client.tell(&format!("play {caught_up}"));
    }
    client.genmove("w");
    client.tell_if_known("cgos-gameover B+Forfeit");
    assert_eq!(client.live.ask("quit"), "= \n\n");
}
