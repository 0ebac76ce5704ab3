//! Every system asked by every method, on tiny encoders that know nothing.

use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};

use super::*;
use crate::alignment::Selection;
use crate::device;
use crate::example::{Context, ContextKind, LabelSet, TagScheme};
use crate::input::Item;
use crate::model::Tagger;
use crate::systems::options::Options;
use crate::systems::{EncoderNeed, Foundation, REGISTRY, find, testing, toy};
use crate::training::Control;

const ALL: [Method; 4] = Method::ALL;
const IMAGE: [Method; 3] = [Method::Attention, Method::GradientAttention, Method::Occlusion];

fn go_on(_: usize, _: usize) -> Control {
    Control::Continue
}

/// A fresh tagger on the tiny encoders.
fn tagger(system: &str, image: &str, chosen: &[(&str, &str)]) -> Box<dyn Tagger> {
    let folder = tempfile::tempdir().expect("a folder");
    testing::encoder(folder.path());
    let entry = find(system).expect("a system");
    let (image, device, items) = (toy::golden(image), device::cpu(), testing::items());
    let labels = LabelSet::new(["PER", "LOC"]);
    let options: Options = chosen.iter().copied().collect();
    let foundation = Foundation {
        text: (entry.info.text_encoder == EncoderNeed::Published).then(|| folder.path()),
        image: (entry.info.image_encoder == EncoderNeed::Published).then_some(image.as_path()),
        options,
        ..Foundation::new(&items, labels, TagScheme::Bio, &device)
    };
    (entry.create)(&foundation, 1).expect("a tagger")
}

/// `met ada in love`, with a picture and a caption.
fn tweet(folder: &Path) -> Item {
    let path: PathBuf = folder.join("picture.png");
    let colour = |x: u32, y: u32| Rgb([(x * 8) as u8, (y * 12) as u8, if x > y { 220 } else { 20 }]);
    RgbImage::from_fn(30, 20, colour).save(&path).expect("writable");
    let mut item = testing::items().remove(0);
    item.example.tokens = ["met", "ada", "in", "love"].map(str::to_owned).to_vec();
    item.example.images = vec!["picture".into()];
    item.example.contexts = vec![
        Context::new(ContextKind::Caption, "rome in lo"),
        Context { similarity: Some(0.9), ..Context::new(ContextKind::Knowledge, "ada met rome") },
    ];
    item.image = Some(path);
    item
}

fn near(one: &[f32], other: &[f32]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-5)
}

#[test]
fn every_system_says_which_methods_it_has() {
    let expected = |name: &str| match name {
        "ita" | "mmavk" => ALL.to_vec(),
        "bga-mner" => vec![Method::Attention, Method::GradientAttention],
        "hvpnet" => vec![Method::Occlusion],
        "compact" | "mt" | "umt" | "maf" | "smner" | "instruct-ner" => IMAGE.to_vec(),
        _ => Vec::new(),
    };
    for entry in REGISTRY {
        let name = entry.info.name;
        assert_eq!(tagger(name, "image/hub-resnet-basic", &[]).methods(), expected(name), "{name}");
    }
    let real = tagger("bga-mner", "image/vit", &[("visual-source", "real")]);
    assert_eq!(real.methods(), IMAGE, "words that see the image's own patches depend on them");
}

#[test]
fn every_method_gives_maps_of_one_shape_and_the_same_labels() {
    let folder = tempfile::tempdir().expect("a folder");
    let item = tweet(folder.path());
    for entry in REGISTRY {
        let name = entry.info.name;
        let tagger = tagger(name, "image/hub-resnet-basic", &[]);
        let reading = tagger.predict(std::slice::from_ref(&item), true).remove(0);
        for method in tagger.methods() {
            let found = tagger.attribute(&item, Unit::Word, method, &mut go_on);
            let Attribution { reading: own, alignment, pieces, falls } =
                found.unwrap_or_else(|error| panic!("{error}"));
            let place = format!("{name}, {method}");
            assert_eq!(own.answer.prediction, reading.answer.prediction, "{place}");
            assert_eq!(
                (alignment.tokens, pieces.is_empty(), falls.is_some()),
                (4, true, method == Method::Occlusion),
                "{place}"
            );
            let rows = if alignment.spans.is_empty() { 4 } else { alignment.spans.len() };
            let width = alignment.regions.len();
            assert!(width > 0 && alignment.maps.iter().all(|map| map.weights.len() == rows * width), "{place}");
            if let Some(own) = reading.answer.alignments.first() {
                assert_eq!((&alignment.regions, &alignment.spans), (&own.regions, &own.spans), "{place}");
                match method {
                    Method::Attention => assert_eq!(&alignment, own, "{place}"),
                    Method::GradientAttention => assert_eq!(alignment.heads(), own.heads(), "{place}"),
                    Method::Rollout | Method::Occlusion => assert_eq!(alignment.heads(), [(0, 0)], "{place}"),
                }
            }
            let sum: f32 = alignment.maps.iter().flat_map(|map| &map.weights).sum();
            assert!(sum > 0.0, "{place}: nothing matters");
            let map = alignment.to_regions(1..2, Selection::Mean).expect("a map");
            assert_eq!(map.weights.len(), width);
        }
    }
}

