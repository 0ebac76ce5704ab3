//! What the offsets of a file count, and where they are in a text.

use std::ops::Range;

use serde::Serialize;

/// What offsets count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Unicode code points, as in Python.
    CodePoints,
    /// Units of UTF-16, as in JavaScript and Java.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
}

impl Unit {
    /// All units, the usual one first.
    pub(super) const ALL: [Self; 3] = [Self::CodePoints, Self::Utf16, Self::Bytes];

    /// What is counted, in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::CodePoints => "code points",
            Self::Utf16 => "UTF-16 units",
            Self::Bytes => "bytes",
        }
    }

    /// The place in bytes of an offset; `None` beyond the text or within a character.
    pub(super) fn byte_at(self, text: &str, offset: usize) -> Option<usize> {
        let mut counted = 0;
        if self == Self::Bytes {
            return text.is_char_boundary(offset).then_some(offset);
        }
        for (at, c) in text.char_indices() {
            if counted >= offset {
                return (counted == offset).then_some(at);
            }
            counted += if self == Self::Utf16 { c.len_utf16() } else { 1 };
        }
        (counted == offset).then_some(text.len())
    }

    /// The place in bytes of what stands between two offsets.
    pub(super) fn range(self, text: &str, start: usize, end: usize) -> Option<Range<usize>> {
        let range = self.byte_at(text, start)?..self.byte_at(text, end)?;
        (range.start < range.end).then_some(range)
    }
}

/// Counts by which unit the entities of a file fit their texts.
#[derive(Debug, Default)]
pub(super) struct Guess {
    fitting: [usize; 3],
    entities: usize,
}

impl Guess {
    /// Takes in an entity; what a tool says it reads there decides, else whether it begins and ends with a word.
    pub fn add(&mut self, text: &str, start: usize, end: usize, said: Option<&str>) {
        self.entities += 1;
        for (fitting, unit) in self.fitting.iter_mut().zip(Unit::ALL) {
            *fitting += usize::from(fits(unit, text, start, end, said));
        }
    }

    /// The unit by which most fit, the usual one among equals; `None` without entities.
    pub fn unit(&self) -> Option<Unit> {
        let most = *self.fitting.iter().max()?;
        let place = self.fitting.iter().position(|fitting| *fitting == most)?;
        (self.entities > 0).then_some(Unit::ALL[place])
    }
}

fn fits(unit: Unit, text: &str, start: usize, end: usize, said: Option<&str>) -> bool {
    let Some(range) = unit.range(text, start, end) else { return false };
    match said {
        Some(said) => same_words(&text[range], said),
        None => whole_words(text, &range),
    }
}

/// Whether a tool's copy of the words is that of the text; some write white space differently.
pub(super) fn same_words(found: &str, said: &str) -> bool {
    found == said || found.split_whitespace().eq(said.replace("\\n", " ").split_whitespace())
}

/// Whether no word is cut at either end.
fn whole_words(text: &str, range: &Range<usize>) -> bool {
    let inside = &text[range.clone()];
    let cut = |before: Option<char>, after: Option<char>| {
        before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
    };
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    !cut(text[..range.start].chars().next_back(), inside.chars().next())
        && !cut(inside.chars().next_back(), text[range.end..].chars().next())
        && !blank(inside.chars().next())
        && !blank(inside.chars().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_in_every_unit() {
        let text = "💩é Rome";
        let rome = text.find("Rome").expect("there")..text.len();
        for (unit, start, end) in [(Unit::CodePoints, 3, 7), (Unit::Utf16, 4, 8), (Unit::Bytes, 7, 11)] {
            assert_eq!(unit.range(text, start, end), Some(rome.clone()), "{unit:?}");
            assert_eq!(unit.range(text, start, end + 1), None, "{unit:?}");
        }
        assert_eq!(Unit::Utf16.byte_at(text, 1), None);
        assert_eq!(Unit::Bytes.byte_at(text, 2), None);
        assert_eq!(Unit::CodePoints.range(text, 3, 3), None);
    }

    #[test]
    fn the_unit_is_found_with_and_without_the_words() {
        let text = "💩 to Rome and Paris";
        for unit in Unit::ALL {
            for said in [true, false] {
                let mut guess = Guess::default();
                for word in ["Rome", "Paris"] {
                    let at = text.find(word).expect("there");
                    let count = |end: usize| match unit {
                        Unit::CodePoints => text[..end].chars().count(),
                        Unit::Utf16 => text[..end].encode_utf16().count(),
                        Unit::Bytes => end,
                    };
                    guess.add(text, count(at), count(at + word.len()), said.then_some(word));
                }
                assert_eq!(guess.unit(), Some(unit), "{said}");
            }
        }
        assert_eq!(Guess::default().unit(), None);
    }
}
