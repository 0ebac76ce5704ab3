//! What the inspector looks at, and what it was told: plain values, and arithmetic on maps that are there.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use spanlight_models::alignment::{Alignment, Map, Selection};
use spanlight_models::attribution::{Direction, Method, Unit};
use spanlight_models::trust::Order;

use crate::graphics::{ByteCache, Scale};
use crate::worker::{Insight, Question};

/// Bytes of answers that are kept.
const KEPT_BYTES: usize = 64 << 20;

/// What the map on the left is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Against {
    /// Nothing.
    #[default]
    Nothing,
    /// Another model on the same tweet and image.
    OtherModel,
    /// The same model on the next image of the tweet.
    OtherImage,
    /// The same model by the next method.
    OtherMethod,
    /// The same model without any image: what becomes of the labels.
    NoImage,
    /// Maps that files record of where the picture shows the words.
    Recorded,
}

impl Against {
    /// All of them, in the order in which a key goes through them.
    const ALL: [Self; 6] =
        [Self::Nothing, Self::OtherModel, Self::OtherImage, Self::OtherMethod, Self::NoImage, Self::Recorded];

    /// The one that follows; recorded maps are passed over unless there are any.
    pub fn next(self, recorded: bool) -> Self {
        let known = if recorded { &Self::ALL[..] } else { &Self::ALL[..Self::ALL.len() - 1] };
        stepped(known, self, 1)
    }
}

/// The inspector's choices and the answers it has.
#[derive(Debug)]
pub struct Inspector {
    /// Whether there is no other screen to go back to.
    pub alone: bool,
    /// What has a map.
    pub unit: Unit,
    /// The piece of the word under the cursor, where pieces have maps.
    pub piece: usize,
    /// How the map is read.
    pub direction: Direction,
    /// Which layers and heads.
    pub selection: Selection,
    /// How the model is asked.
    pub method: Method,
    /// What the colours mean.
    pub scale: Scale,
    /// How heads are sorted.
    pub order: Order,
    /// The region under the cursor; the brightest until somebody moves.
    pub region: Option<usize>,
    /// Whether it is to be checked by hiding regions which of them matter.
    pub checked: bool,
    /// What is compared.
    pub against: Against,
    /// First visible row of the heads.
    pub scroll: usize,
    /// Width and height of the images that were looked at.
    pub sizes: HashMap<String, [u32; 2]>,
    /// What the model said.
    pub insights: Insights,
}

impl Inspector {
    /// The usual choices; `alone` where no other screen is below.
    pub fn new(alone: bool) -> Self {
        Self {
            alone,
            unit: Unit::Span,
            piece: 0,
            direction: Direction::ToRegions,
            selection: Selection::Mean,
            method: Method::Attention,
            scale: Scale::Shared,
            order: Order::Strength,
            region: None,
            checked: false,
            against: Against::Nothing,
            scroll: 0,
            sizes: HashMap::new(),
            insights: Insights::default(),
        }
    }

    /// The unit that the model is asked for: words and spans have the same rows.
    pub fn rows(&self) -> Unit {
        if self.unit == Unit::SubToken { Unit::SubToken } else { Unit::Word }
    }

    /// The next head, layer by layer, between the mean and the largest of all; `heads` are those of the maps.
    pub fn step_head(&mut self, heads: &[(usize, usize)], by: isize) {
        let all: Vec<Selection> = [Selection::Mean, Selection::Max]
            .into_iter()
            .chain(heads.iter().map(|&(layer, head)| Selection::Head { layer, head }))
            .collect();
        self.selection = stepped(&all, self.selection, by);
    }

    /// The mean over the next layer, before and behind the mean of all.
    pub fn step_layer(&mut self, layers: &[usize], by: isize) {
        let all: Vec<Selection> =
            std::iter::once(Selection::Mean).chain(layers.iter().map(|layer| Selection::Layer(*layer))).collect();
        let here = match self.selection {
            Selection::Head { layer, .. } => Selection::Layer(layer),
            other => other,
        };
        self.selection = stepped(&all, here, by);
    }

    /// The next of the methods that the model has.
    pub fn step_method(&mut self, methods: &[Method], by: isize) {
        self.method = stepped(methods, self.method, by);
    }

    /// The next scale.
    pub fn step_scale(&mut self) {
        self.scale = stepped(&[Scale::Shared, Scale::Map, Scale::Percentile], self.scale, 1);
    }
}

/// The one so many further in a list that goes round, from the first where the present one is not in it.
pub fn stepped<T: Copy + PartialEq>(all: &[T], here: T, by: isize) -> T {
    let Some(first) = all.first() else { return here };
    match all.iter().position(|one| *one == here) {
        Some(place) => all[(place as isize + by).rem_euclid(all.len() as isize) as usize],
        None => *first,
    }
}

