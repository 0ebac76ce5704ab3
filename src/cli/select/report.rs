//! What was chosen, in words and as JSON.

use serde::Serialize;
use spanlight_models::example::Example;
use spanlight_models::synthesis::{Flag, Selection, SelectionOptions};

use super::sources::{Choice, Unusable};
use crate::cli::output;

/// One tweet of many.
#[derive(Serialize)]
pub struct Brief {
    id: String,
    /// Number of images that can be used.
    candidates: usize,
    /// Number of references that can be used.
    references: usize,
    chosen: Option<String>,
    /// How much of the entities the chosen one shows.
    coverage: Option<f32>,
    /// How far it is from the references.
    distance: Option<f32>,
    flags: Vec<Flag>,
    unusable: usize,
}

impl Brief {
    pub fn new(id: &str, choice: &Choice) -> Self {
        let selection = choice.selection.as_ref();
        let coverage = |selection: &Selection| {
            selection.coverage.as_ref().and_then(|coverage| coverage.scores.get(selection.selected).copied())
        };
        Self {
            id: id.to_owned(),
            candidates: choice.candidates.len(),
            references: choice.references.len(),
            chosen: choice.chosen.clone(),
            coverage: selection.and_then(coverage),
            distance: selection.and_then(|selection| distance(selection, selection.selected)),
            flags: selection.map(|selection| selection.flags.clone()).unwrap_or_default(),
            unusable: choice.unusable.len(),
        }
    }

    /// One line.
    pub fn line(&self) -> String {
        let Some(chosen) = &self.chosen else { return format!("{}: no image that can be used", self.id) };
        let mut said = vec![format!("{} of {}", chosen, self.candidates)];
        said.extend(self.coverage.map(|coverage| format!("coverage {coverage:.4}")));
        said.extend(self.distance.map(|distance| format!("distance {distance}")));
        said.extend(self.flags.iter().map(|flag| flag.text().to_owned()));
        if self.unusable > 0 {
            said.push(format!("{} cannot be used", self.unusable));
        }
        format!("{}: {}", self.id, said.join(", "))
    }
}

/// Distance of a candidate to the references, where it was kept and compared.
fn distance(selection: &Selection, candidate: usize) -> Option<f32> {
    let place = selection.kept.iter().position(|kept| *kept == candidate)?;
    selection.accuracy.as_ref().and_then(|accuracy| accuracy.scores.get(place).copied())
}

/// One tweet with everything on the way.
#[derive(Serialize)]
pub struct Explained<'a> {
    id: &'a str,
    tokens: &'a [String],
    options: SelectionOptions,
    #[serde(flatten)]
    choice: Choice,
}

impl<'a> Explained<'a> {
    pub fn new(tweet: &'a Example, options: SelectionOptions, choice: Choice) -> Self {
        Self { id: &tweet.id, tokens: &tweet.tokens, options, choice }
    }

    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![Brief::new(self.id, &self.choice).line()];
        if let Some(selection) = &self.choice.selection {
            lines.extend(self.words(selection));
            lines.extend(self.candidates(selection));
        }
        let unusable = |unusable: &Unusable| format!("{}: {}", unusable.image, unusable.reason);
        lines.extend(self.choice.unusable.iter().map(unusable));
        lines
    }

    /// How much is shown of each word.
    fn words(&self, selection: &Selection) -> Vec<String> {
        let Some(coverage) = &selection.coverage else { return Vec::new() };
        let mut rows = vec![["word", "importance", "entity"].map(str::to_owned).to_vec()];
        for (word, importance) in coverage.importance.iter().enumerate() {
            let entity = if coverage.entity_words.contains(&word) { "yes" } else { "" };
            let token = self.tokens.get(word).cloned().unwrap_or_default();
            rows.push(vec![token, format!("{importance:.4}"), entity.to_owned()]);
        }
        output::table(&rows)
    }

    /// Both scores of each candidate.
    fn candidates(&self, selection: &Selection) -> Vec<String> {
        let mut rows = vec![["candidate", "coverage", "kept", "distance"].map(str::to_owned).to_vec()];
        for (place, id) in self.choice.candidates.iter().enumerate() {
            let coverage = selection.coverage.as_ref().and_then(|coverage| coverage.scores.get(place));
            let kept = if selection.kept.contains(&place) { "yes" } else { "" };
            rows.push(vec![
                id.clone(),
                coverage.map_or_else(String::new, |coverage| format!("{coverage:.4}")),
                kept.to_owned(),
                distance(selection, place).map_or_else(String::new, |distance| distance.to_string()),
            ]);
        }
        output::table(&rows)
    }
}
