//! Where each word of a prompt was painted: the attention that places of the picture paid to it, over all layers and steps
//! (DAAM, Tang et al. 2023, section 2.2).
//!
//! In units of probability: at every place the maps of all pieces of the prompt, padding included, add up to 1. Only sums
//! are kept, one for each layer.

mod resize;
mod site;
#[cfg(test)]
mod tests;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData, s};
use indexmap::IndexMap;

use self::resize::resize;
use crate::word_maps::{MapFault, WordMaps};

pub use site::{Detail, Place, RecorderOptions, Site, SiteMaps};

/// Sums of what was seen.
#[derive(Clone, Debug)]
pub struct Recorder<B: Backend> {
    options: RecorderOptions,
    /// The positions of each word's pieces in the prompt.
    words: Vec<Vec<usize>>,
    step: usize,
    layers: IndexMap<Site, Sum<B>>,
    steps: Vec<SiteMaps>,
    fault: Option<MapFault>,
}

/// Of one layer.
#[derive(Clone, Debug)]
struct Sum<B: Backend> {
    /// `[H * W, T]`.
    total: Tensor<B, 2>,
    steps: usize,
}

/// What was recorded.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// One map a word over the latent; `None` if there is no word, or if no layer and step was to be recorded.
    pub maps: Option<WordMaps>,
    /// The same of every layer, or of every layer and step, as far as asked for.
    pub details: Vec<SiteMaps>,
}

impl<B: Backend> Recorder<B> {
    /// For a prompt whose words have their pieces at these positions; a word without any has no map.
    pub fn new(options: RecorderOptions, words: Vec<Vec<usize>>) -> Self {
        Self { options, words, step: 0, layers: IndexMap::new(), steps: Vec::new(), fault: None }
    }

    /// What comes belongs to the step `step`, counted from 0.
    pub fn begin(&mut self, step: usize) {
        self.step = step;
    }

    /// Whether the layer at `site` counts in this step.
    pub fn wants(&self, site: &Site) -> bool {
        !self.words.is_empty() && self.options.wants(site, self.step)
    }

    /// Weights `[B, heads, Q, T]` to the mean `[Q, T]` over the heads, of the last picture of the batch: with guidance the
    /// others belong to the negative prompt.
    pub fn reduce(&self, weights: &Tensor<B, 4>) -> Tensor<B, 2> {
        let [batch, heads, queries, pieces] = weights.dims();
        let own = weights.clone().slice(s![batch - 1..batch]);
        let own = match self.options.heads_of(heads) {
            None => own,
            Some(chosen) => {
                let count = chosen.len();
                let chosen: Vec<i64> = chosen.into_iter().map(|head| head as i64).collect();
                let chosen = Tensor::<B, 1, Int>::from_data(TensorData::new(chosen, [count]), &own.device());
                own.select(1, chosen)
            }
        };
        own.mean_dim(1).reshape([queries, pieces])
    }

    /// Adds what the layer at `site` saw, `[H * W, T]`.
    pub fn add(&mut self, site: Site, seen: Tensor<B, 2>) {
        if self.options.detail == Detail::Steps {
            match self.own_maps(site.size, seen.clone()) {
                Ok(maps) => self.steps.push(SiteMaps { site, step: Some(self.step), maps }),
                Err(fault) => self.fault = Some(fault),
            }
        }
        let sum = match self.layers.shift_remove(&site) {
            None => Sum { total: seen, steps: 1 },
            Some(Sum { total, steps }) => Sum { total: total + seen, steps: steps + 1 },
        };
        self.layers.insert(site, sum);
    }

    /// The maps over a picture of `size`, height and width, of the latent.
    ///
    /// Every layer is enlarged by cubic splines, negative values become 0, layers are averaged by the number of their heads
    /// (or alike), and what the two changed about the sum over all pieces is taken back.
    pub fn finish(self, size: [usize; 2]) -> Result<Recorded, MapFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let mut details = self.steps.clone();
        let mut whole: Option<Tensor<B, 3>> = None;
        for (site, Sum { total, steps }) in &self.layers {
            let mean = total.clone() / *steps as f64;
            if self.options.detail == Detail::Layers {
                let maps = self.own_maps(site.size, mean.clone())?;
                details.push(SiteMaps { site: *site, step: None, maps });
            }
            let [_, pieces] = mean.dims();
            let [height, width] = site.size;
            let large = resize(mean.swap_dims(0, 1).reshape([pieces, height, width]), size).clamp_min(0.0);
            let large = large * self.options.weight(site);
            whole = Some(match whole {
                None => large,
                Some(whole) => whole + large,
            });
        }
        let Some(whole) = whole else { return Ok(Recorded { maps: None, details }) };
        let whole = whole.clone() / whole.sum_dim(0);
        let [pieces, height, width] = whole.dims();
        let seen = whole.reshape([pieces, height * width]).swap_dims(0, 1);
        Ok(Recorded { maps: Some(self.own_maps(size, seen)?), details })
    }

    /// One map a word of what was `seen`, `[H * W, T]`.
    fn own_maps(&self, [height, width]: [usize; 2], seen: Tensor<B, 2>) -> Result<WordMaps, MapFault> {
        let [_, pieces] = seen.dims();
        let seen: Vec<f32> = seen.into_data().iter::<f32>().collect();
        let mut values = Vec::with_capacity(self.words.len() * height * width);
        for word in &self.words {
            let share = |place: &[f32]| {
                let sum: f32 = word.iter().filter_map(|piece| place.get(*piece)).sum();
                sum / word.len().max(1) as f32
            };
            values.extend(seen.chunks_exact(pieces).map(share));
        }
        WordMaps::new(values, [self.words.len(), height, width])
    }
}
