//! Data sets of Hugging Face: Parquet with a list of tokens and a list of tags a row, and what the tags mean in the schema's
//! metadata.

mod features;
mod read;
mod write;

use std::io::{self, Read};

use spanlight_models::example::{Example, SpanStructure};

use super::conll2003::tags;
use super::raw::Taken;
use super::{Form, OtherFields};
use crate::corpus::{ReadError, Unwritable};

/// The form of Parquet.
pub(super) struct Parquet;

/// How every file begins and ends.
const MAGIC: &[u8] = b"PAR1";

impl Form for Parquet {
    fn recognises(&self, head: &[u8]) -> bool {
        head.starts_with(MAGIC)
    }

    fn read(&self, name: &str, file: &mut dyn Read, taken: &mut Taken) -> Result<(), ReadError> {
        let failed = |cause| ReadError::Io { file: name.to_owned(), cause };
        // What the rows are is said at the end of the file, so it must be there as a whole; rows are read one by one then.
        let mut whole = tempfile::tempfile().map_err(failed)?;
        io::copy(file, &mut whole).map_err(failed)?;
        if let Err(what) = read::rows(whole, taken) {
            taken.fault(1, "", what);
        }
        Ok(())
    }

    fn whole(&self, examples: &[Example]) -> Option<io::Result<Vec<u8>>> {
        Some(write::file(examples).map_err(io::Error::other))
    }

    fn render(&self, example: &Example, _other: Option<&OtherFields>) -> Result<Vec<u8>, Unwritable> {
        tags(example).map(|_| Vec::new())
    }

    fn holds(&self) -> SpanStructure {
        SpanStructure::Flat
    }

    fn reduces(&self, _example: &Example) -> bool {
        false
    }
}
