//! The forms a file of contexts can be in.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::forms::{blocks, expansions, knowledge, lines, map, pairs, records, table};
use super::sink::Sink;
use crate::corpus::format::{BOM, guess};

/// How much of a file is looked at to recognise its form.
const HEAD: usize = 1 << 16;

/// A form of files of contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ContextForm {
    /// One JSON object a line (or an array of objects) with an id: spanlight's own, `RiTUAL`'s, MMAVK's records.
    Jsonl,
    /// One JSON object of texts by id, as CATR's captions are.
    Map,
    /// `imgid:ID###TEXT`, the text over any number of lines, as mPLUG-Owl's captions are.
    Blocks,
    /// `ID###ENTITY(TYPE)###EXPANSION###...`, one line an entity, as `RiVEG`'s expansions are.
    Expansions,
    /// `token<TAB>label` lines, then `<EOS><TAB>X` and a word a line, as PGIM's knowledge is; no ids.
    Knowledge,
    /// `ID.jpg :TEXT`, as BLIP-2's captions are.
    Lines,
    /// `ID<TAB>TEXT`, `ID<TAB>NUMBER`, or columns named by a first line.
    Tsv,
    /// A line with the id, a line with the text, as PGIM's hand-written answers are.
    Pairs,
}

impl ContextForm {
    /// Every form, in the order in which they are tried.
    pub const ALL: [Self; 8] =
        [Self::Jsonl, Self::Map, Self::Blocks, Self::Expansions, Self::Knowledge, Self::Lines, Self::Tsv, Self::Pairs];

    /// The name used on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Map => "map",
            Self::Blocks => "blocks",
            Self::Expansions => "expansions",
            Self::Knowledge => "knowledge",
            Self::Lines => "lines",
            Self::Tsv => "tsv",
            Self::Pairs => "pairs",
        }
    }

    pub(super) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Recognises the form by a file's content; what the file looks like instead where that fails.
    pub fn recognise(bytes: &[u8]) -> Result<Self, &'static str> {
        let content = bytes.strip_prefix(BOM).unwrap_or(bytes);
        let head = &content[..content.len().min(HEAD)];
        Self::ALL.into_iter().find(|form| form.fits(head)).ok_or_else(|| guess(head))
    }

    fn fits(self, head: &[u8]) -> bool {
        match self {
            Self::Jsonl => records::fits(head),
            Self::Map => map::fits(head),
            Self::Blocks => blocks::fits(head),
            Self::Expansions => expansions::fits(head),
            Self::Knowledge => knowledge::fits(head),
            Self::Lines => lines::fits(head),
            Self::Tsv => table::fits(head),
            Self::Pairs => pairs::fits(head),
        }
    }

    pub(super) fn read(self, bytes: &[u8], sink: &mut Sink) {
        let content = bytes.strip_prefix(BOM).unwrap_or(bytes);
        match self {
            Self::Jsonl => records::read(content, sink),
            Self::Map => map::read(content, sink),
            Self::Blocks => blocks::read(content, sink),
            Self::Expansions => expansions::read(content, sink),
            Self::Knowledge => knowledge::read(content, sink),
            Self::Lines => lines::read(content, sink),
            Self::Tsv => table::read(content, sink),
            Self::Pairs => pairs::read(content, sink),
        }
    }
}

impl fmt::Display for ContextForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ContextForm {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|form| form.name() == name);
        known.ok_or_else(|| format!("`{name}` is no form of contexts; known are {}", Self::names()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_recognised_by_content() {
        for (head, form) in [
            ("7.jpg :a dog\n", "lines"),
            ("\u{feff}\r\nO_7.JPG :a dog\r\n", "lines"),
            ("{\"7.jpg\": \"a dog\",", "map"),
            ("{\"7\": [\"a\", \"b\"]}", "map"),
            ("{\n \"7.jpg\": \"a dog\"}", "map"),
            ("{\"id\": \"7\", \"caption\": \"a\"}\n{\"id", "jsonl"),
            ("{\"tweet_id\": 7}", "jsonl"),
            ("[{\"id\": \"7\"}]", "jsonl"),
            ("imgid:7###a\n\nb\n", "blocks"),
            ("7.jpg###A(PER)###b###0###&[0, 0, 0, 0]\n", "expansions"),
            ("Imageid:7.jpg#0f###A(PER)###A(PER)-b###2\n", "expansions"),
            ("a\tO\r\n<EOS>\tX\r\nNamed\tX\r\n", "knowledge"),
            ("7\ta dog\n8\ta cat\n", "tsv"),
            ("id\tkind\ttext\n", "tsv"),
            ("7\r\nNamed entities: none\r\n8\r\nNamed entities\r\n", "pairs"),
        ] {
            assert_eq!(ContextForm::recognise(head.as_bytes()).map(ContextForm::name), Ok(form), "{head:?}");
        }
        for (head, part) in
            [(&b""[..], "empty"), (b"\x28\xb5\x2f\xfd", "zstd -d"), (b"Once upon\na time\n", "no known")]
        {
            assert!(ContextForm::recognise(head).expect_err("none").contains(part));
        }
    }
}
