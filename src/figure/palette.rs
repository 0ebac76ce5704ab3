//! Colours of figures: on white, told apart with any colour vision, and dark enough to be read.

use spanlight_models::example::LabelSet;

use crate::graphics::{Rgb, mix};

/// Text.
pub const INK: Rgb = [33, 33, 38];
/// Text of less weight.
pub const DIM: Rgb = [96, 98, 106];
/// Lines between things.
pub const LINE: Rgb = [178, 180, 188];
/// Behind what is not there.
pub const EMPTY: Rgb = [240, 240, 243];
/// Paper.
pub const PAPER: Rgb = [255, 255, 255];

/// Colours of entity types, after Okabe and Ito, the lighter ones darkened.
const TYPES: [Rgb; 8] = [
    [0, 99, 168],
    [190, 78, 0],
    [0, 125, 92],
    [163, 42, 113],
    [128, 96, 0],
    [86, 60, 170],
    [110, 74, 56],
    [0, 112, 128],
];

/// The colour of an entity type.
pub fn of_type(labels: &LabelSet, name: &str) -> Rgb {
    labels.index_of(name).map_or(DIM, |index| TYPES[index % TYPES.len()])
}

/// A light ground for something of this colour.
pub fn ground(color: Rgb) -> Rgb {
    mix(color, PAPER, 0.86)
}

/// Black or white, whichever is read better on `color`.
pub fn ink_on(color: Rgb) -> Rgb {
    let linear = color.map(|channel| (f32::from(channel) / 255.0).powf(2.2));
    let luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    // Where black and white have the same contrast.
    if luminance > 0.18 { INK } else { PAPER }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_keep_their_colours_and_letters_are_read() {
        let labels = LabelSet::new(["PER", "LOC"]);
        assert_ne!(of_type(&labels, "PER"), of_type(&labels, "LOC"));
        assert_eq!(of_type(&labels, "new"), DIM);
        assert_eq!(
            [ink_on(PAPER), ink_on([0; 3]), ink_on([253, 231, 37]), ink_on([68, 1, 84])],
            [INK, PAPER, INK, PAPER]
        );
    }
}
