//! Files of contexts as this program writes them: JSONL, and columns parted by tabs.

use std::io::{self, Write};

use serde::Serialize;
use spanlight_models::example::Context;

/// The columns of a table, as its first line names them.
pub(super) const COLUMNS: [&str; 9] = ["id", "kind", "text", "items", "image", "similarity", "source", "model", "at"];

/// What stands for characters that part columns and lines.
const ESCAPES: [(char, &str); 4] = [('\\', "\\\\"), ('\t', "\\t"), ('\n', "\\n"), ('\r', "\\r")];

/// A context on a line of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContextLine<'a> {
    /// The tweet.
    pub id: &'a str,
    /// What is said.
    #[serde(flatten)]
    pub context: &'a Context,
    /// Since when it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<&'a str>,
}

/// How contexts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextOutput {
    /// One JSON object a line.
    Jsonl,
    /// Columns, named by the first line.
    Tsv,
}

impl ContextOutput {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Jsonl, Self::Tsv];

    /// The name used on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Tsv => "tsv",
        }
    }

    /// Writes what stands before the first line.
    pub fn begin(self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Jsonl => Ok(()),
            Self::Tsv => writeln!(out, "{}", COLUMNS.join("\t")),
        }
    }

    /// Writes one context.
    pub fn write(self, line: &ContextLine<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Jsonl => serde_json::to_writer(&mut *out, line)?,
            Self::Tsv => out.write_all(cells(line)?.map(|cell| escape(&cell)).join("\t").as_bytes())?,
        }
        out.write_all(b"\n")
    }
}

fn cells(line: &ContextLine<'_>) -> io::Result<[String; 9]> {
    let Context { kind, text, items, image, similarity, source, model } = line.context;
    let items = if items.is_empty() { String::new() } else { serde_json::to_string(items)? };
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    Ok([
        line.id.to_owned(),
        kind.name().to_owned(),
        text.clone(),
        items,
        or_empty(image),
        similarity.map_or_else(String::new, |value| value.to_string()),
        or_empty(source),
        or_empty(model),
        line.at.unwrap_or_default().to_owned(),
    ])
}

fn escape(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match ESCAPES.iter().find(|(plain, _)| *plain == c) {
            Some((_, escape)) => written.push_str(escape),
            None => written.push(c),
        }
    }
    written
}

/// The text that was escaped.
pub(super) fn unescape(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (taken, plain) = match ESCAPES.iter().find(|(_, escape)| rest.starts_with(escape)) {
            Some((plain, escape)) => (escape.len(), *plain),
            None => (c.len_utf8(), c),
        };
        read.push(plain);
        rest = &rest[taken..];
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_come_back() {
        for text in ["a\tb\nc\r\\n", "\\", "é\\\\t", ""] {
            assert_eq!(unescape(&escape(text)), text);
            assert!(!escape(text).contains(['\t', '\n', '\r']));
        }
    }
}
