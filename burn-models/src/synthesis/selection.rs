//! Which candidate a tweet gets (`InstructNER`, stage 1b), with every score on the way.

use std::cmp::Ordering;

use image::RgbImage;
use serde::Serialize;

use super::Candidate;
use super::accuracy::{Accuracy, Selector};
use super::coverage::Coverage;
use super::regions::{LocalFeatures, RegionEncoder};
use super::visual_words::VisualWords;
use crate::example::ImageMeasures;
use crate::word_maps::WordMaps;

/// How candidates are judged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SelectionOptions {
    /// Importance from which on a word counts as an entity (theta).
    pub theta: f32,
    /// Candidates that are kept by coverage (alpha).
    pub alpha: usize,
    /// Squared distance below which a picture has a visual word (eta).
    pub eta: f32,
    /// Most visual words (k).
    pub words: usize,
    /// What candidates and references are compared by.
    pub selector: Selector,
    /// Seed of the vocabulary.
    pub seed: u64,
}

impl Default for SelectionOptions {
    /// Those of the paper.
    fn default() -> Self {
        Self { theta: 0.05, alpha: 3, eta: 0.2, words: 100, selector: Selector::Bow, seed: 1 }
    }
}

/// Something that the scores do not tell by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// There was nothing to choose from.
    SingleCandidate,
    /// A candidate has no maps, so coverage could not be measured and all candidates were kept.
    NoMaps,
    /// No word was important enough, so all words with a map counted as entities.
    NoEntityWords,
    /// There was nothing to compare with, so coverage alone decided.
    NoReferences,
}

impl Flag {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::SingleCandidate => "single candidate",
            Self::NoMaps => "no maps",
            Self::NoEntityWords => "no entity words",
            Self::NoReferences => "no references",
        }
    }
}

/// What was chosen, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Selection {
    /// The candidate that was chosen (tau).
    pub selected: usize,
    /// What has to be known besides.
    pub flags: Vec<Flag>,
    /// How much of the entities the candidates show; absent where a candidate has no maps.
    pub coverage: Option<Coverage>,
    /// The candidates that were kept, by falling coverage.
    pub kept: Vec<usize>,
    /// How much the kept ones look like the references, in the order of `kept`; absent without references.
    pub accuracy: Option<Accuracy>,
}

impl Selection {
    /// How well every candidate does, 0 to 1, the larger the better; `None` for one that was not measured.
    ///
    /// The share of visual words in which it agrees with the references, or how near its vector is to theirs; without
    /// references how much it shows of the entities.
    pub fn scores(&self, candidates: usize) -> Vec<Option<f32>> {
        self.measures(candidates)
            .into_iter()
            .map(|measures| if self.accuracy.is_some() { measures.accuracy } else { measures.coverage })
            .collect()
    }

    /// What of every candidate was measured.
    pub fn measures(&self, candidates: usize) -> Vec<ImageMeasures> {
        let coverage = |place: usize| self.coverage.as_ref().map(|coverage| coverage.scores[place]);
        let mut measures: Vec<ImageMeasures> =
            (0..candidates).map(|place| ImageMeasures { coverage: coverage(place), accuracy: None }).collect();
        let Some(accuracy) = &self.accuracy else { return measures };
        let references = accuracy.distances.first().map_or(1, Vec::len).max(1) as f32;
        // Vectors of length 1 are at most a squared distance of 4 apart.
        let farthest = references * accuracy.bags.as_ref().map_or(4.0, |bags| bags.words.max(1) as f32);
        for (candidate, distance) in self.kept.iter().zip(&accuracy.scores) {
            measures[*candidate].accuracy = Some(1.0 - distance / farthest);
        }
        measures
    }
}

/// Pictures that are known to belong to a tweet, and what they and the candidates are seen with.
#[derive(Clone, Copy)]
pub struct References<'a> {
    /// The pictures.
    pub images: &'a [RgbImage],
    /// What sees them.
    pub encoder: &'a dyn RegionEncoder,
}

/// Chooses among candidates of one tweet, by the references that belong to it; `None` without any candidate.
pub fn select(
    candidates: &[Candidate],
    references: Option<References<'_>>,
    options: &SelectionOptions,
) -> Option<Selection> {
    let maps: Option<Vec<&WordMaps>> = candidates.iter().map(|candidate| candidate.maps.as_ref()).collect();
    let coverage = maps.filter(|maps| !maps.is_empty()).map(|maps| Coverage::of(&maps, options.theta));
    let kept = kept(coverage.as_ref(), candidates.len(), options.alpha);
    let references = references.filter(|references| !references.images.is_empty() && !candidates.is_empty());
    let accuracy = references.map(|References { images, encoder }| {
        let seen: Vec<LocalFeatures> = kept.iter().map(|place| encoder.features(&candidates[*place].image)).collect();
        let known: Vec<LocalFeatures> = images.iter().map(|image| encoder.features(image)).collect();
        compare(&seen.iter().collect::<Vec<_>>(), &known.iter().collect::<Vec<_>>(), options)
    });
    let selected = best(&kept, coverage.as_ref(), accuracy.as_ref())?;
    let flags = [
        (Flag::SingleCandidate, candidates.len() == 1),
        (Flag::NoMaps, coverage.is_none()),
        (Flag::NoEntityWords, coverage.as_ref().is_some_and(|coverage| coverage.all_words)),
        (Flag::NoReferences, accuracy.is_none()),
    ];
    let flags = flags.into_iter().filter_map(|(flag, raised)| raised.then_some(flag)).collect();
    Some(Selection { selected, flags, coverage, kept, accuracy })
}

/// The `alpha` candidates of the largest coverage, the first of equals first; all of them where it was not measured.
fn kept(coverage: Option<&Coverage>, candidates: usize, alpha: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..candidates).collect();
    if let Some(coverage) = coverage {
        order.sort_by(|one, other| coverage.scores[*other].total_cmp(&coverage.scores[*one]));
        order.truncate(alpha.max(1));
    }
    order
}

fn compare(candidates: &[&LocalFeatures], references: &[&LocalFeatures], options: &SelectionOptions) -> Accuracy {
    match options.selector {
        Selector::Global => Accuracy::by_whole(candidates, references),
        Selector::Bow => {
            let all = candidates.iter().chain(references);
            let vectors: Vec<f32> = all.flat_map(|picture| picture.regions.iter().copied()).collect();
            let width = candidates.first().map_or(1, |picture| picture.width);
            let vocabulary = VisualWords::learn(&vectors, width, options.words, options.seed);
            Accuracy::by_words(&vocabulary, candidates, references, options.eta)
        }
    }
}

/// The kept candidate nearest to the references; of equals that of the larger coverage, then the first.
fn best(kept: &[usize], coverage: Option<&Coverage>, accuracy: Option<&Accuracy>) -> Option<usize> {
    let distance = |place: usize| accuracy.map_or(0.0, |accuracy| accuracy.scores[place]);
    let shown = |candidate: usize| coverage.map_or(0.0, |coverage| coverage.scores[candidate]);
    let order = |(one_place, one): &(usize, &usize), (other_place, other): &(usize, &usize)| -> Ordering {
        let nearer = distance(*one_place).total_cmp(&distance(*other_place));
        nearer.then(shown(**other).total_cmp(&shown(**one))).then(one.cmp(other))
    };
    kept.iter().enumerate().min_by(order).map(|(_, candidate)| *candidate)
}
