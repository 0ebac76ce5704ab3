//! Every encoder against its reference library, on the files that `tests/golden/make_image.py` made.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{Int, Tensor, TensorData};

use super::clip::{Clip, ClipTokenizer, similarity};
use super::{ImageArchitecture, ImageEncoder, ImageEncoderConfig, PublishedImage};
use crate::checkpoint::{Precision, weights};
use crate::device::{Backend, Device, cpu};
use crate::encoders::published::testing::test_weights;
use crate::encoders::published::{PublishedWeights, fill_places};

/// Largest difference that is allowed between two orders of adding up the same numbers.
const TOLERANCE: f32 = 2e-5;

/// The same for the real weights, whose numbers are larger and whose layers are many.
const REAL_TOLERANCE: f32 = 1e-4;

pub(super) fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/image").join(name)
}

/// Inputs and outputs of the reference.
struct Reference(PublishedWeights);

impl Reference {
    fn open(name: &str) -> Self {
        Self(PublishedWeights::open(&golden(name)).expect("the golden files are in the repository"))
    }

    fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<Backend, D> {
        let values = self.0.floats(name).expect("a stored tensor");
        Tensor::from_data(TensorData::new(values, self.0.shape(name).expect("it is there").to_vec()), device)
    }

    fn whole(&self, name: &str) -> Tensor<Backend, 2, Int> {
        let values = self.0.integers(name).expect("a stored tensor");
        Tensor::from_data(TensorData::new(values, self.0.shape(name).expect("it is there").to_vec()), &cpu())
    }

    /// Fails if `ours` is of another shape or further away than `tolerance` anywhere.
    fn compare<const D: usize>(&self, name: &str, ours: Tensor<Backend, D>, tolerance: f32) {
        assert_eq!(ours.dims()[..], *self.0.shape(name).expect("it is there"), "{name}");
        let theirs = self.0.floats(name).expect("a stored tensor");
        let ours: Vec<f32> = ours.into_data().to_vec().expect("floats");
        let difference = ours.iter().zip(&theirs).map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f32::max);
        assert!(ours.iter().all(|value| value.is_finite()) && difference <= tolerance, "{name}: {difference}");
    }
}

fn open(name: &str) -> (PublishedImage<Backend>, Reference) {
    let weights = golden(name);
    let published = ImageEncoder::open(&weights, &cpu()).unwrap_or_else(|error| panic!("{name}: {error}"));
    (published, Reference::open(&format!("{name}/reference.safetensors")))
}

#[test]
fn convolutional_encoders_equal_their_reference() {
    for name in [
        "resnet-basic",
        "resnet-bottleneck",
        "resnet-groups",
        "hub-resnet-basic",
        "hub-resnet-bottleneck",
        "hub-resnet-early",
        "mobilenet",
        "rotnet",
    ] {
        let (PublishedImage { encoder, mut config, unused }, reference) = open(name);
        let pixels = reference.tensor::<4>("pixel_values", &cpu());
        config.preprocessing.side = pixels.dims()[3];
        let features = encoder.forward(pixels);
        assert_eq!(features.grid.dims()[1..], [config.grid() * config.grid(), config.width()], "{name}");
        reference.compare("feature_grid", features.grid, TOLERANCE);
        // The model hub keeps the two axes over which it averaged.
        let shape = reference.0.shape("pooler_output").expect("it is there").to_vec();
        match shape.len() {
            2 => reference.compare("pooler_output", features.pooled, TOLERANCE),
            _ => reference.compare("pooler_output", features.pooled.unsqueeze_dims::<4>(&[2, 3]), TOLERANCE),
        }
        let classifier =
            |name: &String| ["fc.", "classifier.", "_feature_blocks.9."].iter().any(|start| name.starts_with(start));
        let counter = |name: &String| name.ends_with("num_batches_tracked");
        assert!(unused.iter().all(|name| classifier(name) || counter(name)), "{name}: {unused:?}");
    }
}

