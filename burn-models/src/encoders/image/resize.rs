//! Resizing as Pillow does it, to the byte: published encoders were trained on its results.
//!
//! A filter is stretched when the picture shrinks, so that every pixel counts; width and height are resized one after the
//! other, and what lies between the two is rounded to bytes. Crates with the same filters round otherwise and come out a
//! few levels off.

use std::f64::consts::PI;

use image::RgbImage;
use image::imageops::crop_imm;
use serde::{Deserialize, Serialize};

/// Bits behind the point of a weight; a byte and the sign fit before it.
const FRACTION: u32 = 22;

/// A filter of Pillow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// The nearest pixel.
    Nearest,
    /// A sine wave under three lobes of a slower one.
    Lanczos,
    /// A triangle.
    Bilinear,
    /// Cubic with a = -0.5 (Keys 1981).
    Bicubic,
    /// The mean of the pixels below.
    Box,
    /// A sine wave under a Hamming window.
    Hamming,
}

impl Filter {
    /// The filter behind the `resample` number of a `preprocessor_config.json`.
    pub fn from_number(number: u64) -> Option<Self> {
        let filters = [Self::Nearest, Self::Lanczos, Self::Bilinear, Self::Bicubic, Self::Box, Self::Hamming];
        filters.get(usize::try_from(number).ok()?).copied()
    }

    /// How far from its middle it reaches, in pixels of the smaller picture.
    fn reach(self) -> f64 {
        match self {
            Self::Nearest | Self::Box => 0.5,
            Self::Bilinear | Self::Hamming => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    /// Its height at `x`, within reach.
    fn height(self, x: f64) -> f64 {
        let wave = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
        let near = x.abs();
        match self {
            Self::Nearest | Self::Box => f64::from(x > -0.5 && x <= 0.5),
            Self::Bilinear => (1.0 - near).max(0.0),
            Self::Bicubic if near < 1.0 => (1.5 * near - 2.5) * near * near + 1.0,
            Self::Bicubic if near < 2.0 => ((2.5 - 0.5 * near) * near - 4.0) * near + 2.0,
            Self::Hamming if near < 1.0 => wave(x) * (0.54 + 0.46 * (PI * x).cos()),
            Self::Lanczos if near < 3.0 => wave(x) * wave(x / 3.0),
            Self::Bicubic | Self::Hamming | Self::Lanczos => 0.0,
        }
    }
}

/// How one axis is resized, and which part of it is needed for that.
struct Axis {
    from: usize,
    length: usize,
    taps: Vec<Taps>,
}

/// The pixels on which one pixel of the result depends, along one axis.
struct Taps {
    /// Counted from the part's first.
    first: usize,
    /// In units of `2^-FRACTION`; they add up to one.
    weights: Vec<i32>,
}

/// The square of `side` pixels at `corner` (x, y) of `image` resized to `scaled` (width, height).
///
/// Only what is asked for is computed: the whole of a very long picture would not fit into memory. The square lies inside
/// the resized picture. An image without pixels becomes black.
pub(super) fn resize(
    image: &RgbImage,
    scaled: [usize; 2],
    corner: [usize; 2],
    side: usize,
    filter: Filter,
) -> RgbImage {
    if image.is_empty() {
        return RgbImage::new(side as u32, side as u32);
    }
    let size = [image.width(), image.height()].map(|length| length as usize);
    let axis = |axis: usize| Axis::new(filter, size[axis], scaled[axis], corner[axis], side);
    let (across, down) = (axis(0), axis(1));
    let [from, to] = [across.from as u32, down.from as u32];
    let part = crop_imm(image, from, to, across.length as u32, down.length as u32).to_image();
    // The rule of Pillow from version 13 on; before, the width always came first, which changes a level here and there.
    let lost = |axis: usize| size[axis] as i64 - scaled[axis] as i64;
    let square = if lost(1) > 0 && lost(1) > 2 * lost(0) {
        across.columns(&down.rows(&part, across.length), across.length)
    } else {
        down.rows(&across.columns(&part, across.length), side)
    };
    let side = side as u32;
    RgbImage::from_raw(side, side, square).unwrap_or_else(|| RgbImage::new(side, side))
}

impl Axis {
    /// For the places `start..start + count` of an axis of `length` pixels that becomes `scaled` pixels long.
    fn new(filter: Filter, length: usize, scaled: usize, start: usize, count: usize) -> Self {
        let step = length as f64 / scaled as f64;
        let stretch = step.max(1.0);
        let reach = filter.reach() * stretch;
        let taps = |place: usize| {
            let middle = (place as f64 + 0.5) * step;
            if filter == Filter::Nearest {
                return Taps { first: (middle as usize).min(length - 1), weights: vec![1 << FRACTION] };
            }
            let first = (middle - reach + 0.5).max(0.0) as usize;
            let end = ((middle + reach + 0.5) as usize).min(length);
            let height = |from: usize| filter.height((from as f64 - middle + 0.5) / stretch);
            let sum: f64 = (first..end).map(height).sum();
            let unit = f64::from(1 << FRACTION);
            Taps { first, weights: (first..end).map(|from| (height(from) / sum * unit).round() as i32).collect() }
        };
        let mut taps: Vec<Taps> = (start..start + count).map(taps).collect();
        let from = taps.first().map_or(0, |taps| taps.first);
        let end = taps.last().map_or(0, |taps| taps.first + taps.weights.len());
        for taps in &mut taps {
            taps.first -= from;
        }
        Self { from, length: end - from, taps }
    }

    /// Resizes the width of the RGB picture `bytes`, which is `width` pixels.
    fn columns(&self, bytes: &[u8], width: usize) -> Vec<u8> {
        let lines = bytes.chunks_exact(width * 3);
        let line = |line: &[u8]| -> Vec<u8> {
            let pixel = |taps: &Taps| [0, 1, 2].map(|channel| taps.weigh(|place| line[place * 3 + channel]));
            self.taps.iter().flat_map(pixel).collect()
        };
        lines.flat_map(line).collect()
    }

    /// Resizes the height of the RGB picture `bytes`, which is `width` pixels wide.
    fn rows(&self, bytes: &[u8], width: usize) -> Vec<u8> {
        let line = width * 3;
        let row = |taps: &Taps| -> Vec<u8> { (0..line).map(|x| taps.weigh(|place| bytes[place * line + x])).collect() };
        self.taps.iter().flat_map(row).collect()
    }
}

impl Taps {
    fn weigh(&self, byte: impl Fn(usize) -> u8) -> u8 {
        let half = 1 << (FRACTION - 1);
        let weights = self.weights.iter().enumerate();
        let products = weights.map(|(place, weight)| weight * i32::from(byte(self.first + place)));
        ((half + products.sum::<i32>()) >> FRACTION).clamp(0, 255) as u8
    }
}
