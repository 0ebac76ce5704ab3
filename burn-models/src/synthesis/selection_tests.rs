//! Choosing among pictures of coloured tiles: ties, what must not matter, what must, and pictures that are hardly any.

use image::{Rgb, RgbImage};

use super::*;
use crate::device::cpu;
use crate::systems::toy::golden;

/// Colours whose directions are apart by more than the threshold.
const COLOURS: [[u8; 3]; 7] =
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255], [255, 0, 255], [255; 3]];
/// Tiles of a picture.
const TILES: u32 = 16;

/// Every tile is a region, its colour the vector.
struct Tiles;

impl RegionEncoder for Tiles {
    fn features(&self, image: &RgbImage) -> LocalFeatures {
        let regions: Vec<f32> = image.as_raw().iter().map(|value| f32::from(*value)).collect();
        let whole = (0..3).map(|channel| regions.iter().skip(channel).step_by(3).sum()).collect();
        LocalFeatures::new(3, regions, whole)
    }
}

/// A row of tiles of these colours, the last one over and over.
fn tiles(colours: &[usize]) -> RgbImage {
    let colour = |place: u32| colours.get(place as usize).or(colours.last()).map_or([0; 3], |colour| COLOURS[*colour]);
    RgbImage::from_fn(TILES, 1, |place, _| Rgb(colour(place)))
}

/// Where each of the listed colours is.
fn maps(image: &RgbImage, listed: &[usize]) -> WordMaps {
    let of = |word: &usize| image.pixels().map(|pixel| if pixel.0 == COLOURS[*word] { 0.8 } else { 0.0 }).collect();
    let values: Vec<Vec<f32>> = listed.iter().map(of).collect();
    WordMaps::new(values.concat(), [listed.len(), 1, TILES as usize]).expect("maps")
}

/// Candidates with maps of the listed colours.
fn candidates(pictures: &[&[usize]], listed: &[usize]) -> Vec<Candidate> {
    let candidate = |colours: &&[usize]| {
        let image = tiles(colours);
        Candidate { maps: Some(maps(&image, listed)), image }
    };
    pictures.iter().map(candidate).collect()
}

fn chosen(candidates: &[Candidate], references: &[RgbImage], options: &SelectionOptions) -> Selection {
    select(candidates, Some(References { images: references, encoder: &Tiles }), options).expect("a candidate")
}

const OPTIONS: SelectionOptions =
    SelectionOptions { theta: 0.05, alpha: 3, eta: 0.2, words: 100, selector: Selector::Bow, seed: 1 };

#[test]
fn coverage_counts_what_is_shown_and_accuracy_what_is_shared() {
    let listed = [0, 1, 2, 3];
    // One tile of each colour that is there; the rest is white.
    let pictures: [&[usize]; 5] = [&[0, 6], &[0, 1, 2, 6], &[0, 1, 2, 3, 6], &[4, 5, 6], &[1, 3, 5, 6]];
    let all = candidates(&pictures, &listed);
    let alone = chosen(&all, &[], &OPTIONS);
    let coverage = alone.coverage.as_ref().expect("maps");
    assert_eq!((coverage.entity_words.len(), alone.kept.as_slice(), alone.selected), (4, &[2, 1, 4][..], 2));
    let scores = &coverage.scores;
    assert!(scores[2] > scores[1] && scores[1] > scores[4] && scores[4] > scores[0] && scores[3] == 0.0);
    assert_eq!(alone.flags, [Flag::NoReferences]);

    let references = [tiles(&[5, 1, 6]), tiles(&[3, 5, 6])];
    let by_references = chosen(&all, &references, &OPTIONS);
    assert_eq!((by_references.selected, by_references.flags.len()), (4, 0));
    let accuracy = by_references.accuracy.expect("references");
    assert_eq!((by_references.kept.as_slice(), accuracy.scores.as_slice()), (&[2, 1, 4][..], &[8.0, 8.0, 2.0][..]));
    // What covers least is not even looked at.
    let same_as_dropped = [tiles(pictures[3])];
    assert!(!chosen(&all, &same_as_dropped, &OPTIONS).kept.contains(&3));
    let wide = chosen(&all, &same_as_dropped, &SelectionOptions { alpha: 5, ..OPTIONS });
    let accuracy = wide.accuracy.as_ref().expect("references");
    let place = wide.kept.iter().position(|kept| *kept == 3).expect("kept");
    assert_eq!((wide.selected, accuracy.distances[place][0]), (3, 0.0), "a candidate that is a reference");
}

#[test]
fn whole_pictures_are_compared_by_one_vector() {
    let all = candidates(&[&[0], &[2, 2, 6], &[1]], &[0]);
    let options = SelectionOptions { selector: Selector::Global, ..OPTIONS };
    let selection = chosen(&all, &[tiles(&[2])], &options);
    let accuracy = selection.accuracy.expect("references");
    assert_eq!((selection.selected, accuracy.bags), (1, None));
    assert!((accuracy.distances[0][0] - 2.0).abs() < 1e-6, "red and blue have nothing in common");
}

