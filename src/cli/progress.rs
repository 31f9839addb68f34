//! How far long work is, on standard error: bars on a terminal, one line now and then elsewhere.

use std::collections::{BTreeMap, VecDeque};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar};

use super::{logging, set_template};

/// Time between lines where there is no terminal.
pub const INTERVAL: Duration = Duration::from_secs(10);
/// Time that rates are taken over, where things happen more than once in it.
const WINDOW: Duration = Duration::from_secs(30);
/// What is counted beside how far a part is.
const MORE: usize = 2;

/// A part of the work: its place among the parts, and its name.
pub type Part = (u8, &'static str);

/// Something that has happened in a part.
pub struct Advance {
    /// Where.
    pub part: Part,
    /// How far that is.
    pub done: u64,
    /// How far it will get, if that is known.
    pub of: Option<u64>,
    /// What else came of it, such as positions.
    pub more: [u64; MORE],
}

/// How far the parts of a work are that go on side by side.
pub struct ProgressDisplay {
    bars: Option<MultiProgress>,
    /// The bar of what is told around the parts.
    headline: Option<ProgressBar>,
    /// What is told before the parts, and after them.
    frame: [String; 2],
    parts: BTreeMap<Part, PartShown>,
    told: Instant,
}

/// A part under way.
struct PartShown {
    bar: Option<ProgressBar>,
    /// How far it was when it was first heard of.
    first: u64,
    done: u64,
    of: Option<u64>,
    text: String,
    window: Window,
    /// Whether it is over and that has been told: reports that come late do not bring it back.
    over: bool,
}

/// What was counted in the last seconds.
struct Window {
    sums: [u64; MORE],
    /// How far the part was at each report, and the sums there.
    points: VecDeque<(Instant, u64, [u64; MORE])>,
}

impl ProgressDisplay {
    /// Before anything happens.
    pub fn new() -> ProgressDisplay {
        let bars = std::io::stderr().is_terminal().then(MultiProgress::new);
        let headline = bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::no_length());
            set_template(&bar, "{wide_msg}");
            bar
        });
        ProgressDisplay {
            bars,
            headline,
            frame: Default::default(),
            parts: BTreeMap::new(),
            told: Instant::now(),
        }
    }

    /// What is told before the parts, and after them.
    pub fn set_frame(&mut self, frame: [String; 2]) {
        if let Some(bar) = &self.headline {
            let texts = frame.iter().filter(|text| !text.is_empty());
            bar.set_message(texts.map(|text| &**text).collect::<Vec<_>>().join("; "));
        }
        self.frame = frame;
    }

    /// Something has happened; `text` makes of the rates a second, of the part and of what else came of it, what is to be
    /// told.
    pub fn add(&mut self, advance: &Advance, text: impl FnOnce([f64; 1 + MORE]) -> String) {
        let line = self.take(advance, text, Instant::now());
        if let Some(line) = line {
            logging::say(line);
        }
    }

    /// As [`ProgressDisplay::add`], at some time; the line that is due then.
    fn take(
        &mut self,
        advance: &Advance,
        text: impl FnOnce([f64; 1 + MORE]) -> String,
        now: Instant,
    ) -> Option<String> {
        let &Advance {
            part,
            done,
            of,
            more,
        } = advance;
        let goes_on = |shown: &PartShown| shown.of == of && shown.first <= done;
        if !self.parts.get(&part).is_some_and(goes_on) {
            let shown = self.part_shown(part, done, of);
            self.parts.insert(part, shown);
        }
        let shown = self.parts.get_mut(&part)?;
        // Threads may report in another order than they counted in.
        let done = shown.done.max(done);
        shown.done = done;
        shown.text = text(shown.window.rates(now, done, more));
        if let Some(bar) = &shown.bar {
            bar.set_position(done);
            bar.set_message(shown.text.clone());
        }
        // Bars have told everything.
        let mut line = None;
        if self.bars.is_none() {
            if now.duration_since(self.told) < INTERVAL {
                return None;
            }
            self.told = now;
            line = self.line();
        }
        for (before, shown) in &mut self.parts {
            shown.end_where_done(*before < part);
        }
        line
    }

    fn part_shown(&self, (_, name): Part, first: u64, of: Option<u64>) -> PartShown {
        let bar = self.bars.as_ref().map(|bars| {
            let template = match of {
                None => "{prefix:8} {pos} {msg}",
                Some(_) => "{prefix:8} {wide_bar} {pos}/{len} {msg}",
            };
            let bar = bars.add(of.map_or_else(ProgressBar::no_length, ProgressBar::new));
            set_template(&bar, template);
            bar.set_prefix(name);
            bar
        });
        PartShown {
            bar,
            first,
            done: first,
            of,
            text: String::new(),
            window: Window {
                sums: [0; MORE],
                points: VecDeque::new(),
            },
            over: false,
        }
    }

    /// All that goes on in one line; `None` if nothing does.
    fn line(&self) -> Option<String> {
        let part = |(&(_, name), shown): (&Part, &PartShown)| {
            let of = shown.of.map_or_else(String::new, |of| format!("/{of}"));
            format!("{name} {}{of}: {}", shown.done, shown.text)
        };
        let shown = self.parts.iter().filter(|(_, shown)| !shown.over);
        let parts: Vec<String> = shown.map(part).collect();
        if parts.is_empty() {
            return None;
        }
        let [before, after] = &self.frame;
        let head = [before.clone(), parts.join("; ")];
        let head = head.into_iter().filter(|text| !text.is_empty());
        let head = head.collect::<Vec<_>>().join(", ");
        Some(match after.is_empty() {
            true => head,
            false => format!("{head}; {after}"),
        })
    }

    /// Nothing goes on any more.
    pub fn close(&mut self) {
        self.parts.clear();
        if let Some(bar) = &self.headline {
            bar.finish_and_clear();
        }
    }

    /// A part does not go on, however far it is.
    #[cfg(feature = "torch")]
    pub fn end(&mut self, part: Part) {
        self.parts.remove(&part);
    }

    /// A line that stays.
    #[cfg(feature = "torch")]
    pub fn say(&self, line: &str) {
        match &self.bars {
            // A terminal that does not take it is no reason to end the work.
            Some(bars) => drop(bars.println(line)),
            None => logging::say(line),
        }
    }
}

