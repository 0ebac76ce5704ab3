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
    /// Share of other regions that change the label's probability less than the brightest one when hidden; only of the mean
    /// of all maps where some regions were hidden and not all.
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
    /// What was hidden for each of the entities; empty where every region was, for all of them.
    pub hidden: &'a [Hidden],
}

/// The regions that were hidden for one entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The brightest of the mean of its maps.
    pub brightest: usize,
    /// Others, drawn by chance ([`super::draw_others`]).
    pub others: Vec<usize>,
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
            for (place, boxes) in boxes.iter().enumerate() {
                tweet.measure(place, boxes, selection, &mut sums)?;
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

    /// Whether the brightest region of a map of the entity `place` matters.
    ///
    /// What was hidden for another entity is bright for it, and what is the brightest of one head was not hidden for its
    /// sake: held against such regions, or only where it happens to be one, a map would look worse or better than it is.
    fn check(&self, place: usize, selection: Selection, brightest: usize) -> Option<OcclusionCheck> {
        let (falls, span) = (self.falls?, &self.spans[place]);
        let rows = self.alignment.rows(span.start, span.end);
        if self.hidden.is_empty() {
            return OcclusionCheck::of(brightest, falls, &rows);
        }
        let hidden = self.hidden.get(place)?;
        let meant = selection == Selection::Mean && hidden.brightest == brightest;
        meant.then(|| OcclusionCheck::against(brightest, &hidden.others, falls, &rows)).flatten()
    }

    /// Adds the measures of one entity's map to their sums.
    fn measure(
        &self,
        place: usize,
        boxes: &[Rectangle],
        selection: Selection,
        sums: &mut [(f64, usize); MEASURES],
    ) -> Result<(), MapError> {
        let span = &self.spans[place];
        let map = self.alignment.to_regions(span.start..span.end, selection)?;
        let Some(trust) = Trust::of(&map, &self.alignment.regions, boxes) else { return Ok(()) };
        let check = self.check(place, selection, trust.brightest);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alignment::{Frame, HeadMap, Regions};
    use crate::example::RegionBox;

    /// Two heads over two regions side by side; the first looks left, the second a little more to the right.
    fn alignment() -> Alignment {
        let head = |head, weights: [f32; 2]| HeadMap { head, weights: weights.to_vec(), ..HeadMap::default() };
        Alignment {
            method: "attention",
            tokens: 1,
            spans: Vec::new(),
            regions: Regions::Grid { image: "a".into(), rows: 1, columns: 2, frame: Frame::WHOLE },
            maps: vec![head(0, [0.8, 0.0]), head(1, [0.4, 0.6])],
        }
    }

    fn example(boxed: bool) -> Example {
        let region = RegionBox { image: "a".into(), start: 0, end: 1, xmin: 0.0, ymin: 0.0, xmax: 50.0, ymax: 99.0 };
        Example {
            tokens: vec!["ada".into()],
            spans: vec![Span::new("PER", 0, 1)],
            boxes: if boxed { vec![region] } else { Vec::new() },
            ..Example::default()
        }
    }

    fn report(tweets: &[bool], falls: Option<&Falls>) -> Report {
        let (alignment, mut reporter) = (alignment(), Reporter::default());
        for boxed in tweets {
            let example = example(*boxed);
            let size = Some([100, 99]);
            let (spans, alignment) = (&example.spans, &alignment);
            let measured = Measured { example: &example, spans, size, alignment, falls, hidden: &[] };
            reporter.add(&measured).expect("it can be measured");
        }
        reporter.report("umt", Method::Attention, 200, 1)
    }

    fn mean(interval: Option<Interval>) -> f64 {
        interval.expect("it was measured").mean
    }

    #[test]
    fn every_line_has_the_means_of_its_maps() {
        let falls = Falls { regions: vec![0, 1], probabilities: vec![0.9], falls: vec![0.1, 0.0] };
        let report = report(&[true, false, true], Some(&falls));
        assert_eq!((report.tweets, report.spans, report.boxed), (3, 3, 2));
        let selections: Vec<String> = report.lines.iter().map(|line| line.selection.to_string()).collect();
        assert_eq!(selections, ["mean", "max", "head:0.0", "head:0.1"], "one layer is the mean");
        let (left, right) = (&report.lines[2], &report.lines[3]);
        assert!((mean(left.strength) - 0.8).abs() < 1e-6 && mean(left.entropy).abs() < 1e-6);
        assert!((mean(left.peak) - 1.0).abs() < 1e-6 && (mean(right.peak) - 0.6).abs() < 1e-6);
        assert!((mean(left.mass) - 1.0).abs() < 1e-6 && (mean(right.mass) - 0.4).abs() < 1e-6);
        assert!((mean(left.pointing) - 1.0).abs() < 1e-6 && mean(right.pointing).abs() < 1e-6);
        assert!((mean(left.iou) - 1.0).abs() < 1e-6 && (mean(right.iou) - 0.5).abs() < 1e-6, "both are looked at");
        assert_eq!((left.mass.map(|mass| mass.count), left.peak.map(|peak| peak.count)), (Some(2), Some(3)));
        assert!((mean(left.occlusion) - 1.0).abs() < 1e-6 && mean(right.occlusion).abs() < 1e-6);
        assert!((mean(report.chance) - 0.5).abs() < 1e-6);
        let json = serde_json::to_value(&report).expect("plain data");
        assert_eq!((&json["method"], &json["lines"][2]["selection"]), (&"attention".into(), &"head:0.0".into()));
    }

    #[test]
    fn what_was_hidden_for_one_entity_is_not_held_against_another() {
        // Each of two names looks at the region that it needs; region 2 matters a little to both, 3 to none.
        let row = |own: usize| (0..4).map(|region| if region == own { 0.7 } else { 0.1 }).collect::<Vec<f32>>();
        let maps = vec![HeadMap { weights: [row(0), row(1)].concat(), ..HeadMap::default() }];
        let regions = Regions::Grid { image: "a".into(), rows: 2, columns: 2, frame: Frame::WHOLE };
        let alignment = Alignment { method: "attention", tokens: 2, spans: Vec::new(), regions, maps };
        let example = Example {
            tokens: vec!["ada".into(), "paris".into()],
            spans: vec![Span::new("PER", 0, 1), Span::new("LOC", 1, 2)],
            ..Example::default()
        };
        // The first name falls most without the region of the second, which is bright for that one alone.
        let falls = Falls {
            regions: vec![0, 1, 2, 3],
            probabilities: vec![0.9; 2],
            falls: vec![0.4, 0.6, 0.1, 0.0, 0.0, 0.4, 0.1, 0.0],
        };
        let occlusion = |hidden: &[Hidden]| {
            let mut reporter = Reporter::default();
            let (spans, falls) = (&example.spans, Some(&falls));
            let measured = Measured { example: &example, spans, size: None, alignment: &alignment, falls, hidden };
            reporter.add(&measured).expect("it can be measured");
            reporter.report("umt", Method::Attention, 9, 1).lines[0].occlusion
        };
        let hidden = [(0, vec![2, 3]), (1, vec![3])];
        let hidden = hidden.map(|(brightest, others)| Hidden { brightest, others });
        assert!((mean(occlusion(&hidden)) - 1.0).abs() < 1e-6, "the region of the second name is none of the first's");
        assert!((mean(occlusion(&[])) - 5.0 / 6.0).abs() < 1e-6, "where all are hidden all count");
        let elsewhere = [3, 3].map(|brightest| Hidden { brightest, others: vec![2] });
        assert_eq!(occlusion(&elsewhere), None, "its own brightest region was not hidden for it");
    }

    #[test]
    fn heads_are_sorted_and_what_sums_them_up_stays_in_front() {
        let mut report = report(&[true], None);
        let mut sorted = |order| {
            report.sort(order);
            report.lines.iter().map(|line| line.selection.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(sorted(Order::Strength), ["mean", "max", "head:0.1", "head:0.0"]);
        assert_eq!(sorted(Order::Entropy), ["mean", "max", "head:0.0", "head:0.1"]);
        assert_eq!(sorted(Order::Strength)[2], "head:0.1");
        assert_eq!(sorted(Order::Overlap)[2], "head:0.0");
    }

    #[test]
    fn without_boxes_and_without_tweets_nothing_is_claimed() {
        let report_without = report(&[false], None);
        let line = &report_without.lines[0];
        assert_eq!(
            (line.pointing, line.mass, line.iou, line.occlusion, report_without.chance),
            (None, None, None, None, None)
        );
        let nothing = report(&[], None);
        assert_eq!((nothing.tweets, nothing.lines.len(), nothing.chance), (0, 0, None));
        let mut broken = alignment();
        broken.maps[0].weights[0] = f32::NAN;
        let example = example(true);
        let spans = &example.spans;
        let measured = Measured { example: &example, spans, size: None, alignment: &broken, falls: None, hidden: &[] };
        let mut reporter = Reporter::default();
        assert!(reporter.add(&measured).is_err() && reporter.report("umt", Method::Attention, 9, 1).tweets == 0);
    }
}
