//! What a corpus is on disk: one file per format, reader and writer side by side; images by id.
//!
//! Files of other tools ([`exchange`]) are made into spanlight's own form as they are read.
//!
//! A [`Corpus`] keeps the bytes of its file, cut into tweets. Tweets are read from those bytes on demand, and a tweet
//! that nobody changed is written by copying them, so reading and writing without edits is byte-identical.

mod boxes;
mod conll;
pub mod contexts;
mod error;
pub mod exchange;
mod folder;
mod format;
mod images;
mod json_text;
mod jsonl;
mod listed;
mod maps;
mod source;
mod structure;

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use indexmap::IndexMap;
use spanlight_models::example::{Example, LabelSet, Repair, SpanStructure};

pub use boxes::BoxFile;
pub use error::{Problem, ReadError, RepairedTag, SkippedTweet, Unwritable, shown};
pub use folder::{TWEETS, tweets_file};
pub use format::{CorpusFormat, Format, ImageScores, Layout};
pub use images::{ImageStatus, ImageStore};
pub use listed::Listed;
pub use maps::MapStore;
pub use source::MAX_LINE;
pub use structure::Overlaps;

pub(crate) use error::{PRINTED, tweets_have};
pub(crate) use format::RemarkChanges;
pub(crate) use images::stem;

use error::malformed;
use exchange::{Conversion, Exchange};
use format::{Block, Parsed};

/// How to read a corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The format; recognised by content where absent.
    pub format: Option<CorpusFormat>,
    /// Go on without tweets that hold malformed lines.
    pub skip_bad: bool,
}

/// A corpus as it lies on disk, every tweet checked.
#[derive(Debug)]
pub struct Corpus {
    name: String,
    format: Format,
    layout: Layout,
    source: Vec<u8>,
    prologue: usize,
    blocks: Vec<Block>,
    labels: LabelSet,
    repairs: Listed<RepairedTag>,
    skipped: Listed<SkippedTweet>,
    conversion: Option<Conversion>,
    /// The tweets with entities that share tokens: their places, rising, and the strictest structure they fit.
    overlapping: Vec<(usize, SpanStructure)>,
}

