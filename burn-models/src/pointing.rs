//! The pointing game (Zhang et al. 2018): does the brightest region of a name's map lie in the name's gold box?

use serde::Serialize;

use crate::alignment::{Alignment, Selection};
use crate::example::Example;
use crate::trust::{Overlap, THRESHOLD};

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
    pub fn add(&mut self, example: &Example, size: [u32; 2], alignment: &Alignment) {
        let Some(image) = alignment.image() else { return };
        for span in &example.spans {
            let boxes = example.boxes_of(span.start, span.end, image, size);
            if boxes.is_empty() {
                continue;
            }
            self.total += 1;
            let Ok(map) = alignment.to_regions(span.start..span.end, Selection::Mean) else { continue };
            let overlap = Overlap::of(&map, &alignment.regions, &boxes, THRESHOLD);
            self.hits += usize::from(overlap.is_some_and(|overlap| overlap.pointing));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alignment::{Frame, HeadMap, Regions};
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
