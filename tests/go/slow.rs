//! The rules a second time: whole boards kept and compared, everything else recomputed by floods.

use std::collections::BTreeSet;

use df_console::go::{
    Color, HalfPoints, Illegal, KoRule, Move, Outcome, Phase, Rules, Scoring, Size, Tax,
};

use crate::slow_life::{self, Owners};

/// Stones on a board, by rows from the top left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    pub size: Size,
    pub stones: Vec<Option<Color>>,
}

impl Grid {
    pub fn area(&self) -> usize {
        self.stones.len()
    }

    pub fn neighbors(&self, point: usize) -> Vec<usize> {
        let (w, h) = (self.size.width(), self.size.height());
        let (x, y) = (point % w, point / w);
        let mut neighbors = Vec::new();
        if x > 0 {
            neighbors.push(point - 1);
        }
        if x + 1 < w {
            neighbors.push(point + 1);
        }
        if y > 0 {
            neighbors.push(point - w);
        }
        if y + 1 < h {
            neighbors.push(point + w);
        }
        neighbors
    }

    /// The connected points around `start` that satisfy `belongs`.
    pub fn flood(&self, start: usize, belongs: impl Fn(usize) -> bool) -> BTreeSet<usize> {
        let mut points = BTreeSet::from([start]);
        let mut todo = vec![start];
        while let Some(point) = todo.pop() {
            for n in self.neighbors(point) {
                if belongs(n) && points.insert(n) {
                    todo.push(n);
                }
            }
        }
        points
    }

    pub fn chain(&self, point: usize) -> BTreeSet<usize> {
        self.flood(point, |p| self.stones[p] == self.stones[point])
    }

    pub fn liberties(&self, point: usize) -> BTreeSet<usize> {
        let chain = self.chain(point);
        let around = chain.iter().flat_map(|&stone| self.neighbors(stone));
        around.filter(|&n| self.stones[n].is_none()).collect()
    }

    /// Puts a stone and removes what has no liberty, enemies first; the removed enemies.
    fn put(&mut self, color: Color, point: usize) -> BTreeSet<usize> {
        self.stones[point] = Some(color);
        let mut captured = BTreeSet::new();
        for n in self.neighbors(point) {
            if self.stones[n] == Some(color.opponent()) && self.liberties(n).is_empty() {
                captured.extend(self.chain(n));
            }
        }
        for &stone in &captured {
            self.stones[stone] = None;
        }
        if self.liberties(point).is_empty() {
            for stone in self.chain(point) {
                self.stones[stone] = None;
            }
        }
        captured
    }
}

/// What may not repeat.
#[derive(Clone, Debug, PartialEq)]
struct Situation(Grid, Option<Color>, Option<BTreeSet<usize>>);

#[derive(Clone, Debug)]
pub struct Slow {
    pub rules: Rules,
    pub grid: Grid,
    pub to_move: Color,
    pub phase: Phase,
    /// Who may not play where.
    pub simple_ko: Option<(Color, usize)>,
    /// Since repetition was last forgiven, the present included.
    situations: Vec<Situation>,
    /// Of this phase.
    passes: Vec<(Color, Situation)>,
    consecutive: u32,
    button: bool,
    pub blocked: BTreeSet<usize>,
    captures: Vec<(Grid, Color, usize)>,
    second_start: Vec<Option<Color>>,
    pub bonus: HalfPoints,
    pub turns: usize,
    pub outcome: Option<Outcome>,
}

impl Slow {
    pub fn new(size: Size, rules: Rules) -> Slow {
        let mut slow = Slow {
            rules,
            grid: Grid {
                size,
                stones: vec![None; size.area()],
            },
            to_move: Color::Black,
            phase: Phase::Main,
            simple_ko: None,
            situations: Vec::new(),
            passes: Vec::new(),
            consecutive: 0,
            button: rules.has_button,
            blocked: BTreeSet::new(),
            captures: Vec::new(),
            second_start: vec![None; size.area()],
            bonus: HalfPoints(0),
            turns: 0,
            outcome: None,
        };
        slow.situations
            .push(slow.situation(&slow.grid, Color::Black));
        slow
    }

    fn situation(&self, grid: &Grid, to_move: Color) -> Situation {
        if self.phase != Phase::Main {
            return Situation(grid.clone(), Some(to_move), Some(self.blocked.clone()));
        }
        let with_color = matches!(self.rules.ko, KoRule::Simple | KoRule::Situational);
        Situation(grid.clone(), with_color.then_some(to_move), None)
    }

