//! Small checkpoints: what they leave out, and how it is found again.

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};

use super::*;
use crate::device::cpu;
use crate::encoders::image::{Pixels, Variation, stack_pixels};
use crate::example::{LabelSet, TagScheme};
use crate::layers::projection::AdapterConfig;
use crate::systems::testing::{agree, encoder, items, tagger, teach};
use crate::systems::{EncoderNeed, Foundation, REGISTRY};
use crate::training::TrainOptions;

const ADAPTER: AdapterConfig = AdapterConfig { rank: 2, alpha: 4.0 };

/// Names of the tensors in a checkpoint.
fn names(folder: &Path) -> Vec<String> {
    open_weights(folder).expect("weights").names().map(str::to_owned).collect()
}

fn put(tagger: &dyn Tagger, extent: Extent, folder: &Path) {
    save(&tagger.parts(Precision::Full, extent).expect("parts"), &"test", folder).expect("writable");
}

fn refused(folder: &Path, encoders: &FindEncoder<'_>) -> CheckpointError {
    load(folder, encoders, &cpu()).err().expect("it cannot be loaded")
}

#[test]
fn what_the_encoder_holds_is_left_out_and_found_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (published, small, whole) =
        (folder.path().join("mini"), folder.path().join("small"), folder.path().join("whole"));
    encoder(&published);
    let mut trained = tagger("bert-crf", &published, Some(ADAPTER));
    teach(trained.as_mut(), &TrainOptions::default());
    put(trained.as_ref(), Extent::WithoutEncoder, &small);
    put(trained.as_ref(), Extent::Whole, &whole);
    let own = names(&small);
    assert!(own.iter().all(|name| name.contains("adapter") || !name.starts_with("encoder")), "{own:?}");
    assert!(names(&whole).len() > own.len() && names(&whole).iter().any(|name| name.contains("embeddings")));

    let by_folder = load(&small, &|_| None, &cpu()).expect("the folder is still there");
    assert!(agree(trained.as_ref(), by_folder.as_ref()));
    let moved = folder.path().join("moved");
    fs::rename(&published, &moved).expect("writable");
    let by_name = |name: &str| (name == "mini").then(|| moved.clone());
    let mut found = load(&small, &by_name, &cpu()).expect("the name leads to it");
    assert!(agree(trained.as_ref(), found.as_ref()));
    assert!(agree(trained.as_ref(), load(&whole, &|_| None, &cpu()).expect("it needs nothing else").as_ref()));
    // What is loaded is small again, also under other types and after it learned more.
    found.relabel(&LabelSet::new(["PER", "ORG"]));
    teach(found.as_mut(), &TrainOptions::default());
    put(found.as_ref(), Extent::WithoutEncoder, &small);
    assert_eq!(names(&small), own);
    assert!(agree(found.as_ref(), load(&small, &by_name, &cpu()).expect("as it was saved").as_ref()));
}

#[test]
fn only_what_never_changed_is_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let (published, out) = (folder.path().join("mini"), folder.path().join("out"));
    encoder(&published);
    let saved = |options: TrainOptions| {
        let mut trained = tagger("bert-crf", &published, None);
        teach(trained.as_mut(), &options);
        put(trained.as_ref(), Extent::WithoutEncoder, &out);
        let loaded = load(&out, &|_| None, &cpu()).expect("it can be loaded");
        assert!(agree(trained.as_ref(), loaded.as_ref()));
        names(&out)
    };
    let lower = saved(TrainOptions { frozen_layers: 2, ..TrainOptions::default() });
    let has = |names: &[String], part: &str| names.iter().any(|name| name.contains(part));
    assert!(!has(&lower, "embeddings") && !has(&lower, "blocks.0.") && has(&lower, "blocks.1."), "{lower:?}");
    let all = saved(TrainOptions::default());
    assert!(has(&all, "embeddings.norm") && has(&all, "blocks.0."), "{all:?}");
}

