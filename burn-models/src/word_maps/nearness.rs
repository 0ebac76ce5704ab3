//! How near the maps of a model are to recorded ones, by the measures of the guidance loss and of the pointing game.

use serde::Serialize;

use super::WordMaps;
use crate::alignment::{Alignment, Selection};

/// Added inside logarithms, as in the guidance loss.
const EPSILON: f64 = 1e-9;

/// How much less than the most a recorded map may have in a region that still counts as its brightest.
const TIE: f32 = 1e-6;

/// Sums over the words that have a recorded map and that the model looked anywhere for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Nearness {
    words: usize,
    divergence: f64,
    even: f64,
    peaks: usize,
    chance: f64,
}

/// Means over those words.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Nearby {
    /// Words that were compared.
    pub words: usize,
    /// KL(the model's map || the recorded map) in nats, both divided by their sums (`InstructNER`, eq. 10).
    pub divergence: f64,
    /// The same for a map that has as much everywhere, which is what a model reaches that looks at nothing.
    pub even_divergence: f64,
    /// Share of the words whose brightest region is the recorded map's, `0..=1`.
    pub same_peak: f64,
    /// The same for a region drawn at random.
    pub chance: f64,
}

impl Nearness {
    /// Adds the words of one tweet; those whose maps lie on other regions than the model's are left out.
    pub fn add(&mut self, looked: &Alignment, recorded: &WordMaps) {
        let Some(wanted) = recorded.over(&looked.regions) else { return };
        for word in 0..looked.tokens.min(recorded.words()) {
            let map = |alignment: &Alignment| alignment.to_regions(word..word + 1, Selection::Mean).ok();
            let (Some(own), Some(wanted)) = (map(looked), map(&wanted)) else { continue };
            let (Some(peak), Some(_)) = (own.brightest(), wanted.brightest()) else { continue };
            let count = wanted.weights.len() as f64;
            let even = vec![(1.0 / count) as f32; wanted.weights.len()];
            self.words += 1;
            self.divergence += divergence(&own.weights, &wanted.weights);
            self.even += divergence(&even, &wanted.weights);
            self.peaks += usize::from(same_peak(peak, &wanted.weights));
            let brightest = (0..wanted.weights.len()).filter(|region| same_peak(*region, &wanted.weights));
            self.chance += brightest.count() as f64 / count;
        }
    }

    /// The means; `None` where no word could be compared.
    pub fn means(&self) -> Option<Nearby> {
        let mean = |sum: f64| sum / self.words as f64;
        (self.words > 0).then(|| Nearby {
            words: self.words,
            divergence: mean(self.divergence),
            even_divergence: mean(self.even),
            same_peak: mean(self.peaks as f64),
            chance: mean(self.chance),
        })
    }
}

/// Whether the region is a brightest one of recorded weights, among which several may have the most.
pub fn same_peak(region: usize, recorded: &[f32]) -> bool {
    let most = recorded.iter().copied().fold(0.0, f32::max);
    recorded.get(region).is_some_and(|weight| *weight >= most * (1.0 - TIE))
}

/// KL(`one` || `other`) in nats, of weights that sum to one each.
pub fn divergence(one: &[f32], other: &[f32]) -> f64 {
    let term = |(one, other): (&f32, &f32)| {
        let (one, other) = (f64::from(*one), f64::from(*other));
        one * ((one + EPSILON).ln() - (other + EPSILON).ln())
    };
    one.iter().zip(other).map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alignment::{Frame, HeadMap, Regions};

    #[test]
    fn it_is_measured_by_hand() {
        let looked = |weights: Vec<f32>| Alignment {
            method: "attention",
            tokens: 3,
            spans: Vec::new(),
            regions: Regions::Grid { image: "a".into(), rows: 1, columns: 2, frame: Frame::WHOLE },
            maps: vec![HeadMap { weights, ..HeadMap::default() }],
        };
        // The second word has no recorded map, the third was looked at nowhere.
        let recorded = WordMaps::new(vec![0.02, 0.06, 0.0, 0.0, 1.0, 1.0], [3, 1, 2]).expect("maps");
        let mut nearness = Nearness::default();
        assert_eq!(nearness.means(), None);
        nearness.add(&looked(vec![0.3, 0.1, 0.5, 0.5, 0.0, 0.0]), &recorded);
        let found = nearness.means().expect("a word");
        let even = 0.5 * 2.0_f64.ln() - 0.5 * 1.5_f64.ln();
        assert!((found.divergence - 0.5 * 3.0_f64.ln()).abs() < 1e-6, "{found:?}");
        assert!((found.even_divergence - even).abs() < 1e-6, "{found:?}");
        assert_eq!((found.words, found.same_peak, found.chance), (1, 0.0, 0.5));
        nearness.add(&looked(vec![0.1, 0.3, 0.0, 0.0, 0.9, 0.0]), &recorded);
        let found = nearness.means().expect("words");
        assert_eq!((found.words, found.same_peak), (3, 2.0 / 3.0), "both regions of the third are its brightest");
        assert!((found.chance - (0.5 + 0.5 + 1.0) / 3.0).abs() < 1e-9);
    }
}
