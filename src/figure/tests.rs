//! Whole figures against pictures that were looked at and kept: `SPANLIGHT_BLESS=1 cargo test --lib figure` writes them anew.

use std::env;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use image::{Rgb, RgbImage};
use spanlight_models::alignment::Frame;
use spanlight_models::example::{LabelSet, Span};

use super::*;
use crate::graphics::{ColorMap, Heat, HeatStyle, Outline, Tone};

/// A picture of 90 x 60 pixels with a bright square.
fn picture() -> Arc<RgbImage> {
    let inside = |x, y| (50..70).contains(&x) && (20..40).contains(&y);
    Arc::new(RgbImage::from_fn(90, 60, |x, y| Rgb(if inside(x, y) { [250, 240, 200] } else { [60, 90, 50 + y as u8] })))
}

/// The map whose peak is on the square: the encoder saw the middle 60 x 60 pixels.
fn heat(style: HeatStyle) -> Heat {
    let mut weights = vec![0.02; 9];
    weights[5] = 0.6;
    let frame = Frame { x: 1.0 / 6.0, y: 0.0, width: 2.0 / 3.0, height: 1.0 };
    Heat { rows: 3, columns: 3, frame, weights, range: Some((0.0, 0.6)), style, map: ColorMap::Viridis }
}

fn map(heading: &str, heat: Heat) -> Panel {
    let boxes = vec![Outline { edges: [50.0, 20.0, 70.0, 40.0], color: [0, 99, 168] }];
    Panel {
        heading: heading.to_owned(),
        content: Content::Map { picture: picture(), heat, boxes, clipped: [false, false] },
        rule: vec!["from 0 to the greatest weight of any word of this tweet".to_owned()],
    }
}

/// The figure is as the kept one, pixel by pixel, and the same when it is made twice.
fn golden(name: &str, figure: &Figure<'_>) {
    let typeface = Typeface::new(&[]).expect("the font in the program");
    let scene = figure.scene(&typeface);
    let drawn = raster(&scene, &typeface, 1.0).expect("pixels");
    let text = svg(&scene, Embedding::Png).expect("encoded");
    assert_eq!(svg(&figure.scene(&typeface), Embedding::Png).expect("encoded"), text);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/figures").join(format!("{name}.png"));
    if env::var_os("SPANLIGHT_BLESS").is_some() {
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        let mut bytes = Vec::new();
        write_png(&drawn, &mut bytes).expect("encoded");
        fs::write(&file, bytes).expect("written");
        fs::write(env::temp_dir().join(format!("{name}.svg")), text).expect("written");
    }
    let kept = image::open(&file).expect("a golden figure").into_rgb8();
    assert_eq!(kept.dimensions(), drawn.dimensions(), "{name}");
    let differ = kept.pixels().zip(drawn.pixels()).filter(|(one, two)| one != two).count();
    assert_eq!(differ, 0, "{name}: pixels that differ; look at both, then SPANLIGHT_BLESS=1 keeps the new ones");
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[test]
fn maps_of_two_methods_are_as_they_were() {
    let (tokens, labels) =
        (words("Finally saw Corvamore Dramir with my own eyes 👀 , thanks @bob !"), LabelSet::new(["PER", "MISC"]));
    let spans = [Span::new("MISC", 2, 4), Span::new("PER", 11, 12)];
    let figure = Figure {
        title: "“Corvamore Dramir” MISC".to_owned(),
        tweet: Tweet { tokens: &tokens, spans: &spans, labels: &labels, query: (2, 4) },
        panels: vec![map("attention", heat(HeatStyle::Grid)), map("rollout", heat(HeatStyle::Smooth))],
        notes: vec!["tweet 1952922317814005622 · model embedded (compact) · image 990241 of 90 × 60 pixels".to_owned()],
    };
    golden("two-methods", &figure);
}

#[test]
fn differences_words_labels_and_what_is_absent_are_as_they_were() {
    let (tokens, labels) = (words("قال محمد صلاح في Cairo اليوم : شكرا"), LabelSet::new(["PER", "LOC"]));
    let spans = [Span::new("PER", 1, 3), Span::new("LOC", 4, 5)];
    let mut difference = heat(HeatStyle::Grid);
    difference.weights = (0..9_u8).map(|place| f32::from(place) / 8.0 - 0.5).collect();
    (difference.range, difference.map) = (Some((-0.5, 0.5)), ColorMap::Difference);
    let tone = Tone { range: (0.0, 0.4), map: ColorMap::Cividis };
    let of = |text: &str| words(text).into_iter().enumerate().map(|(n, word)| (word, n as f32 / 10.0)).collect();
    let panel = |heading: &str, content| Panel { heading: heading.to_owned(), content, rule: Vec::new() };
    let groups = vec![("caption".to_owned(), of("a man in a red shirt")), ("tags".to_owned(), of("ball grass"))];
    let rows = vec![("PER".to_owned(), [0.25, 0.875]), ("no entity".to_owned(), [0.75, 0.125])];
    let figure = Figure {
        title: "محمد صلاح PER".to_owned(),
        tweet: Tweet { tokens: &tokens, spans: &spans, labels: &labels, query: (1, 3) },
        panels: vec![
            map("A − B", difference),
            panel("context words", Content::Words { groups, tone, clipped: [false, true] }),
            panel("labels", Content::Labels { names: ["without image".into(), "with image".into()], rows }),
            panel("no image", Content::Absent("image 17_06_4705: no file of this name".into())),
        ],
        notes: Vec::new(),
    };
    golden("all-panels", &figure);
}

#[test]
fn nothing_breaks_a_figure() {
    let typeface = Typeface::new(&[]).expect("the font in the program");
    let labels = LabelSet::default();
    let long = ["x".repeat(3_000), "\u{202e}\u{0}\u{7}".to_owned(), "𒀀".to_owned()];
    let thin = Arc::new(RgbImage::new(1, 900));
    for (tokens, picture) in [(&long[..], thin), (&[], picture()), (&long[1..], Arc::new(RgbImage::new(1, 1)))] {
        let boxes = vec![Outline { edges: [f32::NAN, -9.0, 1e9, 4.0], color: [1; 3] }];
        let content = Content::Map { picture, heat: heat(HeatStyle::Smooth), boxes, clipped: [true, true] };
        let figure = Figure {
            title: String::new(),
            tweet: Tweet { tokens, spans: &[Span::new("NEW", 1, 9)], labels: &labels, query: (0, 99) },
            panels: vec![Panel { heading: String::new(), content, rule: Vec::new() }],
            notes: vec![String::new()],
        };
        let scene = figure.scene(&typeface);
        assert!(raster(&scene, &typeface, 0.5).is_some());
        let text = svg(&scene, Embedding::Png).expect("encoded");
        assert!(!text.contains("NaN") && !text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
    }
}
