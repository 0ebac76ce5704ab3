//! The formats a corpus can be in, and what each of them must be able to do.

use indexmap::IndexMap;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use spanlight_models::example::{Context, Example, ImageMeasures, RegionBox, Repair, Span, SpanStructure, TagScheme};

use super::exchange::Exchange;
use super::{Listed, Unwritable, conll, jsonl};

/// A byte order mark in UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// How well the candidate images of a tweet suit it, by their ids.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageScores {
    /// One figure for each that was measured; more is better.
    pub scores: IndexMap<String, f32>,
    /// What these are made of.
    pub measures: IndexMap<String, ImageMeasures>,
}

/// What becomes of the remarks in a tweet's bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RemarkChanges {
    /// What stands in the place of remarks from now on, by their places; nothing where one goes.
    pub changed: Vec<(usize, Option<serde_json::Value>)>,
    /// What comes behind all of them.
    pub added: Vec<serde_json::Value>,
}

/// A format of corpora.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `token<TAB>tag` lines, an `IMGID:` line before each tweet, blank lines between.
    Conll,
    /// One JSON object a line, with the fields of [`Example`].
    Jsonl,
}

/// A format of spanlight's own, in which a corpus is kept byte for byte, or one of another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CorpusFormat {
    /// Kept as it stands.
    Own(Format),
    /// Made into spanlight's own form, and written from it.
    Exchange(Exchange),
}

impl CorpusFormat {
    /// Every format, those of spanlight first.
    pub fn all() -> impl Iterator<Item = Self> {
        Format::ALL.into_iter().map(Self::Own).chain(Exchange::ALL.into_iter().map(Self::Exchange))
    }

    /// The name used on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own(format) => format.name(),
            Self::Exchange(format) => format.name(),
        }
    }

    /// The loosest structure of entities that it can hold.
    pub fn holds(self) -> SpanStructure {
        match self {
            Self::Own(Format::Jsonl) => SpanStructure::Overlapping,
            Self::Own(Format::Conll) => SpanStructure::Flat,
            Self::Exchange(format) => format.holds(),
        }
    }

    /// The names of the formats that hold entities of this structure.
    pub fn holding(structure: SpanStructure) -> Vec<&'static str> {
        Self::all().filter(|format| format.holds() >= structure).map(Self::name).collect()
    }
}

impl From<Format> for CorpusFormat {
    fn from(format: Format) -> Self {
        Self::Own(format)
    }
}

impl fmt::Display for CorpusFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a format leaves open and a file decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// What stands between the columns.
    pub delimiter: char,
    /// Number of columns; the last one holds the tag.
    pub columns: usize,
    /// How spans are written as tags.
    pub scheme: TagScheme,
}

impl Default for Layout {
    fn default() -> Self {
        Self { delimiter: '\t', columns: 2, scheme: TagScheme::Bio }
    }
}

/// A tweet's place in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// From its first line to where the next tweet begins.
    pub bytes: Range<usize>,
    /// Its first line, from 1.
    pub line: usize,
    /// Its place among all tweets of the file, from 1.
    pub position: usize,
}

/// A tweet as read from its bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Parsed {
    /// The tweet; its id is empty where the file gives none.
    pub example: Example,
    /// Tags that had to be read differently, with their line in the tweet, from 0.
    pub repairs: Vec<(usize, Repair)>,
}

impl Parsed {
    /// The tweet's id, or one made of its place in the file.
    pub fn id_or(&self, position: usize) -> String {
        if self.example.id.is_empty() { format!("#{position}") } else { self.example.id.clone() }
    }

    /// The tweet, its id made of its place in the file where it has none.
    pub fn into_example(self, position: usize) -> Example {
        Example { id: self.id_or(position), ..self.example }
    }
}

/// What is wrong with a tweet's bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Faulty {
    /// The tweet's id, where it could be read.
    pub id: Option<String>,
    /// Malformed lines: line in the tweet, from 0, and what is wrong there.
    pub faults: Listed<(usize, String)>,
}

