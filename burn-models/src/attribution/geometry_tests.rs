//! A map lies on the picture as the encoder saw it: what the brightest region covers, resize and crop undone, is where the
//! picture is bright.

use std::sync::Arc;

use burn::module::{AutodiffModule, Module};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::backend::Backend as BurnBackend;
use burn::tensor::{Tensor, TensorData};
use image::{Rgb, RgbImage};

use super::{Explainer, Falls, Method, Unit};
use crate::alignment::{Frame, Regions, Selection};
use crate::batch::TextBatch;
use crate::device::{Backend, Device, cpu};
use crate::encoders::image::{Filter, Fit, Middle, Pixels, Preprocessing, RegionGrid, Scaling};
use crate::encoders::text::Tokenizer;
use crate::example::{Example, LabelSet, TagScheme};
use crate::input::{Item, Row};
use crate::systems::chain::{ChainTagger, WordEncoder};
use crate::systems::{CreateError, EncoderNeed, Foundation, Spec, System, SystemInfo};
use crate::training::parameters::{self, Flat, Parameter};
use crate::training::{Control, TrainOptions};
use crate::trust::cell;

/// A tagger whose only feature is how bright its picture is.
type Tagger = ChainTagger<Backend, Brightness<Backend>>;

#[derive(Module, Debug)]
struct Brightness<B: BurnBackend> {
    /// What the brightness is multiplied by.
    gain: Linear<B>,
}

impl WordEncoder for Brightness<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "brightness",
        summary: "tells how bright a picture is",
        source: "these tests",
        uses_image: true,
        uses_contexts: false,
        text_encoder: EncoderNeed::None,
        image_encoder: EncoderNeed::None,
        alignments: &[],
        options: &[],
    };

    type Config = Seen;
    type Extra = Vec<f32>;

    fn defaults() -> TrainOptions {
        TrainOptions::default()
    }

    fn create(_: &Foundation<'_>) -> Result<(Self, Seen, Tokenizer), CreateError> {
        unreachable!("these tests make it by hand")
    }

    fn new(_: &Seen, device: &Device) -> Self {
        Self { gain: LinearConfig::new(1, 1).with_bias(false).init(device) }
    }

    fn width(_: &Seen) -> usize {
        1
    }

    fn picture(seen: &Seen, image: Option<&Arc<RgbImage>>) -> Option<(Arc<Pixels>, [u32; 2])> {
        image.map(|image| (Arc::new(seen.preprocessing.apply(image)), [image.width(), image.height()]))
    }

    fn region_grid(seen: &Seen) -> Option<RegionGrid> {
        Some(RegionGrid { side: seen.grid, colour: [0; 3] })
    }

    fn extra(_: &Seen, rows: &[&Row], _: &Device) -> Vec<f32> {
        rows.iter().map(|row| row.pixels.as_ref().map_or(0.0, |pixels| brightness(pixels))).collect()
    }

    fn encode(&self, text: &TextBatch, brightness: &Vec<f32>) -> Tensor<Backend, 3> {
        let [rows, words] = text.words.dims();
        let values =
            Tensor::<Backend, 3>::from_data(TensorData::new(brightness.clone(), [rows, 1, 1]), &text.words.device());
        self.gain.forward(values.expand([rows, words, 1]))
    }
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Seen {
    preprocessing: Preprocessing,
    grid: usize,
}

/// Mean of all channels, `0..=1`.
fn brightness(pixels: &Pixels) -> f32 {
    let sum: f64 = pixels.rgb().iter().map(|level| f64::from(*level)).sum();
    (sum / 255.0 / pixels.rgb().len() as f64) as f32
}

const SQUASH: Fit = Fit::Squash;
const CROP: Fit = Fit::Crop { shorter: 36, middle: Middle::Even };
const HUB_CROP: Fit = Fit::Crop { shorter: 32, middle: Middle::Down };

/// Score of the brighter label for the whole picture, large enough to be sure of it.
const SURE: f32 = 6.0;

/// The tagger on pictures of 32 x 32 pixels, of which it has a grid of regions, and which is sure of this one.
fn tagger(fit: Fit, grid: usize, picture: &RgbImage) -> (Tagger, Spec<<Tagger as System>::Config>) {
    let preprocessing = Preprocessing { side: 32, fit, filter: Filter::Bilinear, scaling: Scaling::SIGNED };
    let bright = brightness(&preprocessing.apply(picture));
    let pieces = Tokenizer::train(["a"].into_iter(), 10).expect("a vocabulary");
    let config = serde_json::json!({ "encoder": Seen { preprocessing, grid }, "constraints": "none" });
    let config = serde_json::from_value(config).expect("a configuration");
    let spec = Spec { config, labels: LabelSet::new(["PER"]), scheme: TagScheme::Bio, pieces };
    let module = Tagger::from_inner(Tagger::new(&spec, &cpu()));
    // Tags `O`, `B-PER` and `I-PER`, of which the second is for bright pictures.
    let weights = |parameter: &Parameter| match parameter.path.as_str() {
        "encoder.gain.weight" => vec![SURE / bright.max(1e-6)],
        "emissions.weight" => vec![0.0, 1.0, -1.0],
        _ => vec![0.0; parameter.size],
    };
    let list = parameters::list(&module, Tagger::group);
    let weights = list.iter().map(|(id, parameter)| {
        let weights = TensorData::new(weights(parameter), [parameter.size]);
        (*id, Tensor::<Backend, 1>::from_data(weights, &cpu()))
    });
    (parameters::changed(module, &mut &weights.collect::<Flat>()).valid(), spec)
}

