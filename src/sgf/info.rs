//! What a record says about its game.

use sgf_parse::SimpleText;

use super::{Prop, Record};
use crate::go::{Color, HalfPoints, Outcome};

/// Who played whom, when and how it ended. All optional, all plain text as the record has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GameInfo {
    /// Name of the game or of the file.
    pub name: Option<String>,
    /// Who played, by [`Color::index`].
    pub players: [Option<String>; 2],
    /// When, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Tournament or run.
    pub event: Option<String>,
    /// Round of the event.
    pub round: Option<String>,
    /// How it ended: `B+3.5`, `W+R`, `0`, `Void`, `?` and so on (see [`result_text`]).
    pub result: Option<String>,
    /// Anything else about the game.
    pub remarks: Option<String>,
}

impl GameInfo {
    /// The properties, in the order in which they are written.
    pub(super) fn properties(&self) -> Vec<Prop> {
        fn prop(make: impl Fn(SimpleText) -> Prop, text: &Option<String>) -> Option<Prop> {
            let text = text.clone().filter(|text| !text.is_empty())?;
            Some(make(SimpleText { text }))
        }
        let [black, white] = &self.players;
        [
            prop(Prop::GN, &self.name),
            prop(Prop::PB, black),
            prop(Prop::PW, white),
            prop(Prop::DT, &self.date),
            prop(Prop::EV, &self.event),
            prop(Prop::RO, &self.round),
            prop(Prop::RE, &self.result),
            self.remarks
                .as_ref()
                .map(|text| Prop::GC(sgf_parse::Text { text: text.clone() })),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// How a game ended, as `RE` says it.
pub fn result_text(outcome: Outcome) -> String {
    let letter = |color| match color {
        Color::Black => 'B',
        Color::White => 'W',
    };
    match outcome {
        Outcome::Score(HalfPoints(0)) => "0".to_string(),
        Outcome::Score(score) if score.0 > 0 => format!("W+{score}"),
        Outcome::Score(score) => format!("B+{}", -score),
        Outcome::Resignation(winner) => format!("{}+R", letter(winner)),
        Outcome::Repetition(winner) => format!("{}+F", letter(winner)),
        Outcome::NoResult => "Void".to_string(),
    }
}

impl Record {
    /// What the record says about its game.
    pub fn info(&self) -> GameInfo {
        let mut info = GameInfo::default();
        for prop in self.properties(Record::ROOT) {
            let (slot, text) = match prop {
                Prop::GN(text) => (&mut info.name, &text.text),
                Prop::PB(text) => (&mut info.players[0], &text.text),
                Prop::PW(text) => (&mut info.players[1], &text.text),
                Prop::DT(text) => (&mut info.date, &text.text),
                Prop::EV(text) => (&mut info.event, &text.text),
                Prop::RO(text) => (&mut info.round, &text.text),
                Prop::RE(text) => (&mut info.result, &text.text),
                Prop::GC(text) => {
                    info.remarks = Some(text.text.clone());
                    continue;
                }
                _ => continue,
            };
            *slot = Some(text.replace('\n', " "));
        }
        info
    }
}
