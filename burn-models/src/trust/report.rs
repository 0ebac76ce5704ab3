//! The measures of many maps: means over a corpus with confidence intervals, for every layer and head.

use indexmap::IndexMap;
use serde::Serialize;

use super::{NOTE, OcclusionCheck, Order, THRESHOLD, Trust};
use crate::alignment::{Alignment, MapError, Selection};
use crate::attribution::{Falls, Method};
use crate::encoders::image::Rectangle;
use crate::example::{Example, Span};
use crate::metrics::{Interval, Resamples};

/// Number of measures of a map.
const MEASURES: usize = 8;

/// What all maps of a method on a corpus are like.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The system.
    pub system: String,
    /// How the maps were computed.
    pub method: Method,
    /// Tweets that had a map.
    pub tweets: usize,
    /// Entities whose maps were measured.
    pub spans: usize,
    /// Those of them that have a gold box on the image.
    pub boxed: usize,
    /// The part of the largest weight from which on a region counts as looked at.
    pub threshold: f32,
    /// Share of the image that the boxes cover in the mean, which is the mass of a map that looks everywhere alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chance: Option<Interval>,
    /// Resamples behind every interval.
    pub resamples: usize,
    /// Seed of the resamples.
    pub seed: u64,
    /// Mean and maximum of all maps, every layer and every head.
    pub lines: Vec<Line>,
    /// What no measure here takes back.
    pub note: &'static str,
}

/// What the maps of one selection are like; each a mean over entities with a 95 % interval over tweets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Which layers and heads.
    pub selection: Selection,
    /// What the regions got; see [`Trust::strength`].
    pub strength: Option<Interval>,
    /// Entropy in nats.
    pub entropy: Option<Interval>,
    /// Entropy over its largest value.
    pub normalised_entropy: Option<Interval>,
    /// Largest weight.
    pub peak: Option<Interval>,
    /// Share of the entities with a box whose brightest region lies in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointing: Option<Interval>,
    /// Share of the weight in the boxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mass: Option<Interval>,
    /// Intersection over union with the boxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iou: Option<Interval>,
    /// Share of other regions that change the label's probability less than the brightest one when hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occlusion: Option<Interval>,
}

/// One tweet and what is known of its maps.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// The tweet.
    pub example: &'a Example,
    /// The entities whose maps count; those with boxes are the gold ones.
    pub spans: &'a [Span],
    /// Width and height of its image in pixels; without, boxes do not count.
    pub size: Option<[u32; 2]>,
    /// The maps.
    pub alignment: &'a Alignment,
    /// What hiding regions does, as far as somebody tried.
    pub falls: Option<&'a Falls>,
}

/// Gathers the measures tweet by tweet.
#[derive(Clone, Debug, Default)]
pub struct Reporter {
    tweets: usize,
    spans: usize,
    boxed: usize,
    /// For every tweet the sum and number of what its boxes cover.
    chance: Vec<(f64, usize)>,
    /// For every selection, tweet and measure the sum and number of values.
    series: IndexMap<Selection, Vec<[(f64, usize); MEASURES]>>,
}

impl Reporter {
    /// Takes in one tweet; one without entities or whose maps cannot be shown changes nothing.
    pub fn add(&mut self, tweet: &Measured<'_>) -> Result<(), MapError> {
        tweet.alignment.check()?;
        if tweet.spans.is_empty() || tweet.alignment.maps.is_empty() {
            return Ok(());
        }
        let boxes: Vec<Vec<Rectangle>> = tweet.spans.iter().map(|span| tweet.boxes(span)).collect();
        let mut lines = Vec::new();
        for selection in selections(tweet.alignment) {
            let mut sums = [(0.0, 0); MEASURES];
            for (span, boxes) in tweet.spans.iter().zip(&boxes) {
                tweet.measure(span, boxes, selection, &mut sums)?;
            }
            lines.push((selection, sums));
        }
        for (selection, sums) in lines {
            // Tweets before may have had fewer heads.
            let series = self.series.entry(selection).or_default();
            series.resize(self.tweets, [(0.0, 0); MEASURES]);
            series.push(sums);
        }
        let covered = boxes.iter().filter(|boxes| !boxes.is_empty()).map(|boxes| super::union_area(boxes));
        self.chance.push(covered.fold((0.0, 0), |(sum, count), area| (sum + area, count + 1)));
        self.tweets += 1;
        self.spans += tweet.spans.len();
        self.boxed += boxes.iter().filter(|boxes| !boxes.is_empty()).count();
        Ok(())
    }