/// What a format must be able to do; one file implements it for each.
pub(super) trait Form {
    /// Whether a file that begins like this is in the format.
    fn recognises(&self, head: &[u8]) -> bool;
    /// What this file decides.
    fn layout(&self, source: &[u8]) -> Layout;
    /// Where the first tweet begins, and every tweet's place.
    fn cut(&self, source: &[u8], layout: Layout) -> (usize, Vec<Block>);
    /// Reads one tweet.
    fn parse(&self, block: &[u8], layout: Layout) -> Result<Parsed, Faulty>;
    /// Writes one tweet with other spans and everything else as it stands.
    fn relabel(&self, block: &[u8], layout: Layout, spans: &[Span]) -> Result<Vec<u8>, Unwritable>;
    /// Writes one tweet with other contexts and everything else as it stands, if the format holds contexts.
    fn recontext(&self, block: &[u8], contexts: &[Context]) -> Result<Vec<u8>, Unwritable>;
    /// Writes one tweet with these images and everything else as it stands, if the format holds several.
    fn reorder_images(&self, block: &[u8], images: &[String]) -> Result<Vec<u8>, Unwritable>;
    /// Writes one tweet with these scores of its images and everything else as it stands, if the format holds scores.
    fn score_images(&self, block: &[u8], scores: &ImageScores) -> Result<Vec<u8>, Unwritable>;
    /// Writes one tweet with other boxes and everything else as it stands, if the format holds boxes.
    fn rebox(&self, block: &[u8], boxes: &[RegionBox]) -> Result<Vec<u8>, Unwritable>;
    /// What people remarked on a tweet, in order, if the format holds that.
    fn remarks(&self, block: &[u8]) -> Vec<serde_json::Value>;
    /// Writes one tweet with other remarks and everything else as it stands, if the format holds them.
    fn remark(&self, block: &[u8], changes: &RemarkChanges) -> Result<Vec<u8>, Unwritable>;
    /// Writes a tweet that comes from elsewhere.
    fn render(&self, example: &Example, scheme: TagScheme) -> Result<Vec<u8>, Unwritable>;
    /// What must be put between two tweets that did not stand one after the other in a file.
    fn joint(&self, before: &[u8], after: &[u8], same_file: bool) -> &'static [u8];
    /// Whether writing this tweet loses images, contexts or boxes.
    fn reduces(&self, example: &Example) -> bool;
}

impl Format {
    /// Every format, in the order in which they are tried.
    pub const ALL: [Self; 2] = [Self::Jsonl, Self::Conll];

    fn form(self) -> &'static dyn Form {
        match self {
            Self::Conll => &conll::Conll,
            Self::Jsonl => &jsonl::Jsonl,
        }
    }

    /// The name used on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Conll => "conll",
            Self::Jsonl => "jsonl",
        }
    }

    /// Recognises the format by a file's beginning; what the file looks like instead where that fails.
    pub fn recognise(head: &[u8]) -> Result<Self, &'static str> {
        let content = head.strip_prefix(BOM).unwrap_or(head);
        Self::ALL.into_iter().find(|format| format.form().recognises(content)).ok_or_else(|| guess(content))
    }

    pub(super) fn layout(self, source: &[u8]) -> Layout {
        self.form().layout(source)
    }

    pub(super) fn cut(self, source: &[u8], layout: Layout) -> (usize, Vec<Block>) {
        self.form().cut(source, layout)
    }

    pub(super) fn parse(self, block: &[u8], layout: Layout) -> Result<Parsed, Faulty> {
        self.form().parse(block, layout)
    }

    /// Reads one tweet from the bytes it was imported from; its id is empty where the bytes give none.
    pub(crate) fn read_tweet(self, block: &[u8], layout: Layout) -> Result<(Example, Vec<Repair>), Unwritable> {
        let parsed = self.parse(block, layout).map_err(|faulty| {
            let fault = faulty.faults.items().first();
            Unwritable::Source(fault.map_or_else(String::new, |(line, what)| format!("line {}: {what}", line + 1)))
        })?;
        Ok((parsed.example, parsed.repairs.into_iter().map(|(_, repair)| repair).collect()))
    }

    /// Writes a tweet's bytes with other spans; everything else stays as it stands.
    pub fn relabel(self, block: &[u8], layout: Layout, spans: &[Span]) -> Result<Vec<u8>, Unwritable> {
        self.form().relabel(block, layout, spans)
    }

    /// Writes a tweet's bytes with other contexts; everything else stays as it stands.
    pub(crate) fn recontext(self, block: &[u8], contexts: &[Context]) -> Result<Vec<u8>, Unwritable> {
        self.form().recontext(block, contexts)
    }

    /// Writes a tweet's bytes with these images; everything else stays as it stands.
    pub(crate) fn reorder_images(self, block: &[u8], images: &[String]) -> Result<Vec<u8>, Unwritable> {
        self.form().reorder_images(block, images)
    }

    /// Writes a tweet's bytes with these scores of its images; everything else stays as it stands.
    pub(crate) fn score_images(self, block: &[u8], scores: &ImageScores) -> Result<Vec<u8>, Unwritable> {
        self.form().score_images(block, scores)
    }

    /// Writes a tweet's bytes with other boxes; everything else stays as it stands.
    pub(crate) fn rebox(self, block: &[u8], boxes: &[RegionBox]) -> Result<Vec<u8>, Unwritable> {
        self.form().rebox(block, boxes)
    }

    /// What people remarked on a tweet, in order.
    pub(crate) fn remarks(self, block: &[u8]) -> Vec<serde_json::Value> {
        self.form().remarks(block)
    }

    /// Writes a tweet's bytes with other remarks; everything else stays as it stands.
    pub(crate) fn remark(self, block: &[u8], changes: &RemarkChanges) -> Result<Vec<u8>, Unwritable> {
        self.form().remark(block, changes)
    }

    /// Writes a tweet that comes from another format.
    pub fn render(self, example: &Example, scheme: TagScheme) -> Result<Vec<u8>, Unwritable> {
        self.form().render(example, scheme)
    }

    /// Writes a tweet behind others that did not stand before it in a file.
    pub(crate) fn append(self, written: &mut Vec<u8>, tweet: &[u8]) {
        let joint = if written.is_empty() { &b""[..] } else { self.joint(written, tweet, false) };
        written.extend_from_slice(joint);
        written.extend_from_slice(tweet);
    }

    /// What must be put between two tweets so that they stay two.
    pub(crate) fn joint(self, before: &[u8], after: &[u8], same_file: bool) -> &'static [u8] {
        self.form().joint(before, after, same_file)
    }

    /// Whether writing this tweet in the format loses images, contexts or boxes.
    pub fn reduces(self, example: &Example) -> bool {
        self.form().reduces(example)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| format!("`{name}` is not a format; known are {}", known()))
    }
}

