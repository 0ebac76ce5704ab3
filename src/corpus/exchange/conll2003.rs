//! CoNLL-2003: token, part of speech, chunk and tag with spaces between them, `-DOCSTART-` lines between documents, blank
//! lines between sentences. The tags of the first release begin with `I-` wherever that is clear.

use std::io::{BufRead, BufReader, Read};

use spanlight_models::example::{Example, Repair, SpanStructure, TagScheme};

use super::raw::Taken;
use super::{Form, OtherFields};
use crate::corpus::error::shown;
use crate::corpus::{ReadError, Unwritable};

/// The CoNLL-2003 form.
pub(super) struct Conll2003;

const DOCUMENT: &str = "-DOCSTART-";

impl Form for Conll2003 {
    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(DOCUMENT.as_bytes())
    }

    fn read(&self, name: &str, file: &mut dyn Read, taken: &mut Taken) -> Result<(), ReadError> {
        let failed = |cause| ReadError::Io { file: name.to_owned(), cause };
        let mut sentence = Sentence::default();
        for (number, line) in BufReader::new(file).split(b'\n').enumerate() {
            let line = line.map_err(failed)?;
            let number = number + 1;
            let Ok(text) = std::str::from_utf8(&line) else {
                sentence.fault(number, "not UTF-8; convert the file to UTF-8".to_owned());
                continue;
            };
            let text = text.trim_start_matches('\u{feff}').trim_end_matches('\r');
            if text.trim_ascii().is_empty() || text.split([' ', '\t']).next() == Some(DOCUMENT) {
                std::mem::take(&mut sentence).hand_over(taken);
            } else {
                sentence.line(number, text);
            }
        }
        sentence.hand_over(taken);
        Ok(())
    }

    fn marks(&self) -> [&'static str; 3] {
        ["-DOCSTART- -X- -X- O\n\n", "\n", ""]
    }

    fn render(&self, example: &Example, _other: Option<&OtherFields>) -> Result<Vec<u8>, Unwritable> {
        let refuse = |what, text: &str| Err(Unwritable::Text { what, text: text.to_owned() });
        if let Some(span) = example.spans.iter().find(|span| span.label.contains([' ', '\t', '\n', '\r'])) {
            return refuse("type", &span.label);
        }
        let mut out = String::new();
        for (token, tag) in example.tokens.iter().zip(tags(example)?) {
            if token.is_empty() || token.contains([' ', '\t', '\n', '\r']) || token == DOCUMENT {
                return refuse("token", token);
            }
            out.extend([token, " -X- -X- ", tag.as_str(), "\n"]);
        }
        Ok(out.into_bytes())
    }

    fn holds(&self) -> SpanStructure {
        SpanStructure::Flat
    }

    fn reduces(&self, example: &Example) -> bool {
        has_more_than_text(example)
    }
}

/// A tag for each token, in BIO.
pub(super) fn tags(example: &Example) -> Result<Vec<String>, Unwritable> {
    TagScheme::Bio.encode(&example.spans, example.tokens.len()).map_err(|error| match error {
        spanlight_models::example::TagError::Spans(error) => Unwritable::Spans(error),
        other @ spanlight_models::example::TagError::Malformed { .. } => Unwritable::Source(other.to_string()),
    })
}

/// Whether a tweet has images, contexts or boxes.
pub(super) fn has_more_than_text(example: &Example) -> bool {
    !(example.images.is_empty() && example.contexts.is_empty() && example.boxes.is_empty())
}

/// The rows of one tweet, as they come.
#[derive(Default)]
pub(super) struct Sentence {
    pub id: String,
    pub first: usize,
    tokens: Vec<String>,
    tags: Vec<String>,
    numbers: Vec<usize>,
    faults: Vec<(usize, String)>,
}

impl Sentence {
    pub fn is_empty(&self) -> bool {
        self.first == 0
    }

    pub fn fault(&mut self, number: usize, what: String) {
        self.begin(number);
        self.faults.push((number, what));
    }

    pub fn token(&mut self, number: usize, token: &str, tag: &str) {
        self.begin(number);
        self.tokens.push(token.to_owned());
        self.tags.push(tag.to_owned());
        self.numbers.push(number);
    }

    fn begin(&mut self, number: usize) {
        if self.first == 0 {
            self.first = number;
        }
    }

    fn line(&mut self, number: usize, text: &str) {
        let columns: Vec<&str> = text.split([' ', '\t']).filter(|column| !column.is_empty()).collect();
        match columns.as_slice() {
            [token, .., tag] => self.token(number, token, tag),
            _ => self.fault(number, format!("`{}` has no tag; expected a token, columns and a tag", shown(text))),
        }
    }

    /// Reads the tags and hands the tweet over, or what is wrong with it.
    pub fn hand_over(mut self, taken: &mut Taken) {
        if self.is_empty() {
            return;
        }
        let known = |tag: &str| spanlight_models::example::parse_tag(tag).is_some();
        for (tag, number) in self.tags.iter().zip(&self.numbers).filter(|(tag, _)| !known(tag)) {
            let what =
                format!("`{}` is not a tag; expected `O` or one of `B-`, `I-`, `E-`, `S-` and a type", shown(tag));
            self.faults.push((*number, what));
        }
        if !self.faults.is_empty() {
            taken.faults(self.first, &self.id, self.faults);
            return;
        }
        let bioes = self.tags.iter().any(|tag| tag.starts_with("E-") || tag.starts_with("S-"));
        let scheme = if bioes { TagScheme::Bioes } else { TagScheme::Bio };
        match scheme.decode(&self.tags) {
            Ok((spans, repairs)) => {
                let repairs: Vec<(usize, Repair)> =
                    repairs.into_iter().map(|repair| (self.numbers[repair.token], repair)).collect();
                let example = Example { id: self.id, tokens: self.tokens, spans, ..Example::default() };
                taken.ready(self.first, example, repairs);
            }
            Err(error) => taken.fault(self.first, &self.id, error.to_string()),
        }
    }
}
