//! The result record: one JSON line per evaluation, from which tables over seeds and systems are made.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use spanlight_models::input::View;
use spanlight_models::metrics::{Calibration, Judged, Scores};

use super::images::ImagesAs;
use super::report::Report;
use super::{Args, file_name};
use crate::cli::error::CliError;
use crate::cli::model::{self, Loaded};
use crate::hash::stable_hash;

/// What one system reached on one corpus with one seed, without paths, which are nobody else's business.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Version of the program.
    pub spanlight: String,
    pub system: String,
    /// Name of the checkpoint's folder, or `embedded`.
    pub model: String,
    /// Hash of `model.toml`: alike for models of the same shape and labels.
    pub config: String,
    pub parameters: usize,
    pub device: String,
    #[serde(flatten)]
    pub training: Training,
    /// Name of the file with the tweets.
    pub data: String,
    pub tweets: usize,
    pub images_as: ImagesAs,
    #[serde(default)]
    pub view: View,
    pub test: Scores,
    pub type_accuracy: f64,
    pub calibration: CalibrationSummary,
    pub seconds_per_100_tweets: Speed,
    /// Name of the file with the predictions.
    pub predictions: Option<String>,
}

/// How the model came about, as far as its checkpoint says so.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Training {
    pub seed: Option<u64>,
    /// What the epoch was chosen by, never the test data.
    pub selected_on: Option<String>,
    /// The epoch that was chosen, from 1.
    pub selected_epoch: Option<usize>,
    /// Scores on what the epoch was chosen by.
    pub dev: Option<Scores>,
}

/// The figures of calibration in one line.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct CalibrationSummary {
    pub entity_ece: Option<f64>,
    pub entity_brier: Option<f64>,
    pub entity_aurc: Option<f64>,
    pub word_ece: Option<f64>,
    pub entity_word_ece: Option<f64>,
    pub loss_per_word: Option<f64>,
}

/// Wall-clock seconds, images included.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Speed {
    pub one_by_one: Option<f64>,
    pub batched: f64,
}

/// What is read of a checkpoint's `metrics.json`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Metrics {
    options: Options,
    selected_on: Option<String>,
    valid_f1: Vec<f64>,
    best: Option<Scores>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    seed: Option<u64>,
}

impl Training {
    /// What `metrics.json` in a checkpoint's folder says; nothing where it does not say it.
    pub fn of(folder: Option<&Path>) -> Self {
        let text = folder.and_then(|folder| fs::read(folder.join("metrics.json")).ok()).unwrap_or_default();
        let metrics: Metrics = serde_json::from_slice(&text).unwrap_or_default();
        let best = metrics.valid_f1.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let selected_epoch = metrics.valid_f1.iter().position(|f1| *f1 >= best).map(|epoch| epoch + 1);
        Self { seed: metrics.options.seed, selected_on: metrics.selected_on, selected_epoch, dev: metrics.best }
    }
}

impl Record {
    /// The record of a report.
    pub fn new(
        args: &Args,
        report: &Report<'_>,
        tweets: &[Judged],
        loaded: &Loaded,
        speed: Speed,
    ) -> Result<Self, CliError> {
        let tagger = loaded.tagger.as_ref();
        let broken = |cause| CliError::Model { name: loaded.name.clone(), cause: Box::new(cause) };
        let measured = &report.calibration.measured;
        let of = |calibration: &Option<Calibration>, figure: fn(&Calibration) -> f64| calibration.as_ref().map(figure);
        Ok(Self {
            spanlight: env!("CARGO_PKG_VERSION").to_owned(),
            system: tagger.info().name.to_owned(),
            model: file_name(Path::new(&loaded.name)),
            config: format!(
                "{:016x}",
                stable_hash(&[tagger.manifest().and_then(|manifest| manifest.to_toml()).map_err(broken)?.as_bytes()])
            ),
            parameters: tagger.parameters(),
            device: loaded.device.name.clone(),
            training: Training::of(model::folder(&loaded.name)?.as_deref()),
            data: file_name(report.data),
            tweets: report.tweets,
            images_as: report.images_as,
            view: report.view,
            test: Judged::scores(tweets),
            type_accuracy: report.scores.type_accuracy,
            calibration: CalibrationSummary {
                entity_ece: of(&measured.entities, |entities| entities.ece),
                entity_brier: of(&measured.entities, |entities| entities.brier),
                entity_aurc: of(&measured.entities, |entities| entities.coverage.aurc),
                word_ece: of(&measured.words, |words| words.ece),
                entity_word_ece: of(&measured.entity_words, |words| words.ece),
                loss_per_word: measured.loss_per_word,
            },
            seconds_per_100_tweets: speed,
            predictions: args.predictions_out.as_deref().map(file_name),
        })
    }

    /// Adds the record to a file.
    pub fn append(&self, file: &Path) -> Result<(), CliError> {
        let write = || {
            let line = serde_json::to_string(self)? + "\n";
            // One write, so that evaluations that end at the same time do not mix their lines.
            OpenOptions::new().create(true).append(true).open(file)?.write_all(line.as_bytes())
        };
        write().map_err(CliError::io("adding the result", file))
    }
}
