//! The bytes of a pickle, one instruction's argument after the other.

use super::PickleError;

/// Reads forward through a pickle.
pub(super) struct Stream<'a> {
    bytes: &'a [u8],
    /// Bytes read so far.
    pub place: usize,
}

impl<'a> Stream<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, place: 0 }
    }

    /// Number of all bytes, read or not.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.place..];
        let taken = rest.get(..count).ok_or_else(|| PickleError::damaged("its pickle ends too early"))?;
        self.place += count;
        Ok(taken)
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, PickleError> {
        Ok(self.take(1)?[0])
    }

    /// The next `width` bytes, at most eight, as a little-endian number.
    pub fn number(&mut self, width: usize) -> Result<u64, PickleError> {
        Ok(self.take(width)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Bytes behind their length, which is written in `width` bytes.
    pub fn counted(&mut self, width: usize) -> Result<&'a [u8], PickleError> {
        let count = self.number(width)?;
        self.take(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// The text up to the end of the line.
    pub fn line(&mut self) -> Result<String, PickleError> {
        let rest = &self.bytes[self.place..];
        let end = rest.iter().position(|byte| *byte == b'\n');
        let end = end.ok_or_else(|| PickleError::damaged("a line in its pickle does not end"))?;
        let line = String::from_utf8_lossy(&rest[..end]).trim_end_matches('\r').to_owned();
        self.place += end + 1;
        Ok(line)
    }

    /// The signed little-endian number of `width` bytes; magic numbers may be too long for 64 bits and are cut.
    pub fn long(&mut self, width: usize) -> Result<i64, PickleError> {
        let bytes = self.take(width)?;
        let sign = bytes.last().map_or(0, |last| if last & 0x80 == 0 { 0 } else { 0xff });
        let byte = |place: usize| bytes.get(place).copied().unwrap_or(sign);
        Ok(i64::from_le_bytes(std::array::from_fn(byte)))
    }
}
