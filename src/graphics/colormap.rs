//! Colour maps whose lightness changes evenly, so that more looks like more, also without colour vision.

use serde::Deserialize;

use super::{Rgb, mix};

/// A perceptually even colour map: from dark (least) to light (most), or from one colour over white to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColorMap {
    /// Purple over green to yellow.
    #[default]
    Viridis,
    /// Blue over grey to yellow; looks nearly the same to people with red-green blindness.
    Cividis,
    /// Black over red to pale yellow.
    Inferno,
    /// Black to white.
    Grey,
    /// Blue (less) over white (the same) to red (more), for differences: of Brewer's maps the one for people with any
    /// colour vision.
    #[serde(skip)]
    Difference,
}

/// Samples of the published tables at even distances; between them the mix is straight.
const VIRIDIS: [Rgb; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];
const CIVIDIS: [Rgb; 9] = [
    [0, 34, 78],
    [24, 54, 110],
    [65, 77, 107],
    [96, 100, 110],
    [125, 124, 120],
    [155, 148, 119],
    [188, 175, 111],
    [221, 203, 94],
    [254, 232, 56],
];
const INFERNO: [Rgb; 9] = [
    [0, 0, 4],
    [32, 12, 74],
    [87, 16, 110],
    [138, 34, 106],
    [188, 55, 84],
    [228, 90, 49],
    [249, 142, 9],
    [249, 203, 53],
    [252, 255, 164],
];
const GREY: [Rgb; 2] = [[12, 12, 12], [250, 250, 250]];
const DIFFERENCE: [Rgb; 9] = [
    [33, 102, 172],
    [67, 147, 195],
    [146, 197, 222],
    [209, 229, 240],
    [247, 247, 247],
    [253, 219, 199],
    [244, 165, 130],
    [214, 96, 77],
    [178, 24, 43],
];

impl ColorMap {
    /// The colour of `value`, which is held to `0..=1`.
    pub fn color(self, value: f32) -> Rgb {
        let points: &[Rgb] = match self {
            Self::Viridis => &VIRIDIS,
            Self::Cividis => &CIVIDIS,
            Self::Inferno => &INFERNO,
            Self::Grey => &GREY,
            Self::Difference => &DIFFERENCE,
        };
        let position = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 } * (points.len() - 1) as f32;
        let below = (position.floor() as usize).min(points.len() - 2);
        mix(points[below], points[below + 1], position - below as f32)
    }

    /// How much `value` in `0..=1` says: of differences those that are far from none.
    pub fn strength(self, value: f32) -> f32 {
        match self {
            Self::Difference => (2.0 * value - 1.0).abs(),
            _ => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance after the sRGB curve.
    fn luminance(color: Rgb) -> f32 {
        let linear = color.map(|channel| (f32::from(channel) / 255.0).powf(2.2));
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    #[test]
    fn lightness_rises_along_every_map() {
        for map in [ColorMap::Viridis, ColorMap::Cividis, ColorMap::Inferno, ColorMap::Grey] {
            let steps: Vec<f32> = (0..=40).map(|i| luminance(map.color(i as f32 / 40.0))).collect();
            assert!(steps.windows(2).all(|pair| pair[0] < pair[1]), "{map:?}: {steps:?}");
        }
    }

    #[test]
    fn differences_are_as_dark_on_both_sides_and_none_is_white() {
        let at = |value| luminance(ColorMap::Difference.color(value));
        let (less, more): (Vec<f32>, Vec<f32>) =
            (0..=20).map(|i| (at(0.5 - i as f32 / 40.0), at(0.5 + i as f32 / 40.0))).unzip();
        assert!([&less, &more].iter().all(|side| side.windows(2).all(|pair| pair[0] > pair[1])), "{less:?} {more:?}");
        assert!(at(0.5) > 0.9 && (less[20] - more[20]).abs() < 0.05, "{less:?} {more:?}");
        let strength = [0.0, 0.5, 1.0].map(|value| ColorMap::Difference.strength(value).to_bits());
        assert_eq!(strength, [1.0_f32, 0.0, 1.0].map(f32::to_bits));
    }

    #[test]
    fn values_outside_the_range_are_held() {
        assert_eq!(ColorMap::Viridis.color(-3.0), VIRIDIS[0]);
        assert_eq!(ColorMap::Viridis.color(7.0), VIRIDIS[8]);
        assert_eq!(ColorMap::Viridis.color(f32::NAN), VIRIDIS[0]);
    }
}