#[test]
fn another_encoder_and_none_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let (published, out) = (folder.path().join("mini"), folder.path().join("out"));
    encoder(&published);
    put(tagger("span-ner", &published, Some(ADAPTER)).as_ref(), Extent::WithoutEncoder, &out);
    let file = published.join("model.safetensors");
    let mut bytes = fs::read(&file).expect("there");
    let sum = |manifest: &str| {
        manifest.lines().find_map(|line| line.split("\"model.safetensors\" = ").nth(1)).map(str::to_owned)
    };
    let right = sum(&fs::read_to_string(out.join(MANIFEST)).expect("there")).expect("a checksum");
    let right = right.trim_matches('"');
    assert_eq!(right.len(), 64);
    *bytes.last_mut().expect("not empty") ^= 1;
    fs::write(&file, bytes).expect("writable");
    let error = refused(&out, &|_| None);
    assert!(matches!(error, CheckpointError::OtherEncoder { .. }), "{error}");
    let message = error.to_string();
    for part in
        ["out/model.toml", "mini is not the encoder", "model.safetensors", right, "spanlight model add DIR --name mini"]
    {
        assert!(message.contains(part), "{part} in {message}");
    }
    fs::remove_dir_all(&published).expect("there");
    let error = refused(&out, &|_| None);
    assert!(matches!(error, CheckpointError::NoEncoder { .. }), "{error}");
    let message = error.to_string();
    for part in ["out/model.toml", "`mini`", right, "spanlight model add DIR --name mini", "put it back"] {
        assert!(message.contains(part), "{part} in {message}");
    }
}

#[test]
fn checkpoints_of_one_lineage_share_an_encoder() {
    let folder = tempfile::tempdir().expect("a folder");
    let (published, models) = (folder.path().join("mini"), folder.path().join("models"));
    encoder(&published);
    let [first, second, third] = ["v1", "v2", "v3"].map(|name| models.join(name));
    let mut model = tagger("bert-crf", &published, None);
    teach(model.as_mut(), &TrainOptions::default());
    put(model.as_ref(), Extent::WithoutNeighbour, &first);
    let whole = names(&first).len();
    model.lies_in(&first);
    model.adapt(Some(ADAPTER));
    teach(model.as_mut(), &TrainOptions::default());
    put(model.as_ref(), Extent::WithoutNeighbour, &second);
    assert!(!names(&second).iter().any(|name| name.contains("embeddings")), "{:?}", names(&second));
    assert!(fs::read_to_string(second.join(MANIFEST)).expect("there").contains("folder = \"../v1\""));
    put(model.as_ref(), Extent::WithoutEncoder, &third);
    assert!(names(&third).len() > whole, "a checkpoint of its own has all");

    let moved = folder.path().join("moved");
    fs::rename(&models, &moved).expect("writable");
    let [first, second] = ["v1", "v2"].map(|name| moved.join(name));
    let loaded = load(&second, &|_| None, &cpu()).expect("both moved together");
    assert!(agree(model.as_ref(), loaded.as_ref()));
    fs::remove_dir_all(&published).expect("there");
    put(loaded.as_ref(), Extent::WithoutNeighbour, &first);
    let message = refused(&second, &|_| None).to_string();
    assert!(message.contains("v2/model.toml needs") && message.contains("v1/weights.safetensors"), "{message}");
}

#[test]
fn every_system_begins_without_a_published_encoder_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let (items, device) = (items(), cpu());
    let foundation = Foundation::new(&items, LabelSet::new(["PER", "LOC"]), TagScheme::Bio, &device);
    for entry in REGISTRY {
        let name = entry.info.name;
        let mut trained = (entry.create)(&foundation, 1).unwrap_or_else(|error| panic!("{name}: {error}"));
        teach(trained.as_mut(), &TrainOptions::default());
        let scratch = entry.info.text_encoder == EncoderNeed::Published;
        assert_eq!(trained.defaults() != (entry.defaults)(), scratch, "{name}");
        let out = folder.path().join(name);
        put(trained.as_ref(), Extent::WithoutEncoder, &out);
        let loaded = load(&out, &|_| None, &device).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(agree(trained.as_ref(), loaded.as_ref()), "{name}");
        assert_eq!(loaded.defaults(), trained.defaults(), "{name}");
    }
}

#[test]
fn the_small_image_encoder_sees_what_the_embedded_tagger_sees() {
    let (encoder, config) = embedded_image_encoder(&cpu()).expect("part of the program");
    let image = RgbImage::from_fn(90, 40, |x, y| Rgb([x as u8, y as u8, 80]));
    let pixels = config.preprocessing.apply(&image);
    let see = |pixels: &Pixels| {
        let seen = [Some((pixels, Variation::NONE))];
        let pixels = stack_pixels::<Backend>(&seen, config.side(), &config.preprocessing.scaling, &cpu());
        encoder.forward(pixels)
    };
    let (ours, theirs) = (see(&pixels), see(&Pixels::new(&image, config.side())));
    assert_eq!(ours.grid.dims(), [1, config.grid() * config.grid(), config.width()]);
    let apart = (ours.grid - theirs.grid.clone()).abs().max().into_scalar();
    assert!(apart < 0.05 * theirs.grid.abs().max().into_scalar(), "{apart}");
}