#[test]
fn layers_of_a_frozen_and_of_a_tuned_image_encoder_are_kept_apart_from_those_that_tell() {
    let folder = tempfile::tempdir().expect("a folder");
    let item = tweet(folder.path());
    for tuning in ["frozen", "whole"] {
        let tagger = tagger("umt", "image/vit", &[("image-tuning", tuning)]);
        let ask =
            || tagger.attribute(&item, Unit::Word, Method::GradientAttention, &mut go_on).expect("maps").alignment;
        let (first, again) = (ask(), ask());
        assert!(first.maps.iter().flat_map(|map| &map.weights).any(|weight| *weight > 0.0), "{tuning}");
        for (first, again) in first.maps.iter().zip(&again.maps) {
            assert!(near(&first.weights, &again.weights), "{tuning}: the picture is remembered or looked at once more");
        }
    }
}

#[test]
fn hiding_a_word_is_as_not_knowing_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let item = tweet(folder.path());
    let tagger = tagger("ita", "image/hub-resnet-basic", &[]);
    let falls = tagger.hide(&item, &[0, 2, 77], &mut go_on).expect("words");
    assert_eq!(falls.regions, [0, 2], "there is no word 77");
    let mut without = item.clone();
    without.example.contexts[0] = Context::new(ContextKind::Caption, "rome in zzz");
    let readings = tagger.predict(&[item.clone(), without], false);
    let chances = |place: usize| {
        let chain = &readings[place].answer.chains[0];
        (chain.marginals(&chain.recursions()), chain.tags())
    };
    let labels = readings[0].answer.chains[0].viterbi();
    let ((before, tags), (after, _)) = (chances(0), chances(1));
    for (word, label) in labels.iter().enumerate() {
        let fall = (before[word * tags + label] - after[word * tags + label]) as f32;
        assert!((falls.falls[word * 2 + 1] - fall).abs() < 1e-5, "{word}: {falls:?} against {fall}");
    }
    let all = tagger.attribute(&item, Unit::Word, Method::Occlusion, &mut go_on).expect("maps");
    let column = |falls: &Falls, place: usize| {
        falls.falls.iter().skip(place).step_by(falls.regions.len()).copied().collect::<Vec<_>>()
    };
    let whole = all.falls.expect("it is occlusion");
    assert!(near(&column(&whole, 2), &column(&falls, 1)));
    let positive = whole.falls.iter().map(|fall| fall.max(0.0)).collect::<Vec<_>>();
    assert!(near(&all.alignment.maps[0].weights, &positive), "what rose is not on the map");
}

#[test]
fn pieces_have_rows_of_their_own_and_first_ones_those_of_their_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let item = tweet(folder.path());
    for system in ["umt", "ita"] {
        let tagger = tagger(system, "image/hub-resnet-basic", &[]);
        let ask = |unit, method| tagger.attribute(&item, unit, method, &mut go_on).expect("maps");
        let (words, found) = (ask(Unit::Word, Method::Attention), ask(Unit::SubToken, Method::Attention));
        let texts: Vec<(&str, usize)> = found.pieces.iter().map(|piece| (piece.text.as_str(), piece.token)).collect();
        assert_eq!(texts, [("met", 0), ("ada", 1), ("in", 2), ("lo", 3), ("##ve", 3)]);
        assert_eq!((found.alignment.tokens, words.alignment.tokens), (5, 4));
        let width = words.alignment.regions.len();
        for (word, piece) in words.alignment.maps.iter().zip(&found.alignment.maps) {
            assert!(near(&word.weights, &piece.weights[..4 * width]), "{system}");
        }
        let refused =
            tagger.attribute(&item, Unit::SubToken, Method::Occlusion, &mut go_on).expect_err("labels are words'");
        assert!(matches!(refused, AttributionError::NoSuchUnit { .. }), "{refused}");
    }
    let phrases = tagger("smner", "image/hub-resnet-basic", &[]);
    let refused = phrases.attribute(&item, Unit::SubToken, Method::Attention, &mut go_on).expect_err("phrases");
    assert!(refused.to_string().contains("phrases of whole words"), "{refused}");
}