#[test]
fn every_stage_of_a_resnet_can_be_seen() {
    let (published, reference) = open("resnet-bottleneck");
    let ImageEncoder::ResNet(resnet) = published.encoder else { panic!("a ResNet") };
    let stages = resnet.stages(reference.tensor("pixel_values", &cpu()));
    assert_eq!(stages.len(), 4);
    for (stage, name) in stages.into_iter().zip(["c2", "c3", "c4", "c5"]) {
        reference.compare(name, stage, TOLERANCE);
    }
}

#[test]
fn vision_transformers_equal_their_reference() {
    for name in ["vit", "vit-classifier"] {
        let (published, reference) = open(name);
        let ImageEncoder::Vit(vit) = &published.encoder else { panic!("a vision transformer") };
        let pixels = reference.tensor::<4>("pixel_values", &cpu());
        let states = vit.states(pixels.clone(), true);
        assert_eq!(states.attentions.len(), 2);
        for (layer, attention) in states.attentions.into_iter().enumerate() {
            reference.compare(&format!("attentions.{layer}"), attention, TOLERANCE);
        }
        reference.compare("last_hidden_state", states.hidden, TOLERANCE);
        if reference.0.contains("pooler_output") {
            reference.compare("pooler_output", states.pooled, TOLERANCE);
        }
        let features = published.encoder.forward(pixels);
        let grid = published.config.grid();
        assert_eq!(features.grid.dims(), [2, grid * grid, published.config.width()]);
        assert!(published.unused.iter().all(|name| name.starts_with("classifier.")), "{:?}", published.unused);
    }
}

#[test]
fn clip_equals_its_reference() {
    for name in ["clip", "clip-old"] {
        let (clip, _) = Clip::<Backend>::open(&golden(name), &cpu()).expect("both encoders");
        let reference = Reference::open(&format!("{name}/reference.safetensors"));
        let hidden = reference.whole("attention_mask").equal_elem(0);
        let pieces = reference.whole("input_ids");
        let texts = clip.text().forward(pieces.clone(), Some(hidden.clone()));
        reference.compare("text_hidden_state", texts.hidden, TOLERANCE);
        reference.compare("text_pooler_output", texts.pooled, TOLERANCE);
        let pixels = reference.tensor::<4>("pixel_values", &cpu());
        let images = clip.image().states(pixels.clone(), false);
        reference.compare("last_hidden_state", images.hidden, TOLERANCE);
        reference.compare("pooler_output", images.pooled, TOLERANCE);
        let (texts, images) = (clip.embed_text(pieces, Some(hidden)), clip.embed_image(pixels));
        reference.compare("text_embeds", texts.clone(), TOLERANCE);
        reference.compare("image_embeds", images.clone(), TOLERANCE);
        let logits = similarity(texts, images) * clip.scale().reshape([1, 1]);
        reference.compare("logits_per_text", logits, TOLERANCE);
    }
}

#[test]
fn the_image_encoder_of_clip_stands_alone() {
    for name in ["clip", "clip-image"] {
        let (published, reference) = open(name);
        let ImageEncoder::Clip(clip) = &published.encoder else { panic!("a CLIP") };
        let states = clip.states(reference.tensor("pixel_values", &cpu()), false);
        reference.compare("last_hidden_state", states.hidden, TOLERANCE);
        reference.compare("pooler_output", states.pooled, TOLERANCE);
        let expected = name == "clip";
        assert_eq!(published.unused.iter().any(|name| name.starts_with("text_model.")), expected);
    }
}

#[test]
fn clip_reads_texts_as_its_reference() {
    let text = std::fs::read_to_string(golden("clip-tokenizer/reference.json")).expect("a golden file");
    let reference: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for folder in ["clip-tokenizer", "clip-tokenizer-whole"] {
        let tokenizer = ClipTokenizer::open(&golden(folder), 16).expect("a tokenizer");
        let texts: Vec<&str> =
            reference["texts"].as_array().expect("a list").iter().filter_map(|text| text.as_str()).collect();
        for (text, ids) in texts.iter().zip(reference["ids"].as_array().expect("a list")) {
            let ids: Vec<u32> = serde_json::from_value(ids.clone()).expect("numbers");
            assert_eq!(tokenizer.pieces(text).expect("pieces"), ids, "{folder}: {text}");
        }
        let words = tokenizer.stack::<Backend>(&texts[2..4], &cpu()).expect("rows");
        let lengths: Vec<i64> = words.hidden.bool_not().int().sum_dim(1).into_data().iter().collect();
        assert_eq!((words.pieces.dims(), lengths), ([2, 16], vec![16, 2]));
    }
}

