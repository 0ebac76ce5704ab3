//! The two formats of `torch.save`: a zip archive, and before it pickles with the numbers behind them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use zip::ZipArchive;

use super::PublishedError;
use super::pickle::{Object, Objects, PickleError, Storage, View, parse};
use super::stored::Stored;

/// Longest description of tensors that is read; that of a large model has some hundred thousand bytes.
const LONGEST_PICKLE: u64 = 8 << 20;

/// How a zip archive begins.
const ZIP: &[u8] = b"PK\x03\x04";

/// What the first pickle of the old format holds, cut to 64 bits.
const MAGIC: i64 = 0x1950_a86a_20f9_469c_fc6c_u128 as i64;

/// Names under which training scripts keep the weights beside other things.
const INNER: [&str; 4] = ["state_dict", "model_state_dict", "model", "network"];

/// Where the storages of a file lie: first byte and length in bytes, by key.
type Places = HashMap<Rc<str>, (u64, u64)>;

/// The tensors of the file at `path`.
pub(super) fn open(path: &Path) -> Result<Vec<Stored>, PublishedError> {
    let reading = PublishedError::reading(path);
    let mut file = File::open(path).map_err(&reading)?;
    let mut head = Vec::new();
    (&mut file).take(ZIP.len() as u64).read_to_end(&mut head).map_err(&reading)?;
    file.seek(SeekFrom::Start(0)).map_err(&reading)?;
    if head == ZIP { open_zip(path, file) } else { open_old(path, file) }
}

fn open_zip(path: &Path, file: File) -> Result<Vec<Stored>, PublishedError> {
    let damaged = |reason: String| PublishedError::damaged(path, reason);
    let mut archive = ZipArchive::new(file).map_err(|error| damaged(error.to_string()))?;
    let pickle = archive.file_names().flatten().find(|name| name == "data.pkl" || name.ends_with("/data.pkl"));
    let pickle = pickle.ok_or_else(|| damaged("it has no data.pkl".into()))?.into_owned();
    let folder = pickle.trim_end_matches("data.pkl").to_owned();
    let order = read_entry(&mut archive, &format!("{folder}byteorder")).unwrap_or_default();
    if order.starts_with(b"big") {
        return Err(damaged("its numbers are big-endian, which is not read".into()));
    }
    let bytes = read_entry(&mut archive, &pickle).map_err(&damaged)?;
    let (objects, top, _) = parse(&bytes).map_err(refused(path))?;

    let mut places = Places::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|error| damaged(error.to_string()))?;
        let name = entry.name().map_err(|error| damaged(error.to_string()))?;
        let Some(key) = name.strip_prefix(&folder).and_then(|name| name.strip_prefix("data/")) else { continue };
        if entry.compression() != zip::CompressionMethod::Stored || entry.encrypted() {
            return Err(damaged(format!("{name} is compressed, which `torch.save` never does")));
        }
        let start = entry.data_start().ok_or_else(|| damaged(format!("{name} has no place")))?;
        places.insert(key.into(), (start, entry.size()));
    }
    tensors(path, &objects, state(&objects, top), &places)
}

/// The contents of a small entry.
fn read_entry(archive: &mut ZipArchive<File>, name: &str) -> Result<Vec<u8>, String> {
    let entry = archive.by_name(name).map_err(|error| format!("{name}: {error}"))?;
    let mut bytes = Vec::new();
    entry.take(LONGEST_PICKLE + 1).read_to_end(&mut bytes).map_err(|error| format!("{name}: {error}"))?;
    if bytes.len() as u64 > LONGEST_PICKLE {
        return Err(format!("{name} is longer than the description of any model"));
    }
    Ok(bytes)
}

/// Five pickles (magic number, version, machine, weights, keys of the storages), then every storage behind its length.
fn open_old(path: &Path, mut file: File) -> Result<Vec<Stored>, PublishedError> {
    let reading = PublishedError::reading(path);
    let damaged = |reason: &str| PublishedError::damaged(path, reason);
    let mut bytes = Vec::new();
    (&mut file).take(LONGEST_PICKLE).read_to_end(&mut bytes).map_err(&reading)?;
    let mut place = 0;
    let mut next = || {
        let (objects, top, length) = parse(&bytes[place..])?;
        place += length;
        Ok((objects, top))
    };
    let (objects, magic) = next().map_err(refused(path))?;
    if !matches!(objects.get(magic), Object::Integer(MAGIC)) {
        return Err(damaged("it begins neither like a zip archive nor like an old file of `torch.save`"));
    }
    next().map_err(refused(path))?;
    let (machine, top) = next().map_err(refused(path))?;
    let little = entry(&machine, top, "little_endian").map(|id| machine.get(id));
    if matches!(little, Some(Object::Bool(false))) {
        return Err(damaged("its numbers are big-endian, which is not read"));
    }
    let (objects, top) = next().map_err(refused(path))?;
    let (keys, list) = next().map_err(refused(path))?;
    let Object::List(list) = keys.get(list) else {
        return Err(damaged("it does not list its storages"));
    };
    let sizes: HashMap<&str, usize> = objects.storages().map(|storage| (&*storage.key, storage.size)).collect();
    let mut places = Places::new();
    let mut start = place as u64;
    for key in list.iter().filter_map(|key| keys.key(*key)) {
        let mut length = [0; 8];
        file.seek(SeekFrom::Start(start)).and_then(|_| file.read_exact(&mut length)).map_err(&reading)?;
        start += length.len() as u64;
        let size = sizes.get(&*key).ok_or_else(|| damaged("it holds a storage that nothing uses"))?;
        let length =
            u64::from_le_bytes(length).checked_mul(*size as u64).filter(|length| i64::try_from(*length).is_ok());
        let length = length.ok_or_else(|| damaged("a storage claims more bytes than there are"))?;
        places.insert(key, (start, length));
        start += length;
    }
    tensors(path, &objects, state(&objects, top), &places)
}

