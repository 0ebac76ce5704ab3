//! Tag schemes: entity spans as one tag per token, and back.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{LabelSet, Span, SpanError, SpanStructure, check_spans};

/// How spans are written as one tag per token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TagScheme {
    /// `B-` opens, `I-` continues; `1 + 2T` tags for `T` types.
    #[default]
    Bio,
    /// `B-`, `I-`, `E-` for longer spans, `S-` for single tokens; `1 + 4T` tags.
    Bioes,
}

/// A tag that had to be read differently from how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// Token index.
    pub token: usize,
    /// The tag as written.
    pub from: String,
    /// The tag as read.
    pub to: String,
}

/// Why tags could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// Neither `O` nor a known prefix, a hyphen and a type.
    #[error("`{tag}` is not a tag: expected `O` or one of `B-`, `I-`, `E-`, `S-` followed by a type")]
    Malformed {
        /// Token index.
        token: usize,
        /// The tag as written.
        tag: String,
    },
    /// The spans cannot be written as one tag per token.
    #[error(transparent)]
    Spans(#[from] SpanError),
}

impl TagScheme {
    /// Number of tags over `types` entity types.
    pub fn tag_count(self, types: usize) -> usize {
        1 + self.prefixes().len() * types
    }

    /// The prefixes in tag order.
    pub fn prefixes(self) -> &'static [char] {
        match self {
            Self::Bio => &['B', 'I'],
            Self::Bioes => &['B', 'I', 'E', 'S'],
        }
    }

    /// All tags over `labels` in index order: `O`, then each type's prefixes.
    pub fn tag_names(self, labels: &LabelSet) -> Vec<String> {
        let mut names = vec!["O".to_owned()];
        for label in labels.names() {
            names.extend(self.prefixes().iter().map(|prefix| format!("{prefix}-{label}")));
        }
        names
    }

    /// Prefix and type index of tag `index`, `None` for `O`.
    pub fn split_index(self, index: usize) -> Option<(char, usize)> {
        let prefixes = self.prefixes();
        let place = index.checked_sub(1)?;
        Some((prefixes[place % prefixes.len()], place / prefixes.len()))
    }

    /// Index of the tag with `prefix` for type `label`.
    pub fn join_index(self, prefix: char, label: usize) -> Option<usize> {
        let prefixes = self.prefixes();
        let place = prefixes.iter().position(|known| *known == prefix)?;
        Some(1 + label * prefixes.len() + place)
    }

    /// The entities that well-formed tag indices say: their tokens and the index of their type.
    pub fn index_spans(self, tags: &[usize]) -> Vec<(Range<usize>, usize)> {
        let mut spans: Vec<(Range<usize>, usize)> = Vec::new();
        for (token, tag) in tags.iter().enumerate() {
            match (self.split_index(*tag), spans.last_mut()) {
                (Some(('I' | 'E', label)), Some((tokens, known))) if tokens.end == token && *known == label => {
                    tokens.end += 1;
                }
                (Some((_, label)), _) => spans.push((token..token + 1, label)),
                (None, _) => {}
            }
        }
        spans
    }

    /// Writes spans as one tag per token, so that none may share a token with another.
    pub fn encode(self, spans: &[Span], tokens: usize) -> Result<Vec<String>, TagError> {
        check_spans(spans, tokens, SpanStructure::Flat)?;
        let mut tags = vec!["O".to_owned(); tokens];
        for span in spans {
            for (token, tag) in tags.iter_mut().enumerate().take(span.end).skip(span.start) {
                *tag = format!("{}-{}", self.prefix_at(span, token), span.label);
            }
        }
        Ok(tags)
    }

    /// The prefix that `token` carries inside `span`.
    pub fn prefix_at(self, span: &Span, token: usize) -> char {
        let first = token == span.start;
        let last = token + 1 == span.end;
        match (self, first, last) {
            (Self::Bioes, true, true) => 'S',
            (Self::Bioes, false, true) => 'E',
            (_, true, _) => 'B',
            _ => 'I',
        }
    }

    /// Reads tags by the lenient rule of the CoNLL scorers: an `I-` that continues nothing opens a span.
    ///
    /// Tags of either scheme are understood (`E` reads as `I`, `S` as `B`). Every tag that the scheme's own grammar
    /// would not have is listed as a repair; the spans are those of the repaired tags.
    pub fn decode<S: AsRef<str>>(self, tags: &[S]) -> Result<(Vec<Span>, Vec<Repair>), TagError> {
        let mut spans: Vec<Span> = Vec::new();
        let mut open = false;
        for (token, tag) in tags.iter().enumerate() {
            let tag = tag.as_ref();
            let malformed = || TagError::Malformed { token, tag: tag.to_owned() };
            let Some((prefix, label)) = parse_tag(tag).ok_or_else(malformed)? else {
                open = false;
                continue;
            };
            let continues = open && matches!(prefix, 'I' | 'E') && spans.last().is_some_and(|span| span.label == label);
            match spans.last_mut() {
                Some(span) if continues => span.end = token + 1,
                _ => spans.push(Span::new(label, token, token + 1)),
            }
            open = !matches!(prefix, 'E' | 'S');
        }
        let repaired = self.encode(&spans, tags.len())?;
        let repairs = tags.iter().map(AsRef::as_ref).zip(repaired).enumerate();
        let repairs = repairs.filter(|(_, (from, to))| from != to);
        let repairs = repairs.map(|(token, (from, to))| Repair { token, from: from.to_owned(), to }).collect();
        Ok((spans, repairs))
    }
}

