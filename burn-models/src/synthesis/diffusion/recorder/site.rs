//! Which attention is recorded.

use std::ops::Range;

use serde::Serialize;

use crate::word_maps::WordMaps;

/// A block of the denoiser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On the way down, from the picture.
    Down(usize),
    /// In the middle.
    Mid,
    /// On the way up, from the middle.
    Up(usize),
}

/// A layer that looks at the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Site {
    /// The block that it is in.
    pub place: Place,
    /// Which of the block's layers it is, from 0.
    pub layer: usize,
    /// Height and width of its feature map.
    pub size: [usize; 2],
    /// Its heads.
    pub heads: usize,
}

/// The maps of one layer.
#[derive(Clone, Debug)]
pub struct SiteMaps {
    /// The layer.
    pub site: Site,
    /// The step, from 0; `None` is the mean over all.
    pub step: Option<usize>,
    /// One map a word, of the layer's own size.
    pub maps: WordMaps,
}

/// What is kept besides the maps over all layers and steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Nothing.
    #[default]
    Nothing,
    /// The maps of every layer.
    Layers,
    /// The maps of every layer in every step; four bytes a word and place each, about 5 megabytes a word in 20 steps of
    /// 768 pixels.
    Steps,
}

/// Over what the maps are averaged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecorderOptions {
    /// Whether the middle of the network counts; it is coarse, and DAAM leaves it out.
    pub mid: bool,
    /// The blocks that count; `None` for all but the middle.
    pub places: Option<Vec<Place>>,
    /// The heads that count in every layer that has them; `None` for all.
    pub heads: Option<Vec<usize>>,
    /// The steps that count, from 0; `None` for all.
    pub steps: Option<Range<usize>>,
    /// Whether layers count alike, and not by the number of their heads.
    pub layers_alike: bool,
    /// What is kept besides.
    pub detail: Detail,
}

impl RecorderOptions {
    /// Whether the layer at `site` counts in the step `step`.
    pub(super) fn wants(&self, site: &Site, step: usize) -> bool {
        let place = match &self.places {
            Some(places) => places.contains(&site.place),
            None => self.mid || site.place != Place::Mid,
        };
        let heads = self.heads_of(site.heads).is_none_or(|heads| !heads.is_empty());
        place && heads && self.steps.as_ref().is_none_or(|steps| steps.contains(&step))
    }

    /// The heads that count in a layer of `count`; `None` for all.
    pub(super) fn heads_of(&self, count: usize) -> Option<Vec<usize>> {
        let heads = self.heads.as_ref()?;
        Some(heads.iter().copied().filter(|head| *head < count).collect())
    }

    /// How much the layer at `site` counts among the others.
    pub(super) fn weight(&self, site: &Site) -> f64 {
        if self.layers_alike { 1.0 } else { self.heads_of(site.heads).map_or(site.heads, |heads| heads.len()) as f64 }
    }
}