fn refused(path: &Path) -> impl Fn(PickleError) -> PublishedError {
    move |error| match error {
        PickleError::Damaged(reason) => PublishedError::damaged(path, reason),
        PickleError::Code(name) => PublishedError::Code { path: path.to_owned(), name },
    }
}

/// The value of `key` in the dictionary at `id`.
fn entry(objects: &Objects, id: usize, key: &str) -> Option<usize> {
    let Object::Dictionary(pairs) = objects.get(id) else { return None };
    let is_key = |id: usize| matches!(objects.get(id), Object::Text(text) if **text == *key);
    pairs.iter().find(|(name, _)| is_key(*name)).map(|(_, value)| *value)
}

/// The dictionary of tensors: the outermost one, or the one that a training script put into it.
fn state(objects: &Objects, top: usize) -> &[(usize, usize)] {
    let holds_tensors = |id: usize| match objects.get(id) {
        Object::Dictionary(pairs) => pairs.iter().any(|(_, value)| matches!(objects.get(*value), Object::Tensor(_))),
        _ => false,
    };
    let inner = || INNER.iter().filter_map(|key| entry(objects, top, key)).find(|id| holds_tensors(*id));
    let id = if holds_tensors(top) { Some(top) } else { inner() };
    match id.map(|id| objects.get(id)) {
        Some(Object::Dictionary(pairs)) => pairs,
        _ => &[],
    }
}

fn tensors(
    path: &Path,
    objects: &Objects,
    state: &[(usize, usize)],
    places: &Places,
) -> Result<Vec<Stored>, PublishedError> {
    if state.is_empty() {
        return Err(PublishedError::damaged(path, "it holds no dictionary of tensors"));
    }
    let length = std::fs::metadata(path).map_err(PublishedError::reading(path))?.len();
    let path: Arc<Path> = path.into();
    let mut tensors = Vec::new();
    for (key, value) in state {
        let (Some(name), Object::Tensor(view)) = (objects.key(*key), objects.get(*value)) else { continue };
        let Object::Storage(storage) = objects.get(view.storage) else { continue };
        let start = check(view, storage, places.get(&storage.key).copied(), length);
        let start = start.map_err(|reason| PublishedError::DamagedTensor {
            path: path.to_path_buf(),
            tensor: name.to_string(),
            reason: reason.into(),
        })?;
        tensors.push(Stored {
            path: Arc::clone(&path),
            name: name.to_string(),
            element: storage.element.clone(),
            shape: view.shape.clone(),
            strides: Some(view.strides.clone()).filter(|strides| !is_dense(&view.shape, strides)),
            start,
            memory: None,
        });
    }
    Ok(tensors)
}

/// First byte of a tensor, if it lies within its storage and the storage within the file of `length` bytes.
fn check(view: &View, storage: &Storage, place: Option<(u64, u64)>, length: u64) -> Result<u64, &'static str> {
    let (start, bytes) = place.ok_or("the file does not hold its numbers")?;
    let size = storage.size as u64;
    let claimed = (storage.length as u64).checked_mul(size).filter(|claimed| *claimed <= bytes);
    let end = start.checked_add(bytes).filter(|end| *end <= length);
    if claimed.is_none() || end.is_none() {
        return Err("the file ends before its numbers do");
    }
    let count = view.shape.iter().try_fold(1_usize, |count, axis| count.checked_mul(*axis));
    // A view that repeats elements could claim any size.
    let count = count.filter(|count| *count <= storage.length).ok_or("it claims more numbers than its storage has")?;
    let last =
        view.shape.iter().zip(&view.strides).try_fold(view.offset, |last, (axis, stride)| {
            last.checked_add(axis.saturating_sub(1).checked_mul(*stride)?)
        });
    if count > 0 && last.is_none_or(|last| last >= storage.length) {
        return Err("it reaches beyond its storage");
    }
    if count == 0 { Ok(start) } else { Ok(start + view.offset as u64 * size) }
}

/// Whether the elements lie row by row without gaps.
fn is_dense(shape: &[usize], strides: &[usize]) -> bool {
    let mut step = 1;
    shape.iter().zip(strides).rev().all(|(axis, stride)| {
        let fits = *axis <= 1 || *stride == step;
        step = usize::saturating_mul(step, *axis);
        fits
    })
}
