//! How a map lies on gold boxes, by exact areas.

use serde::Serialize;

use crate::alignment::{Map, Regions};
use crate::encoders::image::Rectangle;

/// How a map lies on the boxes of its words.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Overlap {
    /// Whether the centre of the brightest region lies in a box (the pointing game, Zhang et al. 2018).
    pub pointing: bool,
    /// Share of the map's weight that lies in the boxes, `0..=1`; the weight of a region is spread evenly over it.
    pub mass: f32,
    /// Area that the regions looked at share with the boxes, over the area of both together, `0..=1`.
    pub iou: f32,
    /// A region counts as looked at from this part of the largest weight on.
    pub threshold: f32,
    /// Share of the image that the boxes cover, `0..=1`: the mass of a map that looks everywhere alike.
    pub chance: f32,
}

impl Overlap {
    /// Measures a map over the grid `regions` against `boxes` in fractions of the image.
    ///
    /// `None` where there is no box, no grid or nothing was looked at. What of a box the encoder did not see counts as missed.
    pub fn of(map: &Map, regions: &Regions, boxes: &[Rectangle], threshold: f32) -> Option<Self> {
        let brightest = map.brightest()?;
        let boxes: Vec<Rectangle> = boxes.iter().filter_map(|region| within(*region, [0.0, 0.0, 1.0, 1.0])).collect();
        if boxes.is_empty() {
            return None;
        }
        let boxed = union_area(&boxes);
        let (mut mass, mut looked, mut shared) = (0.0, 0.0, 0.0);
        for (place, weight) in map.weights.iter().enumerate() {
            let cell = cell(regions, place)?;
            let inside: Vec<Rectangle> = boxes.iter().filter_map(|region| within(*region, cell)).collect();
            let (own, inside) = (area(cell), union_area(&inside));
            mass += if own > 0.0 { f64::from(*weight) * inside / own } else { 0.0 };
            if *weight >= threshold * map.weights[brightest] {
                looked += own;
                shared += inside;
            }
        }
        let [left, top, right, bottom] = cell(regions, brightest)?;
        let (x, y) = (f32::midpoint(left, right), f32::midpoint(top, bottom));
        let inside =
            |[left, top, right, bottom]: &Rectangle| (*left..=*right).contains(&x) && (*top..=*bottom).contains(&y);
        Some(Self {
            pointing: boxes.iter().any(inside),
            mass: mass.min(1.0) as f32,
            iou: (shared / (looked + boxed - shared)).min(1.0) as f32,
            threshold,
            chance: boxed.min(1.0) as f32,
        })
    }
}

/// The part of the image under region `place` of a grid, in fractions of the image's width and height; `None` where regions
/// are words.
pub fn cell(regions: &Regions, place: usize) -> Option<Rectangle> {
    let Regions::Grid { rows, columns, frame, .. } = regions else { return None };
    if place >= rows * columns {
        return None;
    }
    let at = |line: usize, count: usize, from: f32, length: f32| from + line as f32 / count as f32 * length;
    let (row, column) = (place / columns, place % columns);
    Some([
        at(column, *columns, frame.x, frame.width),
        at(row, *rows, frame.y, frame.height),
        at(column + 1, *columns, frame.x, frame.width),
        at(row + 1, *rows, frame.y, frame.height),
    ])
}

/// Area that rectangles cover together.
pub fn union_area(rectangles: &[Rectangle]) -> f64 {
    let mut edges: Vec<f32> = rectangles.iter().flat_map(|rectangle| [rectangle[0], rectangle[2]]).collect();
    edges.sort_by(f32::total_cmp);
    let strip = |edges: &[f32]| {
        let mut lines: Vec<[f32; 2]> = rectangles
            .iter()
            .filter(|[left, _, right, _]| *left <= edges[0] && *right >= edges[1])
            .map(|[_, top, _, bottom]| [*top, *bottom])
            .collect();
        lines.sort_by(|one, other| one[0].total_cmp(&other[0]));
        let covered = lines.iter().fold((0.0, f64::NEG_INFINITY), |(sum, end), [top, bottom]| {
            let (top, bottom) = (f64::from(*top).max(end), f64::from(*bottom));
            (sum + (bottom - top).max(0.0), end.max(bottom))
        });
        (f64::from(edges[1]) - f64::from(edges[0])) * covered.0
    };
    edges.windows(2).map(strip).sum()
}

