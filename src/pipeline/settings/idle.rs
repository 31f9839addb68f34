//! Which settings do something, as the others are.

use super::constants::own_name;
use super::{GameSettings, GateMode, GateSettings, LearnSettings, RunSettings};
use crate::go::Size;
use crate::pipeline::Failure;
use crate::selfplay::ActorParams;

/// Whether keys do something, those keys, and what they do nothing without.
type Condition = (bool, &'static [&'static str], &'static str);

/// Constants that only searches by PUCT go by.
const OF_PUCT: [&str; 9] = [
    "root_fpu_reduction",
    "root_noise",
    "root_noise_weight",
    "root_noise_concentration",
    "forced_visits",
    "root_symmetry_pruning",
    "lcb",
    "lcb_stdevs",
    "lcb_min_weight",
];

impl RunSettings {
    /// # Errors
    /// If the user's own `changes` of `base` name a key that does nothing: the first.
    pub(super) fn check_changes(
        &self,
        base: &toml::Table,
        changes: &toml::Table,
    ) -> Result<(), Failure> {
        let changed = |key: &&&str| {
            let own = value(changes, key);
            own.is_some() && own != value(base, key)
        };
        let conditions = self.players()?.into_iter();
        let conditions = conditions
            .chain(games(&self.games))
            .chain(learn(&self.learn))
            .chain(gate(&self.gate));
        for (does_something, keys, why) in conditions {
            if let (false, Some(key)) = (does_something, keys.iter().find(changed)) {
                return Err(Failure::Settings(format!(
                    "the settings of the run: {key}: {why}"
                )));
            }
        }
        self.check_constants(changes)
    }

    /// # Errors
    /// If `changes` name a constant that only searches by PUCT go by, and none of those that have it does.
    fn check_constants(&self, changes: &toml::Table) -> Result<(), Failure> {
        let who = self.actor_params()?;
        for (key, who) in [
            ("play.constants", &who[..]),
            ("opponent.constants", &who[1..]),
        ] {
            let table = value(changes, key).and_then(toml::Value::as_table);
            let mut names = table.into_iter().flat_map(toml::Table::keys);
            let of_puct = names.find(|name| OF_PUCT.contains(&&*own_name(name)));
            if let Some(name) = of_puct
                && who.iter().all(|actor| actor.search.gumbel.is_some())
            {
                return Err(Failure::Settings(format!(
                    "the settings of the run: {key}: {name}: a Gumbel root does not go by it; set the search to puct too"
                )));
            }
        }
        Ok(())
    }

    fn players(&self) -> Result<Vec<Condition>, Failure> {
        let who = self.actor_params()?;
        let searches = |is: fn(&ActorParams) -> bool| who.iter().any(is);
        Ok(vec![
            (
                false,
                &["machine"],
                "the program finds that out; leave it out, and set what is sized for it, such as play.threads",
            ),
            (
                self.opponent.share > 0.0,
                &[
                    "opponent.weights",
                    "opponent.search",
                    "opponent.playouts",
                    "opponent.learned",
                    "opponent.constants",
                ],
                "there is no opponent; set opponent.share too",
            ),
            (
                searches(|actor| actor.search.gumbel.is_none()),
                &["play.noise", "play.forced_visits", "play.prune_targets"],
                "nobody searches by PUCT; set play.search too",
            ),
            (
                searches(|actor| actor.search.gumbel.is_some()),
                &["play.considered", "play.visit_scale", "play.value_scale"],
                "there is no Gumbel root; set play.search too",
            ),
            (
                searches(|actor| actor.cheap.is_some()),
                &["play.cheap_playouts"],
                "there are no short searches; set play.cheap_share too",
            ),
        ])
    }
}

fn games(games: &GameSettings) -> Vec<Condition> {
    let (handicap, forks) = (&games.handicap, &games.forks);
    // What is no size is another error.
    let has_room = |size: Option<Size>| size.is_none_or(|size| size.area() >= handicap.least_area);
    let has_room = games
        .boards
        .keys()
        .any(|board| has_room(board.parse().ok()));
    vec![
        (
            games.resign.enabled,
            &[
                "games.never_resign",
                "games.resign.threshold",
                "games.resign.false_positives",
            ],
            "nobody resigns; set games.resign.enabled too",
        ),
        (
            games.komi.wide > 0.0,
            &["games.komi.wide_stdev"],
            "no komi has so much noise; set games.komi.wide too",
        ),
        (
            handicap.probability > 0.0,
            &[
                "games.handicap.most_stones",
                "games.handicap.compensate",
                "games.handicap.least_area",
            ],
            "there is no handicap; set games.handicap.probability too",
        ),
        (
            handicap.probability == 0.0 || has_room,
            &[
                "games.handicap.least_area",
                "games.handicap.probability",
                "games.handicap.most_stones",
                "games.handicap.compensate",
            ],
            "no board is large enough for a handicap; set games.handicap.least_area to the area of one, or less",
        ),
        (
            handicap.probability == 0.0 || handicap.most_stones >= 2,
            &["games.handicap.most_stones", "games.handicap.probability"],
            "fewer than two stones are no handicap; set games.handicap.most_stones to 2 or more, or \
             games.handicap.probability to 0",
        ),
        (
            games.opening.moves_per_area > 0.0,
            &["games.opening.temperature"],
            "no opening is sampled; set games.opening.moves_per_area too",
        ),
        (
            forks.early > 0.0,
            &[
                "games.forks.early_moves_per_area",
                "games.forks.early_choices",
            ],
            "there are no early forks; set games.forks.early too",
        ),
        (
            forks.late > 0.0,
            &["games.forks.late_choices"],
            "there are no late forks; set games.forks.late too",
        ),
        (
            forks.early > 0.0 || forks.late > 0.0,
            &["games.forks.least_choices", "games.forks.compensate"],
            "there are no forks; set games.forks.early or games.forks.late too",
        ),
        (
            games.lead.probability > 0.0,
            &["games.lead.playouts"],
            "there are no searches for the lead; set games.lead.probability too",
        ),
    ]
}

fn learn(learn: &LearnSettings) -> Vec<Condition> {
    vec![
        (
            learn.decay_from > 0,
            &["learn.decay_over"],
            "the rate does not fall at a step; set learn.decay_from too",
        ),
        (
            learn.decay_from > 0 || learn.cool_down > 0.0,
            &["learn.decay_to"],
            "the rate does not fall; set learn.decay_from or learn.cool_down too",
        ),
    ]
}

fn gate(gate: &GateSettings) -> Vec<Condition> {
    vec![
        (
            gate.mode != GateMode::Skip,
            &[
                "gate.every",
                "gate.games",
                "gate.games_between",
                "gate.playouts",
                "gate.parallel",
                "gate.opening",
                "gate.elo",
                "gate.alpha",
                "gate.beta",
            ],
            "there are no matches; set gate.mode too",
        ),
        (
            gate.mode == GateMode::Watch,
            &["gate.games_between"],
            "there are no small matches between; gate.mode = \"watch\" has them",
        ),
        (
            gate.mode == GateMode::Match,
            &["gate.elo", "gate.alpha", "gate.beta"],
            "matches are for the record and decide nothing; gate.mode = \"match\" has them decide",
        ),
    ]
}

/// What a table of tables says of a key with dots.
pub(super) fn value<'a>(table: &'a toml::Table, key: &str) -> Option<&'a toml::Value> {
    let mut parts = key.split('.');
    let first = table.get(parts.next()?)?;
    parts.try_fold(first, |table, part| table.get(part))
}
