//! The encoder against `transformers`, whose outputs `tests/golden/make_text.py` wrote down, and its own parts.

use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Distribution, Tensor, TensorData};
use safetensors::Dtype;

use super::*;
use crate::device::{Backend, Device, cpu};
use crate::encoders::check;
use crate::encoders::published::{PublishedError, PublishedWeights, test_weights};

const GOLDEN: [&str; 6] = ["bert", "bert-tagger", "distilbert", "roberta", "xlm-roberta", "mpnet"];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/text").join(name)
}

fn read(name: &str) -> Pretrained<Backend> {
    Pretrained::read(&golden(name), &cpu()).expect("a golden model")
}

/// Rows with padding behind the second and in front of the third.
fn input(config: &TransformerConfig) -> TextInput<Backend> {
    input_on(config, &cpu())
}

fn input_on(config: &TransformerConfig, device: &Device) -> TextInput<Backend> {
    let pad = config.padding as i64;
    let ids = [[5, 6, 7, 8], [5, 6, pad, pad], [pad, pad, 5, 6]];
    let hidden = [[false; 4], [false, false, true, true], [true, true, false, false]];
    TextInput::new(Tensor::from_data(ids, device), Tensor::from_data(TensorData::from(hidden), device))
}

fn distance<const D: usize>(a: Tensor<Backend, D>, b: Tensor<Backend, D>) -> f32 {
    (a - b).abs().max().into_scalar()
}

#[test]
fn every_family_computes_what_transformers_does() {
    for name in GOLDEN {
        for inputs in ["padded", "single", "longest"] {
            let reference = golden(name).join(format!("{inputs}.safetensors"));
            let differences = check(&golden(name), &reference, &cpu()).expect("a golden model");
            let pooler = matches!(name, "bert" | "roberta" | "mpnet");
            assert_eq!(differences.len(), 1 + usize::from(pooler), "{name}");
            for difference in differences {
                assert!(difference.absolute <= 2e-5, "{name} {inputs}: {difference:?}");
            }
        }
    }
}

#[test]
fn real_weights_compute_what_transformers_does() {
    for name in ["minilm-f16", "minilm"] {
        let Some(folder) = test_weights(name) else { continue };
        let reference = golden(&format!("{name}.safetensors"));
        for difference in check(&folder, &reference, &cpu()).expect("real weights") {
            assert!(difference.absolute <= 1e-4, "{name}: {difference:?}");
        }
    }
}

#[test]
fn heads_of_other_models_are_left_over_and_named() {
    assert_eq!(read("bert-tagger").unused, ["classifier.weight", "classifier.bias"]);
    assert_eq!(read("bert").unused, [""; 0]);
}

#[test]
fn what_padding_holds_changes_nothing() {
    for name in GOLDEN {
        let Pretrained { encoder, config, .. } = read(name);
        let plain = encoder.forward(input(&config)).last;
        let mut other = input(&config);
        // Positions are counted by id, so that of the padding must stay where they are.
        if !config.family.counts_positions() {
            other.ids = other.ids.mask_fill(other.hidden.clone(), 9);
            let last = encoder.forward(other).last;
            assert!(distance(last.slice([1..2, 0..2]), plain.clone().slice([1..2, 0..2])) < 1e-6, "{name}");
        }
        let alone = TextInput::new(
            Tensor::from_data([[5, 6]], &cpu()),
            Tensor::from_data(TensorData::from([[false, false]]), &cpu()),
        );
        let alone = encoder.forward(alone).last;
        assert!(distance(alone.clone(), plain.clone().slice([1..2, 0..2])) < 2e-5, "{name}: padding behind");
        if config.family.counts_positions() {
            assert!(distance(alone, plain.slice([2..3, 2..4])) < 2e-5, "{name}: padding in front");
        }
    }
}

