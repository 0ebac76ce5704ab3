//! `spanlight evaluate --compare`: whether systems differ by more than chance.

mod pair;
mod side;

use std::path::Path;

use serde::Serialize;
use spanlight_models::metrics::holm;

use self::pair::{Comparison, Method};
use self::side::Side;
use super::Args;
use super::tables::{cells, percent};
use crate::cli::error::CliError;
use crate::cli::model::EMBEDDED;
use crate::cli::output;

/// All comparisons with the first system.
#[derive(Serialize)]
struct Report {
    comparisons: Vec<Comparison>,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    // Whoever is not there is named before another one is scored for minutes.
    if let Some(name) = args.compare.iter().find(|name| *name != EMBEDDED && !Path::new(name).exists()) {
        return Err(CliError::NothingToCompare(name.into()));
    }
    let gold = side::gold(args)?;
    let sides = args.compare.iter().map(|name| Side::read(args, name, gold.as_ref()));
    let sides = sides.collect::<Result<Vec<_>, _>>()?;
    let Some((first, others)) = sides.split_first() else { return Err(CliError::NoData) };
    let mut comparisons = Vec::new();
    for other in others {
        comparisons.extend(pair::compare(first, other, args.seed)?);
    }
    correct(&mut comparisons);
    let report = Report { comparisons };
    output::result(args.json, &report, || describe(&report))
}

/// Holm's correction, where more than one comparison is made.
fn correct(comparisons: &mut [Comparison]) {
    let tested: Vec<usize> = (0..comparisons.len()).filter(|place| comparisons[*place].p.is_some()).collect();
    if tested.len() < 2 {
        return;
    }
    let p_values: Vec<f64> = tested.iter().filter_map(|place| comparisons[*place].p).collect();
    for (place, corrected) in tested.into_iter().zip(holm(&p_values)) {
        comparisons[place].p_holm = Some(corrected);
    }
}

fn describe(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for comparison in &report.comparisons {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(describe_one(comparison));
    }
    if report.comparisons.len() > 1 {
        lines.extend([String::new(), "p after Holm's correction for the number of comparisons made here".to_owned()]);
    }
    lines
}

fn describe_one(comparison: &Comparison) -> Vec<String> {
    let points = |difference: f64| format!("{:+.2}", 100.0 * difference);
    let mut rows = vec![cells(&comparison.data, ["F1".to_owned()])];
    rows.push(cells(&comparison.first, [percent(comparison.f1[0])]));
    rows.push(cells(&comparison.second, [percent(comparison.f1[1])]));
    rows.push(cells("difference", [points(comparison.difference)]));
    let mut lines = output::table(&rows);
    match &comparison.method {
        Method::PairedBootstrap { bootstrap, tweets, seed, changes } => {
            lines.push(format!("95 % interval {} to {}", points(bootstrap.low), points(bootstrap.high)));
            lines.push(format!(
                "the second is not better in {} % of the resamples, p {:.4}",
                percent(bootstrap.not_better),
                bootstrap.p
            ));
            lines.push(format!(
                "{} predictions differ: {} are right in the second only, {} in the first only",
                changes.changed, changes.became_right, changes.became_wrong
            ));
            let resamples = bootstrap.resamples;
            lines.push(format!("paired bootstrap over {tweets} tweets, {resamples} resamples, seed {seed}"));
        }
        Method::PairedTTest { test, seeds } => {
            lines.push(match (test.t, test.p) {
                (Some(t), Some(p)) => format!(
                    "t {t:.3} with {} degrees of freedom, p {p:.4}, deviation {:.2}",
                    test.pairs - 1,
                    100.0 * test.deviation
                ),
                _ => "all differences are the same, so there is no t".to_owned(),
            });
            let seeds: Vec<String> = seeds.iter().map(u64::to_string).collect();
            lines.push(format!("paired t-test over the seeds {}", seeds.join(", ")));
        }
    }
    lines.extend(comparison.p_holm.map(|p| format!("p after Holm's correction {p:.4}")));
    lines
}
