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
            weights.iter_mut().for_each(|weight| *weight /= sum);
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
                    // Not `max`, which passes over what is no number.
                    Selection::Max if *one <= *all => *all,
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