#[test]
fn records_are_complete_and_a_prefix_is_seen() {
    let Pretrained { encoder, config, .. } = read("mpnet");
    let mut wanted = input(&config);
    wanted.record = true;
    let plain = encoder.forward(wanted.clone());
    assert_eq!((plain.layers.len(), plain.attention.len()), (config.layers + 1, config.layers));
    assert!(distance(plain.layers[config.layers].clone(), plain.last.clone()) < 1e-9);
    let sums = plain.attention[0].clone().sum_dim(3);
    assert!(distance(sums.clone(), sums.ones_like()) < 1e-5);
    let unseen: f32 = plain.attention[1].clone().slice([1..2, 0..4, 0..2, 2..4]).max().into_scalar();
    assert!(unseen < 1e-12);

    let part = || Tensor::random([3, 2, config.width], Distribution::Default, &cpu());
    wanted.prefixes = (0..config.layers).map(|_| Prefix { keys: part(), values: part() }).collect();
    let seen = encoder.forward(wanted);
    assert_eq!(seen.attention[0].dims(), [3, config.heads, 4, 2 + 4]);
    assert!(distance(seen.last, plain.last) > 1e-3);
}

#[test]
fn block_by_block_it_computes_the_same() {
    for name in GOLDEN {
        let Pretrained { encoder, config, .. } = read(name);
        let TextInput { ids, hidden, .. } = input(&config);
        let whole = encoder.forward(input(&config)).last;
        let beside = Tensor::random([3, 2, config.width], Distribution::Default, &cpu());
        let climb = |hide: Option<bool>| {
            let mut ascent = encoder.ascent(ids.clone(), hidden.clone());
            for _ in 0..config.layers {
                match hide {
                    Some(hide) => {
                        let hidden = Tensor::from_data(TensorData::from([[hide; 2]; 3]), &cpu());
                        let weights = ascent.step_beside(&beside, Some(hidden)).expect("a block");
                        assert_eq!(weights.dims(), [3, config.heads, 4, 2 + 4], "{name}");
                    }
                    None => ascent.step(),
                }
            }
            assert!(ascent.step_beside(&beside, None).is_none(), "{name}: there are no more");
            ascent.states()
        };
        assert!(distance(climb(None), whole.clone()) < 1e-6, "{name}");
        assert!(distance(climb(Some(true)), whole.clone()) < 1e-5, "{name}: nothing is seen beside");
        assert!(distance(climb(Some(false)), whole) > 1e-3, "{name}");
    }
}

#[test]
fn an_export_is_what_was_read() {
    for name in GOLDEN {
        let Pretrained { encoder, config, .. } = read(name);
        let folder = tempfile::tempdir().expect("a temporary folder");
        encoder.export(&config, folder.path()).expect("the folder is writable");
        let before = PublishedWeights::open(&golden(name)).expect("a golden model");
        let before = before.without_prefix(&["bert.", "distilbert."], "embeddings.LayerNorm.weight");
        let after = PublishedWeights::open(folder.path()).expect("an exported model");
        let sorted = |weights: &PublishedWeights| {
            let mut names: Vec<_> = weights.names().map(str::to_owned).collect();
            names.retain(|name| !name.starts_with("classifier."));
            names.sort();
            names
        };
        assert_eq!(sorted(&before), sorted(&after), "{name}");
        for tensor in after.names() {
            assert_eq!(before.shape(tensor).expect("there"), after.shape(tensor).expect("there"), "{name} {tensor}");
            assert_eq!(before.floats(tensor).expect("there"), after.floats(tensor).expect("there"), "{name} {tensor}");
        }
        let again = Pretrained::<Backend>::read(folder.path(), &cpu()).expect("an exported model");
        assert_eq!(again.config, config);
        assert!(again.unused.is_empty());
    }
}

#[test]
fn adapters_begin_as_nothing_and_are_merged_on_export() {
    let Pretrained { encoder, config, .. } = read("bert");
    let adapter = crate::layers::projection::AdapterConfig { rank: 2, alpha: 4.0 };
    let parameters = encoder.num_params();
    let plain = encoder.forward(input(&config)).last;
    let adapted = encoder.with_adapters(adapter, &cpu());
    let block = 4 * 2 * (16 + 16) + 2 * 2 * (16 + 24);
    assert_eq!(adapted.num_params(), parameters + config.layers * block);
    assert!(distance(adapted.forward(input(&config)).last, plain) < 1e-6);
    let folder = tempfile::tempdir().expect("a temporary folder");
    adapted.export(&config, folder.path()).expect("the folder is writable");
    assert_eq!(Pretrained::<Backend>::read(folder.path(), &cpu()).expect("whole").encoder.num_params(), parameters);
}

