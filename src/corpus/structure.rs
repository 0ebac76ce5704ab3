//! Corpora whose tweets have entities that share tokens: what they need, and what is left for a place that holds less.

use serde::Serialize;
use spanlight_models::example::{LabelSet, SpanStructure, check_structure};

use super::error::{Problem, ReadError, SkippedTweet};
use super::{Corpus, Listed};

/// Entities that lie within or across longer ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overlaps {
    /// Tweets that have such entities.
    pub tweets: usize,
    /// Entities that have no place where no token can be in two.
    pub entities: usize,
}

impl Corpus {
    /// The strictest structure that all tweets fit.
    pub fn structure(&self) -> SpanStructure {
        self.overlapping.iter().map(|(_, structure)| *structure).max().unwrap_or_default()
    }

    /// What a model that gives every token one entity at most cannot learn from this corpus.
    pub fn overlaps(&self) -> Overlaps {
        let entities = self.overlapping.iter().map(|(index, _)| self.example(*index).beyond_flat()).sum();
        Overlaps { tweets: self.overlapping.len(), entities }
    }

    /// The structure of tweet `index`, unless it is flat.
    pub(super) fn overlap(&self, index: usize) -> Option<SpanStructure> {
        let found = self.overlapping.binary_search_by_key(&index, |(index, _)| *index).ok()?;
        Some(self.overlapping[found].1)
    }

    /// The corpus for a place that holds spans of `structure` only. Tweets that do not fit are an error that names them all,
    /// or are left out and listed with `skip_bad`.
    pub fn fitted(mut self, structure: SpanStructure, skip_bad: bool) -> Result<Self, ReadError> {
        let needed = self.structure();
        if needed <= structure {
            return Ok(self);
        }
        let misfits: Vec<usize> =
            self.overlapping.iter().filter(|(_, own)| *own > structure).map(|(index, _)| *index).collect();
        let mut problems = Listed::default();
        for index in &misfits {
            let (example, line) = (self.example(*index), self.line(*index));
            if let Err(error) = check_structure(&example.spans, structure) {
                let what = format!("{error}; a project with spans = \"{needed}\" takes it");
                let own = Listed::from_iter([Problem { line, tweet: example.id.clone(), what }]);
                self.skipped.push(SkippedTweet::new(&example.id, line, &own));
                problems.append(own);
            }
        }
        if !skip_bad {
            return Err(ReadError::Structure { file: self.name, structure, needed, problems });
        }
        let kept: Vec<usize> = (0..self.len()).filter(|index| misfits.binary_search(index).is_err()).collect();
        if kept.is_empty() {
            return Err(ReadError::NoTweet { file: self.name, skipped: self.skipped.total() });
        }
        let (place, blocks) = (|index: usize| kept.binary_search(&index).ok(), std::mem::take(&mut self.blocks));
        let overlapping = std::mem::take(&mut self.overlapping).into_iter();
        self.overlapping = overlapping.filter_map(|(index, own)| Some((place(index)?, own))).collect();
        let stays = |index: &usize| place(*index).is_some();
        self.blocks =
            blocks.into_iter().enumerate().filter(|(index, _)| stays(index)).map(|(_, block)| block).collect();
        self.labels = LabelSet::from_examples(&self.examples().collect::<Vec<_>>());
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::ReadOptions;

    fn corpus() -> Corpus {
        let text = concat!(
            r#"{"id": "flat", "tokens": ["a", "b", "c"], "spans": [{"start": 0, "end": 1, "type": "PER"}]}"#,
            "\n",
            r#"{"id": "nested", "tokens": ["a", "b", "c"], "spans": [{"start": 0, "end": 3, "type": "ORG"}, {"start": 1, "end": 2, "type": "LOC"}]}"#,
            "\n",
            r#"{"id": "crossing", "tokens": ["a", "b", "c"], "spans": [{"start": 0, "end": 2, "type": "ORG"}, {"start": 1, "end": 3, "type": "X"}]}"#,
            "\n",
        );
        Corpus::read_from("test", text.as_bytes(), ReadOptions::default()).expect("a corpus")
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_line_and_what_would_take_it() {
        let read = corpus();
        assert_eq!(
            (read.structure(), read.overlaps()),
            (SpanStructure::Overlapping, Overlaps { tweets: 2, entities: 2 })
        );
        assert_eq!(read.subset(&[1, 0]).structure(), SpanStructure::Nested);
        let message = read.fitted(SpanStructure::Flat, false).expect_err("two do not fit").to_string();
        for part in ["test:2: tweet nested: ", "test:3: tweet crossing: ", "overlap", "\"overlapping\"", "--skip-bad"] {
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(corpus().fitted(SpanStructure::Overlapping, false).expect("all fit").len(), 3);
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_listed_where_that_is_wished() {
        let nested = corpus().fitted(SpanStructure::Nested, true).expect("two fit");
        assert_eq!(nested.examples().map(|example| example.id).collect::<Vec<_>>(), ["flat", "nested"]);
        assert_eq!((nested.structure(), nested.overlaps().entities), (SpanStructure::Nested, 1));
        assert_eq!(nested.labels().index_of("X"), None);
        let left = &nested.skipped().items()[0];
        assert_eq!((left.tweet.as_str(), left.line), ("crossing", Some(3)));
    }
}