/// What the model said to questions, and which wait.
#[derive(Debug)]
pub struct Insights {
    answers: ByteCache<Question, Result<Box<Insight>, String>>,
    waiting: HashSet<Question>,
}

impl Default for Insights {
    fn default() -> Self {
        Self { answers: ByteCache::new(KEPT_BYTES), waiting: HashSet::new() }
    }
}

impl Insights {
    /// The answer to a question.
    pub fn get(&self, question: &Question) -> Option<&Result<Box<Insight>, String>> {
        self.answers.peek(question)
    }

    /// Whether a question is still to be asked; asking makes it wait.
    pub fn ask(&mut self, question: &Question) -> bool {
        self.get(question).is_none() && self.waiting.insert(question.clone())
    }

    /// Forgets what waits for other tweets: the worker drops that.
    pub fn turn_to(&mut self, tweet: i64) {
        self.waiting.retain(|question| question.tweet == tweet);
    }

    /// Takes an answer in.
    pub fn answered(&mut self, question: Question, answer: Result<Box<Insight>, String>) {
        self.waiting.remove(&question);
        let bytes = answer.as_ref().ok().and_then(|insight| insight.alignment.as_ref()).map_or(256, bytes_of);
        self.answers.put(question, answer, bytes);
    }

    /// Forgets everything, as when another model is in use or the tweet has changed.
    pub fn clear(&mut self) {
        self.answers.clear();
        self.waiting.clear();
    }
}

fn bytes_of(alignment: &Alignment) -> usize {
    alignment.maps.iter().map(|map| 4 * (map.weights.len() + map.whole.len())).sum::<usize>() + 1024
}

/// Every weight that shares a scale: of all rows, in the selected maps and in every head.
pub fn shared_weights(alignment: &Alignment, selection: Selection) -> Vec<f32> {
    let rows = if alignment.spans.is_empty() { alignment.tokens } else { alignment.spans.len() };
    let row = |row: usize| -> Range<usize> { alignment.spans.get(row).map_or(row..row + 1, Clone::clone) };
    let map = |row: Range<usize>| alignment.to_regions(row, selection).ok();
    (0..rows).filter_map(|place| map(row(place))).flat_map(|map: Map| map.weights).collect()
}

#[cfg(test)]
mod tests {
    use spanlight_models::alignment::{HeadMap, Regions};
    use spanlight_models::input::ContextWord;

    use super::*;

    #[test]
    fn heads_layers_and_methods_go_round() {
        let mut inspector = Inspector::new(true);
        let heads = [(0, 0), (0, 1), (1, 0)];
        let seen: Vec<String> = (0..5)
            .map(|_| {
                inspector.step_head(&heads, 1);
                inspector.selection.to_string()
            })
            .collect();
        assert_eq!(seen, ["max", "head:0.0", "head:0.1", "head:1.0", "mean"]);
        inspector.step_head(&heads, -1);
        inspector.step_layer(&[0, 1], 1);
        assert_eq!(inspector.selection, Selection::Mean, "behind the last layer");
        inspector.step_layer(&[0, 1], 1);
        assert_eq!(inspector.selection, Selection::Layer(0));
        inspector.step_method(&[Method::Attention, Method::Occlusion], -1);
        assert_eq!(inspector.method, Method::Occlusion);
        inspector.step_method(&[], 1);
        assert_eq!(inspector.method, Method::Occlusion, "there is no other");
    }

    #[test]
    fn a_question_is_asked_once_until_it_is_answered_or_left() {
        let question = |tweet| Question {
            tweet,
            image: None,
            model: crate::worker::Which::InUse,
            method: Method::Attention,
            unit: Unit::Word,
        };
        let mut insights = Insights::default();
        assert!(insights.ask(&question(1)) && !insights.ask(&question(1)));
        insights.turn_to(2);
        assert!(insights.ask(&question(1)), "the worker may have dropped it");
        insights.answered(question(1), Err("no".into()));
        assert!(!insights.ask(&question(1)) && insights.get(&question(1)).is_some());
        insights.clear();
        assert!(insights.ask(&question(1)));
    }

    #[test]
    fn all_words_share_a_scale() {
        let words = vec![ContextWord::default(); 2];
        let alignment = Alignment {
            method: "attention",
            tokens: 2,
            spans: Vec::new(),
            regions: Regions::Words { words },
            maps: vec![HeadMap { weights: vec![0.1, 0.3, 0.4, 0.4], ..HeadMap::default() }],
        };
        assert_eq!(shared_weights(&alignment, Selection::Mean), [0.25, 0.75, 0.5, 0.5]);
    }
}
