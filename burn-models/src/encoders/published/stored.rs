//! One tensor in a file: where its numbers lie and how they are written.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use half::{bf16, f16};

use super::PublishedError;

/// Bytes that are read and converted at once, a multiple of every element size.
const CHUNK: usize = 1 << 16;

/// How one number is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    F64,
    F32,
    F16,
    Bf16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
    /// One that nothing here can use.
    Other(String),
}

/// A tensor of a file, not read yet. Its place was checked against the size of the file.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    /// The file.
    pub path: Arc<Path>,
    /// Name in the file.
    pub name: String,
    /// How its numbers are written, little-endian.
    pub element: Element,
    /// Axes.
    pub shape: Vec<usize>,
    /// Elements from one index to the next on every axis; `None` is row by row without gaps.
    pub strides: Option<Vec<usize>>,
    /// First byte.
    pub start: u64,
    /// The file's contents where it is part of the program.
    pub memory: Option<&'static [u8]>,
}

impl Stored {
    /// The values as `f32`, row by row.
    pub fn floats(&self) -> Result<Vec<f32>, PublishedError> {
        match &self.element {
            Element::F32 => self.read(f32::from_le_bytes),
            Element::F16 => self.read(|bytes| f16::from_le_bytes(bytes).to_f32()),
            Element::Bf16 => self.read(|bytes| bf16::from_le_bytes(bytes).to_f32()),
            Element::F64 => self.read(|bytes| f64::from_le_bytes(bytes) as f32),
            _ => Err(self.unsuitable("floating-point numbers")),
        }
    }

    /// The values as integers, row by row.
    pub fn integers(&self) -> Result<Vec<i64>, PublishedError> {
        match &self.element {
            Element::I64 => self.read(i64::from_le_bytes),
            Element::I32 => self.read(|bytes| i32::from_le_bytes(bytes).into()),
            Element::I16 => self.read(|bytes| i16::from_le_bytes(bytes).into()),
            Element::I8 => self.read(|bytes| i8::from_le_bytes(bytes).into()),
            Element::U8 | Element::Bool => self.read(|[byte]| byte.into()),
            _ => Err(self.unsuitable("integers")),
        }
    }

    fn unsuitable(&self, expected: &'static str) -> PublishedError {
        let found = match &self.element {
            Element::Other(name) => name.clone(),
            element => format!("{element:?}"),
        };
        PublishedError::Element { path: self.path.to_path_buf(), tensor: self.name.clone(), found, expected }
    }

    fn read<const N: usize, T: Copy>(&self, convert: impl Fn([u8; N]) -> T) -> Result<Vec<T>, PublishedError> {
        let count = self.shape.iter().product();
        if count == 0 {
            return Ok(Vec::new());
        }
        // The last element's place, and one; strides were checked against the storage.
        let span = self.strides.as_ref().map_or(count, |strides| {
            1 + self.shape.iter().zip(strides).map(|(length, stride)| (length - 1) * stride).sum::<usize>()
        });
        let values = self.read_span(span, convert).map_err(PublishedError::reading(&self.path))?;
        Ok(match &self.strides {
            None => values,
            Some(strides) => gather(&values, &self.shape, strides, count),
        })
    }

    /// The bytes from the first one on.
    fn open(&self) -> io::Result<Box<dyn Read>> {
        if let Some(bytes) = self.memory {
            return Ok(Box::new(bytes.get(self.start as usize..).unwrap_or_default()));
        }
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        Ok(Box::new(file))
    }

    fn read_span<const N: usize, T>(&self, count: usize, convert: impl Fn([u8; N]) -> T) -> io::Result<Vec<T>> {
        let mut file = self.open()?;
        let mut values = Vec::with_capacity(count);
        let mut buffer = vec![0; CHUNK.min(count * N)];
        let mut left = count * N;
        while left > 0 {
            let part = &mut buffer[..left.min(CHUNK)];
            file.read_exact(part)?;
            values.extend(part.as_chunks::<N>().0.iter().map(|bytes| convert(*bytes)));
            left -= part.len();
        }
        Ok(values)
    }
}

/// The elements of a strided view, row by row.
fn gather<T: Copy>(values: &[T], shape: &[usize], strides: &[usize], count: usize) -> Vec<T> {
    let mut index = vec![0; shape.len()];
    let mut place = 0;
    let mut gathered = Vec::with_capacity(count);
    for _ in 0..count {
        gathered.push(values[place]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            place += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            place -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    gathered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_view_is_gathered_row_by_row() {
        assert_eq!(gather(&[0, 1, 2, 3, 4, 5], &[3, 2], &[1, 3], 6), [0, 3, 1, 4, 2, 5]);
        assert_eq!(gather(&[7], &[], &[], 1), [7]);
    }
}
