//! The bar that says what the colours of a map mean.

use std::sync::Arc;

use image::{Rgb as Pixel, RgbImage};

use super::palette::{INK, LINE};
use super::scene::{Area, Scene, Shape};
use super::typeface::Typeface;
use crate::graphics::{Rgb, Tone, mix};

/// Height of the bar.
const HEIGHT: f32 = 9.0;
/// Size of the numbers.
const NUMBERS: f32 = 9.0;
/// Steps of colour.
const STEPS: u32 = 256;
/// What the colours of a map on a picture lie on in the mean.
const BELOW: Rgb = [128; 3];

/// A bar with numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Colours and ends.
    pub tone: Tone,
    /// Whether there are values beyond the lower and the upper end.
    pub clipped: [bool; 2],
    /// Whether the colours lie on a picture, through which it is seen.
    pub over_picture: bool,
}

impl Bar {
    /// Draws the bar; gives where it ends.
    pub fn draw(&self, scene: &mut Scene, typeface: &Typeface, x: f32, top: f32, width: f32) -> f32 {
        let (least, most) = self.tone.range;
        let weight = |step: u32| least + (most - least) * step as f32 / (STEPS - 1) as f32;
        let pixels = RgbImage::from_fn(STEPS, 1, |step, _| Pixel(self.color(weight(step))));
        let area = Area { x, y: top, width, height: HEIGHT };
        scene.shapes.push(Shape::Picture { area, pixels: Arc::new(pixels), heat: None });
        scene.border(area, LINE, 0.5, 0.0);
        let baseline = top + HEIGHT + 3.0 + NUMBERS;
        for (share, sign) in
            [(0.0, self.clipped[0].then_some("≤ ")), (0.5, None), (1.0, self.clipped[1].then_some("≥ "))]
        {
            let value = least + (most - least) * share;
            let text = format!("{}{}", sign.unwrap_or_default(), short(value, least.abs().max(most.abs())));
            let writing = typeface.write(&text, NUMBERS);
            let left = (x + share * width - writing.width / 2.0).clamp(x, x + width - writing.width);
            let tick = Area { x: x + share * (width - 0.6), y: top + HEIGHT, width: 0.6, height: 2.5 };
            scene.fill(tick, INK, 0.0);
            scene.text(left, baseline, writing, INK);
        }
        baseline + 5.0
    }

    fn color(&self, weight: f32) -> Rgb {
        let (color, opacity) = self.tone.tint(weight);
        if self.over_picture { mix(BELOW, color, opacity) } else { self.tone.map.color(self.tone.place(weight)) }
    }
}

/// A number with as many places as say something where the greatest one is `most`.
pub fn short(value: f32, most: f32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e6).contains(&most) {
        return format!("{value:.1e}");
    }
    let places = (2.0 - most.log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{value:.places$}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphics::ColorMap;

    #[test]
    fn numbers_have_the_places_that_say_something() {
        let written = [(0.0, 1.0), (0.5, 1.0), (0.0123, 0.0123), (1234.4, 1234.4), (-0.25, 0.25), (0.000_01, 0.000_01)];
        assert_eq!(
            written.map(|(value, most)| short(value, most)),
            ["0", "0.50", "0.0123", "1234", "−0.250", "1.0e-5"]
        );
    }

    #[test]
    fn the_ends_have_their_numbers_and_say_if_more_lies_beyond() {
        let typeface = Typeface::new(&[]).expect("a font");
        let mut scene = Scene::new(100.0);
        let tone = Tone { range: (0.1, 0.5), map: ColorMap::Viridis };
        let bar = Bar { tone, clipped: [false, true], over_picture: false };
        let end = bar.draw(&mut scene, &typeface, 0.0, 10.0, 100.0);
        let texts: Vec<&str> = scene
            .shapes
            .iter()
            .filter_map(
                |shape| if let Shape::Text { writing, .. } = shape { Some(writing.text.as_str()) } else { None },
            )
            .collect();
        assert_eq!(texts, ["0.100", "0.300", "≥ 0.500"]);
        assert!(end > 30.0);
    }
}