#[test]
fn ties_go_to_the_larger_coverage_then_to_the_first() {
    let listed = [0, 1];
    let reference = [tiles(&[0, 1, 6])];
    // The same colours, so the same bag, but more of a listed one.
    let more = candidates(&[&[0, 1, 6], &[0, 0, 0, 1, 6], &[1, 0, 6]], &listed);
    let selection = chosen(&more, &reference, &OPTIONS);
    let accuracy = selection.accuracy.as_ref().expect("references");
    assert_eq!((selection.selected, accuracy.scores.as_slice()), (1, &[0.0; 3][..]));
    let same = candidates(&[&[0, 1, 6][..]; 3], &listed);
    assert_eq!(chosen(&same, &reference, &OPTIONS).selected, 0);
    assert_eq!(chosen(&same, &[], &OPTIONS).selected, 0);
    assert_eq!(chosen(&more, &[], &OPTIONS).selected, 1);
}

#[test]
fn the_order_of_references_and_regions_does_not_matter() {
    let all = candidates(&[&[0, 4, 6], &[0, 1, 6], &[2, 0, 6]], &[0]);
    let references = [tiles(&[1, 0, 6]), tiles(&[5, 6]), tiles(&[0, 3, 6])];
    let turned: Vec<RgbImage> = references.iter().rev().map(image::imageops::flip_horizontal).collect();
    let [one, other] = [&references[..], &turned].map(|references| chosen(&all, references, &OPTIONS));
    assert_eq!(one.selected, other.selected);
    let [one, other] = [one, other].map(|selection| selection.accuracy.expect("references").scores);
    assert_eq!(one, other, "each colour is a word, whatever the order");
}

#[test]
fn without_maps_everything_is_kept_and_said() {
    let mut all = candidates(&[&[0, 6], &[1, 6], &[2, 6], &[3, 6]], &[0]);
    all[2].maps = None;
    let selection = chosen(&all, &[tiles(&[3, 6])], &OPTIONS);
    assert_eq!((selection.selected, selection.kept.len(), selection.coverage), (3, 4, None));
    assert_eq!(selection.flags, [Flag::NoMaps]);
    let selection = chosen(&all, &[], &OPTIONS);
    assert_eq!((selection.selected, selection.flags), (0, vec![Flag::NoMaps, Flag::NoReferences]));
    let one = candidates(&[&[0, 6]], &[5]);
    let selection = chosen(&one, &[], &OPTIONS);
    assert_eq!(selection.flags, [Flag::SingleCandidate, Flag::NoEntityWords, Flag::NoReferences]);
    assert!(select(&[], Some(References { images: &[tiles(&[0])], encoder: &Tiles }), &OPTIONS).is_none());
}

#[test]
fn every_score_is_told() {
    let all = candidates(&[&[0, 6], &[1, 6], &[0, 1, 6], &[5]], &[0, 1]);
    let selection = chosen(&all, &[tiles(&[1, 6]), tiles(&[1, 5])], &OPTIONS);
    let json = serde_json::to_value(&selection).expect("JSON");
    let length = |at: &str| json.pointer(at).and_then(|value| value.as_array()).map(Vec::len);
    for (at, count) in [
        ("/coverage/means", 4),
        ("/coverage/means/0", 2),
        ("/coverage/importance", 2),
        ("/coverage/entity_words", 2),
        ("/coverage/scores", 4),
        ("/kept", 3),
        ("/accuracy/distances", 3),
        ("/accuracy/distances/0", 2),
        ("/accuracy/scores", 3),
        ("/accuracy/bags/distances", 5),
        ("/accuracy/bags/bags", 5),
    ] {
        assert_eq!(length(at), Some(count), "{at} of {json}");
    }
    assert_eq!(json["accuracy"]["bags"]["words"], 4, "red, green, white and magenta: fewer than asked for");
}

#[test]
fn pictures_that_are_hardly_any_are_compared_too() {
    let encoder = EncoderRegions::open(Some(&golden("image/mobilenet/weights.pth")), &cpu()).expect("an encoder");
    let picture = |width, height, colour| RgbImage::from_pixel(width, height, Rgb(colour));
    let candidate = |image| Candidate { image, maps: None };
    let all = [picture(1, 1, [9, 200, 30]), picture(4000, 2, [200, 0, 0]), picture(1, 1, [0; 3])].map(candidate);
    let references = [picture(30, 20, [200, 0, 0])];
    let references = Some(References { images: &references, encoder: &encoder });
    let bags = select(&all, references, &OPTIONS).and_then(|selection| selection.accuracy).expect("references");
    assert!(bags.scores[1] < 1.0, "all of it is of one colour, whatever its form");
    let whole = SelectionOptions { selector: Selector::Global, ..OPTIONS };
    assert_eq!(select(&all, references, &whole).map(|selection| selection.selected), Some(1));
    let identical = [(); 4].map(|()| candidate(picture(1, 1, [7; 3])));
    let selection = select(&identical, references, &OPTIONS).expect("a candidate");
    let accuracy = selection.accuracy.expect("references");
    assert!(selection.selected == 0 && accuracy.scores.iter().all(|score| (score - accuracy.scores[0]).abs() < 1.0));
}
