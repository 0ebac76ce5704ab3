//! From maps per layer and head to the one that is drawn. Pure arithmetic on an alignment that is there already, so that
//! another word, layer or head costs no pass through a model.

use std::ops::Range;

use serde::Serialize;

use super::{Alignment, HeadMap, Selection};

/// One map, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Map {
    /// One weight a region, or a token in the other direction; they sum to one, or are all zero where there was nothing to
    /// bring to one.
    pub weights: Vec<f32>,
    /// What the weights summed to before. Of attention and rollout from words to regions it is the share, `0..=1`, that the
    /// regions got: the rest went to what is hidden here (special tokens, padding, the image as a whole, the tweet's own
    /// words). Of other methods it says how strong the map is.
    pub sum: f32,
}

/// The map of one layer and head.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OneHead {
    /// Layer, from 0.
    pub layer: usize,
    /// Head, from 0.
    pub head: usize,
    /// Its map.
    #[serde(flatten)]
    pub map: Map,
}

/// Why there is no such map.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MapError {
    /// The layer or head is not there.
    #[error("there is no map `{selection}` by {method}; there are {known}")]
    NoSuchMap {
        /// What was asked for.
        selection: Selection,
        /// The method of the alignment.
        method: &'static str,
        /// What there is.
        known: String,
    },
    /// The region is not there.
    #[error("there is no region {region}; there are {count}, counted from 0")]
    NoSuchRegion {
        /// What was asked for.
        region: usize,
        /// What there is.
        count: usize,
    },
    /// A weight is not finite or is below zero.
    #[error(
        "the {method} map of layer {layer}, head {head} has the weight {weight} in row {row}, which no map can show; \
             the model's weights may be damaged: try another checkpoint"
    )]
    Weight {
        /// The method of the alignment.
        method: &'static str,
        /// Layer.
        layer: usize,
        /// Head.
        head: usize,
        /// Row of the map.
        row: usize,
        /// The weight.
        weight: f32,
    },
}

impl Map {
    /// Brings weights to the sum of one.
    pub fn of(mut weights: Vec<f32>) -> Self {
        let sum: f32 = weights.iter().sum();
        if sum > 0.0 {
            for weight in &mut weights {
                *weight /= sum;
            }
        }
        Self { weights, sum }
    }

    /// The place of the largest weight, the first of several; `None` where nothing was looked at.
    pub fn brightest(&self) -> Option<usize> {
        let best =
            (0..self.weights.len()).rev().max_by(|one, other| self.weights[*one].total_cmp(&self.weights[*other]));
        best.filter(|best| self.weights[*best] > 0.0)
    }
}

impl Alignment {
    /// The layers that have a map, in order.
    pub fn layers(&self) -> Vec<usize> {
        let mut layers: Vec<usize> = self.maps.iter().map(|map| map.layer).collect();
        layers.sort_unstable();
        layers.dedup();
        layers
    }

    /// Every layer and head that has a map, in the maps' own order.
    pub fn heads(&self) -> Vec<(usize, usize)> {
        self.maps.iter().map(|map| (map.layer, map.head)).collect()
    }

    /// Refuses weights that are no numbers, infinite or below zero.
    pub fn check(&self) -> Result<(), MapError> {
        let width = self.regions.len().max(1);
        let wrong = |weight: &f32| !weight.is_finite() || *weight < 0.0;
        let first = self.maps.iter().find_map(|map| Some((map, map.weights.iter().position(wrong)?)));
        first.map_or(Ok(()), |(map, place)| {
            let (method, weight) = (self.method, map.weights[place]);
            Err(MapError::Weight { method, layer: map.layer, head: map.head, row: place / width, weight })
        })
    }

    /// Where the tokens `tokens` looked: the mean over their rows, of the selected maps.
    pub fn to_regions(&self, tokens: Range<usize>, selection: Selection) -> Result<Map, MapError> {
        let rows = self.rows(tokens.start, tokens.end);
        let weights = self.combined(selection, self.regions.len(), |map, sums| self.add_rows(map, &rows, sums))?;
        self.finite(Map::of(weights))
    }

    /// The other direction: which tokens looked at `region`, of the selected maps; one weight a token.
    ///
    /// A weight is what the token gave to the region, and all tokens together are brought to one, so that a token that
    /// looks at everything alike is bright where the others look elsewhere.
    pub fn to_tokens(&self, region: usize, selection: Selection) -> Result<Map, MapError> {
        let count = self.regions.len();
        if region >= count {
            return Err(MapError::NoSuchRegion { region, count });
        }
        let rows: Vec<Vec<usize>> = (0..self.tokens).map(|token| self.rows(token, token + 1)).collect();
        let weights = self.combined(selection, self.tokens, |map, sums| {
            for (sum, rows) in sums.iter_mut().zip(&rows) {
                let given: f32 = rows.iter().map(|row| map.weights[row * count + region]).sum();
                *sum = given / rows.len().max(1) as f32;
            }
        })?;
        self.finite(Map::of(weights))
    }

