//! Files of predictions: one JSON object per tweet, written by `predict` and `evaluate`, read by `evaluate --compare`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use spanlight_models::example::{Span, SpanStructure, check_spans};
use spanlight_models::input::Item;
use spanlight_models::metrics::{ImageState, Judged};
use spanlight_models::model::Reading;
use spanlight_models::prediction::ScoredSpan;

use super::error::CliError;

/// One tweet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Identifier of the tweet.
    pub id: String,
    /// The words.
    pub tokens: Vec<String>,
    /// Gold entities, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<Vec<Span>>,
    /// Predicted entities with their probabilities.
    pub spans: Vec<ScoredSpan>,
    /// Probability that anything about the labelling is wrong.
    #[serde(default)]
    pub uncertainty: f32,
    /// What the model could see of the image.
    #[serde(default)]
    pub image: ImageState,
    /// Why the image could not be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_problem: Option<String>,
}

impl Line {
    /// What a model says about a tweet; with the tweet's own entities as gold where `gold` is set.
    pub fn new(item: &Item, reading: &Reading, gold: bool) -> Self {
        let prediction = &reading.answer.prediction;
        Self {
            id: item.example.id.clone(),
            tokens: item.example.tokens.clone(),
            gold: gold.then(|| item.example.spans.clone()),
            spans: prediction.spans.clone(),
            uncertainty: prediction.uncertainty(),
            image: image_state(item, reading),
            image_problem: reading.image_problem.clone(),
        }
    }

    /// The tweet with `gold`.
    pub fn judged(self, gold: Vec<Span>) -> Judged {
        Judged { id: self.id, tokens: self.tokens, gold, predicted: self.spans, image: self.image }
    }

    /// Writes the line.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        out.write_all(b"\n")
    }

    fn check(&self) -> Result<(), String> {
        let predicted: Vec<Span> = self.spans.iter().map(|scored| scored.span.clone()).collect();
        for spans in [Some(&predicted), self.gold.as_ref()].into_iter().flatten() {
            check_spans(spans, self.tokens.len(), SpanStructure::Overlapping).map_err(|error| error.to_string())?;
        }
        let known = |scored: &ScoredSpan| (0.0..=1.0).contains(&scored.probability);
        match self.spans.iter().find(|scored| !known(scored)) {
            Some(scored) => Err(format!("{} is no probability", scored.probability)),
            None => Ok(()),
        }
    }
}

/// What the model could see of the tweet's image.
fn image_state(item: &Item, reading: &Reading) -> ImageState {
    match &item.image {
        Some(_) if reading.image_problem.is_some() => ImageState::Unreadable,
        Some(_) => ImageState::Present,
        // An image that is named and not there was looked for and not found.
        None if !item.example.images.is_empty() => ImageState::Unreadable,
        None => ImageState::Absent,
    }
}

/// Reads a file of predictions.
pub fn read(file: &Path) -> Result<Vec<Line>, CliError> {
    let failed = |cause| CliError::io("reading the predictions", file)(cause);
    let parse = |numbered: io::Result<(usize, String)>| {
        let (number, text) = numbered.map_err(failed)?;
        let line = serde_json::from_str::<Line>(&text).map_err(|error| error.to_string());
        let line = line.and_then(|line| line.check().map(|()| line));
        line.map_err(|what| CliError::BadLine { file: file.to_owned(), line: number, what })
    };
    json_lines(file).map_err(failed)?.map(parse).collect()
}

/// The lines of a file that hold anything, with their numbers from 1.
pub fn json_lines(file: &Path) -> io::Result<impl Iterator<Item = io::Result<(usize, String)>>> {
    let lines = BufReader::new(File::open(file)?).lines().enumerate();
    let held = |line: &io::Result<(usize, String)>| line.as_ref().map_or(true, |(_, text)| !text.trim().is_empty());
    Ok(lines.map(|(index, text)| text.map(|text| (index + 1, text))).filter(held))
}