    /// The means so far, with intervals from `resamples` resamples by `seed`.
    pub fn report(&self, system: &str, method: Method, resamples: usize, seed: u64) -> Report {
        let drawn = Resamples::draw(self.tweets, resamples, seed);
        let line = |(selection, series): (&Selection, &Vec<[(f64, usize); MEASURES]>)| {
            let interval = |measure: usize| {
                let mut values: Vec<(f64, usize)> = series.iter().map(|sums| sums[measure]).collect();
                values.resize(self.tweets, (0.0, 0));
                drawn.interval(&values)
            };
            let [strength, entropy, normalised_entropy, peak, pointing, mass, iou, occlusion] =
                std::array::from_fn(interval);
            let selection = *selection;
            Line { selection, strength, entropy, normalised_entropy, peak, pointing, mass, iou, occlusion }
        };
        Report {
            system: system.to_owned(),
            method,
            tweets: self.tweets,
            spans: self.spans,
            boxed: self.boxed,
            threshold: THRESHOLD,
            chance: drawn.interval(&self.chance),
            resamples,
            seed,
            lines: self.series.iter().map(line).collect(),
            note: NOTE,
        }
    }
}

impl Report {
    /// Sorts the lines of single heads behind those of mean, maximum and layers, which stay.
    pub fn sort(&mut self, order: Order) {
        let mean = |interval: Option<Interval>| interval.map_or(f64::NEG_INFINITY, |interval| interval.mean);
        let key = |line: &Line| match line.selection {
            Selection::Head { .. } => {
                let entropy = line.entropy.map_or(f64::INFINITY, |interval| interval.mean);
                (1, -order.key(mean(line.strength), entropy, line.mass.map(|interval| interval.mean)))
            }
            _ => (0, 0.0),
        };
        self.lines.sort_by(|one, other| {
            let ((one_rank, one), (other_rank, other)) = (key(one), key(other));
            one_rank.cmp(&other_rank).then(one.total_cmp(&other))
        });
    }
}

impl Measured<'_> {
    /// The gold boxes of an entity on the image of the maps, in fractions of it.
    fn boxes(&self, span: &Span) -> Vec<Rectangle> {
        let (Some([width, height]), Some(image)) = (self.size, self.alignment.image()) else { return Vec::new() };
        self.example.boxes_of(span.start, span.end, image, [width, height])
    }

    /// Adds the measures of one entity's map to their sums.
    fn measure(
        &self,
        span: &Span,
        boxes: &[Rectangle],
        selection: Selection,
        sums: &mut [(f64, usize); MEASURES],
    ) -> Result<(), MapError> {
        let map = self.alignment.to_regions(span.start..span.end, selection)?;
        let Some(trust) = Trust::of(&map, &self.alignment.regions, boxes) else { return Ok(()) };
        let rows = self.alignment.rows(span.start, span.end);
        let check = self.falls.and_then(|falls| OcclusionCheck::of(trust.brightest, falls, &rows));
        let values = [
            Some(trust.strength),
            Some(trust.entropy),
            Some(trust.normalised_entropy),
            Some(trust.peak),
            trust.overlap.map(|overlap| f32::from(u8::from(overlap.pointing))),
            trust.overlap.map(|overlap| overlap.mass),
            trust.overlap.map(|overlap| overlap.iou),
            check.map(|check| check.beaten),
        ];
        for ((sum, count), value) in sums.iter_mut().zip(values) {
            if let Some(value) = value {
                *sum += f64::from(value);
                *count += 1;
            }
        }
        Ok(())
    }
}

/// Mean and maximum, every layer where there are several, and every head where there are several.
fn selections(alignment: &Alignment) -> Vec<Selection> {
    let (layers, heads) = (alignment.layers(), alignment.heads());
    let mut selections = vec![Selection::Mean];
    if heads.len() > 1 {
        selections.push(Selection::Max);
        if layers.len() > 1 {
            selections.extend(layers.into_iter().map(Selection::Layer));
        }
        selections.extend(heads.into_iter().map(|(layer, head)| Selection::Head { layer, head }));
    }
    selections
}