    /// Where the tokens `tokens` looked in every layer and head, in the maps' own order.
    pub fn gallery(&self, tokens: Range<usize>) -> Result<Vec<OneHead>, MapError> {
        let rows = self.rows(tokens.start, tokens.end);
        let one = |map: &HeadMap| {
            let mut weights = vec![0.0; self.regions.len()];
            self.add_rows(map, &rows, &mut weights);
            Ok(OneHead { layer: map.layer, head: map.head, map: self.finite(Map::of(weights))? })
        };
        self.maps.iter().map(one).collect()
    }

    /// The mean over `rows` of one map, into `sums`, which are zero.
    fn add_rows(&self, map: &HeadMap, rows: &[usize], sums: &mut [f32]) {
        let width = self.regions.len();
        for row in rows {
            for (sum, weight) in sums.iter_mut().zip(&map.weights[row * width..(row + 1) * width]) {
                *sum += weight / rows.len() as f32;
            }
        }
    }

    /// What the selected maps make together of `width` numbers that `read` takes of each.
    fn combined(
        &self,
        selection: Selection,
        width: usize,
        read: impl Fn(&HeadMap, &mut [f32]),
    ) -> Result<Vec<f32>, MapError> {
        let chosen: Vec<&HeadMap> = self.maps.iter().filter(|map| selection.includes(map.layer, map.head)).collect();
        if chosen.is_empty() {
            return Err(self.no_such_map(selection));
        }
        let (mut all, mut one) = (vec![0.0_f32; width], vec![0.0_f32; width]);
        for map in &chosen {
            one.fill(0.0);
            read(map, &mut one);
            for (all, one) in all.iter_mut().zip(&one) {
                *all = match selection {
                    // Not `f32::max`, which passes over what is no number.
                    Selection::Max if all.is_nan() || *one <= *all => *all,
                    Selection::Max => *one,
                    _ => *all + one / chosen.len() as f32,
                };
            }
        }
        Ok(all)
    }

    fn no_such_map(&self, selection: Selection) -> MapError {
        let layers: Vec<String> = self.layers().iter().map(|layer| format!("layer:{layer}")).collect();
        let heads = self.heads().iter().map(|(_, head)| head + 1).max().unwrap_or(0);
        let known = match layers.len() {
            0 => "none".into(),
            _ => format!("mean, max, {}, each of up to {heads} heads", layers.join(", ")),
        };
        MapError::NoSuchMap { selection, method: self.method, known }
    }

