//! Plots as SVG: axes with round numbers, lines, points with error bars, bars. Colours and fonts are the page's.

use std::fmt::Write as _;

use crate::markup::escape;

/// Points of a line that are drawn; more are averaged, for the page's sake.
const MOST_POINTS: usize = 400;
/// Space around the axes for labels: left, right, top, bottom.
const MARGIN: [f64; 4] = [46.0, 10.0, 10.0, 34.0];

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A line through the points.
    Line,
    /// A line, and a dot with an error bar at each point.
    Dots,
    /// Dots with error bars, hollow, and no line.
    Hollow,
    /// A bar from 0 for each point.
    Bars,
}

/// What a series is drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Datum {
    /// Place on the horizontal axis.
    pub x: f64,
    /// Place on the vertical one.
    pub y: f64,
    /// Ends of the error bar.
    pub range: Option<[f64; 2]>,
}

/// Some numbers that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What the legend calls it.
    pub name: String,
    /// Its colour: 1 to 4 of the page's.
    pub color: usize,
    /// How it is drawn.
    pub mark: Mark,
    /// The numbers, from left to right. Those that are not finite are left out.
    pub data: Vec<Datum>,
}

impl Series {
    /// A series without error bars.
    pub fn new(
        name: &str,
        color: usize,
        mark: Mark,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Series {
        let datum = |(x, y)| Datum { x, y, range: None };
        Series {
            name: name.into(),
            color,
            mark,
            data: points.into_iter().map(datum).collect(),
        }
    }
}

/// A plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// More about it, in a sentence.
    pub note: String,
    /// What lies on the horizontal axis.
    pub x: String,
    /// Width and height in units of the page.
    pub size: (f64, f64),
    /// What follows each number on the vertical axis, such as `%`.
    pub unit: &'static str,
    /// Bounds of the vertical axis that are shown whatever the numbers are.
    pub bounds: Option<[f64; 2]>,
    /// What is drawn, the first at the bottom.
    pub series: Vec<Series>,
}

impl Plot {
    /// The figure: title, legend, and the plot itself; a sentence instead of it if there is nothing to draw.
    pub fn figure(&self) -> String {
        let mut html = format!("<figure><figcaption><b>{}</b>", escape(&self.title));
        if self.series.len() > 1 {
            html.push_str("<span class=legend>");
            for series in &self.series {
                let _ = write!(
                    html,
                    "<i class=k{}></i>{} ",
                    series.color,
                    escape(&series.name)
                );
            }
            html.push_str("</span>");
        }
        if !self.note.is_empty() {
            let _ = write!(html, "<small>{}</small>", escape(&self.note));
        }
        html.push_str("</figcaption>");
        match self.svg() {
            Some(svg) => html.push_str(&svg),
            None => html.push_str("<p class=none>nothing recorded yet</p>"),
        }
        html.push_str("</figure>\n");
        html
    }

    /// The plot alone, if there is anything to draw.
    pub fn svg(&self) -> Option<String> {
        let series: Vec<Series> = self.series.iter().map(finite).collect();
        let all = || series.iter().flat_map(|series| &series.data);
        all().next()?;
        let bars = series.iter().any(|series| series.mark == Mark::Bars);
        let x = Scale::of(all().map(|datum| datum.x), if bars { 0.6 } else { 0.0 });
        let heights = all().flat_map(|datum| {
            let [low, high] = datum.range.unwrap_or([datum.y; 2]);
            [datum.y, low, high]
        });
        let floor = bars.then_some(0.0);
        let y = Scale::of(
            heights
                .chain(self.bounds.into_iter().flatten())
                .chain(floor),
            0.0,
        );
        let canvas = Canvas {
            size: self.size,
            x,
            y: y.widened(),
        };
        let (width, height) = self.size;
        let mut svg = format!(
            "<svg viewBox=\"0 0 {width} {height}\" role=img aria-label=\"{}\">",
            escape(&self.title)
        );
        canvas.axes(self, &mut svg);
        for series in &series {
            canvas.series(series, self.unit, &mut svg);
        }
        svg.push_str("</svg>");
        Some(svg)
    }
}

/// Without what cannot be drawn, and with no more points than can be seen.
fn finite(series: &Series) -> Series {
    let drawable = |datum: &&Datum| datum.x.is_finite() && datum.y.is_finite();
    let mut data: Vec<Datum> = series.data.iter().filter(drawable).copied().collect();
    if data.len() > MOST_POINTS && series.mark == Mark::Line {
        let together = data.len().div_ceil(MOST_POINTS);
        let mean = |data: &[Datum]| {
            let count = data.len() as f64;
            Datum {
                x: data.iter().map(|datum| datum.x).sum::<f64>() / count,
                y: data.iter().map(|datum| datum.y).sum::<f64>() / count,
                range: None,
            }
        };
        data = data.chunks(together).map(mean).collect();
    }
    Series {
        data,
        ..series.clone()
    }
}

