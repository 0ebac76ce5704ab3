//! The `.npz` archives of numpy, compressed or not.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use half::f16;
use zip::ZipArchive;
use zip::read::ZipFile;

use super::file::{MAPS, check, three};
use super::npy::Header;
use super::{MapFault, WordMaps, WordMapsError};

/// What stands before the numbers of arrays that were given no name.
const UNNAMED: &str = "arr_";

pub(super) fn read(path: &Path, words: usize) -> Result<WordMaps, WordMapsError> {
    let file = File::open(path).map_err(WordMapsError::reading(path))?;
    let mut archive = ZipArchive::new(file).map_err(|error| WordMapsError::damaged(path, error.to_string()))?;
    let names: Vec<String> = archive.file_names().flatten().map(Cow::into_owned).collect();
    let whole = format!("{MAPS}.npy");
    if names.contains(&whole) {
        let array = Array::open(path, &mut archive, &whole)?;
        let shape = three(path, array.shape())?;
        check(path, shape, words)?;
        return WordMaps::new(array.numbers(path)?, shape).map_err(WordMapsError::fault(path));
    }
    read_words(path, &mut archive, &names, words)
}

/// One array a word.
fn read_words(
    path: &Path,
    archive: &mut ZipArchive<File>,
    names: &[String],
    words: usize,
) -> Result<WordMaps, WordMapsError> {
    let mut maps: Option<([usize; 3], Vec<f32>)> = None;
    for name in names {
        let Some(word) = word(name) else {
            return Err(WordMapsError::layout(path, format!("`{name}` is neither `{MAPS}` nor the place of a word")));
        };
        if word >= words {
            return Err(WordMapsError::fault(path)(MapFault::Words { found: word + 1, expected: words }));
        }
        let array = Array::open(path, archive, name)?;
        let [height, width] = *array.shape() else {
            return Err(WordMapsError::layout(path, format!("`{name}` has the shape {:?}", array.shape())));
        };
        let shape = [words, height, width];
        check(path, shape, words)?;
        let (size, values) = maps.get_or_insert_with(|| (shape, vec![0.0; words * height * width]));
        if *size != shape {
            let reason = format!("`{name}` is of {height} x {width}, others are of {} x {}", size[1], size[2]);
            return Err(WordMapsError::layout(path, reason));
        }
        values[word * height * width..][..height * width].copy_from_slice(&array.numbers(path)?);
    }
    let Some((shape, values)) = maps else { return Err(WordMapsError::layout(path, "it holds no array")) };
    WordMaps::new(values, shape).map_err(WordMapsError::fault(path))
}

/// The word whose map the array called `name` is.
fn word(name: &str) -> Option<usize> {
    let name = name.strip_suffix(".npy")?;
    name.strip_prefix(UNNAMED).unwrap_or(name).parse().ok()
}

/// An array whose description was read.
struct Array<'a> {
    name: String,
    header: Header,
    entry: ZipFile<'a, File>,
}

impl<'a> Array<'a> {
    fn open(path: &Path, archive: &'a mut ZipArchive<File>, name: &str) -> Result<Self, WordMapsError> {
        let damaged = |error: String| WordMapsError::damaged(path, format!("{name}: {error}"));
        let mut entry = archive.by_name(name).map_err(|error| damaged(error.to_string()))?;
        let header = Header::read(&mut entry).map_err(|error| damaged(error.to_string()))?;
        Ok(Self { name: name.to_owned(), header, entry })
    }

    fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    /// The numbers, row by row; the shape was checked.
    fn numbers(self, path: &Path) -> Result<Vec<f32>, WordMapsError> {
        let Self { name, header, entry } = self;
        let count = header.shape.iter().product();
        let values = match header.kind.as_str() {
            "<f2" => read_numbers(entry, count, |bytes| f16::from_le_bytes(bytes).to_f32()),
            "<f4" => read_numbers(entry, count, f32::from_le_bytes),
            "<f8" => read_numbers(entry, count, |bytes| f64::from_le_bytes(bytes) as f32),
            kind => return Err(WordMapsError::layout(path, format!("`{name}` holds elements of type {kind}"))),
        };
        let values = values.map_err(|error| WordMapsError::damaged(path, format!("{name}: {error}")))?;
        Ok(if header.columns_first { row_by_row(&values, &header.shape) } else { values })
    }
}

fn read_numbers<const N: usize>(mut from: impl Read, count: usize, of: fn([u8; N]) -> f32) -> io::Result<Vec<f32>> {
    let mut bytes = vec![0; count * N];
    from.read_exact(&mut bytes)?;
    Ok(bytes.as_chunks::<N>().0.iter().map(|bytes| of(*bytes)).collect())
}

/// Numbers of which the first axis runs fastest, so that the last one does.
fn row_by_row(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let mut stride = 1;
    let mut strides = Vec::with_capacity(shape.len());
    for length in shape {
        strides.push(stride);
        stride *= length;
    }
    let place = |index: usize| {
        let step = |(rest, place), (length, stride): (&usize, &usize)| (rest / length, place + rest % length * stride);
        shape.iter().zip(&strides).rev().fold((index, 0), step).1
    };
    (0..values.len()).map(|index| values[place(index)]).collect()
}
