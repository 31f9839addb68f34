//! Commands about the rules. They apply to the game on the board as well: its moves are made again under the new ones.

use gtp::Args;

use super::Session;
use super::command::{
    Command, Failure,
    Run::{Aside, Text},
};
use crate::go::Rules;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "kata-get-rules",
        arguments: "",
        help: "the rules as JSON, without the komi",
        run: Aside(|session, _| Ok(session.game.rules().to_json())),
    },
    Command {
        name: "kata-set-rules",
        arguments: "NAME|JSON",
        help: "sets the rules by name (tromp-taylor, chinese, japanese, ...) or by parameters; the komi stays",
        run: Text(set_rules),
    },
    Command {
        name: "kata-set-rule",
        arguments: "KEY VALUE",
        help: "sets one parameter of the rules, as kata-get-rules shows them",
        run: Text(set_rule),
    },
    Command {
        name: "kgs-rules",
        arguments: "japanese|chinese|aga|new_zealand",
        help: "sets the rules as KGS means them; the komi stays",
        run: Text(kgs_rules),
    },
];

fn set_rules(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    if args.is_empty() {
        return Err(Failure::syntax(
            "rules are missing: a name such as chinese or japanese, or JSON as kata-get-rules shows it",
        ));
    }
    let rules = Rules::parse(args.rest(), session.game.rules().komi)?;
    change(session, rules)
}

fn set_rule(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    let key = args.word("key")?;
    let value = args.word("value")?;
    args.finish()?;
    let rules = session.game.rules().with(key, value)?;
    change(session, rules)
}

fn kgs_rules(session: &mut Session, args: &mut Args<'_>) -> Result<String, Failure> {
    // The manual says that more words may follow one day.
    let name = args.word("rules")?;
    let rules = Rules {
        komi: session.game.rules().komi,
        ..Rules::named_by_kgs(name)?
    };
    change(session, rules)
}

fn change(session: &mut Session, rules: Rules) -> Result<String, Failure> {
    if rules.komi != session.game.rules().komi {
        return Err(Failure::new(
            "the komi is not one of the rules here: 'komi' sets it",
        ));
    }
    session.game.set_rules(rules).map_err(|illegal| {
        Failure::new(format!(
            "a move of this game is not possible under these rules: {illegal}"
        ))
    })?;
    session.thinker.position_changed();
    Ok(String::new())
}
