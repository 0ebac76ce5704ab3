//! Groups of spans in spaCy's `DocBin`, `doc.spans`: spans may overlap in them, which entities cannot.
//!
//! A document's groups are a list of packed groups, or a map from packed groups to their names (from spaCy 3.4 on). Each span
//! is 40 bytes, numbers from the highest byte on: id, knowledge base id and label of 64 bits, then first token, one past the
//! last token, first character and one past the last character of 32 bits.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use spanlight_models::example::{Example, Span};

use super::docbin::Bytes;
use super::write::Text;

/// The group that spaCy's span categorizer reads unless it is told another one.
const NAME: &str = "sc";

/// No group: an empty list.
pub(super) const NONE: &[u8] = &[0x90];

/// Bytes of a span.
const SPAN: usize = 40;

#[derive(Serialize, Deserialize)]
struct Group {
    name: String,
    #[serde(default, skip_deserializing)]
    attrs: HashMap<String, String>,
    spans: Vec<Bytes>,
}

/// The spans of a tweet as the one group of a document; `number` is that of a word.
pub(super) fn write<'a>(
    example: &'a Example,
    number: impl Fn(&'a str) -> u64,
) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    let text = Text::of(example).map_err(|error| rmp_serde::encode::Error::Syntax(error.to_string()))?;
    let mut spans = Vec::with_capacity(example.spans.len());
    for span in &example.spans {
        let mut bytes = vec![0; 16];
        bytes.extend(number(&span.label).to_be_bytes());
        for place in [span.start, span.end, text.start(span), text.end(span)] {
            let place = i32::try_from(place).map_err(|error| rmp_serde::encode::Error::Syntax(error.to_string()))?;
            bytes.extend(place.to_be_bytes());
        }
        spans.push(Bytes(bytes));
    }
    let group = rmp_serde::to_vec_named(&Group { name: NAME.to_owned(), attrs: HashMap::new(), spans })?;
    rmp_serde::to_vec(&[Bytes(group)])
}

/// What a document has in groups.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Grouped {
    /// The spans of the group that counts.
    pub spans: Vec<Span>,
    /// Number of other groups, which are passed over.
    pub others: usize,
}

/// The groups of a document, whose labels `word` names; `None` where a span cannot be read.
pub(super) fn read(groups: &[u8], word: impl Fn(u64) -> Option<String>) -> Option<Grouped> {
    if groups.is_empty() || groups == NONE {
        return Some(Grouped::default());
    }
    let packed: Vec<Bytes> = match rmp_serde::from_slice::<Vec<Bytes>>(groups) {
        Ok(list) => list,
        Err(_) => rmp_serde::from_slice::<HashMap<Bytes, Vec<String>>>(groups).ok()?.into_keys().collect(),
    };
    let mut grouped = Grouped::default();
    for Bytes(bytes) in &packed {
        let group: Group = rmp_serde::from_slice(bytes).ok()?;
        if group.name == NAME {
            grouped.spans = group.spans.iter().map(|Bytes(bytes)| span(bytes, &word)).collect::<Option<_>>()?;
        } else {
            grouped.others += 1;
        }
    }
    Some(grouped)
}

fn span(bytes: &[u8], word: impl Fn(u64) -> Option<String>) -> Option<Span> {
    let bytes: &[u8; SPAN] = bytes.try_into().ok()?;
    let number = |from: usize, to: usize| bytes[from..to].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let place = |from: usize| usize::try_from(number(from, from + 4)).ok();
    Some(Span::new(word(number(16, 24))?, place(24)?, place(28)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_a_group_come_back_from_both_forms() {
        let spans = vec![Span::new("ORG", 0, 3), Span::new("LOC", 2, 3)];
        let tokens = ["Bank", "of", "Rome"].map(str::to_owned).to_vec();
        let example = Example { tokens, spans: spans.clone(), ..Example::default() };
        let number = |word: &str| if word == "ORG" { 383 } else { 385 };
        let word = |number: u64| Some(if number == 383 { "ORG" } else { "LOC" }.to_owned());
        let list = write(&example, number).expect("packed");
        let grouped = Some(Grouped { spans, others: 0 });
        assert_eq!(read(&list, word), grouped);
        let groups: Vec<Bytes> = rmp_serde::from_slice(&list).expect("a list");
        let named: HashMap<Bytes, Vec<String>> =
            groups.into_iter().map(|group| (group, vec![NAME.to_owned()])).collect();
        assert_eq!(read(&rmp_serde::to_vec(&named).expect("packed"), word), grouped);
        assert_eq!(read(NONE, word), Some(Grouped::default()));
        assert_eq!(read(&list, |_| None), None, "a label without a word");
    }
}
