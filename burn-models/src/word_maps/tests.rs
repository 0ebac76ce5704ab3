//! Pooling, and files as numpy and safetensors write them, whole and broken.

use std::fs;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, tensor::TensorView};

use super::*;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/maps").join(name)
}

/// A file of floats of that shape.
fn written(path: &Path, name: &str, shape: &[usize], values: &[f32]) {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F32, shape.to_vec(), &bytes).expect("bytes fit the shape");
    fs::write(path, safetensors::serialize([(name, view)], None).expect("tensors")).expect("writable");
}

#[test]
fn files_of_every_kind_hold_the_same_maps() {
    let expected: Vec<f32> = (0..24_u8).map(|place| f32::from(place) / 64.0).collect();
    let expected = WordMaps::new(expected, [3, 2, 4]).expect("maps");
    for name in
        ["whole.npz", "half.npz", "columns.npz", "unnamed.npz", "words.npz", "whole.safetensors", "half.safetensors"]
    {
        assert_eq!(WordMaps::read(&golden(name), 3).expect("maps"), expected, "{name}");
        let error = WordMaps::read(&golden(name), 2).expect_err("one word less").to_string();
        assert!(error.contains(name) && error.contains("3 words") && error.contains('2'), "{error}");
    }
    let gap = WordMaps::read(&golden("gap.npz"), 4).expect("maps of two of four words");
    assert_eq!([0, 1, 2, 3].map(|word| gap.has(word)), [true, false, true, false]);
    assert_eq!((gap.map(2), gap.mean(1)), (expected.map(2), 0.0));
}

#[test]
fn what_is_no_map_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.safetensors");
    let says = |path: &Path, parts: &[&str]| {
        let message = WordMaps::read(path, 2).expect_err("no maps").to_string();
        let name = path.file_name().expect("a name").to_string_lossy();
        assert!(message.contains(&*name) && parts.iter().all(|part| message.contains(part)), "{message} {parts:?}");
    };
    for (value, part) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (-0.5, "-0.5")] {
        written(&path, "maps", &[2, 1, 2], &[0.0, 0.1, 0.2, value]);
        says(&path, &["word 1", part]);
    }
    for shape in [&[2, 2, 0][..], &[0, 2, 2], &[2, 1, MAX_SIDE + 1]] {
        written(&path, "maps", shape, &vec![0.0; shape.iter().product()]);
        says(&path, &["shape"]);
    }
    written(&path, "maps", &[2, 2], &[0.0; 4]);
    says(&path, &["`maps`", "[2, 2]", "height"]);
    written(&path, "other", &[2, 1, 1], &[0.0; 2]);
    says(&path, &["no tensor `maps`"]);
    says(&golden("../make_maps.py"), &[".npz"]);
    says(&folder.path().join("none.npz"), &["No such file"]);

    let whole = fs::read(golden("whole.npz")).expect("golden");
    let broken = folder.path().join("b.npz");
    for (from, to) in [(0, 10), (0, whole.len() / 2), (0, 0)] {
        fs::write(&broken, &whole[from..to]).expect("writable");
        says(&broken, &["damaged"]);
    }
    // A description that claims more than there is: the place of the length in the first array.
    let place = whole.windows(6).position(|bytes| bytes == b"\x93NUMPY").expect("an array") + 8;
    let mut claims = whole.clone();
    claims[place..place + 2].copy_from_slice(&[0xff, 0xff]);
    fs::write(&broken, &claims).expect("writable");
    says(&broken, &["maps.npy", "65535"]);
}

#[test]
fn a_region_has_the_mean_of_all_places_that_it_touches() {
    let borders = |length| (0..7).map(|cell| touched(cell, 7, length)).collect::<Vec<_>>();
    assert_eq!(borders(96), [0..14, 13..28, 27..42, 41..55, 54..69, 68..83, 82..96]);
    assert_eq!(borders(64), [0..10, 9..19, 18..28, 27..37, 36..46, 45..55, 54..64]);
    assert_eq!(borders(3), [0..1, 0..1, 0..2, 1..2, 1..3, 2..3, 2..3], "a coarser map is spread");

    let constant = WordMaps::new(vec![0.25; 2 * 64 * 96], [2, 64, 96]).expect("maps");
    assert!(constant.pooled(1, [7; 2]).iter().all(|value| (value - 0.25).abs() < 1e-6));
    let ramp = |length: usize| {
        let values = (0..length * length).map(|place| place as f32).collect();
        WordMaps::new(values, [1, length, length]).expect("maps")
    };
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
    assert!((mean(&ramp(14).pooled(0, [7; 2])) - ramp(14).mean(0)).abs() < 1e-3, "cells that do not overlap");
    assert_eq!(ramp(2).pooled(0, [1; 2]), [1.5]);
    assert_eq!(ramp(3).pooled(0, [2; 2]), [2.0, 3.0, 5.0, 6.0], "the middle row and column count twice");
}