/// The part of a rectangle that lies in another; `None` where that is nothing, as for one with an edge that is no number.
fn within(one: Rectangle, other: Rectangle) -> Option<Rectangle> {
    let part = [one[0].max(other[0]), one[1].max(other[1]), one[2].min(other[2]), one[3].min(other[3])];
    (one.iter().all(|edge| edge.is_finite()) && part[0] < part[2] && part[1] < part[3]).then_some(part)
}

fn area([left, top, right, bottom]: Rectangle) -> f64 {
    (f64::from(right) - f64::from(left)) * (f64::from(bottom) - f64::from(top))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alignment::Frame;

    fn grid(rows: usize, columns: usize, frame: Frame) -> Regions {
        Regions::Grid { image: "a".into(), rows, columns, frame }
    }

    fn near(one: f32, other: f32) -> bool {
        (one - other).abs() < 1e-6
    }

    #[test]
    fn the_mass_in_a_box_is_by_the_area_of_every_region() {
        // Two by two; the box is the left three quarters of the upper half.
        let map = Map { weights: vec![0.5, 0.3, 0.2, 0.0], sum: 1.0 };
        let found = Overlap::of(&map, &grid(2, 2, Frame::WHOLE), &[[0.0, 0.0, 0.75, 0.5]], 0.5).expect("a box");
        assert!(near(found.mass, 0.5 + 0.3 / 2.0), "{found:?}");
        // Looked at are the two upper regions, half of the image, of which three quarters are boxed.
        assert!(near(found.iou, 0.375 / 0.5) && near(found.chance, 0.375) && found.pointing, "{found:?}");
        let higher = Overlap::of(&map, &grid(2, 2, Frame::WHOLE), &[[0.0, 0.0, 0.75, 0.5]], 0.9).expect("a box");
        assert!(near(higher.iou, 0.25 / 0.375), "the upper left one alone: {higher:?}");
    }

    #[test]
    fn boxes_that_overlap_count_once_and_what_leaves_the_image_not_at_all() {
        let twice = [[0.0, 0.0, 0.5, 1.0], [0.25, 0.0, 0.5, 1.0], [0.4, 0.2, 0.5, 0.4]];
        assert!((union_area(&twice) - 0.5).abs() < 1e-6);
        assert!((union_area(&[[0.0, 0.0, 0.5, 0.5], [0.25, 0.25, 1.0, 1.0]]) - 0.75).abs() < 1e-6);
        assert!(union_area(&[]).abs() < 1e-12);
        let map = Map { weights: vec![0.5, 0.5], sum: 1.0 };
        let found = Overlap::of(&map, &grid(1, 2, Frame::WHOLE), &[[-1.0, -1.0, 0.5, 2.0]], 0.5).expect("a box");
        assert!(near(found.mass, 0.5) && near(found.iou, 0.5) && near(found.chance, 0.5));
        for outside in [[1.5, 0.0, 2.0, 1.0], [0.5, 0.0, 0.5, 1.0], [f32::NAN, 0.0, 1.0, 1.0]] {
            assert_eq!(Overlap::of(&map, &grid(1, 2, Frame::WHOLE), &[outside], 0.5), None);
        }
    }

    #[test]
    fn a_grid_lies_where_the_encoder_looked() {
        // The middle half of the width; the box is the left half of the image, the map looks at the left cell.
        let frame = Frame { x: 0.25, y: 0.0, width: 0.5, height: 1.0 };
        let regions = grid(1, 2, frame);
        assert_eq!(cell(&regions, 0), Some([0.25, 0.0, 0.5, 1.0]));
        assert_eq!((cell(&regions, 1), cell(&regions, 2)), (Some([0.5, 0.0, 0.75, 1.0]), None));
        let map = Map { weights: vec![1.0, 0.0], sum: 1.0 };
        let found = Overlap::of(&map, &regions, &[[0.0, 0.0, 0.5, 1.0]], 0.5).expect("a box");
        assert!(near(found.mass, 1.0) && near(found.iou, 0.5) && found.pointing, "half of the box was not seen");
        let other = Overlap::of(&map, &regions, &[[0.6, 0.0, 1.0, 1.0]], 0.5).expect("a box");
        assert!(near(other.mass, 0.0) && near(other.iou, 0.0) && !other.pointing);
    }
}
