//! Settings that need no file.

use super::{
    BlockKind, Constants, GameSettings, GateMode, GateSettings, LearnSettings, Machine,
    NetSettings, OpponentSettings, PlaySettings, RunSettings, SearchKind, StopRules,
};
use crate::pipeline::Failure;
use crate::selfplay::{PRESETS, SelfPlayParams};
use crate::train::decay::Decay;
use crate::train::loss_terms::LossTerm;
use crate::train::rule::Rule;

/// What differs between presets.
struct Sizes {
    blocks: usize,
    channels: usize,
    playouts: usize,
    /// Games of a generation.
    games: u64,
    /// Most steps of a generation. Learning takes no longer than the games do, so that new networks come often.
    steps: u64,
    side: usize,
    /// Rows up to which all games are used.
    window: f64,
}

impl Sizes {
    fn named(name: &str) -> Option<Sizes> {
        let large = Sizes {
            blocks: 6,
            channels: 96,
            playouts: 64,
            games: 500,
            steps: 500,
            side: 19,
            window: 150_000.0,
        };
        Some(match name {
            "5x5" => Sizes {
                blocks: 4,
                channels: 32,
                playouts: 32,
                games: 400,
                steps: 400,
                side: 5,
                window: 20_000.0,
            },
            "7x7" => Sizes {
                blocks: 5,
                channels: 32,
                playouts: 32,
                games: 300,
                steps: 400,
                side: 7,
                window: 30_000.0,
            },
            "9x9" => Sizes {
                blocks: 5,
                channels: 64,
                playouts: 32,
                games: 350,
                steps: 650,
                side: 9,
                window: 60_000.0,
            },
            "13x13" => Sizes {
                channels: 64,
                side: 13,
                window: 100_000.0,
                ..large
            },
            "19x19" | "mixed" => large,
            _ => return None,
        })
    }
}

impl RunSettings {
    /// The settings of a preset, sized for a machine.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn preset(name: &str, machine: Machine) -> Result<RunSettings, Failure> {
        let (Some(sizes), Some(games)) = (Sizes::named(name), SelfPlayParams::preset(name)) else {
            return Err(Failure::Settings(format!(
                "there is no preset {name:?}: use one of {}",
                PRESETS.join(", ")
            )));
        };
        Ok(RunSettings {
            preset: name.into(),
            seed: 1,
            net: NetSettings {
                from: None,
                kind: BlockKind::Residual,
                blocks: sizes.blocks,
                channels: sizes.channels,
                normalise_all: true,
            },
            games: self_played(&games),
            play: play(&sizes, machine),
            opponent: OpponentSettings::default(),
            learn: learn(&sizes, machine),
            gate: gate(&sizes, machine),
            stop: StopRules::default(),
            machine,
        })
    }
}

fn self_played(games: &SelfPlayParams) -> GameSettings {
    let mut settings = GameSettings::of(games);
    // Where the winner is beyond doubt searches are short instead, so that every game has a score and owners to learn.
    settings.resign.enabled = false;
    settings
}

fn play(sizes: &Sizes, machine: Machine) -> PlaySettings {
    let batch = machine.batch(sizes.side * sizes.side);
    PlaySettings {
        first_games: sizes.games,
        games: sizes.games,
        playouts: sizes.playouts,
        search: SearchKind::Gumbel,
        considered: 16,
        visit_scale: None,
        value_scale: None,
        cheap_share: None,
        cheap_playouts: None,
        decided_playouts: sizes.playouts / 4,
        decided_weight: 0.25,
        score_utility: None,
        noise: None,
        forced_visits: None,
        temperature: None,
        prune_targets: None,
        keep_tree: None,
        overlap: true,
        threads: machine.threads,
        parallel: machine.parallel(batch),
        batch: Some(batch),
        shard_games: 50,
        constants: Constants::new(),
    }
}

fn learn(sizes: &Sizes, machine: Machine) -> LearnSettings {
    LearnSettings {
        batch: 128,
        steps: machine.steps(sizes.steps),
        uses: 4.0,
        optimiser: Rule::default(),
        rate: 1e-3,
        warm_up: 200,
        decay_from: 0,
        decay_over: 1,
        decay_to: 0.1,
        cool_down: 0.2,
        weight_decay: Decay::default(),
        losses: LossTerm::weights(),
        // More would wait for each other while games are played.
        threads: 1,
        bf16: machine.learns_in_bf16(),
        clip: 10.0,
        averaging: 0.01,
        validation: 0.03,
        checkpoint_every: 200,
        window_rows: sizes.window,
        window_exponent: 0.65,
        window_most: 2e6,
    }
}

fn gate(sizes: &Sizes, machine: Machine) -> GateSettings {
    GateSettings {
        mode: GateMode::Watch,
        every: 5,
        games: 60,
        games_between: 10,
        playouts: sizes.playouts as u64,
        parallel: machine.match_games(),
        opening: (sizes.side / 3).max(1),
        elo: [0.0, 35.0],
        alpha: 0.05,
        beta: 0.05,
    }
}
