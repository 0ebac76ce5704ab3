//! The `.npz` archives of numpy, compressed or not.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use half::f16;
use npyz::NpyFile;
use zip::ZipArchive;

use super::file::{MAPS, check, three};
use super::{MapFault, WordMaps, WordMapsError};

/// Longest description of an array; numpy writes 128 bytes.
const LONGEST_HEADER: usize = 1024;

/// Bytes before the description, at most.
const LONGEST_PREFIX: usize = 12;

/// What stands before the numbers of arrays that were given no name.
const UNNAMED: &str = "arr_";

pub(super) fn read(path: &Path, words: usize) -> Result<WordMaps, WordMapsError> {
    let file = File::open(path).map_err(WordMapsError::reading(path))?;
    let mut archive = ZipArchive::new(file).map_err(|error| WordMapsError::damaged(path, error))?;
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.into_owned()).collect();
    let whole = format!("{MAPS}.npy");
    if names.contains(&whole) {
        let array = Array::open(path, &mut archive, &whole)?;
        let shape = three(path, &array.shape)?;
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
        let [height, width] = array.shape[..] else {
            return Err(WordMapsError::layout(path, format!("`{name}` has the shape {:?}", array.shape)));
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
struct Array<R: Read> {
    name: String,
    file: NpyFile<R>,
    shape: Vec<usize>,
}

impl<'a> Array<Box<dyn Read + 'a>> {
    fn open(path: &Path, archive: &'a mut ZipArchive<File>, name: &str) -> Result<Self, WordMapsError> {
        let damaged = |error: &dyn ToString| WordMapsError::damaged(path, format!("{name}: {}", error.to_string()));
        let mut entry = archive.by_name(name).map_err(|error| damaged(&error))?;
        let header = read_header(&mut entry).map_err(|error| damaged(&error))?;
        let whole: Box<dyn Read + 'a> = Box::new(Cursor::new(header).chain(entry));
        let file = NpyFile::new(whole).map_err(|error| damaged(&error))?;
        let shape = file.shape().iter().map(|length| usize::try_from(*length).unwrap_or(usize::MAX)).collect();
        Ok(Self { name: name.to_owned(), file, shape })
    }
}

impl<R: Read> Array<R> {
    /// The numbers, row by row; the shape was checked.
    fn numbers(self, path: &Path) -> Result<Vec<f32>, WordMapsError> {
        let Self { name, file, shape } = self;
        let kind = file.dtype().descr();
        let strides: Vec<usize> = file.strides().iter().map(|stride| *stride as usize).collect();
        let values = match file.try_data::<f32>() {
            Ok(data) => data.collect(),
            Err(file) => match file.try_data::<f16>() {
                Ok(data) => data.map(|value| value.map(f16::to_f32)).collect(),
                Err(file) => match file.try_data::<f64>() {
                    Ok(data) => data.map(|value| value.map(|value| value as f32)).collect::<io::Result<Vec<f32>>>(),
                    Err(_) => {
                        return Err(WordMapsError::layout(path, format!("`{name}` holds elements of type {kind}")));
                    }
                },
            },
        };
        let values = values.map_err(|error| WordMapsError::damaged(path, format!("{name}: {error}")))?;
        Ok(row_by_row(values, &shape, &strides))
    }
}

/// The bytes up to the first number: magic, version, length and description.
fn read_header(entry: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut header = vec![0; LONGEST_PREFIX - 2];
    entry.read_exact(&mut header)?;
    // From the second version on the length has four bytes.
    let length = if header[6] == 1 {
        usize::from(u16::from_le_bytes([header[8], header[9]]))
    } else {
        let mut rest = [0; 2];
        entry.read_exact(&mut rest)?;
        header.extend(rest);
        u32::from_le_bytes([header[8], header[9], header[10], header[11]]) as usize
    };
    if length > LONGEST_HEADER {
        return Err(io::Error::other(format!("its description claims {length} bytes")));
    }
    let before = header.len();
    header.resize(before + length, 0);
    entry.read_exact(&mut header[before..])?;
    Ok(header)
}

/// Numbers whose last axis runs fastest, whatever axis does in the file.
fn row_by_row(values: Vec<f32>, shape: &[usize], strides: &[usize]) -> Vec<f32> {
    if strides.last() == Some(&1) {
        return values;
    }
    let place = |index: usize| {
        let step = |(rest, place): (usize, usize), (length, stride): (&usize, &usize)| {
            (rest / length, place + rest % length * stride)
        };
        shape.iter().zip(strides).rev().fold((index, 0), step).1
    };
    (0..values.len()).map(|index| values[place(index)]).collect()
}