impl PartShown {
    /// One that has an end is over there, or when another has `followed`: games that were resumed may have left it short.
    fn end_where_done(&mut self, followed: bool) {
        if self.of.is_some_and(|of| followed || self.done >= of) {
            self.over = true;
            self.clear_bar();
        }
    }

    fn clear_bar(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Window {
    /// The rates a second at a report, since one that is as old as the window, if there is one.
    fn rates(&mut self, now: Instant, done: u64, more: [u64; MORE]) -> [f64; 1 + MORE] {
        for (sum, more) in self.sums.iter_mut().zip(more) {
            *sum += more;
        }
        self.points.push_back((now, done, self.sums));
        let since = |point: &(Instant, u64, [u64; MORE])| now.duration_since(point.0);
        while self.points.len() > 2 && since(&self.points[1]) >= WINDOW {
            self.points.pop_front();
        }
        let (_, first, sums) = self.points[0];
        let seconds = since(&self.points[0]).as_secs_f64().max(1e-3);
        let mut rates = [(done - first) as f64 / seconds; 1 + MORE];
        for (rate, (now, then)) in rates[1..].iter_mut().zip(self.sums.iter().zip(sums)) {
            *rate = (now - then) as f64 / seconds;
        }
        rates
    }
}

impl Drop for PartShown {
    fn drop(&mut self) {
        self.clear_bar();
    }
}

impl Drop for ProgressDisplay {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAY: Part = (0, "play");
    const LEARN: Part = (1, "learn");

    /// One for a pipe, and a clock that begins with it.
    fn on_a_pipe() -> (ProgressDisplay, impl Fn(u64) -> Instant) {
        let mut progress = ProgressDisplay::new();
        (progress.bars, progress.headline) = (None, None);
        let begun = progress.told;
        (progress, move |seconds| {
            begun + Duration::from_secs(seconds)
        })
    }

    fn advance(part: Part, done: u64, of: Option<u64>, positions: u64) -> Advance {
        Advance {
            part,
            done,
            of,
            more: [positions, 0],
        }
    }

    #[test]
    fn an_interval_has_one_line_of_all_that_goes_on() {
        let (mut progress, at) = on_a_pipe();
        progress.set_frame(["generation 5".into(), "Elo +833 above the start".into()]);
        let played =
            |rates: [f64; 3]| format!("{:.1} games/s, {:.0} positions/s", rates[0], rates[1]);
        let learned = |rates: [f64; 3]| format!("{:.1} steps/s", rates[0]);
        let mut lines = Vec::new();
        for second in 0..=30 {
            let game = advance(PLAY, 100 + 2 * second, None, 60);
            lines.extend(progress.take(&game, played, at(second)));
            if second <= 15 {
                let step = advance(LEARN, second, Some(15), 0);
                lines.extend(progress.take(&step, learned, at(second)));
            }
        }
        let line = |games, learn| {
            format!(
                "generation 5, play {games}: 2.0 games/s, 60 positions/s{learn}; Elo +833 above the start"
            )
        };
        let expected = [
            line(120, "; learn 9/15: 1.0 steps/s"),
            line(140, "; learn 15/15: 1.0 steps/s"),
            line(160, ""),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn rates_are_those_of_the_last_half_minute() {
        let (mut progress, at) = on_a_pipe();
        let rate = |progress: &mut ProgressDisplay, done: u64, second: u64| {
            let mut rate = f64::NAN;
            let told = |rates: [f64; 3]| {
                rate = rates[0];
                String::new()
            };
            progress.take(&advance(PLAY, done, None, 0), told, at(second));
            rate
        };
        assert_eq!(rate(&mut progress, 0, 0), 0.0, "nothing is known yet");
        for second in 1..=100 {
            let fast = rate(&mut progress, 10 * second, second);
            assert!((fast - 10.0).abs() < 1e-9, "{fast}");
        }
        assert!((rate(&mut progress, 1001, 115) - 1.5e2 / 30.0 - 1.0 / 30.0).abs() < 1e-9);
        // Things that come less often are counted from the one before.
        assert!((rate(&mut progress, 1002, 200) - 1.0 / 85.0).abs() < 1e-9);
    }

    #[test]
    fn a_part_that_is_over_stays_so() {
        let (mut progress, at) = on_a_pipe();
        progress.set_frame(["generation 1".into(), String::new()]);
        let mut told = |done, second| {
            let advance = advance(PLAY, done, Some(40), 0);
            progress.take(&advance, |_| "games".into(), at(second))
        };
        assert_eq!(told(1, 0), None);
        let last = told(40, 10).expect("a line");
        assert_eq!(last, "generation 1, play 40/40: games");
        // Threads may report in another order than they counted in.
        assert_eq!(told(39, 20), None);
    }

    #[test]
    fn a_part_that_another_has_followed_is_over() {
        let (mut progress, at) = on_a_pipe();
        let mut told = |part, done, second| {
            let advance = advance(part, done, Some(40), 0);
            progress.take(&advance, |_| "on".into(), at(second))
        };
        assert_eq!(told(PLAY, 39, 0), None);
        let both = told(LEARN, 1, 10);
        assert_eq!(both.as_deref(), Some("play 39/40: on; learn 1/40: on"));
        let last = told(LEARN, 2, 20);
        assert_eq!(last.as_deref(), Some("learn 2/40: on"));
    }

    #[test]
    fn a_part_that_begins_anew_is_another() {
        let (mut progress, at) = on_a_pipe();
        let told = |rates: [f64; 3]| format!("{:.1}", rates[0]);
        for (done, of, second) in [(1, 10, 0), (5, 10, 2), (6, 20, 5), (8, 20, 7)] {
            progress.take(&advance(LEARN, done, Some(of), 0), told, at(second));
        }
        assert_eq!(progress.line().as_deref(), Some("learn 8/20: 1.0"));
        // What comes late is still of this one; an earlier one is not.
        for (done, second, line) in [(7, 7, "learn 8/20: 1.0"), (2, 8, "learn 2/20: 0.0")] {
            progress.take(&advance(LEARN, done, Some(20), 0), told, at(second));
            assert_eq!(progress.line().as_deref(), Some(line));
        }
    }
}
