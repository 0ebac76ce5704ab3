//! Reading a file into memory, but only as long as it may be a corpus.

use std::io::Read;

use super::{Format, ReadError};

/// The longest line of a corpus, in bytes; a tweet of ten thousand tokens is far below.
pub const MAX_LINE: usize = 1 << 20;

/// How much of a file is looked at to recognise its format.
const HEAD: usize = 1 << 16;

/// Size above which a file's own word about its size is not believed beforehand.
const MAX_RESERVED: u64 = 1 << 30;

/// The beginning of a file, by which its format is recognised.
pub(super) fn head(name: &str, reader: &mut impl Read) -> Result<Vec<u8>, ReadError> {
    let mut head = Vec::new();
    let read = reader.take(HEAD as u64).read_to_end(&mut head);
    read.map(|_| head).map_err(|cause| ReadError::Io { file: name.to_owned(), cause })
}

/// Recognises the format and reads the rest, giving up at the first line that is too long.
pub(super) fn read_bounded(
    name: &str,
    mut reader: impl Read,
    size: u64,
    format: Option<Format>,
) -> Result<(Format, Vec<u8>), ReadError> {
    let failed = |cause| ReadError::Io { file: name.to_owned(), cause };
    let mut source = Vec::with_capacity(usize::try_from(size.min(MAX_RESERVED)).unwrap_or(0) + HEAD);
    let mut lines = LineLengths::default();
    let mut format = format;
    loop {
        let start = source.len();
        let read = (&mut reader).take(HEAD as u64).read_to_end(&mut source).map_err(failed)?;
        let known = match format {
            Some(known) => known,
            None => {
                Format::recognise(&source).map_err(|guess| ReadError::UnknownFormat { file: name.to_owned(), guess })?
            }
        };
        format = Some(known);
        if let Some(line) = lines.add(&source[start..]) {
            return Err(ReadError::LineTooLong { file: name.to_owned(), line });
        }
        if read == 0 {
            return Ok((known, source));
        }
    }
}

/// Counts lines and watches their length over chunks.
#[derive(Default)]
struct LineLengths {
    ended: usize,
    open: usize,
}

impl LineLengths {
    /// Takes in a chunk; the number of the first line that is too long.
    fn add(&mut self, chunk: &[u8]) -> Option<usize> {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', chunk) {
            if self.open + end - start > MAX_LINE {
                return Some(self.ended + 1);
            }
            self.ended += 1;
            self.open = 0;
            start = end + 1;
        }
        self.open += chunk.len() - start;
        (self.open > MAX_LINE).then_some(self.ended + 1)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn endless_lines_are_given_up_soon() {
        let read = read_bounded("zero", io::repeat(b'x'), u64::MAX, Some(Format::Conll));
        assert!(matches!(read, Err(ReadError::LineTooLong { line: 1, .. })));
        let ones = b"IMGID:1\na\tO\n\n".chain(io::repeat(0));
        assert!(matches!(read_bounded("zero", ones, 0, None), Err(ReadError::LineTooLong { line: 4, .. })));
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit() {
        let line = "x".repeat(MAX_LINE - 2) + "\tO";
        for text in [line.clone() + "\n", line.clone()] {
            assert!(read_bounded("long", text.as_bytes(), 0, Some(Format::Conll)).is_ok());
        }
        let longer = format!("a\tO\nx{line}\nb\tO\n");
        let read = read_bounded("longer", longer.as_bytes(), 0, Some(Format::Conll));
        assert!(matches!(read, Err(ReadError::LineTooLong { line: 2, .. })));
    }
}