/// A black picture with a white rectangle, in pixels: left, top, right, bottom.
fn picture([width, height]: [u32; 2], [left, top, right, bottom]: [u32; 4]) -> RgbImage {
    let inside = |x, y| (left..right).contains(&x) && (top..bottom).contains(&y);
    RgbImage::from_fn(width, height, |x, y| Rgb([if inside(x, y) { 255 } else { 0 }; 3]))
}

/// The frame and the falls of a picture, and the part of it under the peak of its occlusion map.
fn peak(fit: Fit, grid: usize, picture: &RgbImage) -> (Frame, Falls, Option<[f32; 4]>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.png");
    picture.save(&path).expect("writable");
    let example = Example { id: "1".into(), tokens: vec!["a".into()], images: vec!["x".into()], ..Example::default() };
    let item = Item { example, image: Some(path), ..Item::default() };
    let (module, spec) = tagger(fit, grid, picture);
    let explainer = Explainer { module: &module, spec: &spec, device: &cpu() };
    let found = explainer.attribute(&item, Unit::Word, Method::Occlusion, &mut |_, _| Control::Continue);
    let found = found.expect("a map");
    let map = found.alignment.to_regions(0..1, Selection::Mean).expect("a map");
    let Regions::Grid { frame, .. } = found.alignment.regions else { panic!("an image") };
    let peak = map.brightest().and_then(|brightest| cell(&found.alignment.regions, brightest));
    (frame, found.falls.expect("occlusion"), peak)
}

/// Whether a rectangle in pixels of the picture lies under the peak: along each axis the shorter of both is nearly all within
/// the other.
fn lies_under(fit: Fit, grid: usize, size: [u32; 2], rectangle: [u32; 4]) -> bool {
    let (_, falls, peak) = peak(fit, grid, &picture(size, rectangle));
    assert_eq!(falls.regions.len(), grid * grid);
    let peak = peak.expect("something is bright");
    (0..2).all(|axis| {
        let (low, high) = (rectangle[axis] as f32 / size[axis] as f32, rectangle[axis + 2] as f32 / size[axis] as f32);
        let shared = high.min(peak[axis + 2]) - low.max(peak[axis]);
        shared >= 0.7 * (high - low).min(peak[axis + 2] - peak[axis])
    })
}

#[test]
fn the_peak_is_on_the_bright_square_of_a_squashed_picture_of_any_form() {
    for grid in [4, 7, 8] {
        for size in [[64, 64], [160, 48], [48, 160], [1200, 40], [40, 1200]] {
            for (column, row) in [(0, 0), (2, 1), (3, 3), (1, 2)] {
                // A fifth of each side inside a quarter, well off the lines between regions.
                let at = |place: u32, length: u32| {
                    let middle = (place as f32 + 0.5) / 4.0;
                    let near = ((middle * grid as f32) as u32 as f32 + 0.5) / grid as f32 * length as f32;
                    let half = (length as f32 / 20.0).max(1.0);
                    [(near - half) as u32, (near + half).ceil() as u32]
                };
                let ([left, right], [top, bottom]) = (at(column, size[0]), at(row, size[1]));
                assert!(lies_under(SQUASH, grid, size, [left, top, right, bottom]), "{grid}, {size:?}, {column} {row}");
            }
        }
    }
}

#[test]
fn the_peak_is_on_the_bright_square_of_a_cut_picture_as_far_as_it_was_seen() {
    for fit in [CROP, HUB_CROP] {
        for size in [[90, 90], [180, 90], [90, 270], [720, 90]] {
            let (frame, _, _) = peak(fit, 4, &picture(size, [0, 0, size[0], size[1]]));
            for place in 0..16_u32 {
                let middle = |from: f32, length: f32, place: u32, size: u32| {
                    let middle = (from + (place as f32 + 0.5) / 4.0 * length) * size as f32;
                    [(middle - 5.0).round() as u32, (middle + 5.0).round() as u32]
                };
                let [left, right] = middle(frame.x, frame.width, place % 4, size[0]);
                let [top, bottom] = middle(frame.y, frame.height, place / 4, size[1]);
                assert!(lies_under(fit, 4, size, [left, top, right, bottom]), "{fit:?}, {size:?}, {place}");
            }
        }
    }
}

#[test]
fn what_was_cut_off_changes_nothing() {
    let (frame, falls, peak) = peak(CROP, 4, &picture([300, 60], [0, 0, 40, 60]));
    assert!(frame.x > 0.3 && frame.width < 0.4, "{frame:?}");
    assert!(falls.falls.iter().all(|fall| *fall == 0.0) && peak.is_none());
}

#[test]
fn the_smallest_and_the_thinnest_pictures_have_maps() {
    let (_, falls, peak) = peak(SQUASH, 4, &picture([1, 1], [0, 0, 1, 1]));
    assert!(
        falls.falls.iter().all(|fall| (fall - falls.falls[0]).abs() < 1e-4) && peak.is_some(),
        "all alike: {falls:?}"
    );
    assert!(lies_under(SQUASH, 4, [3, 200], [0, 155, 3, 170]), "in the last row");
    assert!(lies_under(SQUASH, 4, [200, 3], [30, 0, 45, 3]), "in the first column");
    assert!(lies_under(CROP, 2, [3, 200], [0, 99, 3, 101]), "in the middle, which is all that is seen");
    assert!(lies_under(SQUASH, 8, [4000, 5], [1800, 0, 1850, 5]));
}
