//! Where the parts of a JSON text stand, so that one of them can be changed and the others stay as they are.

use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Where the members of an object are.
pub(super) struct Members {
    /// Names and places of their values.
    pub values: Vec<(String, Range<usize>)>,
    /// Where the last value ends, or the object opens.
    pub end: usize,
}

impl Members {
    /// Finds the members of the object that the text is.
    pub fn of(text: &str) -> serde_json::Result<Self> {
        let mut members = Self { values: Vec::new(), end: 0 };
        members.read(text)?;
        Ok(members)
    }

    /// Takes in members up to the first that is broken.
    pub fn read(&mut self, text: &str) -> serde_json::Result<()> {
        let mut at = skip(text, 0, &['{']);
        self.end = at;
        while text[at..].starts_with('"') {
            let (name, end) = value_at::<String>(text, at)?;
            let start = skip(text, end, &[':']);
            let (_, end) = value_at::<IgnoredAny>(text, start)?;
            self.values.push((name, start..end));
            self.end = end;
            at = skip(text, end, &[',']);
        }
        Ok(())
    }

    /// The place of the value called `name`.
    pub fn get(&self, name: &str) -> Option<Range<usize>> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, range)| range.clone())
    }

    /// What stands between the members of `text` and after their names.
    pub fn marks(&self, text: &str) -> (&'static str, &'static str) {
        let spaced = self.values.first().is_some_and(|(_, value)| text[..value.start].ends_with(' '));
        if spaced { (", ", ": ") } else { (",", ":") }
    }

    /// Writes `value` in the place of the member `name` of `text`, or adds it.
    pub fn with(&self, text: &str, name: &str, value: &str) -> String {
        let (comma, colon) = self.marks(text);
        if let Some(range) = self.get(name) {
            return [&text[..range.start], value, &text[range.end..]].concat();
        }
        let comma = if self.values.is_empty() { "" } else { comma };
        format!("{}{comma}\"{name}\"{colon}{value}{}", &text[..self.end], &text[self.end..])
    }
}

/// The elements of an array that is known to be JSON, as values and as they stand.
pub(super) fn elements<'a, T: Deserialize<'a>>(array: &'a str) -> serde_json::Result<Vec<(T, &'a str)>> {
    let mut elements = Vec::new();
    let mut at = skip(array, 0, &['[']);
    while at < array.len() && !array[at..].starts_with(']') {
        let (element, end) = value_at::<T>(array, at)?;
        elements.push((element, &array[at..end]));
        at = skip(array, end, &[',']);
    }
    Ok(elements)
}

/// The JSON value that begins at `at`, and where it ends.
fn value_at<'a, T: Deserialize<'a>>(text: &'a str, at: usize) -> serde_json::Result<(T, usize)> {
    let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<T>();
    let value = values.next().transpose()?.ok_or_else(|| serde::de::Error::custom("a value is missing"))?;
    Ok((value, at + values.byte_offset()))
}

/// The place of what follows blanks and the given marks.
fn skip(text: &str, at: usize, marks: &[char]) -> usize {
    let rest = text[at..].trim_start_matches(|c: char| c.is_ascii_whitespace() || marks.contains(&c));
    text.len() - rest.len()
}