/// Splits a tag into prefix and type: `Some(None)` for `O`, `None` for what is no tag.
pub fn parse_tag(tag: &str) -> Option<Option<(char, &str)>> {
    if tag == "O" {
        return Some(None);
    }
    let (prefix, label) = tag.split_once('-')?;
    match prefix {
        "B" | "I" | "E" | "S" if !label.is_empty() => prefix.chars().next().map(|prefix| Some((prefix, label))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orphan_i_opens_a_span_and_is_listed() {
        let (spans, repairs) = TagScheme::Bio.decode(&["O", "O", "I-LOC", "I-PER", "B-PER"]).expect("valid tags");
        assert_eq!(spans, [Span::new("LOC", 2, 3), Span::new("PER", 3, 4), Span::new("PER", 4, 5)]);
        assert_eq!(repairs.iter().map(|r| (r.token, r.to.as_str())).collect::<Vec<_>>(), [(2, "B-LOC"), (3, "B-PER")]);
    }

    #[test]
    fn both_schemes_round_trip() {
        let spans = [Span::new("PER", 0, 1), Span::new("PER", 1, 4), Span::new("a-b c", 5, 7)];
        for scheme in [TagScheme::Bio, TagScheme::Bioes] {
            let tags = scheme.encode(&spans, 8).expect("spans fit");
            let (read, repairs) = scheme.decode(&tags).expect("own tags");
            assert_eq!(read, spans);
            assert!(repairs.is_empty());
        }
        assert_eq!(TagScheme::Bioes.encode(&spans, 7).expect("fits")[..4], ["S-PER", "B-PER", "I-PER", "E-PER"]);
    }

    #[test]
    fn tag_indices_are_in_name_order() {
        let labels = LabelSet::new(["PER", "LOC"]);
        for scheme in [TagScheme::Bio, TagScheme::Bioes] {
            let names = scheme.tag_names(&labels);
            assert_eq!(names.len(), scheme.tag_count(2));
            for (index, name) in names.iter().enumerate().skip(1) {
                let (prefix, label) = scheme.split_index(index).expect("not O");
                assert_eq!(*name, format!("{prefix}-{}", labels.name(label).expect("known type")));
                assert_eq!(scheme.join_index(prefix, label), Some(index));
            }
        }
    }

    #[test]
    fn malformed_tags_are_named() {
        let error = TagScheme::Bio.decode(&["O", "X-PER"]).expect_err("no such prefix");
        assert!(error.to_string().contains("X-PER"));
    }
}
