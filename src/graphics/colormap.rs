//! Colour maps whose lightness rises evenly, so that more looks like more, also without colour vision.

use serde::Deserialize;

use super::{Rgb, mix};

/// A perceptually even colour map from dark (least) to light (most).
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

impl ColorMap {
    /// The colour of `value`, which is held to `0..=1`.
    pub fn color(self, value: f32) -> Rgb {
        let points: &[Rgb] = match self {
            Self::Viridis => &VIRIDIS,
            Self::Cividis => &CIVIDIS,
            Self::Inferno => &INFERNO,
            Self::Grey => &GREY,
        };
        let position = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 } * (points.len() - 1) as f32;
        let below = (position.floor() as usize).min(points.len() - 2);
        mix(points[below], points[below + 1], position - below as f32)
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
    fn values_outside_the_range_are_held() {
        assert_eq!(ColorMap::Viridis.color(-3.0), VIRIDIS[0]);
        assert_eq!(ColorMap::Viridis.color(7.0), VIRIDIS[8]);
        assert_eq!(ColorMap::Viridis.color(f32::NAN), VIRIDIS[0]);
    }
}