/// The numbers of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    low: f64,
    high: f64,
    /// The distance of about five round numbers: 1, 2 or 5 times a power of ten.
    step: f64,
}

impl Scale {
    /// From the least to the most of some numbers, and so much beyond.
    fn of(numbers: impl Iterator<Item = f64>, beyond: f64) -> Scale {
        let finite = numbers.filter(|number| number.is_finite());
        let (low, high) = finite.fold((f64::MAX, f64::MIN), |(low, high), number| {
            (low.min(number), high.max(number))
        });
        let room = if high > low { 0.0 } else { 0.5 };
        let (low, high) = (low - beyond - room, high + beyond + room);
        let rough = (high - low).max(1e-12) / 5.0;
        let power = 10f64.powf(rough.log10().floor());
        let factors = [1.0, 2.0, 5.0];
        let factor = factors
            .into_iter()
            .find(|factor| factor * power >= 0.999 * rough);
        Scale {
            low,
            high,
            step: factor.unwrap_or(10.0) * power,
        }
    }

    /// To the round numbers on both sides.
    fn widened(self) -> Scale {
        Scale {
            low: (self.low / self.step + 1e-9).floor() * self.step,
            high: (self.high / self.step - 1e-9).ceil() * self.step,
            ..self
        }
    }

    /// The round numbers on the axis.
    fn ticks(self) -> Vec<f64> {
        let step = self.step;
        let first = (self.low / step - 1e-6).ceil() as i64;
        let last = (self.high / step + 1e-6).floor() as i64;
        (first..=last).map(|i| i as f64 * step).collect()
    }

    /// Where a number lies, 0 to 1.
    fn place(self, number: f64) -> f64 {
        (number - self.low) / (self.high - self.low)
    }
}

/// A number as an axis shows it, given the distance to the next.
fn label(number: f64, step: f64) -> String {
    if number.abs() < step * 1e-6 {
        return "0".into();
    }
    let (number, step, unit) = match step {
        step if step >= 1e6 => (number / 1e6, step / 1e6, "M"),
        step if step >= 1e3 => (number / 1e3, step / 1e3, "k"),
        step => (number, step, ""),
    };
    let digits = (-(step * 1.001).log10().floor()).max(0.0) as usize;
    format!("{number:.digits$}{unit}")
}

/// A number as it is shown to those who point at it.
fn precise(number: f64) -> String {
    match number.abs() {
        size if size >= 1000.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.3}"),
    }
}

struct Canvas {
    size: (f64, f64),
    x: Scale,
    y: Scale,
}

impl Canvas {
    fn x(&self, number: f64) -> f64 {
        let [left, right, ..] = MARGIN;
        left + (self.size.0 - left - right) * self.x.place(number)
    }

    fn y(&self, number: f64) -> f64 {
        let [.., top, bottom] = MARGIN;
        self.size.1 - bottom - (self.size.1 - top - bottom) * self.y.place(number)
    }

    fn axes(&self, plot: &Plot, svg: &mut String) {
        let [left, right, _, bottom] = MARGIN;
        let (width, height) = self.size;
        for tick in self.y.ticks() {
            let (y, text) = (self.y(tick), label(tick, self.y.step));
            let _ = write!(
                svg,
                "<path class=grid d=\"M{left} {y:.1}H{:.1}\"/><text class=ty x={:.1} y={:.1}>{text}{}</text>",
                width - right,
                left - 6.0,
                y + 3.5,
                plot.unit
            );
        }
        // Steps and generations are whole.
        let whole = self
            .x
            .ticks()
            .into_iter()
            .filter(|tick| (tick - tick.round()).abs() < 1e-6);
        for tick in whole {
            let (x, text) = (self.x(tick), label(tick, self.x.step));
            let _ = write!(
                svg,
                "<text class=tx x={x:.1} y={:.1}>{text}</text>",
                height - bottom + 14.0
            );
        }
        let _ = write!(
            svg,
            "<path class=axis d=\"M{left} {0:.1}H{1:.1}\"/><text class=tx x={2:.1} y={3:.1}>{4}</text>",
            height - bottom,
            width - right,
            (left + width - right) / 2.0,
            height - 4.0,
            escape(&plot.x)
        );
    }