    /// The map, unless a weight that it was made of is no number.
    fn finite(&self, map: Map) -> Result<Map, MapError> {
        let good = map.sum.is_finite() && map.weights.iter().all(|weight| weight.is_finite());
        if good { Ok(map) } else { self.check().map(|()| map) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alignment::{Frame, Regions};

    /// Two tokens, three regions, two layers of two heads.
    fn alignment() -> Alignment {
        let map =
            |layer, head, weights: [f32; 6]| HeadMap { layer, head, weights: weights.to_vec(), whole: Vec::new() };
        Alignment {
            method: "attention",
            tokens: 2,
            spans: Vec::new(),
            regions: Regions::Grid { image: "a".into(), rows: 1, columns: 3, frame: Frame::WHOLE },
            maps: vec![
                map(0, 0, [0.2, 0.2, 0.0, 0.0, 0.0, 1.0]),
                map(0, 1, [0.0, 0.6, 0.0, 0.5, 0.5, 0.0]),
                map(2, 0, [0.4, 0.0, 0.0, 0.1, 0.0, 0.0]),
                map(2, 1, [0.2, 0.2, 0.2, 0.0, 0.0, 0.0]),
            ],
        }
    }

    fn near(map: &Map, weights: &[f32], sum: f32) -> bool {
        let same = map.weights.iter().zip(weights).all(|(one, other)| (one - other).abs() < 1e-6);
        same && map.weights.len() == weights.len() && (map.sum - sum).abs() < 1e-6
    }

    #[test]
    fn heads_are_combined_as_selected_and_what_the_regions_got_is_told() {
        let alignment = alignment();
        let of = |selection| alignment.to_regions(0..1, selection).expect("a map");
        assert!(near(&of(Selection::Head { layer: 0, head: 1 }), &[0.0, 1.0, 0.0], 0.6));
        assert!(near(&of(Selection::Layer(0)), &[0.2, 0.8, 0.0], 0.5));
        assert!(near(&of(Selection::Mean), &[0.4, 0.5, 0.1], 0.5));
        assert!(near(&of(Selection::Max), &[1.0 / 3.0, 0.5, 1.0 / 6.0], 1.2));
        let both = alignment.to_regions(0..2, Selection::Head { layer: 0, head: 0 }).expect("a map");
        assert!(near(&both, &[1.0 / 7.0, 1.0 / 7.0, 5.0 / 7.0], 0.7), "the mean of the rows: {both:?}");
        let nothing = alignment.to_regions(5..9, Selection::Mean).expect("a map");
        assert!(near(&nothing, &[0.0; 3], 0.0) && nothing.brightest().is_none());
    }

    #[test]
    fn the_other_direction_brings_the_tokens_of_a_region_to_one() {
        let alignment = alignment();
        let found = alignment.to_tokens(0, Selection::Mean).expect("a map");
        assert!(near(&found, &[0.2 / 0.35, 0.15 / 0.35], 0.35), "{found:?}");
        let head = alignment.to_tokens(2, Selection::Head { layer: 0, head: 0 }).expect("a map");
        assert!(near(&head, &[0.0, 1.0], 1.0));
        let largest = alignment.to_tokens(1, Selection::Max).expect("a map");
        assert!(near(&largest, &[0.6 / 1.1, 0.5 / 1.1], 1.1));
        assert_eq!(alignment.to_tokens(3, Selection::Mean), Err(MapError::NoSuchRegion { region: 3, count: 3 }));
    }

    #[test]
    fn words_of_phrases_look_back_by_their_own_rows() {
        let phrases = Alignment {
            tokens: 2,
            spans: vec![0..1, 0..2, 1..2],
            maps: vec![HeadMap { weights: vec![0.3, 0.0, 0.0, 9.0, 9.0, 9.0, 0.1, 0.0, 0.0], ..HeadMap::default() }],
            ..alignment()
        };
        assert!(near(&phrases.to_tokens(0, Selection::Mean).expect("a map"), &[0.75, 0.25], 0.4));
        assert!(near(&phrases.to_regions(0..2, Selection::Mean).expect("a map"), &[1.0 / 3.0; 3], 27.0));
    }

    #[test]
    fn a_gallery_has_every_head_and_what_is_not_there_is_said() {
        let alignment = alignment();
        assert_eq!((alignment.layers(), alignment.heads()), (vec![0, 2], vec![(0, 0), (0, 1), (2, 0), (2, 1)]));
        let gallery = alignment.gallery(0..1).expect("maps");
        for one in &gallery {
            let head = Selection::Head { layer: one.layer, head: one.head };
            assert_eq!(alignment.to_regions(0..1, head), Ok(one.map.clone()));
        }
        for selection in [Selection::Layer(1), Selection::Head { layer: 0, head: 2 }] {
            let error = alignment.to_regions(0..1, selection).expect_err("it is not there").to_string();
            assert!(error.contains(&selection.to_string()) && error.contains("layer:0, layer:2"), "{error}");
        }
        let none = Alignment { maps: Vec::new(), ..alignment };
        assert!(none.to_regions(0..1, Selection::Mean).is_err() && none.gallery(0..1).expect("none").is_empty());
        assert_eq!(none.span_map(0, 1), [0.0; 3]);
    }

    #[test]
    fn a_weight_that_is_no_number_is_refused_and_named() {
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut broken = alignment();
            broken.maps[3].weights[4] = wrong;
            let place = |error: MapError| match error {
                MapError::Weight { layer, head, row, .. } => (layer, head, row),
                other => panic!("{other}"),
            };
            assert_eq!(place(broken.check().expect_err("broken")), (2, 1, 1));
            for selection in [Selection::Mean, Selection::Max, Selection::Layer(2)] {
                if wrong == f32::NEG_INFINITY && selection == Selection::Max {
                    continue;
                }
                let error = broken.to_regions(1..2, selection).expect_err("broken");
                assert_eq!(place(error), (2, 1, 1), "{wrong}, {selection}");
            }
            assert!(broken.to_tokens(1, Selection::Mean).is_err() && broken.gallery(1..2).is_err());
            assert!(broken.to_regions(1..2, Selection::Layer(0)).is_ok(), "other layers are whole");
            assert_eq!((broken.span_map(1, 2), broken.share(1, 2)), (vec![0.0; 3], 0.0));
        }
        let mut below = alignment();
        below.maps[0].weights[0] = -0.1;
        assert!(below.check().expect_err("below zero").to_string().contains("-0.1"));
    }
}
