//! What was drawn, in words and as JSON.

use std::path::PathBuf;

use serde::Serialize;
use spanlight_models::synthesis::diffusion::text_encoder::Cut;

use crate::cli::output;

/// How many cut prompts are told to people.
const LISTED: usize = 10;

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub out: PathBuf,
    pub model: String,
    pub model_sha256: String,
    pub scheduler: &'static str,
    pub steps: usize,
    pub guidance: f64,
    pub size: [usize; 2],
    pub device: String,
    /// Number of tweets in the folder.
    pub tweets: usize,
    /// Number of pictures that were to be drawn.
    pub wanted: usize,
    /// Number of pictures that were drawn now.
    pub drawn: usize,
    /// Number of pictures that had been drawn before, for this folder or another one.
    pub cached: usize,
    /// Number of pictures that were in the folder.
    pub kept: usize,
    /// Seconds for a picture that was drawn now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_each: Option<f64>,
    /// The slices of attention that memory lasted for, where it was short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sliced: Option<usize>,
    /// Prompts that are too long for the model.
    pub cut: Vec<CutPrompt>,
    /// Ids of tweets whose prompt has no words.
    pub empty: Vec<String>,
    pub stopped: bool,
}

/// A prompt whose end is not in the pictures.
#[derive(Clone, Debug, Serialize)]
pub struct CutPrompt {
    pub tweet: String,
    /// The first word that is missing, or of which something is.
    pub from: String,
    #[serde(flatten)]
    pub cut: Cut,
}

impl Report {
    /// Number of pictures that are in the folder.
    pub fn pictures(&self) -> usize {
        self.drawn + self.cached + self.kept
    }

    /// What people are told.
    pub fn lines(&self) -> Vec<String> {
        let Self { drawn, cached, kept, tweets, .. } = self;
        let out = self.out.display();
        let mut lines = vec![format!(
            "{} pictures for {tweets} tweets in {out}: {drawn} drawn, {cached} from the cache, {kept} there already",
            self.pictures()
        )];
        lines.extend(self.seconds_each.map(|seconds| format!("{seconds:.2} s each, on {}", self.device)));
        if !self.cut.is_empty() {
            lines.push(format!(
                "{} prompts are too long for the model; the end is not in the pictures:",
                self.cut.len()
            ));
            lines.extend(output::listing(&self.cut, self.cut.len(), LISTED, |CutPrompt { tweet, from, cut }| {
                format!(
                    "{tweet}: {} of {} pieces are read; cut at `{from}`, word {}",
                    cut.fit,
                    cut.pieces,
                    cut.word + 1
                )
            }));
        }
        if !self.empty.is_empty() {
            lines.push(format!("{} tweets have no words to draw; their pictures show anything:", self.empty.len()));
            lines.extend(output::listing(&self.empty, self.empty.len(), LISTED, Clone::clone));
        }
        if !self.stopped {
            lines.push(format!("spanlight select --data {out} chooses among them"));
        }
        lines
    }
}
