//! Recorded maps on the regions that a model looks at, so that both can be held against each other.

use super::WordMaps;
use crate::alignment::{Alignment, Frame, HeadMap, Regions};

/// The method of alignments that no model made: where recorded maps show the words.
pub const TEACHER: &str = "teacher";

impl WordMaps {
    /// The maps over `regions`, each row a distribution, zero for words without a map; `None` where the regions are words, or
    /// lie on a part of the picture alone.
    pub fn over(&self, regions: &Regions) -> Option<Alignment> {
        let Regions::Grid { rows, columns, frame, .. } = regions else { return None };
        if *frame != Frame::WHOLE {
            return None;
        }
        let word = |word| shares(self.pooled(word, [*rows, *columns]));
        let weights = (0..self.words()).flat_map(word).collect();
        Some(Alignment {
            method: TEACHER,
            tokens: self.words(),
            spans: Vec::new(),
            regions: regions.clone(),
            maps: vec![HeadMap { weights, ..HeadMap::default() }],
        })
    }
}

/// Weights that are not negative as shares of their sum; where all are zero, zero.
fn shares(mut weights: Vec<f32>) -> Vec<f32> {
    let total: f32 = weights.iter().sum();
    if total > 0.0 {
        for weight in &mut weights {
            *weight /= total;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alignment::Selection;

    #[test]
    fn recorded_maps_lie_on_the_regions_of_a_model() {
        // Two words on 2 x 4 places: the first in the upper right half, the second nowhere.
        let values = [[0.0, 0.0, 2.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0; 8]].concat();
        let maps = WordMaps::new(values, [2, 2, 4]).expect("maps");
        let grid = |rows, columns, frame| Regions::Grid { image: "a".into(), rows, columns, frame };
        let found = maps.over(&grid(2, 2, Frame::WHOLE)).expect("a grid");
        assert_eq!((found.method, found.tokens, found.image()), (TEACHER, 2, Some("a")));
        assert_eq!(found.to_regions(0..1, Selection::Mean).expect("a map").weights, [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(found.to_regions(1..2, Selection::Mean).expect("a map").weights, [0.0; 4]);
        let wide = maps.over(&grid(1, 4, Frame::WHOLE)).expect("a grid");
        assert_eq!(wide.to_regions(0..1, Selection::Mean).expect("a map").weights, [0.0, 0.0, 0.25, 0.75]);
        assert!(maps.over(&Regions::Words { words: Vec::new() }).is_none());
        assert!(maps.over(&grid(2, 2, Frame { x: 0.1, ..Frame::WHOLE })).is_none());
    }
}
