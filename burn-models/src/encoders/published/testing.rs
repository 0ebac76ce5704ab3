//! Files as other programs write them, for the tests here.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The folder of real weights called `name`, where somebody has fetched them (`.ci/weights` does); otherwise says so.
pub fn test_weights(name: &str) -> Option<PathBuf> {
    let own = || std::env::home_dir().map(|home| home.join(".cache/spanlight-test-weights"));
    let root = std::env::var_os("SPANLIGHT_TEST_WEIGHTS").map(PathBuf::from).or_else(own)?;
    let folder = Some(root.join(name)).filter(|folder| folder.is_dir());
    if folder.is_none() {
        // Written past the test harness, which keeps to itself what a passing test prints.
        let _ = writeln!(std::io::stderr(), "skipped: {name} is not in {}", root.display());
    }
    folder
}

/// A tensor as a pickle describes it; `values` is its whole storage.
#[derive(Clone)]
pub struct Pickled {
    pub name: &'static str,
    pub class: &'static str,
    pub values: Vec<u8>,
    /// Number of elements that the pickle claims.
    pub length: u32,
    pub offset: u8,
    pub shape: Vec<u32>,
    pub strides: Vec<u32>,
}

impl Pickled {
    /// A dense `FloatStorage`.
    pub fn floats(name: &'static str, shape: &[u32], values: &[f32]) -> Self {
        let step = |axis: usize| shape[axis + 1..].iter().product();
        Self {
            name,
            class: "FloatStorage",
            values: bytes(values),
            length: values.len() as u32,
            offset: 0,
            shape: shape.to_vec(),
            strides: (0..shape.len()).map(step).collect(),
        }
    }
}

pub fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

pub fn write_safetensors(path: &Path, tensors: &[(&str, Dtype, &[usize], Vec<u8>)]) {
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (*name, TensorView::new(*dtype, shape.to_vec(), bytes).expect("bytes fit the shape"))
    });
    let file = safetensors::serialize(views, None).expect("tensors can be written");
    fs::write(path, file).expect("the folder is writable");
}

/// A state dictionary in protocol 2, as `torch.save` writes it.
pub fn state_pickle(tensors: &[Pickled]) -> Vec<u8> {
    let mut pickle = b"\x80\x02ccollections\nOrderedDict\n)R(".to_vec();
    for (key, tensor) in tensors.iter().enumerate() {
        text(&mut pickle, tensor.name);
        pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut pickle, "storage");
        pickle.extend(format!("ctorch\n{}\n", tensor.class).as_bytes());
        text(&mut pickle, &key.to_string());
        text(&mut pickle, "cpu");
        integer(&mut pickle, tensor.length);
        pickle.extend(b"tQK");
        pickle.push(tensor.offset);
        for list in [&tensor.shape, &tensor.strides] {
            pickle.push(b'(');
            for number in list {
                integer(&mut pickle, *number);
            }
            pickle.push(b't');
        }
        pickle.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    }
    pickle.extend(b"u.");
    pickle
}

/// The archive that current versions of PyTorch write.
pub fn write_zip(path: &Path, pickle: &[u8], tensors: &[Pickled]) {
    let mut archive = ZipWriter::new(File::create(path).expect("the folder is writable"));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut entry = |name: &str, bytes: &[u8]| {
        archive.start_file(format!("archive/{name}"), options).expect("a new entry");
        archive.write_all(bytes).expect("the disk has room");
    };
    entry("data.pkl", pickle);
    for (key, tensor) in tensors.iter().enumerate() {
        entry(&format!("data/{key}"), &tensor.values);
    }
    archive.finish().expect("the disk has room");
}

/// The format before version 1.6.
pub fn old_format(pickle: &[u8], tensors: &[Pickled]) -> Vec<u8> {
    let mut file = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.".to_vec();
    file.extend(pickle);
    file.extend(b"\x80\x02](");
    for key in 0..tensors.len() {
        text(&mut file, &key.to_string());
    }
    file.extend(b"e.");
    for tensor in tensors {
        file.extend(u64::from(tensor.length).to_le_bytes());
        file.extend(&tensor.values);
    }
    file
}

fn text(pickle: &mut Vec<u8>, text: &str) {
    pickle.push(b'X');
    pickle.extend((text.len() as u32).to_le_bytes());
    pickle.extend(text.as_bytes());
}

fn integer(pickle: &mut Vec<u8>, number: u32) {
    pickle.push(b'J');
    pickle.extend(number.to_le_bytes());
}
