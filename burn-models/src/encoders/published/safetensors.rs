//! The header of a `.safetensors` file.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use safetensors::Dtype;
use safetensors::tensor::Metadata;

use super::PublishedError;
use super::stored::{Element, Stored};

/// Length of the number in front of the header.
const PREFIX: u64 = 8;

/// Longest header that is read; that of the largest published model is a hundred times shorter.
const LONGEST_HEADER: u64 = 100_000_000;

/// The tensors of the file at `path`.
pub(super) fn open(path: &Path) -> Result<Vec<Stored>, PublishedError> {
    let reading = PublishedError::reading(path);
    let file = File::open(path).map_err(&reading)?;
    let length = file.metadata().map_err(&reading)?.len();
    read(path, file, length, None)
}

/// The tensors of a file called `path` that is part of the program.
pub(super) fn open_memory(path: &Path, bytes: &'static [u8]) -> Result<Vec<Stored>, PublishedError> {
    read(path, bytes, bytes.len() as u64, Some(bytes))
}

fn read(
    path: &Path,
    mut file: impl Read,
    length: u64,
    memory: Option<&'static [u8]>,
) -> Result<Vec<Stored>, PublishedError> {
    let reading = PublishedError::reading(path);
    let damaged = |reason: String| PublishedError::damaged(path, reason);
    let mut prefix = [0; PREFIX as usize];
    if length < PREFIX {
        return Err(damaged(format!("{length} bytes are too few for a safetensors file")));
    }
    file.read_exact(&mut prefix).map_err(&reading)?;
    let header = u64::from_le_bytes(prefix);
    if header > LONGEST_HEADER || header > length - PREFIX {
        return Err(damaged(format!("its header claims {header} bytes, the file has {length}")));
    }
    let mut bytes = Vec::new();
    file.take(header).read_to_end(&mut bytes).map_err(&reading)?;
    // The crate's own check compares offsets, shapes and element sizes with each other.
    let metadata: Metadata = serde_json::from_slice(&bytes).map_err(|error| damaged(format!("its header: {error}")))?;
    let data = PREFIX + header;
    let claimed = metadata.data_len() as u64;
    if data.checked_add(claimed) != Some(length) {
        return Err(damaged(format!("its header claims {claimed} bytes of tensors, it has {}", length - data)));
    }
    Ok(tensors(path, &metadata, data, memory))
}

fn tensors(path: &Path, metadata: &Metadata, data: u64, memory: Option<&'static [u8]>) -> Vec<Stored> {
    let path: Arc<Path> = path.into();
    let names = metadata.offset_keys();
    let tensor = |name: String| {
        let info = metadata.info(&name)?;
        Some(Stored {
            path: Arc::clone(&path),
            element: element(info.dtype),
            shape: info.shape.clone(),
            strides: None,
            start: data + info.data_offsets.0 as u64,
            memory,
            name,
        })
    };
    names.into_iter().filter_map(tensor).collect()
}

fn element(dtype: Dtype) -> Element {
    match dtype {
        Dtype::F64 => Element::F64,
        Dtype::F32 => Element::F32,
        Dtype::F16 => Element::F16,
        Dtype::BF16 => Element::Bf16,
        Dtype::I64 => Element::I64,
        Dtype::I32 => Element::I32,
        Dtype::I16 => Element::I16,
        Dtype::I8 => Element::I8,
        Dtype::U8 => Element::U8,
        Dtype::BOOL => Element::Bool,
        other => Element::Other(format!("{other:?}")),
    }
}