#[test]
fn every_parameter_in_use_learns() {
    let device = Device::autodiff(cpu());
    for name in GOLDEN {
        let Pretrained { encoder, config, .. } = Pretrained::<Backend>::read(&golden(name), &device).expect("golden");
        let mut wanted = input_on(&config, &device);
        let part = || Tensor::random([3, 2, config.width], Distribution::Default, &device);
        wanted.prefixes = (0..config.layers).map(|_| Prefix { keys: part(), values: part() }).collect();
        let last = encoder.forward(wanted).last;
        let pooled = encoder.pooled(&last).map(Tensor::sum);
        // The sum of a normed vector alone is the same whatever the weights.
        let gradients = (last.powi_scalar(2).sum() + pooled.unwrap_or_else(|| Tensor::zeros([1], &device))).backward();
        let learned = GradientsParams::from_grads(gradients, &encoder);
        let mut counted = Counted { learned: &learned, missing: 0 };
        encoder.visit(&mut counted);
        assert_eq!(counted.missing, 0, "{name}");
    }
}

struct Counted<'a> {
    learned: &'a GradientsParams,
    missing: usize,
}

impl ModuleVisitor<Backend> for Counted<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Backend, D>>) {
        self.missing += usize::from(self.learned.get::<Backend, D>(param.id).is_none());
    }
}

#[test]
fn weights_of_another_size_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in ["model.safetensors", "config.json"] {
        std::fs::copy(golden("bert").join(file), folder.path().join(file)).expect("a golden file");
    }
    let config = folder.path().join("config.json");
    let text = std::fs::read_to_string(&config).expect("just copied");
    std::fs::write(&config, text.replace("\"vocab_size\": 40", "\"vocab_size\": 41")).expect("writable");
    let error = Pretrained::<Backend>::read(folder.path(), &cpu()).expect_err("another vocabulary");
    let wrong = matches!(&error, PublishedError::Shape { tensor, expected, .. }
        if tensor == "embeddings.word_embeddings.weight" && expected[..] == [41, 16]);
    assert!(wrong, "{error}");
    std::fs::write(&config, text.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3")).expect("writable");
    let error = Pretrained::<Backend>::read(folder.path(), &cpu()).expect_err("a layer is missing").to_string();
    assert!(error.contains("encoder.layer.2.attention.self.query.weight"), "{error}");
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let error = read("bert").tokenizer(&golden("byte-level")).expect_err("360 pieces for 40 rows").to_string();
    assert!(error.contains("byte-level") && error.contains("360") && error.contains("40"), "{error}");
    if let Some(folder) = test_weights("minilm-f16") {
        let minilm = Pretrained::<Backend>::read(&folder, &cpu()).expect("real weights");
        assert_eq!(minilm.tokenizer(&folder).expect("a real tokenizer").len(), minilm.config.vocabulary);
    }
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("reference.safetensors");
    let write = |name: &str, shape: [usize; 2], value: i64| {
        let ids: Vec<u8> = std::iter::repeat_n(value.to_le_bytes(), shape[0] * shape[1]).flatten().collect();
        crate::encoders::published::testing::write_safetensors(&path, &[(name, Dtype::I64, &shape, ids)]);
    };
    for (name, shape, value, part) in [
        ("input_ids", [1, 4], 40, "below 40"),
        ("input_ids", [1, 4], -1, "below 40"),
        ("input_ids", [1, 25], 5, "24 pieces"),
        ("input_ids", [0, 4], 5, "24 pieces"),
        ("input_ids", [1, 4], 5, "no output"),
        ("pixels", [1, 4], 5, "no inputs"),
    ] {
        write(name, shape, value);
        let error = check(&golden("bert"), &path, &cpu()).expect_err(part).to_string();
        assert!(error.contains(part) && error.contains("reference.safetensors"), "{error}");
    }
    let zeros = || ([1_usize, 4], vec![0; 32]);
    let tensors = ["input_ids", "attention_mask"].map(|name| (name, zeros()));
    let tensors = tensors.each_ref().map(|(name, (shape, bytes))| (*name, Dtype::I64, &shape[..], bytes.clone()));
    crate::encoders::published::testing::write_safetensors(&path, &tensors);
    assert!(check(&golden("bert"), &path, &cpu()).expect_err("nothing to compare").to_string().contains("every piece"));
}
