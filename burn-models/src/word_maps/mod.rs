//! Where a picture shows each word of its tweet: one map over the picture a word, as the generator that painted the picture
//! measured them, or as a file says; and arrays written so that they are read again.

mod error;
mod file;
mod nearness;
mod npy;
mod npz;
mod over_regions;
#[cfg(test)]
mod tests;
mod write;

pub use error::{MapFault, WordMapsError};
pub use nearness::{Nearby, Nearness, divergence, same_peak};
pub use over_regions::TEACHER;
pub use write::{Array, npz as to_npz, safetensors as to_safetensors};

/// Longest side of a map.
pub const MAX_SIDE: usize = 1024;

/// Most numbers of all maps of a tweet together.
pub const MAX_NUMBERS: usize = 1 << 26;

/// One map a word, all of one size; finite and not negative.
#[derive(Clone, Debug, PartialEq)]
pub struct WordMaps {
    shape: [usize; 3],
    values: Vec<f32>,
}

impl WordMaps {
    /// Maps `[words, height, width]`, row by row; a word that has none is all zero.
    pub fn new(values: Vec<f32>, shape: [usize; 3]) -> Result<Self, MapFault> {
        check_shape(shape)?;
        let [words, height, width] = shape;
        if values.len() != words * height * width {
            return Err(MapFault::Count { found: values.len(), shape });
        }
        match values.iter().position(|value| !value.is_finite() || *value < 0.0) {
            Some(place) => Err(MapFault::Value { word: place / (height * width), value: values[place] }),
            None => Ok(Self { shape, values }),
        }
    }

    /// Number of words, `n`.
    pub fn words(&self) -> usize {
        self.shape[0]
    }

    /// Height and width of a map, `[Ha, Wa]`.
    pub fn size(&self) -> [usize; 2] {
        [self.shape[1], self.shape[2]]
    }

    /// The map of a word, row by row.
    pub fn map(&self, word: usize) -> &[f32] {
        let own = self.shape[1] * self.shape[2];
        &self.values[word * own..][..own]
    }

    /// Whether the word has a map: anything in it is larger than zero.
    pub fn has(&self, word: usize) -> bool {
        self.map(word).iter().any(|value| *value > 0.0)
    }

    /// Mean of the word's map (mu of `InstructNER`, eq. 1, left).
    pub fn mean(&self, word: usize) -> f32 {
        let map = self.map(word);
        (map.iter().copied().map(f64::from).sum::<f64>() / map.len() as f64) as f32
    }

    /// The word's map over a grid of `rows x columns` regions, row by row, by adaptive average pooling: a region has the mean
    /// of all places that it touches.
    pub fn pooled(&self, word: usize, [rows, columns]: [usize; 2]) -> Vec<f32> {
        let (map, [height, width]) = (self.map(word), self.size());
        let region = |place: usize| {
            let (down, across) = (touched(place / columns, rows, height), touched(place % columns, columns, width));
            let count = down.len() * across.len();
            let line = |line: usize| map[line * width..][across.clone()].iter().copied().map(f64::from).sum::<f64>();
            (down.map(line).sum::<f64>() / count as f64) as f32
        };
        (0..rows * columns).map(region).collect()
    }
}

/// The places of an axis of `length` that the cell `cell` of `cells` touches.
fn touched(cell: usize, cells: usize, length: usize) -> std::ops::Range<usize> {
    cell * length / cells..((cell + 1) * length).div_ceil(cells)
}

/// Refuses maps without words or places, and more than a machine should be asked to hold.
fn check_shape(shape: [usize; 3]) -> Result<(), MapFault> {
    let [words, height, width] = shape;
    let sides = 1..=MAX_SIDE;
    let numbers = words.checked_mul(height).and_then(|numbers| numbers.checked_mul(width));
    let fits = words > 0 && sides.contains(&height) && sides.contains(&width);
    match numbers.filter(|numbers| fits && *numbers <= MAX_NUMBERS) {
        Some(_) => Ok(()),
        None => Err(MapFault::Size { shape }),
    }
}