    /// The blocked stone that a move releases instead of being played.
    pub fn passed_ko(&self, color: Color, point: usize) -> Option<usize> {
        let enemy = Some(color.opponent());
        let takable = |p: usize| {
            self.blocked.contains(&p)
                && self.grid.stones[p] == enemy
                && self.grid.chain(p).len() == 1
                && self.grid.liberties(p).len() == 1
        };
        if takable(point) {
            return Some(point);
        }
        let around = self.grid.neighbors(point);
        let surrounded = around.iter().all(|&n| self.grid.stones[n] == enemy);
        if self.grid.stones[point].is_some() || !surrounded {
            return None;
        }
        let atari = around
            .into_iter()
            .filter(|&n| self.grid.liberties(n).len() == 1);
        match atari.collect::<Vec<_>>().as_slice() {
            [only] if takable(*only) => Some(*only),
            _ => None,
        }
    }

    /// The ko rules' objection to a move that the stones allow.
    pub fn ko_ban(&self, color: Color, point: usize) -> Option<Illegal> {
        if self.phase != Phase::Main {
            let again = (self.grid.clone(), color, point);
            return self.captures.contains(&again).then_some(Illegal::Superko);
        }
        if self.simple_ko == Some((color, point)) {
            return Some(Illegal::Ko);
        }
        let superko = matches!(
            self.rules.ko,
            KoRule::Positional | KoRule::Situational | KoRule::Spight
        );
        (superko && self.repeats(color, point)).then_some(Illegal::Superko)
    }

    fn repeats(&self, color: Color, point: usize) -> bool {
        let mut after = self.grid.clone();
        after.put(color, point);
        self.situations
            .contains(&self.situation(&after, color.opponent()))
    }

    /// What no leniency allows.
    pub fn check_stones(&self, color: Color, point: usize) -> Result<(), Illegal> {
        if self.passed_ko(color, point).is_some() {
            return Ok(());
        }
        if self.grid.stones[point].is_some() {
            return Err(Illegal::Occupied);
        }
        let mut after = self.grid.clone();
        let captured = after.put(color, point);
        let dies = after.stones[point].is_none();
        let mut alone = self.grid.clone();
        alone.stones[point] = Some(color);
        let single = alone.chain(point).len() == 1;
        if dies && captured.is_empty() && (single || !self.rules.suicide) {
            return Err(Illegal::Suicide);
        }
        Ok(())
    }

    pub fn check(&self, color: Color, point: usize) -> Result<(), Illegal> {
        if self.outcome.is_some() {
            return Err(Illegal::GameOver);
        }
        self.check_stones(color, point)?;
        if self.passed_ko(color, point).is_some() {
            return Ok(());
        }
        self.ko_ban(color, point).map_or(Ok(()), Err)
    }

    fn forgiving(&self) -> bool {
        self.phase != Phase::Main || matches!(self.rules.ko, KoRule::Simple | KoRule::Spight)
    }

    pub fn pass_ends_phase(&self, color: Color) -> bool {
        if self.button {
            return false;
        }
        let second = self.consecutive >= 1 && self.rules.ko != KoRule::Spight;
        let before = (color, self.situation(&self.grid, color));
        second || self.forgiving() && self.passes.contains(&before)
    }

    pub fn play(&mut self, color: Color, mv: Move) {
        self.outcome = None;
        self.turns += 1;
        let mut ends = false;
        match mv {
            Move::Pass => ends = self.pass(color),
            Move::Play(point) => self.stone(color, self.grid.size.index_of(point)),
        }
        self.to_move = color.opponent();
        let now = self.situation(&self.grid, self.to_move);
        let times = self.situations.iter().filter(|&seen| *seen == now).count();
        if mv != Move::Pass {
            if self.phase != Phase::Main || self.rules.ko == KoRule::Simple {
                if times >= 2 {
                    self.outcome = Some(Outcome::NoResult);
                }
            } else if self.rules.ko == KoRule::RepeaterLoses && times >= 1 {
                self.outcome = Some(Outcome::Repetition(color.opponent()));
            }
        }
        self.situations.push(now);
        if ends {
            self.end_phase();
        }
        if self.outcome.is_some() {
            self.turns = self.turns.min(1);
        }
    }

