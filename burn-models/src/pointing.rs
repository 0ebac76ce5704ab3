//! The pointing game (Zhang et al. 2018): does the brightest region of a name's map lie in the name's gold box?

use serde::Serialize;

use crate::alignment::{Alignment, Regions};
use crate::example::Example;

/// Hits among the entities that have a box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pointing {
    /// Entities whose brightest region has its centre in one of their boxes.
    pub hits: usize,
    /// Entities with a box on the image that was looked at.
    pub total: usize,
}

impl Pointing {
    /// Share of hits, `0..=1`; 0 without any entity.
    pub fn rate(self) -> f64 {
        if self.total == 0 { 0.0 } else { self.hits as f64 / self.total as f64 }
    }

    /// Adds one tweet; `size` is the width and height of its image in pixels.
    pub fn add(&mut self, example: &Example, [width, height]: [u32; 2], alignment: &Alignment) {
        let Regions::Grid { image, rows, columns, frame } = &alignment.regions else { return };
        let boxes: Vec<_> = example.boxes.iter().filter(|region| &region.image == image).collect();
        for span in &example.spans {
            let mut own = boxes.iter().filter(|region| (region.start, region.end) == (span.start, span.end)).peekable();
            if own.peek().is_none() {
                continue;
            }
            self.total += 1;
            let map = alignment.span_map(span.start, span.end);
            let Some(best) = (0..map.len()).max_by(|one, other| map[*one].total_cmp(&map[*other])) else { continue };
            let centre = |place: usize, count: usize, from: f32, length: f32, size: u32| {
                (from + (place as f32 + 0.5) / count as f32 * length) * size as f32
            };
            let x = centre(best % columns, *columns, frame.x, frame.width, width);
            let y = centre(best / columns, *rows, frame.y, frame.height, height);
            let inside =
                own.any(|region| (region.xmin..=region.xmax).contains(&x) && (region.ymin..=region.ymax).contains(&y));
            self.hits += usize::from(inside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alignment::{Frame, HeadMap};
    use crate::example::{RegionBox, Span};

    #[test]
    fn the_brightest_region_is_held_against_the_box_of_its_own_name() {
        let region =
            |start, xmin, xmax| RegionBox { image: "a".into(), start, end: start + 1, xmin, ymin: 0., xmax, ymax: 50. };
        let example = Example {
            spans: vec![Span::new("PER", 0, 1), Span::new("LOC", 1, 2), Span::new("ORG", 2, 3)],
            boxes: vec![region(0, 0., 100.), region(1, 0., 100.)],
            ..Example::default()
        };
        // Two regions side by side on a 200 x 50 image; both words look left, then right.
        let weights = vec![0.9, 0.1, 0.2, 0.8, 0.5, 0.5];
        let alignment = Alignment {
            method: "attention",
            tokens: 3,
            spans: Vec::new(),
            regions: Regions::Grid { image: "a".into(), rows: 1, columns: 2, frame: Frame::WHOLE },
            maps: vec![HeadMap { weights, ..HeadMap::default() }],
        };
        let mut pointing = Pointing::default();
        pointing.add(&example, [200, 50], &alignment);
        assert_eq!(pointing, Pointing { hits: 1, total: 2 });
    }
}