/// A line as text; the error says which byte is wrong.
pub(super) fn text_of(line: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(line).map_err(|error| {
        let at = error.valid_up_to();
        format!("not UTF-8 (byte 0x{:02x} at column {}); convert the file to UTF-8", line[at], at + 1)
    })
}

/// What a file that is no corpus looks like.
pub(super) fn guess(head: &[u8]) -> &'static str {
    match head {
        [] => "is empty",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "is compressed with zstd (decompress it first: zstd -d)",
        [0x1f, 0x8b, ..] => "is compressed with gzip (decompress it first: gzip -d)",
        [b'P', b'K', 3, 4, ..] => "is a zip archive (unpack it first)",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "is in UTF-16 (convert it to UTF-8 first)",
        [b'[', ..] => "is a JSON array (write one object a line instead)",
        _ if memchr::memchr(b'\r', head).is_some() && memchr::memchr(b'\n', head).is_none() => {
            "ends its lines with a carriage return alone (convert them to LF first)"
        }
        _ if memchr::memchr(0, head).is_some() => "is a binary file",
        _ => "is in no known format",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognised_by_content() {
        let conll: [&[u8]; 6] = [
            b"IMGID:1\na\tO\n",
            b"\xef\xbb\xbf\r\nWID:x\r\na\tO\r\n",
            b"a\tB-x y\nb\tO",
            b"EU NNP B-NP B-ORG\nrejects VBZ B-VP O\n",
            b"IMGID:1\nno tag\nnone\n",
            b"\n\n\xc2\xa0\tO\n",
        ];
        for head in conll {
            assert_eq!(Format::recognise(head), Ok(Format::Conll), "{:?}", String::from_utf8_lossy(head));
        }
        assert_eq!(Format::recognise(b"\n  {\"id\": \"1\"}"), Ok(Format::Jsonl));
        let neither: [&[u8]; 6] =
            [b"", b"\x28\xb5\x2f\xfd\0", b"[{}]", b"\0\x01\x02", b"Some words.\nMore O\nwords.\n", b"\n\n"];
        for head in neither {
            assert!(Format::recognise(head).is_err(), "{:?}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn names_are_read_back() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert!("csv".parse::<Format>().expect_err("no format").contains("conll"));
    }
}