    fn pass(&mut self, color: Color) -> bool {
        self.simple_ko = None;
        if self.button {
            self.button = false;
            self.bonus.0 += if color == Color::White { 1 } else { -1 };
            self.passes.clear();
            self.situations.clear();
            self.consecutive = 0;
            return false;
        }
        let ends = self.pass_ends_phase(color);
        self.consecutive += 1;
        self.passes.push((color, self.situation(&self.grid, color)));
        if self.forgiving() {
            self.situations.clear();
        }
        ends
    }

    fn stone(&mut self, color: Color, point: usize) {
        self.consecutive = 0;
        if let Some(ko) = self.passed_ko(color, point) {
            self.blocked.remove(&ko);
            return;
        }
        let before = self.grid.clone();
        let captured = self.grid.put(color, point);
        let ko_shape = captured.len() == 1
            && self.grid.chain(point).len() == 1
            && self.grid.stones[point].is_some()
            && self.grid.liberties(point).len() == 1;
        let ko = captured.first().filter(|_| ko_shape);
        self.simple_ko = ko.map(|&point| (color.opponent(), point));
        if self.phase != Phase::Main && ko_shape {
            self.simple_ko = None;
            self.blocked.insert(point);
            self.captures.push((before, color, point));
        }
        let stones = &self.grid.stones;
        self.blocked.retain(|&p| stones[p].is_some());
        if self.rules.scoring == Scoring::Territory && self.phase != Phase::Encore2 {
            self.bonus.0 += if color == Color::Black { 2 } else { -2 };
        }
    }

    fn end_phase(&mut self) {
        if self.rules.scoring == Scoring::Area || self.phase == Phase::Encore2 {
            self.outcome = Some(Outcome::Score(self.score()));
            return;
        }
        self.phase = match self.phase {
            Phase::Main => Phase::Encore1,
            _ => Phase::Encore2,
        };
        if self.phase == Phase::Encore2 {
            self.second_start = self.grid.stones.clone();
        }
        self.turns = 0;
        self.consecutive = 0;
        self.passes.clear();
        self.blocked.clear();
        self.captures.clear();
        self.situations = vec![self.situation(&self.grid, self.to_move)];
    }

    /// Owners at the end, and White's groups minus Black's.
    pub fn owners(&self) -> (Owners, i32) {
        let territory = self.rules.scoring == Scoring::Territory;
        let suicide = self.rules.suicide;
        if !territory && self.rules.tax == Tax::None {
            return (slow_life::area(&self.grid, suicide, true), 0);
        }
        let keep_territory = territory && self.rules.tax == Tax::None;
        let (mut owners, groups) =
            slow_life::independent(&self.grid, keep_territory, !territory, suicide);
        for (point, owner) in owners.iter_mut().enumerate() {
            let stone = self.grid.stones[point];
            let counts = self.phase != Phase::Encore2 || self.second_start[point] == stone;
            if territory && owner.is_none() && counts {
                *owner = stone;
            }
        }
        (owners, groups)
    }

    pub fn score(&self) -> HalfPoints {
        let (owners, groups) = self.owners();
        let count = |color| owners.iter().filter(|&&owner| owner == Some(color)).count() as i32;
        let tax = if self.rules.tax == Tax::All {
            2 * groups
        } else {
            0
        };
        let board = count(Color::White) - count(Color::Black) - tax;
        let button = match (self.button, self.to_move) {
            (false, _) => HalfPoints(0),
            (true, Color::Black) => HalfPoints(-1),
            (true, Color::White) => HalfPoints(1),
        };
        HalfPoints::points(board) + self.rules.komi + self.bonus + button
    }

    /// Everything the future depends on, bans of the past included, as text.
    pub fn future(&self) -> String {
        let bans: Vec<usize> = (0..self.grid.area())
            .filter(|&p| {
                self.check_stones(self.to_move, p).is_ok()
                    && self.passed_ko(self.to_move, p).is_none()
            })
            .filter(|&p| {
                let loses = self.rules.ko == KoRule::RepeaterLoses && self.phase == Phase::Main;
                self.ko_ban(self.to_move, p).is_some() || loses && self.repeats(self.to_move, p)
            })
            .collect();
        format!(
            "{:?}",
            (
                (
                    &self.grid,
                    self.rules,
                    self.to_move,
                    bans,
                    self.phase,
                    self.button,
                    self.bonus
                ),
                (
                    self.consecutive > 0 && self.rules.ko != KoRule::Spight,
                    &self.blocked,
                    &self.second_start
                ),
                (
                    self.pass_ends_phase(Color::Black),
                    self.pass_ends_phase(Color::White),
                    self.outcome
                ),
            )
        )
    }
}
