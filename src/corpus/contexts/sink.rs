//! Where the readers of all forms put what they find.

use spanlight_models::example::{Context, ContextKind};

use super::{Entry, Said, Subject};
use crate::corpus::{Listed, Problem};

/// What was found so far.
pub(super) struct Sink {
    /// What the texts are, where the file does not say so.
    pub kind: Option<ContextKind>,
    pub entries: Vec<Entry>,
    pub empty: Listed<Problem>,
    pub problems: Listed<Problem>,
}

impl Sink {
    pub fn new(kind: Option<ContextKind>) -> Self {
        Self { kind, entries: Vec::new(), empty: Listed::default(), problems: Listed::default() }
    }

    /// Takes in a text under an id; `usual` is what the form's texts are where nobody says otherwise.
    pub fn text(&mut self, line: usize, id: &str, text: &str, usual: ContextKind) {
        let kind = self.kind.unwrap_or(usual);
        self.said(line, id, Said::contexts(vec![Context::new(kind, text)]));
    }

    /// Takes in what is said under an id.
    pub fn said(&mut self, line: usize, id: &str, said: Said) {
        let id = id.trim();
        if id.is_empty() {
            self.problem(line, "", "the id is empty");
        } else {
            self.entry(line, id, Subject::Id(id.to_owned()), said);
        }
    }

    /// Takes in what is said of a tweet; `name` stands for it in messages.
    pub fn entry(&mut self, line: usize, name: &str, subject: Subject, mut said: Said) {
        said.contexts.retain(|context| context.words().next().is_some());
        let sound = |value: &f32| value.is_finite();
        let similarities = said.contexts.iter().filter_map(|context| context.similarity).chain(said.similarity);
        if let Some(value) = similarities.into_iter().find(|value| !sound(value)) {
            self.problem(line, name, format!("{value} is no similarity"));
        } else if said.contexts.is_empty() && said.similarity.is_none() {
            self.empty.push(Problem { line, tweet: name.to_owned(), what: "no text".to_owned() });
        } else {
            self.entries.push(Entry { line, subject, said });
        }
    }

    /// Notes what is wrong with a line.
    pub fn problem(&mut self, line: usize, id: &str, what: impl Into<String>) {
        let tweet = if id.is_empty() { "?".to_owned() } else { id.to_owned() };
        self.problems.push(Problem { line, tweet, what: what.into() });
    }
}
