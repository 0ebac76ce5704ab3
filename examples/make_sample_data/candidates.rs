//! Further pictures for some tweets, of differing quality, what they are held against, and where pictures show the words.

use image::{Rgb, RgbImage, imageops};
use spanlight_models::example::RegionBox;

use crate::art::kind::{KINDS, Kind};
use crate::art::picture::{self, Picture};
use crate::dice::Dice;
use crate::ids::Ids;
use crate::split::Split;
use crate::tweet::Tweet;

/// The splits with several pictures a tweet, and how many of their tweets have them.
const SEVERAL: [(&str, usize); 2] = [("test", 40), ("today", 12)];

/// Pictures that such a tweet is held against.
const REFERENCES: usize = 2;

/// Grid of the maps over the pictures that one is chosen from, and over those that a tagger is taught with.
pub const FINE: usize = 16;
pub const COARSE: usize = 8;

/// What every word gets everywhere: the share of one of the 77 words of a prompt.
const EVERYWHERE: f32 = 1.0 / 77.0;

/// What a name gets in the middle of what shows it.
const PEAK: f32 = 0.3;

/// A further picture of a tweet.
pub struct Candidate {
    pub id: String,
    pub image: RgbImage,
    pub maps: Maps,
}

/// How much a picture shows every word, `[words, side, side]`, in shares as a generator of pictures measures them.
pub struct Maps {
    pub shape: [usize; 3],
    pub values: Vec<f32>,
}

/// Gives tweets whose picture tells the type of their name further ones: the same object hardly to be seen, something else,
/// and nothing at all.
pub fn add(splits: &mut [Split], ids: &mut Ids, dice: &mut Dice) {
    for (name, count) in SEVERAL {
        let tweets = splits.iter_mut().filter(|split| split.name == name).flat_map(|split| &mut split.tweets);
        let told = |tweet: &&mut Tweet| tweet.riddle.is_some() && tweet.kinds.len() == 1;
        for tweet in tweets.filter(told).take(count) {
            let kind = tweet.kinds[0];
            let pictures = [(faint(kind, dice), 0.3), (other(kind, dice), 0.0), (picture::empty(kind, dice), 0.0)];
            tweet.references = (0..REFERENCES).map(|_| picture::single(kind, dice).image).collect();
            for (picture, strength) in pictures {
                let id = ids.image();
                let boxes = if strength > 0.0 { boxes_of(tweet, &picture) } else { Vec::new() };
                let maps = maps(tweet, &boxes, picture.image.dimensions(), strength, FINE, dice);
                tweet.example.images.push(id.clone());
                tweet.candidates.push(Candidate { id, image: picture.image, maps });
            }
        }
    }
}

/// The maps of a tweet over its own picture, where that shows any of its names.
pub fn own_maps(tweet: &Tweet, side: usize, dice: &mut Dice) -> Option<Maps> {
    let size = tweet.image.as_ref().filter(|_| !tweet.example.boxes.is_empty())?.dimensions();
    Some(maps(tweet, &tweet.example.boxes, size, 1.0, side, dice))
}

/// `kind`, blurred and as if through fog.
fn faint(kind: &Kind, dice: &mut Dice) -> Picture {
    let mut picture = picture::single(kind, dice);
    picture.image = imageops::fast_blur(&picture.image, dice.between(3.0, 5.0));
    for Rgb(pixel) in picture.image.pixels_mut() {
        *pixel = pixel.map(|value| (f32::from(value) * 0.3 + 0.7 * 128.0) as u8);
    }
    picture
}

/// An object of another type.
fn other(kind: &Kind, dice: &mut Dice) -> Picture {
    let others: Vec<&Kind> = KINDS.iter().filter(|other| other.label.is_some() && other.label != kind.label).collect();
    let other: &&Kind = dice.pick(&others);
    picture::single(other, dice)
}

/// The places of the names in another picture of the same objects.
fn boxes_of(tweet: &Tweet, picture: &Picture) -> Vec<RegionBox> {
    let shown = tweet.example.boxes.iter().zip(&picture.boxes);
    let moved = shown.map(|(region, area)| RegionBox {
        xmin: area.x,
        ymin: area.y,
        xmax: area.x + area.width,
        ymax: area.y + area.height,
        ..region.clone()
    });
    moved.collect()
}

/// A hill over the box of every name that is shown, `strength` of the usual height, and a little of every word everywhere.
fn maps(
    tweet: &Tweet,
    boxes: &[RegionBox],
    (width, height): (u32, u32),
    strength: f32,
    side: usize,
    dice: &mut Dice,
) -> Maps {
    let words = tweet.example.tokens.len();
    let mut values: Vec<f32> = (0..words * side * side).map(|_| EVERYWHERE * dice.between(0.6, 1.0)).collect();
    for region in boxes {
        let [middle_x, middle_y] = [
            f32::midpoint(region.xmin, region.xmax) / width as f32,
            f32::midpoint(region.ymin, region.ymax) / height as f32,
        ];
        let [reach_x, reach_y] =
            [(region.xmax - region.xmin) / 2.0 / width as f32, (region.ymax - region.ymin) / 2.0 / height as f32];
        for word in region.start..region.end {
            for place in 0..side * side {
                let at = |place: usize| (place as f32 + 0.5) / side as f32;
                let (x, y) = ((at(place % side) - middle_x) / reach_x, (at(place / side) - middle_y) / reach_y);
                values[word * side * side + place] += strength * PEAK * (-(x * x + y * y)).exp();
            }
        }
    }
    Maps { shape: [words, side, side], values }
}
