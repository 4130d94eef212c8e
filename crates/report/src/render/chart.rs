//! Where does each bar of a chart stand?
//!
//! Geometry alone: the template draws rectangles, which print in ink where backgrounds do not.

use serde::Serialize;

use super::{number, printable};
use crate::{Bar, Chart, Shape};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 52.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 26.0;
/// The widest label under a timeline, and how many there are before they touch.
const LABEL_WIDTH: f64 = 130.0;
const LABELS_MAX: usize = 8;
/// Colours there are for series; further ones share them.
const COLOURS: usize = 6;

/// A chart as the template draws it.
#[derive(Serialize)]
pub struct Drawing {
    title: String,
    timeline: bool,
    /// What a screen reader says.
    summary: String,
    legend: Vec<Legend>,
    bars: Vec<DrawnBar>,
    grid: Vec<Line>,
    labels: Vec<Label>,
    width: f64,
    height: f64,
    base: f64,
    left: f64,
}

#[derive(Serialize)]
struct Legend {
    name: String,
    colour: usize,
}

#[derive(Serialize)]
struct DrawnBar {
    label: String,
    total: String,
    /// What a pointer over the bar shows.
    title: String,
    parts: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    colour: usize,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

#[derive(Serialize)]
struct Line {
    y: f64,
    text: String,
}

#[derive(Serialize)]
struct Label {
    x: f64,
    text: String,
}

/// Lays a chart out.
pub fn draw(chart: &Chart) -> Drawing {
    let longest = chart.bars.iter().map(total).max().unwrap_or(0);
    let timeline = chart.shape == Shape::Timeline;
    let top = round_up(longest.max(1));
    let bars = chart.bars.iter().enumerate().map(|(at, bar)| DrawnBar {
        label: printable(&bar.label).into_owned(),
        total: number(total(bar)),
        title: title(chart, bar),
        parts: match timeline {
            true => upright(bar, at, chart.bars.len(), top),
            false => lying(bar, longest.max(1)),
        },
    });
    let several = chart.series.len() > 1;
    let names = chart.series.iter().enumerate().filter(|_| several);
    let all = chart.bars.iter().map(total).sum();
    Drawing {
        title: printable(&chart.title).into_owned(),
        timeline,
        summary: format!("{}: {} in all", printable(&chart.title), number(all)),
        legend: names
            .map(|(at, name)| Legend { name: printable(name).into_owned(), colour: at % COLOURS })
            .collect(),
        bars: bars.collect(),
        grid: if timeline { grid(top) } else { Vec::new() },
        labels: if timeline { labels(&chart.bars) } else { Vec::new() },
        width: WIDTH,
        height: HEIGHT,
        base: HEIGHT - BOTTOM,
        left: LEFT,
    }
}

fn total(bar: &Bar) -> u64 {
    bar.values.iter().sum()
}

fn title(chart: &Chart, bar: &Bar) -> String {
    let mut title = format!("{}: {}", printable(&bar.label), number(total(bar)));
    let several = chart.series.len() > 1;
    for (name, value) in
        chart.series.iter().zip(&bar.values).filter(|(_, value)| several && **value > 0)
    {
        title.push_str(&format!("; {} {}", printable(name), number(*value)));
    }
    title
}

fn upright(bar: &Bar, at: usize, count: usize, top: u64) -> Vec<Part> {
    let step = (WIDTH - LEFT) / count.max(1) as f64;
    // Few bars would be slabs.
    let width = (step * 0.8).min(48.0);
    let x = LEFT + step * at as f64 + (step - width) / 2.0;
    let mut y = HEIGHT - BOTTOM;
    parts(bar, |value, colour| {
        let height = (HEIGHT - BOTTOM - TOP) * value as f64 / top as f64;
        y -= height;
        Part { colour, x: round(x), y: round(y), width: round(width), height: round(height) }
    })
}

/// In hundredths of the longest.
fn lying(bar: &Bar, longest: u64) -> Vec<Part> {
    let mut x = 0.0;
    parts(bar, |value, colour| {
        let width = 100.0 * value as f64 / longest as f64;
        let part = Part { colour, x: round(x), y: 0.0, width: round(width), height: 10.0 };
        x += width;
        part
    })
}

fn parts(bar: &Bar, mut part: impl FnMut(u64, usize) -> Part) -> Vec<Part> {
    let values = bar.values.iter().enumerate().filter(|(_, value)| **value > 0);
    values.map(|(at, value)| part(*value, at % COLOURS)).collect()
}

fn grid(top: u64) -> Vec<Line> {
    let steps: &[u64] = if top == 1 { &[0, 2] } else { &[0, 1, 2] };
    let height = HEIGHT - BOTTOM - TOP;
    let lines = steps.iter().map(|half| Line {
        y: round(HEIGHT - BOTTOM - height * *half as f64 / 2.0),
        text: number(top * half / 2),
    });
    lines.collect()
}

fn labels(bars: &[Bar]) -> Vec<Label> {
    let step = (WIDTH - LEFT) / bars.len().max(1) as f64;
    let every = bars.len().div_ceil(LABELS_MAX).max(1);
    let labels = bars.iter().enumerate().step_by(every).map(|(at, bar)| Label {
        x: round(LEFT + step * (at as f64 + 0.5)),
        text: printable(&bar.label).into_owned(),
    });
    // A label stands in the middle under its bar, and the last may have no room beside it.
    labels.filter(|label| label.x <= WIDTH - LABEL_WIDTH / 2.0).collect()
}

/// The next number that has a round half: 2, 4, 10, 12, 16, 20, 40, 100, 120.
fn round_up(value: u64) -> u64 {
    if value <= 1 {
        return 1;
    }
    let mut power = 1_u64;
    loop {
        for digit in [2, 4, 6, 8, 10, 12, 14, 16] {
            let candidate = power.saturating_mul(digit);
            if candidate >= value {
                return candidate;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// Two digits are finer than any screen.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        for (value, top) in [
            (0, 1),
            (1, 1),
            (2, 2),
            (3, 4),
            (9, 10),
            (11, 12),
            (17, 20),
            (1_019, 1_200),
            (41, 60),
            (100, 100),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(round_up(value), top, "{value}");
        }
    }

    #[test]
    fn bars_stay_within_the_picture() {
        for count in [0, 1, 2, 62, 400] {
            let bars = (0..count)
                .map(|at| Bar { label: format!("2026-03-{at:02}"), values: vec![at, at * 3] })
                .collect();
            let series = vec!["a".to_owned(), "b".to_owned()];
            for shape in [Shape::Timeline, Shape::Ranking] {
                let bars: &Vec<Bar> = &bars;
                let chart = Chart {
                    title: "t".to_owned(),
                    shape,
                    series: series.clone(),
                    bars: bars.clone(),
                };
                let drawing = draw(&chart);
                assert!(drawing.labels.len() <= LABELS_MAX);
                for part in drawing.bars.iter().flat_map(|bar| &bar.parts) {
                    let right = if shape == Shape::Timeline { WIDTH } else { 100.01 };
                    assert!(part.x >= 0.0 && part.x + part.width <= right + 0.01, "{}", part.x);
                    assert!(part.y >= 0.0 && part.y + part.height <= HEIGHT, "{}", part.y);
                }
            }
        }
    }
}
