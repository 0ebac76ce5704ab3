//! What an evaluation finds, as it is printed with `--json`.

use std::path::Path;

use indexmap::IndexMap;
use serde::Serialize;
use spanlight_models::example::Span;
use spanlight_models::input::View;
use spanlight_models::metrics::{
    Breakdown, Certainty, Changes, Confusion, Counts, EntityError, ErrorKind, Judged, Reach, Scores,
};
use spanlight_models::pointing::Pointing;
use spanlight_models::prediction::ScoredSpan;
use spanlight_models::word_maps::Nearby;

use super::contexts::ContextsAs;
use super::images::ImagesAs;
use crate::corpus::Overlaps;

/// Everything that was found.
#[derive(Serialize)]
pub struct Report<'a> {
    pub data: &'a Path,
    pub model: &'a str,
    pub device: &'a str,
    pub images_as: ImagesAs,
    pub view: View,
    pub parameters: usize,
    pub tweets: usize,
    #[serde(flatten)]
    pub scores: ScoresReport,
    pub missing_images: usize,
    pub image_problems: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointing: Option<PointingReport>,
    /// How near the model's maps are to recorded ones, for every kind of maps that it has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maps: Vec<MapsReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// Gold entities within or across longer ones, which no model here can find beside these; the scores count them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlaps: Option<Overlaps>,
    pub breakdowns: Vec<BreakdownReport>,
    pub confusion: Confusion,
    pub errors: Errors,
    pub calibration: CalibrationReport,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images_check: Vec<ImagesReport>,
    /// The views besides the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<ViewReport>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contexts_check: Vec<ContextsReport>,
    /// Wall-clock seconds in batches, images included.
    pub seconds_per_100_tweets: f64,
}

/// Scores of a kind of entities, `0..=1`, and the counts they are made of.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Score {
    pub f1: f64,
    pub precision: f64,
    pub recall: f64,
    pub matched: usize,
    pub predicted: usize,
    pub support: usize,
}

impl From<Counts> for Score {
    fn from(counts: Counts) -> Self {
        Self {
            f1: counts.f1(),
            precision: counts.precision(),
            recall: counts.recall(),
            matched: counts.matched,
            predicted: counts.predicted,
            support: counts.gold,
        }
    }
}

/// The scores that papers report.
#[derive(Serialize)]
pub struct ScoresReport {
    #[serde(flatten)]
    pub overall: Score,
    /// The most frequent type first.
    pub per_type: IndexMap<String, Score>,
    pub span_only: Score,
    /// Share of the predicted entities with right borders whose type is right too.
    pub type_accuracy: f64,
}

impl From<Scores> for ScoresReport {
    fn from(scores: Scores) -> Self {
        let type_accuracy = scores.type_accuracy();
        let Scores { overall, span_only, mut per_type } = scores;
        per_type.sort_by(|a, one, b, other| other.gold.cmp(&one.gold).then_with(|| a.cmp(b)));
        Self {
            overall: overall.into(),
            per_type: per_type.into_iter().map(|(name, counts)| (name, counts.into())).collect(),
            span_only: span_only.into(),
            type_accuracy,
        }
    }
}

/// How often the brightest region of a name's map lies in the name's box.
#[derive(Serialize)]
pub struct PointingReport {
    pub hits: usize,
    pub total: usize,
    pub rate: f64,
}

impl PointingReport {
    /// `None` where no entity has a box.
    pub fn of(pointing: Pointing) -> Option<Self> {
        let Pointing { hits, total } = pointing;
        (total > 0).then(|| Self { hits, total, rate: pointing.rate() })
    }
}

/// How near maps of one kind are to recorded ones.
#[derive(Serialize)]
pub struct MapsReport {
    pub method: &'static str,
    #[serde(flatten)]
    pub nearby: Nearby,
}

/// The corpus divided by one question.
#[derive(Serialize)]
pub struct BreakdownReport {
    pub by: &'static str,
    pub parts: Vec<PartReport>,
}

/// One part; scores only where there are enough gold entities.
#[derive(Serialize)]
pub struct PartReport {
    pub name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tweets: Option<usize>,
    #[serde(flatten)]
    pub counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
}

impl From<Breakdown> for BreakdownReport {
    fn from(breakdown: Breakdown) -> Self {
        let parts = breakdown.parts.into_iter().map(|part| PartReport {
            name: part.name,
            tweets: part.tweets,
            counts: part.counts,
            score: part.enough().map(Score::from),
        });
        Self { by: breakdown.by, parts: parts.collect() }
    }
}

/// The errors by kind.
#[derive(Serialize)]
pub struct Errors {
    pub counts: IndexMap<ErrorKind, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<Vec<ErrorReport>>,
}

impl Errors {
    /// Counts them, and lists them where that is asked for.
    pub fn of(errors: &[EntityError<'_>], list: bool) -> Self {
        let count = |kind| (kind, errors.iter().filter(|error| error.kind == kind).count());
        Self {
            counts: ErrorKind::ALL.into_iter().map(count).collect(),
            list: list.then(|| errors.iter().map(ErrorReport::of).collect()),
        }
    }
}

/// One error.
#[derive(Serialize)]
pub struct ErrorReport {
    pub kind: ErrorKind,
    pub tweet: String,
    pub tokens: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gold: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicted: Option<ScoredSpan>,
}

impl ErrorReport {
    fn of(error: &EntityError<'_>) -> Self {
        Self {
            kind: error.kind,
            tweet: error.tweet.id.clone(),
            tokens: error.tweet.tokens.clone(),
            gold: error.gold.cloned(),
            predicted: error.predicted.cloned(),
        }
    }
}

/// Whether the probabilities can be believed.
#[derive(Serialize)]
pub struct CalibrationReport {
    #[serde(flatten)]
    pub measured: Certainty,
    /// Tweets whose words are not in it: the system has no tags, or the model does not know a type of the gold.
    pub tweets_left_out: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaled: Option<Scaled>,
}

/// The same with all scores divided by a temperature; the labels stay.
#[derive(Serialize)]
pub struct Scaled {
    pub temperature: f64,
    #[serde(flatten)]
    pub measured: Certainty,
}

/// What becomes of the score and of the predictions when the model is given something else.
#[derive(Serialize)]
pub struct Shift {
    pub f1: f64,
    /// F1 minus that of the main report.
    pub difference: f64,
    #[serde(flatten)]
    pub changes: Changes,
}

impl Shift {
    /// Compares the predictions of the main report to others for the same tweets.
    pub fn of(own: &[Judged], other: &[Judged]) -> Self {
        let mut changes = Changes::default();
        for (before, after) in own.iter().zip(other) {
            changes += Changes::of(&before.gold, &before.predicted, &after.predicted);
        }
        let f1 = |tweets| Judged::scores(tweets).overall.f1();
        Self { f1: f1(other), difference: f1(other) - f1(own), changes }
    }
}

/// With other images.
#[derive(Serialize)]
pub struct ImagesReport {
    pub images_as: ImagesAs,
    #[serde(flatten)]
    pub shift: Shift,
}

/// In another view.
#[derive(Serialize)]
pub struct ViewReport {
    pub view: View,
    #[serde(flatten)]
    pub shift: Shift,
}

/// With other contexts.
#[derive(Serialize)]
pub struct ContextsReport {
    pub contexts_as: ContextsAs,
    #[serde(flatten)]
    pub shift: Shift,
}
