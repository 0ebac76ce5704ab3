//! Arrays as numpy and safetensors write them; with one called `maps` they are read again as maps of words.

use std::io::{self, Cursor, Write};

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::npy::Header;

/// Numbers with a name and a shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its name in the file.
    pub name: String,
    /// Its axes.
    pub shape: Vec<usize>,
    /// Its numbers, the last axis fastest; as many as the shape says.
    pub values: Vec<f32>,
}

/// The bytes of an `.npz` file, the same for the same arrays.
pub fn npz(arrays: &[Array]) -> io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // As numpy does by itself, and without the time of day.
    let options = SimpleFileOptions::DEFAULT.compression_method(CompressionMethod::Stored);
    for array in arrays {
        fits(array)?;
        archive.start_file(format!("{}.npy", array.name), options)?;
        Header { kind: "<f4".to_owned(), columns_first: false, shape: array.shape.clone() }.write(&mut archive)?;
        archive.write_all(&bytes(&array.values))?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The bytes of a `.safetensors` file, the same for the same arrays.
pub fn safetensors(arrays: &[Array]) -> io::Result<Vec<u8>> {
    let data: Vec<Vec<u8>> = arrays.iter().map(|array| bytes(&array.values)).collect();
    let views = arrays.iter().zip(&data).map(|(array, bytes)| {
        let view = TensorView::new(Dtype::F32, array.shape.clone(), bytes).map_err(io::Error::other)?;
        Ok((array.name.as_str(), view))
    });
    let views: Vec<(&str, TensorView<'_>)> = views.collect::<io::Result<_>>()?;
    safetensors::serialize(views, None).map_err(io::Error::other)
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn fits(array: &Array) -> io::Result<()> {
    let Array { name, shape, values } = array;
    if shape.iter().product::<usize>() == values.len() {
        return Ok(());
    }
    Err(io::Error::other(format!("`{name}` has {} numbers, which do not fill the shape {shape:?}", values.len())))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::WordMaps;
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let values: Vec<f32> = (0..24_u8).map(|place| f32::from(place) / 7.0).collect();
        let array = |name: &str, shape: &[usize]| Array {
            name: name.to_owned(),
            shape: shape.to_vec(),
            values: values.clone(),
        };
        let arrays = [array("maps", &[3, 2, 4]), array("attention", &[24])];
        for (name, bytes) in [("a.npz", npz(&arrays)), ("a.safetensors", safetensors(&arrays))] {
            let path = folder.path().join(name);
            fs::write(&path, bytes.expect("arrays")).expect("writable");
            let read = WordMaps::read(&path, 3).expect("maps");
            assert_eq!(read, WordMaps::new(values.clone(), [3, 2, 4]).expect("maps"), "{name}");
        }
        assert_eq!(npz(&arrays).expect("arrays"), npz(&arrays).expect("arrays"));
        assert!(npz(&[array("maps", &[3])]).is_err() && safetensors(&[array("maps", &[3])]).is_err());
    }
}
