//! Every kind of file, whole and broken.

use std::fs;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use half::{bf16, f16};
use safetensors::Dtype;

use super::testing::{Pickled, bytes, old_format, state_pickle, write_safetensors, write_zip};
use super::{PublishedError, PublishedWeights, collect, fill};
use crate::device::{Backend, cpu};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn error(path: &Path) -> PublishedError {
    PublishedWeights::open(path).expect_err("the file is broken")
}

/// A matrix, its transposed view and a slice of it.
fn pickled() -> Vec<Pickled> {
    let matrix = Pickled::floats("a", &[2, 3], &[0., 1., 2., 3., 4., 5.]);
    let view = Pickled { name: "b", shape: vec![3, 2], strides: vec![1, 3], ..matrix.clone() };
    let slice = Pickled { name: "c", shape: vec![2], strides: vec![1], offset: 4, ..matrix.clone() };
    vec![matrix, view, slice]
}

fn check_pickled(path: &Path) {
    let weights = PublishedWeights::open(path).expect("a file as PyTorch writes it");
    assert_eq!(weights.names().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(weights.floats("a").expect("there"), [0., 1., 2., 3., 4., 5.]);
    assert_eq!(weights.floats("b").expect("there"), [0., 3., 1., 4., 2., 5.]);
    assert_eq!(weights.floats("c").expect("there"), [4., 5.]);
}

#[test]
fn both_formats_of_torch_are_read_with_their_strides() {
    let folder = folder();
    let zip = folder.path().join("new.pth");
    write_zip(&zip, &state_pickle(&pickled()), &pickled());
    check_pickled(&zip);
    let old = folder.path().join("old.bin");
    fs::write(&old, old_format(&state_pickle(&pickled()), &pickled())).expect("writable");
    check_pickled(&old);
}

#[test]
fn every_float_type_becomes_f32() {
    let folder = folder();
    let path = folder.path().join("x.safetensors");
    let values = [1.5_f32, -2.0];
    let half = values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
    let brain = values.iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes()).collect();
    let double = values.iter().flat_map(|value| f64::from(*value).to_le_bytes()).collect();
    let whole = [3_i64, -4].iter().flat_map(|value| value.to_le_bytes()).collect();
    write_safetensors(
        &path,
        &[
            ("f32", Dtype::F32, &[2], bytes(&values)),
            ("f16", Dtype::F16, &[2], half),
            ("bf16", Dtype::BF16, &[2], brain),
            ("f64", Dtype::F64, &[2], double),
            ("i64", Dtype::I64, &[2], whole),
        ],
    );
    let weights = PublishedWeights::open(&path).expect("a whole file");
    for name in ["f32", "f16", "bf16", "f64"] {
        assert_eq!(weights.floats(name).expect("there"), values, "{name}");
    }
    assert_eq!(weights.integers("i64").expect("there"), [3, -4]);
    let message = weights.floats("i64").expect_err("no floats").to_string();
    assert!(message.contains("`i64`") && message.contains("I64"), "{message}");
    let message = weights.floats("g").expect_err("not there").to_string();
    assert!(message.contains("x.safetensors") && message.contains("`g`"), "{message}");
}

