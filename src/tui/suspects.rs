//! Labels that are likely wrong, as `spanlight suspects` wrote them into the project's folder.

use std::path::Path;

use spanlight_models::example::Span;

use crate::project::TweetId;
use crate::suspects::{self, FILE, Found, Reason};

/// A label that is likely wrong, or missing, in a tweet of the project.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspect {
    /// Row of its tweet in the store.
    pub tweet: TweetId,
    /// How suspicious it is, `0..=1`.
    pub score: f32,
    /// The words that are or should be labelled.
    pub words: String,
    /// The label as it is; `None`: one seems to be missing.
    pub gold: Option<Span>,
    /// What it should be; `None`: no label, or nobody knows.
    pub suggestion: Option<Span>,
    /// Why, the strongest reason first.
    pub reasons: Vec<Reason>,
}

impl Suspect {
    /// A suspicion about a tweet that has a row in a store.
    fn of(found: suspects::Suspect) -> Option<Self> {
        let suspects::Suspect { row, score, words, gold, suggestion, reasons, .. } = found;
        Some(Self { tweet: row?, score: score as f32, words, gold, suggestion, reasons })
    }

    /// What stands in the store where a person turned it down.
    pub fn key(&self) -> String {
        let span = |span: &Option<Span>| match span {
            Some(span) => format!("{} {}-{}", span.label, span.start, span.end),
            None => "none".to_owned(),
        };
        format!("{} > {}", span(&self.gold), span(&self.suggestion))
    }

    /// The tokens it is about.
    pub fn span(&self) -> Option<&Span> {
        self.gold.as_ref().or(self.suggestion.as_ref())
    }

    /// Whether it is still a question, given the labels and what was turned down.
    pub fn is_open(&self, labels: &[Span], dismissed: &[String]) -> bool {
        let stands = match (&self.gold, &self.suggestion) {
            (Some(gold), _) => labels.contains(gold),
            (None, Some(missing)) => !labels.iter().any(|label| label.overlaps(missing)),
            (None, None) => false,
        };
        stands && !dismissed.contains(&self.key())
    }
}

/// The way through the suspicious labels.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// All of them, the most suspicious first.
    pub suspects: Vec<Suspect>,
    /// The one that is asked about.
    pub at: usize,
}

impl Walk {
    /// Reads the file of a project; `None` where there is none.
    pub fn read(project: &Path) -> Result<Option<Self>, String> {
        let found = Found::read(&project.join(FILE)).map_err(|error| error.to_string())?;
        let suspects = |found: Found| found.suspects.into_iter().filter_map(Suspect::of).collect();
        Ok(found.map(|found| Self { suspects: suspects(found), at: 0 }))
    }

    /// The one that is asked about.
    pub fn current(&self) -> Option<&Suspect> {
        self.suspects.get(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspect(gold: Option<Span>, suggestion: Option<Span>) -> Suspect {
        Suspect { tweet: 1, score: 0.5, words: String::new(), gold, suggestion, reasons: Vec::new() }
    }

    #[test]
    fn a_suspicion_stands_until_the_label_changes_or_it_is_turned_down() {
        let (per, loc) = (Span::new("PER", 0, 2), Span::new("LOC", 0, 2));
        let other = suspect(Some(per.clone()), Some(loc.clone()));
        assert!(other.is_open(std::slice::from_ref(&per), &[]));
        assert!(!other.is_open(std::slice::from_ref(&loc), &[]));
        assert!(!other.is_open(std::slice::from_ref(&per), &[other.key()]));
        let missing = suspect(None, Some(loc.clone()));
        assert!(missing.is_open(&[], &[other.key()]));
        assert!(!missing.is_open(&[Span::new("ORG", 1, 3)], &[]), "something is labelled there by now");
        assert_ne!(missing.key(), other.key());
    }
}