#[test]
fn what_cannot_be_told_is_refused_with_what_can() {
    let folder = tempfile::tempdir().expect("a folder");
    let item = tweet(folder.path());
    let refused = |system: &str, item: &Item, method| {
        let tagger = tagger(system, "image/hub-resnet-basic", &[]);
        tagger.attribute(item, Unit::Span, method, &mut go_on).expect_err("refused").to_string()
    };
    let message = refused("umt", &item, Method::Rollout);
    assert!(message.contains("one layer") && message.ends_with("it has attention, gradient-attention, occlusion"));
    assert!(refused("hvpnet", &item, Method::Attention).ends_with("it has occlusion"));
    assert!(refused("bert-crf", &item, Method::Occlusion).ends_with("only labels and their probabilities"));
    assert!(refused("bga-mner", &item, Method::Occlusion).contains("do not depend on the image"));
    let bare = Item { image: None, ..item.clone() };
    assert_eq!(
        refused("umt", &bare, Method::Occlusion),
        format!("`umt` has no map of the tweet `{}`: it has no image", item.example.id)
    );
    assert_eq!(refused("umt", &bare, Method::Attention), refused("umt", &bare, Method::GradientAttention));
    let gone = Item { image: Some(folder.path().join("gone.png")), ..item.clone() };
    assert!(refused("compact", &gone, Method::Attention).contains("gone.png"));
    let mut silent = item.clone();
    silent.example.contexts.clear();
    for method in ALL {
        assert!(refused("ita", &silent, method).contains("no text beside it"), "{method}");
    }
    let mut empty = item.clone();
    empty.example.tokens.clear();
    for method in ALL {
        assert!(refused("ita", &empty, method).ends_with("it has no tokens"), "{method}");
    }
    let tagger = tagger("compact", "image/hub-resnet-basic", &[]);
    for method in [Method::GradientAttention, Method::Occlusion] {
        let stopped = tagger.attribute(&item, Unit::Word, method, &mut |_, _| Control::Stop);
        assert!(matches!(stopped, Err(AttributionError::Stopped)), "{method}");
    }
}

#[test]
fn a_long_tweet_has_a_row_for_every_token_whatever_the_method() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut item = tweet(folder.path());
    item.example.spans.clear();
    item.example.tokens = (0..150).map(|word| ["met", "ada", "in", "rome"][word % 4].to_owned()).collect();
    // The caption finds room behind the last window alone.
    item.example.contexts.push(Context::new(ContextKind::Caption, "in rome ".repeat(20)));
    let tagger = tagger("ita", "image/hub-resnet-basic", &[]);
    for method in ALL {
        let found = tagger.attribute(&item, Unit::Word, method, &mut go_on).expect("maps");
        let width = found.alignment.regions.len();
        assert_eq!(found.alignment.tokens, 150, "{method}");
        assert!(found.alignment.maps.iter().all(|map| map.weights.len() == 150 * width), "{method}");
        if let Some(falls) = found.falls {
            assert_eq!((falls.probabilities.len(), falls.falls.len()), (150, 150 * falls.regions.len()));
            assert_eq!(falls.regions.len(), width);
            let some = tagger.hide(&item, &[width - 1, 0, width], &mut go_on).expect("words");
            assert_eq!(some.regions, [width - 1, 0], "in the order asked for");
            for row in 0..150 {
                let all = &falls.falls[row * width..][..width];
                assert!(near(&some.falls[row * 2..][..2], &[all[width - 1], all[0]]), "{row}");
            }
        }
    }
}