#[test]
fn parts_are_found_through_their_index() {
    let folder = folder();
    let index = folder.path().join("model.safetensors.index.json");
    let part = |name: &str| folder.path().join(name);
    write_safetensors(&part("1.safetensors"), &[("a", Dtype::F32, &[1], bytes(&[1.0]))]);
    write_safetensors(&part("2.safetensors"), &[("b", Dtype::F32, &[1], bytes(&[2.0]))]);
    let write = |map: &str| fs::write(&index, format!(r#"{{"weight_map": {map}}}"#)).expect("writable");
    write(r#"{"a": "1.safetensors", "b": "2.safetensors"}"#);
    let weights = PublishedWeights::open(folder.path()).expect("a whole folder");
    assert_eq!(weights.floats("b").expect("there"), [2.0]);
    write(r#"{"a": "1.safetensors", "c": "2.safetensors"}"#);
    assert!(matches!(error(folder.path()), PublishedError::Missing { tensor, .. } if tensor == "c"));
    write(r#"{"a": "../1.safetensors"}"#);
    assert!(matches!(error(folder.path()), PublishedError::Damaged { .. }));
    write(r#"{"a": "3.safetensors"}"#);
    assert!(matches!(error(folder.path()), PublishedError::Read { .. }));
}

#[test]
fn what_is_no_weights_file_is_said() {
    let folder = folder();
    assert!(matches!(error(folder.path()), PublishedError::NoWeights { .. }));
    assert!(matches!(error(&folder.path().join("x.safetensors")), PublishedError::Read { .. }));
    assert!(matches!(error(&folder.path().join("x.gguf")), PublishedError::UnknownKind(_)));
}

#[test]
fn broken_safetensors_are_refused() {
    let folder = folder();
    let path = folder.path().join("x.safetensors");
    write_safetensors(&path, &[("a", Dtype::F32, &[4], bytes(&[1.0; 4]))]);
    let whole = fs::read(&path).expect("just written");
    for length in [0, 7, 8, 20, whole.len() - 1] {
        fs::write(&path, &whole[..length]).expect("writable");
        assert!(matches!(error(&path), PublishedError::Damaged { .. }), "{length} bytes");
    }
    for claim in [1_u64 << 42, u64::MAX] {
        let mut file = whole.clone();
        file[..8].copy_from_slice(&claim.to_le_bytes());
        fs::write(&path, &file).expect("writable");
        assert!(error(&path).to_string().contains("claims"));
    }
    for tensor in [
        r#"{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}"#,
        r#"{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,16]}"#,
        r#"{"dtype":"F32","shape":[4],"data_offsets":[8,16]}"#,
    ] {
        let header = format!(r#"{{"a":{tensor}}}"#);
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.extend([0; 16]);
        fs::write(&path, &file).expect("writable");
        assert!(matches!(error(&path), PublishedError::Damaged { .. }), "{tensor}");
    }
}

#[test]
fn no_pickle_runs_code() {
    let folder = folder();
    let path = folder.path().join("evil.pth");
    for (pickle, name) in [
        (&b"\x80\x02cos\nsystem\nX\x09\x00\x00\x00touch pwn\x85R."[..], "os.system"),
        (b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.", "builtins.eval"),
        (b"\x80\x02ctorch\nload\nX\x01\x00\x00\x00x\x85R.", "torch.load"),
    ] {
        write_zip(&path, pickle, &[]);
        assert!(matches!(error(&path), PublishedError::Code { name: found, .. } if found == name), "{name}");
        fs::write(&path, old_format(pickle, &[])).expect("writable");
        assert!(matches!(error(&path), PublishedError::Code { name: found, .. } if found == name), "{name}");
    }
}

#[test]
fn tensors_that_reach_beyond_their_numbers_are_refused() {
    let folder = folder();
    let path = folder.path().join("x.pth");
    let good = pickled().remove(0);
    let broken = [
        Pickled { length: u32::MAX / 2, ..good.clone() },
        Pickled { shape: vec![4, 3], ..good.clone() },
        Pickled { strides: vec![1 << 30, 1], ..good.clone() },
        Pickled { shape: vec![1 << 30, 1 << 30], strides: vec![0, 0], ..good.clone() },
        Pickled { offset: 1, ..good.clone() },
    ];
    for tensor in broken {
        write_zip(&path, &state_pickle(std::slice::from_ref(&tensor)), &[tensor]);
        let message = error(&path).to_string();
        assert!(message.contains("x.pth") && message.contains("`a`"), "{message}");
    }
}

#[test]
fn no_prefix_of_a_torch_file_panics() {
    let folder = folder();
    let path = folder.path().join("x.pth");
    let old = old_format(&state_pickle(&pickled()), &pickled());
    write_zip(&path, &state_pickle(&pickled()), &pickled());
    let zip = fs::read(&path).expect("just written");
    for whole in [old, zip] {
        for length in (0..whole.len()).step_by(7) {
            fs::write(&path, &whole[..length]).expect("writable");
            assert!(PublishedWeights::open(&path).is_err(), "{length} bytes");
        }
        for place in 0..whole.len() {
            let mut file = whole.clone();
            file[place] ^= 0x55;
            fs::write(&path, &file).expect("writable");
            if let Ok(weights) = PublishedWeights::open(&path) {
                weights.names().for_each(|name| drop(weights.floats(name)));
            }
        }
    }
}

#[test]
fn deep_and_growing_pickles_end() {
    let nested = [b"\x80\x02)".as_slice(), &vec![0x85; 1 << 20], b"."].concat();
    // A list of a thousand pairs, made a dictionary a hundred thousand times.
    let mut growing = b"\x80\x02](".to_vec();
    (0..1000).for_each(|_| growing.extend(b"K\x01K\x02\x86"));
    growing.extend(b"eq\x00");
    (0..100_000).for_each(|_| growing.extend(b"ccollections\nOrderedDict\nh\x00\x85R0"));
    growing.push(b'.');
    let folder = folder();
    let path = folder.path().join("x.pth");
    for pickle in [nested, growing] {
        write_zip(&path, &pickle, &[]);
        assert!(matches!(error(&path), PublishedError::Damaged { .. }));
    }
}

#[derive(Module, Debug)]
struct Small<B: burn::tensor::backend::Backend> {
    both: Linear<B>,
    norm: LayerNorm<B>,
}

fn small() -> Small<Backend> {
    let device = cpu();
    Small { both: LinearConfig::new(3, 4).init(&device), norm: LayerNormConfig::new(4).init(&device) }
}

fn small_naming(path: &str) -> Vec<String> {
    match path.split_once('.') {
        Some(("both", leaf)) => vec![format!("one.{leaf}"), format!("two.{leaf}")],
        _ => vec![path.replace("norm", "LayerNorm")],
    }
}

fn small_file(folder: &tempfile::TempDir, broken: Option<(usize, f32)>) -> PathBuf {
    let path = folder.path().join("small.safetensors");
    let mut first = [0., 1., 2., 3., 4., 5.];
    if let Some((place, value)) = broken {
        first[place] = value;
    }
    write_safetensors(
        &path,
        &[
            ("bert.one.weight", Dtype::F32, &[2, 3], bytes(&first)),
            ("bert.two.weight", Dtype::F32, &[2, 3], bytes(&[6., 7., 8., 9., 10., 11.])),
            ("bert.one.bias", Dtype::F32, &[2], bytes(&[1., 2.])),
            ("bert.two.bias", Dtype::F32, &[2], bytes(&[3., 4.])),
            ("bert.LayerNorm.gamma", Dtype::F32, &[4], bytes(&[5.; 4])),
            ("bert.LayerNorm.beta", Dtype::F32, &[4], bytes(&[6.; 4])),
            ("cls.bias", Dtype::F32, &[1], bytes(&[7.])),
        ],
    );
    path
}

fn open_small(path: &Path) -> PublishedWeights {
    PublishedWeights::open(path).expect("a whole file").without_prefix(&["", "bert."], "one.weight")
}

#[test]
fn weights_come_to_their_places_and_back() {
    let folder = folder();
    let weights = open_small(&small_file(&folder, None));
    let (module, left) = fill(small(), &weights, small_naming).expect("everything is there");
    assert_eq!(left, ["cls.bias"]);
    let matrix = module.both.weight.val().into_data().to_vec::<f32>().expect("floats");
    assert_eq!(matrix, [0., 3., 6., 9., 1., 4., 7., 10., 2., 5., 8., 11.]);
    let norm = module.norm.gamma.val().into_data().to_vec::<f32>().expect("floats");
    assert_eq!(norm, [5.; 4]);
    let back = collect(&module, small_naming);
    assert_eq!(back.len(), 6);
    for tensor in back {
        assert_eq!(tensor.values, weights.floats(&tensor.name).expect("it was there"), "{}", tensor.name);
        assert_eq!(tensor.shape, weights.shape(&tensor.name).expect("it was there"));
    }
}

#[test]
fn weights_that_do_not_fit_are_named() {
    let folder = folder();
    for value in [f32::NAN, f32::INFINITY] {
        let weights = open_small(&small_file(&folder, Some((4, value))));
        let error = fill(small(), &weights, small_naming).expect_err("not finite").to_string();
        assert!(error.contains("bert.one.weight") && error.contains("index 4"), "{error}");
    }
    let weights = open_small(&small_file(&folder, None));
    let error = fill(small(), &weights, |path: &str| vec![path.to_owned()]).expect_err("another name");
    assert!(matches!(&error, PublishedError::Missing { tensor, .. } if tensor == "bert.both.weight"), "{error}");
    let device = cpu();
    let wide = Small { both: LinearConfig::new(5, 4).init(&device), ..small() };
    let error = fill(wide, &weights, small_naming).expect_err("another width").to_string();
    assert!(error.contains("[2, 3]") && error.contains("[2, 5]") && error.contains("small.safetensors"), "{error}");
}