#[test]
fn an_encoder_survives_a_checkpoint() {
    for name in ["resnet-basic", "mobilenet", "rotnet", "vit", "vit-classifier", "clip-image"] {
        let (published, reference) = open(name);
        let text = toml::to_string(&published.config).expect("it can be written");
        let config: ImageEncoderConfig = toml::from_str(&text).expect("it can be read");
        assert_eq!(config, published.config);
        let bytes = weights::write(&published.encoder, Precision::Full, &HashSet::new()).expect("it can be written");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("weights.safetensors");
        fs::write(&path, bytes).expect("writable");
        let written = PublishedWeights::open(&path).expect("as it was written");
        let again = fill_places(ImageEncoder::new(&config, &cpu()), &written, |_| true).expect("it can be read");
        let pixels = reference.tensor::<4>("pixel_values", &cpu());
        let pooled = |encoder: &ImageEncoder<Backend>| encoder.forward(pixels.clone()).pooled.into_data();
        assert_eq!(pooled(&again), pooled(&published.encoder), "{name}");
    }
}

#[test]
fn gradients_reach_the_picture_through_frozen_norms() {
    let device = Device::autodiff(cpu());
    let path = golden("resnet-bottleneck");
    let encoder = ImageEncoder::<Backend>::open(&path, &device).expect("a ResNet").encoder;
    let reference = Reference::open("resnet-bottleneck/reference.safetensors");
    let pixels = reference.tensor::<4>("pixel_values", &device).require_grad();
    let gradients = encoder.forward(pixels.clone()).pooled.sum().backward();
    let gradient = pixels.grad(&gradients).expect("a gradient");
    let step = 1e-2;
    let direction = gradient.clone() / gradient.clone().powi_scalar(2).sum().sqrt().reshape([1, 1, 1, 1]);
    let at = |along: f32| {
        let moved = pixels.clone().inner() + direction.clone() * along;
        encoder.forward(Tensor::from_inner(moved)).pooled.sum().into_scalar()
    };
    let measured = (at(step) - at(-step)) / (2.0 * step);
    let expected = gradient.powi_scalar(2).sum().sqrt().into_scalar();
    assert!(expected > 0.1 && (measured - expected).abs() < 0.02 * expected, "{measured} {expected}");
}

#[test]
fn the_published_mobilenet_equals_its_reference() {
    let Some(path) = test_weights("mobilenet-v2") else { return };
    let published = ImageEncoder::<Backend>::open(&path, &cpu()).expect("the weights of torchvision");
    assert!(matches!(published.config.architecture, ImageArchitecture::MobileNetV2(_)));
    assert_eq!((published.config.grid(), published.config.width()), (7, 1280));
    let picture = image::RgbImage::from_fn(224, 224, |x, y| {
        let board = (x / 28 + y / 28) % 2 * 200 + 20;
        image::Rgb([x * 5 + y * 3, x * y / 16, board].map(|value| (value % 256) as u8))
    });
    // Of this size nothing is resized.
    let config = published.config.seeing_all();
    let pixels = config.preprocessing.apply(&picture);
    let scaling = &config.preprocessing.scaling;
    let batch = super::stack_pixels(&[Some((&pixels, super::Variation::NONE))], config.side(), scaling, &cpu());
    let features = published.encoder.forward(batch);
    let reference = Reference::open("mobilenet-real.safetensors");
    reference.compare("pooler_output", features.pooled, REAL_TOLERANCE);
    let some = features.grid.slice(burn::tensor::s![.., .., ..;20]);
    reference.compare("feature_grid", some, REAL_TOLERANCE);
}
