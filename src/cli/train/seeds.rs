//! Several trainings that differ in their seed alone.

use serde::Serialize;

use super::Outcome;
use crate::cli::output;

/// What came of all seeds together.
#[derive(Serialize)]
pub struct Summary<'a> {
    runs: &'a [Outcome<'a>],
    /// Mean F1 on the validation data.
    mean_f1: Option<f64>,
    /// Sample standard deviation of the F1.
    deviation_f1: Option<f64>,
}

impl<'a> Summary<'a> {
    pub fn new(runs: &'a [Outcome<'a>]) -> Self {
        let f1: Vec<f64> = runs.iter().filter_map(|run| run.valid.as_ref().map(|valid| valid.f1)).collect();
        let mean = f1.iter().sum::<f64>() / f1.len() as f64;
        let squares = f1.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let deviation = (squares / (f1.len() as f64 - 1.0)).sqrt();
        Self { runs, mean_f1: (!f1.is_empty()).then_some(mean), deviation_f1: (f1.len() > 1).then_some(deviation) }
    }

    pub fn lines(&self) -> Vec<String> {
        let percent =
            |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{:.2}", 100.0 * share));
        let mut rows = vec![["seed", "P", "R", "F1", "best epoch", "seconds"].map(str::to_owned).to_vec()];
        for run in self.runs {
            let valid = run.valid.as_ref();
            rows.push(vec![
                run.seed.to_string(),
                percent(valid.map(|valid| valid.precision)),
                percent(valid.map(|valid| valid.recall)),
                percent(valid.map(|valid| valid.f1)),
                run.best_epoch.map_or_else(|| "-".to_owned(), |epoch| epoch.to_string()),
                format!("{:.1}", run.seconds),
            ]);
        }
        let blank = String::new;
        rows.push(vec!["mean".into(), blank(), blank(), percent(self.mean_f1)]);
        rows.push(vec!["deviation".into(), blank(), blank(), percent(self.deviation_f1)]);
        output::table(&rows)
    }
}
