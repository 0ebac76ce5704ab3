//! Broken publications are refused by a message that names the file and the tensor.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::ImageEncoder;
use super::clip::{Clip, ClipTokenizer};
use super::parity::golden;
use crate::device::{Backend, cpu};
use crate::encoders::published::PublishedError;

/// Names, shapes and values.
type Tensors = BTreeMap<String, (Vec<usize>, Vec<u8>)>;

fn error(path: &Path) -> PublishedError {
    ImageEncoder::<Backend>::open(path, &cpu()).err().unwrap_or_else(|| panic!("{} is broken", path.display()))
}

/// A copy of a golden encoder with other tensors and another configuration.
fn altered(
    name: &str,
    tensors: impl FnOnce(&mut Tensors),
    config: impl FnOnce(&mut serde_json::Value),
) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = fs::read(golden(name).join("model.safetensors")).expect("a golden file");
    let file = SafeTensors::deserialize(&bytes).expect("a golden file");
    let floats = file.tensors().into_iter().filter(|(_, view)| view.dtype() == Dtype::F32);
    let mut all: Tensors = floats.map(|(name, view)| (name, (view.shape().to_vec(), view.data().to_vec()))).collect();
    tensors(&mut all);
    let views = all.iter().map(|(name, (shape, bytes))| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("bytes fit the shape"))
    });
    let bytes = safetensors::serialize(views, None).expect("tensors can be written");
    fs::write(folder.path().join("model.safetensors"), bytes).expect("writable");
    let text = fs::read_to_string(golden(name).join("config.json")).expect("a golden file");
    let mut json = serde_json::from_str(&text).expect("JSON");
    config(&mut json);
    fs::write(folder.path().join("config.json"), json.to_string()).expect("writable");
    folder
}

fn check(name: &str, tensors: impl FnOnce(&mut Tensors), config: impl FnOnce(&mut serde_json::Value), says: &[&str]) {
    let folder = altered(name, tensors, config);
    let message = error(folder.path()).to_string();
    assert!(says.iter().all(|says| message.contains(says)), "{message} should say {says:?}");
}

fn set(tensors: &mut Tensors, name: &str, place: usize, value: f32) {
    let bytes = &mut tensors.get_mut(name).expect("it is there").1;
    bytes[place * 4..][..4].copy_from_slice(&value.to_le_bytes());
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    let (variance, file) = ("embedder.embedder.normalization.running_var", "model.safetensors");
    let first = "encoder.layer.0.attention.attention.query.weight";
    let same = |_: &mut serde_json::Value| ();
    check("vit", |tensors| drop(tensors.remove(first)), same, &[first, "missing"]);
    check("vit", |tensors| set(tensors, first, 7, f32::NAN), same, &[first, file, "NaN"]);
    check("hub-resnet-basic", |tensors| set(tensors, variance, 2, -1.0), same, &[variance, "-1"]);
    check("vit", |_| (), |config| config["patch_size"] = 4.into(), &["projection.weight", "[16, 3, 4, 4]"]);
    check("clip-image", |_| (), |config| config["num_hidden_layers"] = 3.into(), &["encoder.layers.2", "missing"]);
}

#[test]
fn configurations_that_describe_nothing_are_refused() {
    for (key, value, says) in [
        ("model_type", "bert".into(), "`bert`"),
        ("model_type", serde_json::Value::Null, "`none`"),
        ("num_attention_heads", 3.into(), "3 attention heads"),
        ("num_attention_heads", 0.into(), "num_attention_heads"),
        ("hidden_size", 0.into(), "hidden_size"),
        ("hidden_size", (-4).into(), "invalid value"),
        ("num_hidden_layers", 1_000_000_000_000_u64.into(), "num_hidden_layers"),
        ("patch_size", 0.into(), "patch_size"),
        ("image_size", "large".into(), "invalid type"),
        ("num_channels", 1.into(), "3 channels"),
        ("hidden_act", "maxout".into(), "maxout"),
    ] {
        check("vit", |_| (), |config| config[key] = value, &[says, "config.json"]);
    }
    let depths = |config: &mut serde_json::Value| config["depths"] = serde_json::json!([1, 2]);
    check("hub-resnet-basic", |_| (), depths, &["depths", "config.json"]);
    check("hub-resnet-basic", |_| (), |config| config["hidden_act"] = "gelu".into(), &["gelu", "config.json"]);
}

#[test]
fn files_that_are_cut_off_or_something_else_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["resnet-basic", "mobilenet"] {
        let bytes = fs::read(golden(name).join("weights.pth")).expect("a golden file");
        let path = folder.path().join(format!("{name}.pth"));
        fs::write(&path, &bytes[..bytes.len() - 1000]).expect("writable");
        let message = error(&path).to_string();
        assert!(message.contains(&format!("{name}.pth")), "{message}");
    }
    // Two files that could be meant, then a file of something else.
    assert!(error(folder.path()).to_string().contains("holds no weights"));
    let message = error(&golden("clip/model.safetensors")).to_string();
    assert!(message.contains("clip/model.safetensors") && message.contains("neither"), "{message}");
    assert!(matches!(error(Path::new("nowhere.pth")), PublishedError::Read { .. }));
}

#[test]
fn half_a_clip_is_refused() {
    let open = |folder: &Path| Clip::<Backend>::open(folder, &cpu()).err().map(|error| error.to_string());
    let same = |_: &mut serde_json::Value| ();
    let missing = |name: &str| {
        let folder = altered("clip", |tensors| drop(tensors.remove(name)), same);
        open(folder.path()).unwrap_or_default()
    };
    for name in ["logit_scale", "text_projection.weight", "visual_projection.weight"] {
        assert!(missing(name).contains(name), "{name}");
    }
    assert!(open(Path::new("nowhere")).is_some_and(|message| message.contains("config.json")));
    let message = ClipTokenizer::open(&golden("clip"), 77).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(message.contains("vocab.json"), "{message}");
}
