//! The same done with many tweets at once, as one step of undo.

use std::ops::Range;

use serde::Serialize;
use spanlight_models::example::{Span, SpanStructure};

use super::{Applied, Change, Project, ProjectError, State, Suggested, TweetId};
use crate::corpus::Listed;

/// What is to be done with each tweet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bulk {
    /// Make labels of what a model suggested when it scored the tweet.
    pub accept: bool,
    /// Label every place of these words with this type where nothing stands in the way.
    pub label: Option<(Vec<String>, String)>,
    /// Its new state.
    pub state: Option<State>,
    /// Its new note.
    pub note: Option<String>,
}

impl Bulk {
    /// What it is called in the history.
    pub fn summary(&self) -> String {
        let accept = self.accept.then(|| "accept".to_owned());
        let label = self.label.as_ref().map(|(words, label)| format!("label `{}` {label}", words.join(" ")));
        let state = self.state.map(|state| if state == State::Flagged { "flag" } else { state.name() }.to_owned());
        [accept, label, state].into_iter().flatten().collect::<Vec<_>>().join(" and ")
    }
}

/// What changes, or would change, in one tweet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BulkChange {
    /// Id of the tweet in its corpus.
    pub tweet: String,
    /// New labels.
    pub added: Vec<Span>,
    /// The state before, where it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<&'static str>,
}

/// What was done with many tweets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BulkReport {
    /// Number of tweets that were looked at.
    pub tweets: usize,
    /// Number of suggestions that become labels.
    pub accepted: usize,
    /// Number of places that are labelled.
    pub labelled: usize,
    /// Tweets that nothing was suggested for because no model in use has scored them, where suggestions were to be accepted.
    pub unscored: usize,
    /// The tweets that change.
    pub changes: Listed<BulkChange>,
}

/// Changes, what they are for people, and what a model had suggested.
type Plan = (BulkReport, Vec<Change>, Vec<Suggested>);

impl Project {
    /// What would become of tweets.
    pub fn preview_bulk(&self, tweets: &[TweetId], bulk: &Bulk) -> Result<BulkReport, ProjectError> {
        self.plan_bulk(tweets, bulk).map(|(report, ..)| report)
    }

    /// Does the same with all of the tweets, in one durable transaction, which is one step of undo.
    pub fn apply_bulk(
        &mut self,
        tweets: &[TweetId],
        bulk: &Bulk,
    ) -> Result<(BulkReport, Option<Applied>), ProjectError> {
        let (report, changes, suggested) = self.plan_bulk(tweets, bulk)?;
        let count = changes.len();
        let summary = format!("{}: {count} {}", bulk.summary(), if count == 1 { "tweet" } else { "tweets" });
        let applied = self.apply_beside(&summary, &changes, &suggested)?;
        Ok((report, applied))
    }

    fn plan_bulk(&self, tweets: &[TweetId], bulk: &Bulk) -> Result<Plan, ProjectError> {
        let structure = self.settings.spans;
        let (mut report, mut changes, mut known) = (BulkReport::default(), Vec::new(), Vec::new());
        for id in tweets {
            let tweet = self.tweet(*id)?;
            report.tweets += 1;
            let (tokens, mut spans) = (&tweet.example.tokens, tweet.example.spans.clone());
            if bulk.accept {
                let scored = self.suggested(*id)?;
                report.unscored += usize::from(scored.is_none());
                if let Some(scored) = scored {
                    let suggested: Vec<Span> = scored.spans.into_iter().map(|scored| scored.span).collect();
                    let fitting = suggested.iter().filter(|span| span.start < span.end && span.end <= tokens.len());
                    report.accepted += add_beside(&mut spans, fitting.cloned(), structure);
                    known.push(Suggested { tweet: *id, model: scored.version, spans: suggested });
                }
            }
            if let Some((words, label)) = &bulk.label {
                let places = occurrences(tokens, words).into_iter();
                let new = places.map(|place| Span::new(label.as_str(), place.start, place.end));
                report.labelled += add_beside(&mut spans, new, structure);
            }
            let added: Vec<Span> = spans.iter().filter(|span| !tweet.example.spans.contains(span)).cloned().collect();
            let from = bulk.state.filter(|state| *state != tweet.state).map(|_| tweet.state.name());
            let noted = bulk.note.as_ref().is_some_and(|note| Some(note) != tweet.note.as_ref());
            if added.is_empty() && from.is_none() && !noted {
                continue;
            }
            let spans = (!added.is_empty()).then_some(spans);
            changes.push(Change { tweet: *id, spans, state: bulk.state, note: bulk.note.clone() });
            report.changes.push(BulkChange { tweet: tweet.example.id, added, from });
        }
        Ok((report, changes, known))
    }
}

/// Whether something new cannot stand beside what is there: the structure does not admit it, or it is on the same tokens.
pub fn contradicts(there: &Span, new: &Span, structure: SpanStructure) -> bool {
    !structure.admits(there, new) || (there.start, there.end) == (new.start, new.end)
}

/// Adds those that contradict nothing that is there, and returns their number.
pub fn add_beside(spans: &mut Vec<Span>, new: impl Iterator<Item = Span>, structure: SpanStructure) -> usize {
    let before = spans.len();
    for new in new {
        if !spans.iter().any(|span| contradicts(span, &new, structure)) {
            spans.push(new);
        }
    }
    spans.sort();
    spans.len() - before
}

/// Places where `needle` stands in `tokens`, from left to right, none sharing a token with another.
pub fn occurrences(tokens: &[String], needle: &[String]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while !needle.is_empty() && at + needle.len() <= tokens.len() {
        if tokens[at..at + needle.len()] == *needle {
            found.push(at..at + needle.len());
            at += needle.len();
        } else {
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn occurrences_do_not_overlap() {
        assert_eq!(occurrences(&words("a a a b a a"), &words("a a")), [0..2, 4..6]);
        assert!(occurrences(&words("a b"), &[]).is_empty());
        assert!(occurrences(&words("a"), &words("a b")).is_empty());
    }

    #[test]
    fn new_labels_stand_beside_what_is_there() {
        let there = [Span::new("ORG", 0, 3)];
        let new = [Span::new("LOC", 1, 2), Span::new("PER", 0, 3), Span::new("LOC", 2, 5), Span::new("LOC", 6, 7)];
        let count = |structure| add_beside(&mut there.to_vec(), new.iter().cloned(), structure);
        assert_eq!(SpanStructure::ALL.map(count), [1, 2, 3]);
    }
}
