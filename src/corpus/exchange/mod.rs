//! Formats of other tools: read into tweets, written from them; one file per format, one line in the registry.
//!
//! Other tools know texts and offsets, spanlight knows tokens. On the way out, the text is the tokens joined by one space
//! and offsets count code points. On the way in, the unit of the offsets is found out from the file ([`offsets`]), the text
//! is cut at white space and at the borders of entities, and what is known about the tokens beforehand is used.

mod brat;
mod conll2003;
mod conversion;
mod docbin;
mod doccano;
mod gmner;
mod kept;
mod label_studio;
mod offsets;
mod parquet;
mod prodigy;
mod raw;
mod records;
mod span_groups;
mod table;
mod voc;
mod write;

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use serde_json::{Map, Value};
use spanlight_models::example::{Example, SpanStructure};

use super::{Listed, ReadError, Unwritable};

pub use conversion::{Conversion, CutToken};
pub use offsets::Unit;
pub use write::{Exporter, Written};

pub(super) use voc::read_folder as read_boxes;

use raw::Taken;

/// Other fields of a tweet, as they stood in a tool's file.
pub type OtherFields = Map<String, Value>;

/// A format of another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exchange {
    /// doccano's JSON and JSONL for sequence labelling.
    Doccano,
    /// Label Studio's JSON and JSON-MIN.
    LabelStudio,
    /// Prodigy's JSONL.
    Prodigy,
    /// brat's standoff: a folder of `.txt` and `.ann` files.
    Brat,
    /// CoNLL-2003: four columns, `-DOCSTART-` lines.
    Conll2003,
    /// A table with a row for each token.
    Csv,
    /// GMNER: a folder with a CoNLL file and Pascal VOC boxes in XML files.
    Gmner,
    /// spaCy's `DocBin`.
    DocBin,
    /// Parquet as the data sets of Hugging Face have it.
    Parquet,
}

/// What a format of another tool must be able to do; one file implements it for each.
trait Form: Sync {
    /// Whether it is a folder instead of a file.
    fn is_folder(&self) -> bool {
        false
    }
    /// Whether a file that begins like this is in the format.
    fn recognises(&self, _head: &[u8]) -> bool {
        false
    }
    /// Whether a folder is in the format.
    fn recognises_folder(&self, _dir: &Path) -> bool {
        false
    }
    /// Reads a file.
    fn read(&self, _name: &str, _file: &mut dyn Read, _taken: &mut Taken) -> Result<(), ReadError> {
        Ok(())
    }
    /// Reads a folder.
    fn read_folder(&self, _dir: &Path, _taken: &mut Taken) -> Result<(), ReadError> {
        Ok(())
    }
    /// What stands before the first tweet, between two, and after the last.
    fn marks(&self) -> [&'static str; 3] {
        [""; 3]
    }
    /// Writes one tweet into a file.
    fn render(&self, _example: &Example, _other: Option<&OtherFields>) -> Result<Vec<u8>, Unwritable> {
        Ok(Vec::new())
    }
    /// Writes all tweets at once, where a file cannot be written one by one; `render` then only says what cannot be held.
    fn whole(&self, _examples: &[Example]) -> Option<io::Result<Vec<u8>>> {
        None
    }
    /// Writes one tweet into a folder: names of files and what stands in them; a file of several tweets grows.
    fn files(&self, _example: &Example) -> Result<Vec<(String, Vec<u8>)>, Unwritable> {
        Ok(Vec::new())
    }
    /// Folders that are there even if nothing is in them.
    fn folders(&self) -> &'static [&'static str] {
        &[]
    }
    /// The file that says which types there are, if the folder has one.
    fn types_file(&self, _types: &[String]) -> Option<(&'static str, String)> {
        None
    }
    /// The loosest structure of entities that it can hold.
    fn holds(&self) -> SpanStructure {
        SpanStructure::Overlapping
    }
    /// Whether writing this tweet loses images, contexts or boxes.
    fn reduces(&self, example: &Example) -> bool;
}

impl Exchange {
    /// Every format, in the order in which they are tried.
    pub const ALL: [Self; 9] = [
        Self::Parquet,
        Self::DocBin,
        Self::Prodigy,
        Self::LabelStudio,
        Self::Doccano,
        Self::Csv,
        Self::Conll2003,
        Self::Gmner,
        Self::Brat,
    ];

    fn form(self) -> &'static dyn Form {
        match self {
            Self::Doccano => &doccano::Doccano,
            Self::LabelStudio => &label_studio::LabelStudio,
            Self::Prodigy => &prodigy::Prodigy,
            Self::Brat => &brat::Brat,
            Self::Conll2003 => &conll2003::Conll2003,
            Self::Csv => &table::Csv,
            Self::Gmner => &gmner::Gmner,
            Self::DocBin => &docbin::DocBin,
            Self::Parquet => &parquet::Parquet,
        }
    }

    /// The name used on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Doccano => "doccano",
            Self::LabelStudio => "label-studio",
            Self::Prodigy => "prodigy",
            Self::Brat => "brat",
            Self::Conll2003 => "conll2003",
            Self::Csv => "csv",
            Self::Gmner => "gmner",
            Self::DocBin => "docbin",
            Self::Parquet => "parquet",
        }
    }

    /// The loosest structure of entities that it can hold.
    pub fn holds(self) -> SpanStructure {
        self.form().holds()
    }

    /// Whether it is a folder instead of a file.
    pub fn is_folder(self) -> bool {
        self.form().is_folder()
    }

    /// Recognises a format by a file's beginning.
    pub(super) fn recognise(head: &[u8]) -> Option<Self> {
        let content = head.strip_prefix(super::format::BOM).unwrap_or(head);
        Self::ALL.into_iter().find(|format| format.form().recognises(content))
    }

    /// Recognises a format by what is in a folder.
    pub(super) fn recognise_folder(dir: &Path) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.form().recognises_folder(dir))
    }

    /// Reads a file or a folder as tweets.
    pub(super) fn read(self, path: &Path, skip_bad: bool) -> Result<Converted, ReadError> {
        let mut taken = Taken::new(&path.display().to_string());
        if self.is_folder() {
            self.form().read_folder(path, &mut taken)?;
            return taken.finish(self, skip_bad);
        }
        let failed = |cause| ReadError::Io { file: path.display().to_string(), cause };
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        self.read_from(&path.display().to_string(), &mut file, skip_bad)
    }

    /// Reads tweets from anything; formats that are folders cannot be read so.
    pub(super) fn read_from(self, name: &str, file: &mut dyn Read, skip_bad: bool) -> Result<Converted, ReadError> {
        let mut taken = Taken::new(name);
        self.form().read(name, file, &mut taken)?;
        taken.finish(self, skip_bad)
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What came out of a file of another tool.
pub(super) struct Converted {
    /// spanlight's own form, a tweet a line, with the other fields in a field named like the format.
    pub jsonl: Vec<u8>,
    /// Tweets that were left out because they are malformed.
    pub skipped: Listed<super::SkippedTweet>,
    /// Tags that are read differently from how they stand.
    pub repairs: Listed<super::RepairedTag>,
    pub conversion: Conversion,
}