    fn series(&self, series: &Series, unit: &str, svg: &mut String) {
        let _ = write!(svg, "<g class=c{}>", series.color);
        if matches!(series.mark, Mark::Line | Mark::Dots) {
            let place = |datum: &Datum| format!("{:.1},{:.1}", self.x(datum.x), self.y(datum.y));
            let places: Vec<String> = series.data.iter().map(place).collect();
            let _ = write!(svg, "<polyline points=\"{}\"/>", places.join(" "));
        }
        for datum in &series.data {
            let (x, y) = (self.x(datum.x), self.y(datum.y));
            let said = format!("{} {:.0}: {}{unit}", series.name, datum.x, precise(datum.y));
            let title = format!("<title>{}</title>", escape(&said));
            match series.mark {
                Mark::Line if series.data.len() > 1 => {
                    let _ = write!(
                        svg,
                        "<circle class=hit cx={x:.1} cy={y:.1} r=4>{title}</circle>"
                    );
                }
                Mark::Line | Mark::Dots | Mark::Hollow => {
                    if let Some([low, high]) = datum.range {
                        let (low, high) = (self.y(low), self.y(high));
                        let _ = write!(svg, "<path class=err d=\"M{x:.1} {low:.1}V{high:.1}\"/>");
                    }
                    let hollow = if series.mark == Mark::Hollow {
                        " class=hollow"
                    } else {
                        ""
                    };
                    let _ = write!(
                        svg,
                        "<circle{hollow} cx={x:.1} cy={y:.1} r=3>{title}</circle>"
                    );
                }
                Mark::Bars => {
                    let (left, floor) = (self.x(datum.x - 0.4), self.y(0.0));
                    let width = self.x(datum.x + 0.4) - left;
                    let _ = write!(
                        svg,
                        "<rect x={left:.1} y={y:.1} width={width:.1} height={:.1}>{title}</rect>",
                        (floor - y).max(0.0)
                    );
                }
            }
        }
        svg.push_str("</g>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_carry_round_numbers() {
        let check = |low, high, expected: &[&str]| {
            let scale = Scale::of([low, high].into_iter(), 0.0).widened();
            let labels = scale
                .ticks()
                .into_iter()
                .map(|tick| label(tick, scale.step));
            assert_eq!(labels.collect::<Vec<_>>(), expected, "{low} to {high}");
        };
        check(0.0, 10.0, &["0", "2", "4", "6", "8", "10"]);
        check(
            -30.0,
            410.0,
            &["-100", "0", "100", "200", "300", "400", "500"],
        );
        check(
            0.13,
            0.21,
            &["0.12", "0.14", "0.16", "0.18", "0.20", "0.22"],
        );
        check(0.0, 24_000.0, &["0", "5k", "10k", "15k", "20k", "25k"]);
        check(3.0, 3.0, &["2.4", "2.6", "2.8", "3.0", "3.2", "3.4", "3.6"]);
    }

    fn plot(series: Vec<Series>) -> Plot {
        Plot {
            title: "A < B".into(),
            size: (300.0, 200.0),
            series,
            ..Plot::default()
        }
    }

    #[test]
    fn points_lie_where_their_numbers_say() {
        let line = Series::new(
            "line",
            1,
            Mark::Line,
            [(0.0, 0.0), (5.0, f64::NAN), (10.0, 10.0)],
        );
        let svg = plot(vec![line]).svg().unwrap();
        // The corners of what lies between the margins.
        assert!(svg.contains("points=\"46.0,166.0 290.0,10.0\""), "{svg}");
        let mut dots = Series::new("dots", 2, Mark::Dots, [(0.0, 5.0)]);
        dots.data[0].range = Some([0.0, 10.0]);
        let svg = plot(vec![dots]).svg().unwrap();
        assert!(svg.contains("V10.0") && svg.contains("166.0V"), "{svg}");
        assert!(svg.contains("A &lt; B") && !svg.contains("NaN"), "{svg}");
        let bars = Series::new("bars", 1, Mark::Bars, [(0.0, 2.0), (1.0, 4.0)]);
        let svg = plot(vec![bars]).svg().unwrap();
        assert_eq!(svg.matches("<rect").count(), 2);
    }

    #[test]
    fn long_lines_are_thinned_and_empty_ones_not_drawn() {
        let long = Series::new(
            "long",
            1,
            Mark::Line,
            (0..10_000).map(|i| (f64::from(i), 1.0)),
        );
        assert_eq!(finite(&long).data.len(), 400);
        assert!(plot(vec![long]).svg().is_some());
        let empty = plot(vec![Series::new("empty", 1, Mark::Line, [(1.0, f64::NAN)])]);
        assert_eq!(empty.svg(), None);
        assert!(empty.figure().contains("nothing recorded"));
    }
}
