//! What a simulation measured, for programs and for people.

use std::path::Path;

use serde::Serialize;
use spanlight_models::device::ChosenDevice;

use super::Args;
use super::chart::{Line, chart};
use crate::cli::output;
use crate::simulation::{
    Curve, CurvePoint, Learning, LessonSummary, Options, Reached, Simulation, Walked, curves, lessons, reached,
};

/// Most rows of the table of a curve; `--json` has all.
const ROWS: usize = 12;

/// Everything that was measured.
#[derive(Serialize)]
pub struct Report<'a> {
    data: &'a Path,
    test: &'a Path,
    held_out: Option<&'a Path>,
    tweets: usize,
    test_tweets: usize,
    system: &'a str,
    model: Option<&'a str>,
    encoder: Option<&'a str>,
    device: &'a str,
    options: &'a Options,
    seeds: &'a [u64],
    curves: Vec<Curve>,
    reached: Vec<Reached>,
    lessons: Vec<LessonSummary>,
    ways: Vec<Walked>,
}

impl<'a> Report<'a> {
    pub fn new(args: &'a Args, simulation: &'a Simulation<'_>, device: &'a ChosenDevice, ways: Vec<Walked>) -> Self {
        let curves = curves(&ways);
        Self {
            data: &args.data,
            test: &args.test,
            held_out: args.held_out.as_deref(),
            tweets: simulation.pool.len(),
            test_tweets: simulation.test.len(),
            system: &args.beginning.system,
            model: args.model.as_deref(),
            encoder: args.beginning.encoder.as_deref(),
            device: &device.name,
            options: &simulation.options,
            seeds: &args.seed,
            reached: reached(&curves),
            lessons: lessons(&ways),
            curves,
            ways,
        }
    }

    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "F1 on {} against the number of labelled tweets of {}, mean over {} seeds",
            self.test.display(),
            self.data.display(),
            self.seeds.len()
        )];
        lines.extend(output::table(&self.table()));
        let line = |curve: &Curve| Line {
            name: name(curve),
            points: curve.points.iter().map(|point| (point.labelled as f64, 100.0 * point.f1)).collect(),
        };
        let drawn = chart(&self.curves.iter().map(line).collect::<Vec<_>>(), "labelled tweets", "F1");
        if !drawn.is_empty() {
            lines.push(String::new());
            lines.extend(drawn);
        }
        lines.push(String::new());
        lines.extend(self.reached.iter().map(reached_line));
        for summary in &self.lessons {
            lines.extend(lesson_lines(summary));
        }
        lines
    }

    /// A row for some of the rounds, a column for each curve.
    fn table(&self) -> Vec<Vec<String>> {
        let longest = self.curves.iter().max_by_key(|curve| curve.points.len());
        let labelled: Vec<usize> =
            longest.into_iter().flat_map(|curve| &curve.points).map(|point| point.labelled).collect();
        let mut rows = vec![vec!["labelled".to_owned()]];
        rows[0].extend(self.curves.iter().map(name));
        let step = labelled.len().div_ceil(ROWS).max(1);
        for (number, count) in labelled.iter().enumerate() {
            if number % step > 0 && number + 1 < labelled.len() {
                continue;
            }
            let cell = |curve: &Curve| curve.points.get(number).map_or_else(String::new, percent_of);
            rows.push(std::iter::once(count.to_string()).chain(self.curves.iter().map(cell)).collect());
        }
        rows
    }
}

fn name(curve: &Curve) -> String {
    match curve.learning {
        Learning::Lessons => curve.order.name().to_owned(),
        Learning::Afresh => format!("{} (afresh)", curve.order.name()),
    }
}

fn percent_of(point: &CurvePoint) -> String {
    let deviation = point.deviation.map_or_else(String::new, |deviation| format!(" ± {:.2}", 100.0 * deviation));
    format!("{:.2}{deviation}", 100.0 * point.f1)
}

fn reached_line(reached: &Reached) -> String {
    let Reached { order, learning, f1, random, labelled, share } = reached;
    let (order, f1) = (order.name(), 100.0 * f1);
    match labelled.zip(*share) {
        Some((labelled, share)) => format!(
            "{order} ({learning}) reaches the F1 of the random order, {f1:.2} with {random} tweets, with {labelled:.0}: {:.0} %",
            100.0 * share
        ),
        None => format!("{order} ({learning}) does not reach the F1 of the random order, {f1:.2} with {random} tweets"),
    }
}

fn lesson_lines(summary: &LessonSummary) -> Vec<String> {
    let LessonSummary { order, lessons, taken, in_part, .. } = summary;
    let order = order.name();
    // A loss below zero is a gain, which is no loss.
    let loss =
        |loss: Option<f64>| loss.map_or_else(|| "unknown".to_owned(), |loss| format!("{:.2}", 100.0 * loss.max(0.0)));
    let change =
        |change: Option<f64>| change.map_or_else(|| "unknown".to_owned(), |change| format!("{:+.2}", 100.0 * change));
    vec![
        format!("lessons, {order}: {taken} of {lessons} taken over, {in_part} of them in part"),
        format!(
            "  largest loss of F1: held-out, whole lesson {}; held-out, taken over {}; test, taken over {}",
            loss(summary.largest_loss_unjudged),
            loss(summary.largest_loss),
            loss(summary.largest_loss_on_test)
        ),
        format!(
            "  change of F1: held-out, whole lesson {} in the mean, taken over {} at most; test {} a round",
            change(summary.mean_change_unjudged),
            change(summary.largest_gain),
            change(summary.mean_change_on_test)
        ),
    ]
}
