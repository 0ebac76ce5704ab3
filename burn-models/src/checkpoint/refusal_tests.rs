//! Broken checkpoints: every message names the file, and the tensor where there is one.

use std::fs;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::{SafeTensors, TensorView};

use super::*;
use crate::device::cpu;
use crate::systems::testing::{encoder, tagger};

/// A tensor in a file.
type Named = (String, Dtype, Vec<usize>, Vec<u8>);

/// A whole checkpoint of a tiny model; `change` does something to it, and the message is what loading says then.
fn refused(change: impl Fn(&Path)) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let (published, out) = (folder.path().join("mini"), folder.path().join("out"));
    encoder(&published);
    let parts = tagger("bert-crf", &published, None).parts(Precision::Full, Extent::Whole).expect("parts");
    save(&parts, &"test", &out).expect("writable");
    load(&out, &|_| None, &cpu()).expect("it is sound");
    change(&out);
    load(&out, &|_| None, &cpu()).err().expect("it is broken").to_string()
}

/// The same with the weights written anew.
fn with_weights(change: impl Fn(&mut Vec<Named>)) -> String {
    refused(|out| {
        let path = out.join(WEIGHTS);
        let bytes = fs::read(&path).expect("there");
        let tensors = SafeTensors::deserialize(&bytes).expect("sound");
        let owned = tensors
            .iter()
            .map(|(name, view)| (name.to_owned(), view.dtype(), view.shape().to_vec(), view.data().to_vec()));
        let mut owned: Vec<Named> = owned.collect();
        change(&mut owned);
        let views = owned.iter().map(|(name, dtype, shape, data)| {
            (name.as_str(), TensorView::new(*dtype, shape.clone(), data).expect("bytes fit the shape"))
        });
        fs::write(&path, safetensors::serialize(views, None).expect("tensors")).expect("writable");
    })
}

fn find<'a>(tensors: &'a mut [Named], name: &str) -> &'a mut Named {
    tensors.iter_mut().find(|tensor| tensor.0 == name).expect("a tensor of the model")
}

#[track_caller]
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part} in: {message}");
    }
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    let missing = with_weights(|tensors| tensors.retain(|tensor| tensor.0 != "emissions.weight"));
    says(&missing, &["out/weights.safetensors", "`emissions.weight` is missing"]);
    let encoder = with_weights(|tensors| tensors.retain(|tensor| !tensor.0.contains("blocks.1.query")));
    says(&encoder, &["out/weights.safetensors", "blocks.1.query.linear.", "is missing"]);
    let shape = with_weights(|tensors| find(tensors, "crf.transitions").2.insert(0, 1));
    says(&shape, &["out/weights.safetensors", "`crf.transitions`", "[1, 5, 5]", "[5, 5]"]);
    let nan = with_weights(|tensors| find(tensors, "crf.start").3[..4].copy_from_slice(&f32::NAN.to_le_bytes()));
    says(&nan, &["out/weights.safetensors", "`crf.start`", "NaN at index 0"]);
    let kind = with_weights(|tensors| find(tensors, "crf.end").1 = Dtype::I32);
    says(&kind, &["out/weights.safetensors", "`crf.end`", "I32"]);
}

#[test]
fn files_that_are_cut_off_or_claim_too_much_are_named() {
    let cut = refused(|out| {
        let path = out.join(WEIGHTS);
        let bytes = fs::read(&path).expect("there");
        fs::write(&path, &bytes[..bytes.len() - 1]).expect("writable");
    });
    says(&cut, &["out/weights.safetensors", "damaged or incomplete"]);
    let claim = refused(|out| {
        let path = out.join(WEIGHTS);
        let mut bytes = fs::read(&path).expect("there");
        bytes[..8].copy_from_slice(&(1_u64 << 42).to_le_bytes());
        fs::write(&path, bytes).expect("writable");
    });
    says(&claim, &["out/weights.safetensors", "claims 4398046511104 bytes"]);
    let tensor = refused(|out| {
        let header = r#"{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}"#;
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 8]].concat();
        fs::write(out.join(WEIGHTS), bytes).expect("writable");
    });
    says(&tensor, &["out/weights.safetensors", "claims 4398046511104 bytes of tensors"]);
}

#[test]
fn files_of_other_models_are_named() {
    let replace = |file: &str, from: &str, to: &str| {
        refused(|out| {
            let path = out.join(file);
            let text = fs::read_to_string(&path).expect("there");
            assert!(text.contains(from), "{from} in {text}");
            fs::write(&path, text.replace(from, to)).expect("writable");
        })
    };
    let labels = replace(MANIFEST, "labels = [\"PER\", \"LOC\"]", "labels = [\"PER\", \"LOC\", \"ORG\"]");
    says(&labels, &["out/weights.safetensors", "`emissions.weight`", "7]", "5]"]);
    let more: Vec<String> = (8..41).map(|id| format!(",\"word{id}\":{id}")).collect();
    let words = replace(TOKENIZER, "\"rome\":7", &format!("\"rome\":7{}", more.concat()));
    says(&words, &["out/tokenizer.json", "41 pieces", "the weights know only 40"]);
    let far = replace(TOKENIZER, "\"rome\":7", "\"rome\":700");
    says(&far, &["out/tokenizer.json", "701 pieces", "the weights know only 40"]);
    let system = replace(MANIFEST, "bert-crf", "hal-9000");
    says(&system, &["out/model.toml", "`hal-9000`"]);
    let config = replace(MANIFEST, "heads = ", "headz = ");
    says(&config, &["out/model.toml", "heads"]);
    let tokenizer = refused(|out| fs::write(out.join(TOKENIZER), "{}").expect("writable"));
    says(&tokenizer, &["out/tokenizer.json"]);
    let gone = refused(|out| fs::remove_file(out.join(WEIGHTS)).expect("there"));
    says(&gone, &["out/weights.safetensors"]);
}