impl Corpus {
    /// Reads the file at `path`, or the folder where the format is one.
    pub fn read(path: &Path, options: ReadOptions) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        let folder = match options.format {
            Some(CorpusFormat::Exchange(format)) if format.is_folder() => Some(format),
            None if path.is_dir() => Exchange::recognise_folder(path),
            _ => None,
        };
        if let Some(format) = folder {
            return Self::converted(&name, format.read(path, options.skip_bad)?);
        }
        let open = || {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            Ok((file, size))
        };
        let (file, size) = open().map_err(|cause| ReadError::Io { file: name.clone(), cause })?;
        Self::read_sized(&name, file, size, options)
    }

    /// Reads from anything; `name` stands for the file in messages.
    pub fn read_from(name: &str, reader: impl Read, options: ReadOptions) -> Result<Self, ReadError> {
        Self::read_sized(name, reader, 0, options)
    }

    fn read_sized(name: &str, mut reader: impl Read, size: u64, options: ReadOptions) -> Result<Self, ReadError> {
        let head = source::head(name, &mut reader)?;
        let exchange = match options.format {
            Some(CorpusFormat::Exchange(format)) => Some(format),
            Some(CorpusFormat::Own(_)) => None,
            None => Exchange::recognise(&head),
        };
        let mut reader = head.chain(reader);
        let own = match options.format {
            Some(CorpusFormat::Own(format)) => Some(format),
            _ => None,
        };
        if let Some(format) = exchange {
            return Self::converted(name, format.read_from(name, &mut reader, options.skip_bad)?);
        }
        let (format, source) = source::read_bounded(name, reader, size, own)?;
        let mut corpus = Self::uncut(name, format, source);
        corpus.check(options.skip_bad)?;
        Ok(corpus)
    }

    /// A corpus that was made of the file of another tool.
    fn converted(name: &str, converted: exchange::Converted) -> Result<Self, ReadError> {
        let mut corpus = Self::uncut(name, Format::Jsonl, converted.jsonl);
        corpus.check(false)?;
        (corpus.skipped, corpus.repairs) = (converted.skipped, converted.repairs);
        corpus.conversion = Some(converted.conversion);
        Ok(corpus)
    }

    /// A corpus whose tweets have not been looked at.
    fn uncut(name: &str, format: Format, source: Vec<u8>) -> Self {
        let layout = format.layout(&source);
        let (prologue, blocks) = format.cut(&source, layout);
        Self {
            name: name.to_owned(),
            format,
            layout,
            source,
            prologue,
            blocks,
            labels: LabelSet::default(),
            repairs: Listed::default(),
            skipped: Listed::default(),
            conversion: None,
            overlapping: Vec::new(),
        }
    }

    /// Reads every tweet once: counts types, lists repairs, refuses or leaves out what is malformed.
    fn check(&mut self, skip_bad: bool) -> Result<(), ReadError> {
        let mut problems = Listed::default();
        let mut counts: IndexMap<String, usize> = IndexMap::new();
        let mut good = Vec::with_capacity(self.blocks.len());
        for (index, block) in std::mem::take(&mut self.blocks).into_iter().enumerate() {
            match self.format.parse(&self.source[block.bytes.clone()], self.layout) {
                Ok(parsed) => {
                    let id = parsed.id_or(index + 1);
                    for span in &parsed.example.spans {
                        match counts.get_mut(&span.label) {
                            Some(count) => *count += 1,
                            None => drop(counts.insert(span.label.clone(), 1)),
                        }
                    }
                    for (line, repair) in parsed.repairs {
                        self.repairs.push(RepairedTag::new(&id, Some(block.line + line), repair));
                    }
                    let structure = SpanStructure::of(&parsed.example.spans);
                    if structure != SpanStructure::Flat {
                        self.overlapping.push((good.len(), structure));
                    }
                    good.push(Block { position: index + 1, ..block });
                }
                Err(faulty) => {
                    let tweet = faulty.id.unwrap_or_else(|| format!("#{}", index + 1));
                    let problem = |(line, what)| Problem { line: block.line + line, tweet: tweet.clone(), what };
                    let lines = faulty.faults.map(problem);
                    self.skipped.push(SkippedTweet::new(&tweet, block.line, &lines));
                    problems.append(lines);
                }
            }
        }
        if !problems.is_empty() && !skip_bad {
            return Err(ReadError::Malformed { file: self.name.clone(), problems });
        }
        if good.is_empty() {
            return Err(ReadError::NoTweet { file: self.name.clone(), skipped: self.skipped.total() });
        }
        counts.sort_by(|a, n, b, m| m.cmp(n).then_with(|| a.cmp(b)));
        self.labels = LabelSet::new(counts.into_keys());
        self.blocks = good;
        Ok(())
    }

    /// The file's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The format it is in.
    pub fn format(&self) -> Format {
        self.format
    }

    /// What its format leaves open and this file decides.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Number of tweets.
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Whether there is no tweet; never true for a corpus that was read.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// What stands before the first tweet: a byte order mark, blank lines.
    pub fn prologue(&self) -> &[u8] {
        &self.source[..self.prologue]
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.source
    }

    /// The bytes of tweet `index`, up to where the next one begins.
    pub fn source(&self, index: usize) -> &[u8] {
        &self.source[self.range(index)]
    }

    fn range(&self, index: usize) -> Range<usize> {
        self.blocks[index].bytes.clone()
    }

    /// Tweet `index`; its spans are those of the repaired tags.
    pub fn example(&self, index: usize) -> Example {
        self.parsed(index).into_example(self.blocks[index].position)
    }

    /// The same with the tags that are read differently.
    pub fn example_and_repairs(&self, index: usize) -> (Example, Vec<Repair>) {
        let mut parsed = self.parsed(index);
        let repairs = std::mem::take(&mut parsed.repairs).into_iter().map(|(_, repair)| repair).collect();
        (parsed.into_example(self.blocks[index].position), repairs)
    }

    fn parsed(&self, index: usize) -> Parsed {
        // Every block was parsed once when the corpus was read.
        self.format.parse(self.source(index), self.layout).unwrap_or_else(|_| Parsed::default())
    }

    /// What people remarked on tweet `index`, in order.
    pub(crate) fn remarks(&self, index: usize) -> Vec<serde_json::Value> {
        self.format.remarks(self.source(index))
    }

    /// All tweets in order, read one by one.
    pub fn examples(&self) -> impl Iterator<Item = Example> {
        (0..self.len()).map(|index| self.example(index))
    }

    /// Tweet `index`, which is `example`, as a JSON line with these images; everything else stays as it stands where it is
    /// one already.
    pub(crate) fn line_with_images(
        &self,
        index: usize,
        example: &Example,
        images: &[String],
    ) -> Result<Vec<u8>, Unwritable> {
        match self.format {
            Format::Jsonl => Format::Jsonl.reorder_images(self.source(index), images),
            Format::Conll => {
                Format::Jsonl.render(&Example { images: images.to_vec(), ..example.clone() }, self.layout.scheme)
            }
        }
    }

    /// A corpus of some of the tweets, in the order given; a tweet without an id keeps the name made of its place.
    pub fn subset(&self, tweets: &[usize]) -> Self {
        let mut source = self.prologue().to_vec();
        let prologue = source.len();
        let mut blocks: Vec<Block> = Vec::with_capacity(tweets.len());
        let mut line = 1;
        for index in tweets {
            let bytes = self.source(*index);
            if let Some(last) = blocks.last_mut() {
                source.extend_from_slice(self.format.joint(&source[last.bytes.clone()], bytes, true));
                last.bytes.end = source.len();
            }
            line += memchr::memchr_iter(b'\n', &source[blocks.last().map_or(0, |last| last.bytes.start)..]).count();
            let start = source.len();
            source.extend_from_slice(bytes);
            blocks.push(Block { bytes: start..source.len(), line, position: self.blocks[*index].position });
        }
        let (name, labels) = (self.name.clone(), self.labels.clone());
        let (repairs, skipped) = (Listed::default(), Listed::default());
        let (format, layout, conversion) = (self.format, self.layout, None);
        let overlapping = tweets.iter().enumerate().filter_map(|(place, index)| Some((place, self.overlap(*index)?)));
        let overlapping = overlapping.collect();
        Self { name, format, layout, source, prologue, blocks, labels, repairs, skipped, conversion, overlapping }
    }

    /// The types that occur, by falling frequency.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// Tags that are read differently from how they stand; the file keeps them.
    pub fn repairs(&self) -> &Listed<RepairedTag> {
        &self.repairs
    }

    /// How the file of another tool was read; `None` for spanlight's own formats.
    pub fn conversion(&self) -> Option<&Conversion> {
        self.conversion.as_ref()
    }

    /// The first line of tweet `index` in its file, from 1.
    pub fn line(&self, index: usize) -> usize {
        self.blocks[index].line
    }

    /// Tweets that were left out because of malformed lines.
    pub fn skipped(&self) -> &Listed<SkippedTweet> {
        &self.skipped
    }
}
