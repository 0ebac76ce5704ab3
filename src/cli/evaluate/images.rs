//! The images that a model is shown instead of the tweets' own.

use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use image::{Rgb, RgbImage};
use serde::{Deserialize, Serialize};
use spanlight_models::input::Item;
use tempfile::TempDir;

use crate::cli::error::CliError;

/// Width and height of the blank picture, in pixels.
const BLANK_SIDE: u32 = 224;

/// Its only colour, the middle of black and white.
const BLANK_GREY: [u8; 3] = [128; 3];

/// Which images the model sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ImagesAs {
    /// Those of the tweets
    #[default]
    Own,
    /// Those of other tweets
    Shuffled,
    /// One grey picture for all
    Blank,
    /// None
    None,
}

impl ImagesAs {
    /// The word on the command line and in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Shuffled => "shuffled",
            Self::Blank => "blank",
            Self::None => "none",
        }
    }
}

/// Tweets as a model is shown them.
pub struct Shown {
    pub items: Vec<Item>,
    /// Goes away with the blank picture in it.
    _folder: Option<TempDir>,
}

/// The same tweets with other images; a tweet without an image stays without.
pub fn shown(items: &[Item], images_as: ImagesAs, seed: u64) -> Result<Shown, CliError> {
    let mut items = items.to_vec();
    let mut folder = None;
    match images_as {
        ImagesAs::Own => {}
        ImagesAs::Shuffled => shuffle(&mut items, seed),
        ImagesAs::Blank => {
            let (drawn, file) = draw_blank().map_err(CliError::io("drawing a blank picture", std::env::temp_dir()))?;
            replace(&mut items, Some(&file));
            folder = Some(drawn);
        }
        ImagesAs::None => {
            replace(&mut items, None);
            // What was taken away on purpose is not missing.
            for item in &mut items {
                item.example.images.clear();
            }
        }
    }
    Ok(Shown { items, _folder: folder })
}

/// A picture with nothing on it, in a folder of its own.
fn draw_blank() -> io::Result<(TempDir, PathBuf)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("blank.png");
    let picture = RgbImage::from_pixel(BLANK_SIDE, BLANK_SIDE, Rgb(BLANK_GREY));
    picture.save(&file).map_err(io::Error::other)?;
    Ok((folder, file))
}

fn replace(items: &mut [Item], image: Option<&Path>) {
    for item in items.iter_mut().filter(|item| item.image.is_some()) {
        item.image = image.map(Path::to_owned);
    }
}

/// Gives every tweet with an image the image of another one.
fn shuffle(items: &mut [Item], seed: u64) {
    let (places, mut images): (Vec<usize>, Vec<PathBuf>) =
        items.iter().enumerate().filter_map(|(place, item)| Some((place, item.image.clone()?))).unzip();
    let shift = shift(images.len(), seed);
    images.rotate_left(shift);
    for (place, image) in places.into_iter().zip(images) {
        items[place].image = Some(image);
    }
}

/// How far each of `count` things moves so that none stays in its place, where that is possible.
pub fn shift(count: usize, seed: u64) -> usize {
    if count < 2 {
        return 0;
    }
    // Neighbouring seeds lead to shifts far apart.
    let spread = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    1 + (spread % (count as u64 - 1)) as usize
}

#[cfg(test)]
mod tests {
    use spanlight_models::image_file;

    use super::*;

    fn item(image: Option<&str>) -> Item {
        Item { image: image.map(PathBuf::from), ..Item::default() }
    }

    #[test]
    fn every_tweet_gets_the_image_of_another_one() {
        for seed in 0..20 {
            let before = vec![item(Some("a")), item(None), item(Some("b")), item(Some("c")), item(Some("d"))];
            let mut after = before.clone();
            shuffle(&mut after, seed);
            assert!(after[1].image.is_none());
            let images = |items: &[Item]| {
                let mut images: Vec<_> = items.iter().filter_map(|item| item.image.clone()).collect();
                images.sort();
                images
            };
            assert_eq!(images(&after), images(&before));
            let kept = after.iter().zip(&before).filter(|(one, other)| one.image.is_some() && one.image == other.image);
            assert_eq!(kept.count(), 0, "seed {seed}");
        }
    }

    #[test]
    fn the_blank_picture_can_be_read_and_stands_only_where_an_image_was() {
        let Shown { items, _folder } = shown(&[item(Some("a")), item(None)], ImagesAs::Blank, 1).expect("drawn");
        let picture = image_file::load(items[0].image.as_deref().expect("an image")).expect("readable");
        assert_eq!((picture.dimensions(), items[1].image.as_ref()), ((BLANK_SIDE, BLANK_SIDE), None));
    }
}
