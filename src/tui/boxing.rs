//! A box that is drawn on an image by keyboard: first by the cells of a grid, then by pixels of the image.

use std::ops::Range;

use spanlight_models::example::RegionBox;

/// Cells of the grid along the longer side of the image.
const CELLS: u32 = 16;

/// Pixels of the middle step.
const MIDDLE: f32 = 10.0;

/// How far a key moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// By a cell of the grid.
    #[default]
    Cell,
    /// By ten pixels.
    Ten,
    /// By a pixel of the image.
    Pixel,
}

impl Step {
    /// The next finer step, and from the finest the coarsest.
    pub fn next(self) -> Self {
        match self {
            Self::Cell => Self::Ten,
            Self::Ten => Self::Pixel,
            Self::Pixel => Self::Cell,
        }
    }

    /// The name on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cell => "grid",
            Self::Ten => "10 px",
            Self::Pixel => "1 px",
        }
    }
}

/// A box while it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Boxing {
    /// Id of the image.
    pub image: String,
    /// Width and height of the image in pixels.
    pub size: (u32, u32),
    /// The entity.
    pub tokens: Range<usize>,
    /// How far a key moves.
    pub step: Step,
    /// Left, upper, right and lower edge in pixels.
    pub edges: [f32; 4],
    /// The place among the tweet's boxes of the one that is changed; none for a new one.
    pub place: Option<usize>,
}

impl Boxing {
    /// A new box in the middle of an image.
    pub fn new(image: String, size: (u32, u32), tokens: Range<usize>) -> Self {
        let mut boxing = Self { image, size, tokens, step: Step::Cell, edges: [0.0; 4], place: None };
        boxing.begin();
        boxing
    }

    /// Begins a new box in the middle, of whole cells.
    pub fn begin(&mut self) {
        let cell = self.cell();
        let middle = |length: u32| {
            let cells = (length as f32 / cell).ceil();
            let first = (cells * 0.25).floor();
            (first * cell, ((cells - first).max(first + 1.0) * cell).min(length as f32))
        };
        let ((left, right), (top, bottom)) = (middle(self.size.0), middle(self.size.1));
        (self.edges, self.place, self.step) = ([left, top, right, bottom], None, Step::Cell);
    }

    /// Changes a box that is there.
    pub fn change(&mut self, place: usize, region: &RegionBox) {
        self.edges = [region.xmin, region.ymin, region.xmax, region.ymax];
        (self.place, self.step) = (Some(place), Step::Pixel);
    }

    /// Side of a cell of the grid in pixels.
    pub fn cell(&self) -> f32 {
        (self.size.0.max(self.size.1) as f32 / CELLS as f32).max(1.0)
    }

    fn distance(&self) -> f32 {
        match self.step {
            Step::Cell => self.cell(),
            Step::Ten => MIDDLE,
            Step::Pixel => 1.0,
        }
    }

    /// Moves the box so many steps to the right and down, as far as the image goes.
    pub fn shift(&mut self, right: i8, down: i8) {
        let step = self.distance();
        for (by, [near, far], length) in [(right, [0, 2], self.size.0), (down, [1, 3], self.size.1)] {
            let wanted = f32::from(by) * step;
            let by = wanted.clamp(-self.edges[near], length as f32 - self.edges[far]);
            self.edges[near] += by;
            self.edges[far] += by;
        }
    }

    /// Moves the right and the lower edge so many steps; a box keeps at least a pixel.
    pub fn grow(&mut self, right: i8, down: i8) {
        let step = self.distance();
        for (by, [near, far], length) in [(right, [0, 2], self.size.0), (down, [1, 3], self.size.1)] {
            if by != 0 {
                let least = (self.edges[near] + 1.0).min(length as f32);
                self.edges[far] = (self.edges[far] + f32::from(by) * step).clamp(least, length as f32);
            }
        }
    }

    /// The box as it is kept: of whole pixels, within the image.
    pub fn region(&self) -> RegionBox {
        let (width, height) = (self.size.0 as f32, self.size.1 as f32);
        let [xmin, ymin, xmax, ymax] = self.edges.map(f32::round);
        let (xmin, ymin) = (xmin.clamp(0.0, (width - 1.0).max(0.0)), ymin.clamp(0.0, (height - 1.0).max(0.0)));
        let (xmax, ymax) = (xmax.clamp(xmin + 1.0, width.max(1.0)), ymax.clamp(ymin + 1.0, height.max(1.0)));
        let Range { start, end } = self.tokens;
        RegionBox { image: self.image.clone(), start, end, xmin, ymin, xmax, ymax }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_goes_by_cells_and_pixels_and_stays_in_the_image() {
        let mut boxing = Boxing::new("i".into(), (320, 200), 0..1);
        let pixels = |edges: [f32; 4]| edges.map(|edge| edge as i32);
        assert_eq!((boxing.cell() as i32, pixels(boxing.edges)), (20, [80, 40, 240, 160]));
        boxing.shift(-9, 1);
        boxing.grow(1, -5);
        assert_eq!(pixels(boxing.edges), [0, 60, 180, 80]);
        boxing.step = Step::Pixel;
        boxing.shift(3, 0);
        boxing.grow(-1, 0);
        assert_eq!(pixels(boxing.edges), [3, 60, 182, 80]);
        boxing.step = Step::Cell;
        boxing.grow(127, -128);
        let region = boxing.region();
        assert_eq!(pixels([region.xmin, region.ymin, region.xmax, region.ymax]), [3, 60, 320, 61]);
    }

    #[test]
    fn the_smallest_image_has_a_box() {
        for size in [(1, 1), (1, 900), (3, 2)] {
            let mut boxing = Boxing::new("i".into(), size, 0..1);
            boxing.shift(5, -5);
            boxing.grow(-5, -5);
            let region = boxing.region();
            assert!(region.xmin < region.xmax && region.ymin < region.ymax, "{size:?} {region:?}");
            assert!(region.xmax <= size.0 as f32 && region.ymax <= size.1 as f32, "{size:?} {region:?}");
        }
    }
}
