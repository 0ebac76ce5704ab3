//! The words all rooms share: tweets as tokens, entity spans over tokens, label sets and tag schemes.
//!
//! Positions are token indices throughout; a span covers `start..end`, `end` exclusive.

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

mod candidates;
mod structure;
mod tags;

pub use candidates::{ImageFacts, ImageMeasures};
pub use structure::{Flatten, SpanStructure, check_spans, check_structure};
pub use tags::{Repair, TagError, TagScheme, parse_tag};

/// What two corpora call the same class; papers rename one to the other.
const SAME_TYPE: [(&str, &str); 2] = [("MISC", "OTHER"), ("OTHER", "MISC")];

/// One named entity: its type and the tokens it covers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First token.
    pub start: usize,
    /// One past the last token.
    pub end: usize,
    /// Name of the entity type, as the corpus writes it (`PER`, `OTHER`, ...).
    #[serde(rename = "type")]
    pub label: String,
}

impl Span {
    /// A span of type `label` over tokens `start..end`.
    pub fn new(label: impl Into<String>, start: usize, end: usize) -> Self {
        Self { start, end, label: label.into() }
    }

    /// Whether the two spans share a token.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether the two spans share a token and each has one that the other has not.
    pub fn crosses(&self, other: &Self) -> bool {
        let holds = |outer: &Self, inner: &Self| outer.start <= inner.start && inner.end <= outer.end;
        self.overlaps(other) && !holds(self, other) && !holds(other, self)
    }

    /// Calls the type by its new name where it has the old one; the names are those of [`LabelSet::spelled_like`].
    pub fn respell(&mut self, [old, new]: [&str; 2]) {
        if self.label == old {
            new.clone_into(&mut self.label);
        }
    }

    /// Whether token `index` lies in the span.
    pub fn contains(&self, index: usize) -> bool {
        (self.start..self.end).contains(&index)
    }
}

/// What a piece of text that accompanies a tweet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContextKind {
    /// Object tags of a detector.
    Tags,
    /// A sentence about the image.
    Caption,
    /// Text read in the image.
    Ocr,
    /// Background knowledge written by a language model.
    Knowledge,
    /// Anything else.
    Other,
}

impl ContextKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Tags, Self::Caption, Self::Ocr, Self::Knowledge, Self::Other];

    /// The name in files, on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Caption => "caption",
            Self::Ocr => "ocr",
            Self::Knowledge => "knowledge",
            Self::Other => "other",
        }
    }

    /// The kind of this name, whatever the case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for ContextKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One of several things that a context lists, as object tags are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContextItem {
    /// What is said.
    pub text: String,
    /// How sure its source is, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
}

/// Text that accompanies a tweet: a caption, tags, what was read in the image, knowledge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// What the text is.
    pub kind: ContextKind,
    /// The text itself; empty where the context is a list.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What it lists, the surest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ContextItem>,
    /// Id of the image it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Similarity of the text to the image, as far as somebody measured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f32>,
    /// Where it came from (a file, an endpoint, a person).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The model that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl Context {
    /// A context of one text, from nowhere in particular.
    pub fn new(kind: ContextKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), items: Vec::new(), image: None, similarity: None, source: None, model: None }
    }

    /// Its words in order: of the text, or of the things it lists.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.text.split_whitespace().chain(self.items.iter().flat_map(|item| item.text.split_whitespace()))
    }
}

/// Where an entity is visible: a rectangle in pixels of one of the tweet's images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionBox {
    /// Id of the image.
    pub image: String,
    /// First token of the entity.
    pub start: usize,
    /// One past the entity's last token.
    pub end: usize,
    /// Left edge in pixels.
    pub xmin: f32,
    /// Upper edge in pixels.
    pub ymin: f32,
    /// Right edge in pixels.
    pub xmax: f32,
    /// Lower edge in pixels.
    pub ymax: f32,
}

impl RegionBox {
    /// Left, upper, right and lower edge in fractions of an image of this width and height.
    pub fn fractions(&self, [width, height]: [u32; 2]) -> [f32; 4] {
        let (across, down) = (width.max(1) as f32, height.max(1) as f32);
        [self.xmin / across, self.ymin / down, self.xmax / across, self.ymax / down]
    }
}

/// A tweet: tokens, entities, candidate images, contexts and boxes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// Identifier of the tweet, a string in every corpus.
    pub id: String,
    /// The words as the corpus splits them.
    pub tokens: Vec<String>,
    /// Entities, in order of their first token.
    #[serde(default)]
    pub spans: Vec<Span>,
    /// Ids of candidate images, the preferred one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// How well candidate images suit the tweet, by their ids, as far as somebody measured it; more is better.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub image_scores: IndexMap<String, f32>,
    /// What those scores are made of, as far as somebody measured it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub image_measures: IndexMap<String, ImageMeasures>,
    /// Accompanying texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<Context>,
    /// Where entities are visible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boxes: Vec<RegionBox>,
}

impl Example {
    /// The boxes of the entity on tokens `start..end` in one image of this width and height: left, upper, right and lower
    /// edge in fractions of it, cut at its edges; those that lie outside are left out.
    pub fn boxes_of(&self, start: usize, end: usize, image: &str, size: [u32; 2]) -> Vec<[f32; 4]> {
        let own =
            self.boxes.iter().filter(|region| region.image == image && (region.start, region.end) == (start, end));
        let cut = own.map(|region| region.fractions(size).map(|edge| edge.clamp(0.0, 1.0)));
        cut.filter(|[left, top, right, bottom]| left < right && top < bottom).collect()
    }

    /// Number of entities that have no place where no token can be in two: all but the outermost.
    pub fn beyond_flat(&self) -> usize {
        Flatten::Outermost.split(&self.spans).1.len()
    }
}

/// A span that does not fit its tweet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// The span holds no token or leaves the tweet.
    #[error("span {}..{} of type `{}` does not fit a tweet of {tokens} tokens", .span.start, .span.end, .span.label)]
    OutOfRange {
        /// The span.
        span: Span,
        /// Number of tokens of the tweet.
        tokens: usize,
    },
    /// Two spans share a token where none may.
    #[error("spans {}..{} (`{}`) and {}..{} (`{}`) overlap", .first.start, .first.end, .first.label, .second.start, .second.end, .second.label)]
    Overlap {
        /// The earlier span.
        first: Span,
        /// The later span.
        second: Span,
    },
    /// Two spans share a token and neither holds the other where one must.
    #[error("spans {}..{} (`{}`) and {}..{} (`{}`) overlap without one holding the other", .first.start, .first.end, .first.label, .second.start, .second.end, .second.label)]
    Crossing {
        /// The earlier span.
        first: Span,
        /// The later span.
        second: Span,
    },
    /// A span that is there twice.
    #[error("span {}..{} of type `{}` is there twice", .span.start, .span.end, .span.label)]
    Repeated {
        /// The span.
        span: Span,
    },
    /// A type without a name.
    #[error("span {start}..{end} has an empty type")]
    EmptyType {
        /// First token.
        start: usize,
        /// One past the last token.
        end: usize,
    },
}

/// How a type looks and which key assigns it; part of a project's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeStyle {
    /// Colour as `#rrggbb` or a theme's colour name; the theme's palette decides where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// The key that assigns the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<char>,
}

/// The entity types of a project or a model, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LabelSet {
    types: IndexMap<String, TypeStyle>,
}

impl LabelSet {
    /// A label set without styles; repeated names count once.
    pub fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self { types: names.into_iter().map(|name| (name.into(), TypeStyle::default())).collect() }
    }

    /// The types that occur in `examples`, by falling frequency, then by name.
    pub fn from_examples<'a>(examples: impl IntoIterator<Item = &'a Example>) -> Self {
        let mut counts: IndexMap<&str, usize> = IndexMap::new();
        for span in examples.into_iter().flat_map(|example| &example.spans) {
            *counts.entry(&span.label).or_default() += 1;
        }
        counts.sort_by(|a, n, b, m| m.cmp(n).then_with(|| a.cmp(b)));
        Self::new(counts.into_keys())
    }

    /// Number of types.
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// Whether there is no type.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    /// The name at `index`.
    pub fn name(&self, index: usize) -> Option<&str> {
        self.types.get_index(index).map(|(name, _)| name.as_str())
    }

    /// The place of `name` in the order.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.types.get_index_of(name)
    }

    /// How `name` is shown.
    pub fn style(&self, name: &str) -> Option<&TypeStyle> {
        self.types.get(name)
    }

    /// Names and styles in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TypeStyle)> {
        self.types.iter().map(|(name, style)| (name.as_str(), style))
    }

    /// The set with `MISC` called `OTHER`, or the other way round, where `other` calls that class so and this set does
    /// not; with the old and the new name.
    pub fn spelled_like(&self, other: &Self) -> Option<(Self, [&'static str; 2])> {
        let only_in = |one: &Self, two: &Self, name: &str| one.index_of(name).is_some() && two.index_of(name).is_none();
        let differs = |(old, new): &(&str, &str)| only_in(self, other, old) && only_in(other, self, new);
        let (old, new) = SAME_TYPE.into_iter().find(differs)?;
        let renamed = |(name, style): (&str, &TypeStyle)| {
            (if name == old { new.to_owned() } else { name.to_owned() }, style.clone())
        };
        Some((Self { types: self.iter().map(renamed).collect() }, [old, new]))
    }

    /// Adds `name` at the end unless it is there, and returns its place.
    pub fn insert(&mut self, name: impl Into<String>, style: TypeStyle) -> usize {
        let entry = self.types.entry(name.into());
        let index = entry.index();
        entry.or_insert(style);
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_do_not_fit_are_refused() {
        let check = |spans: &[Span]| check_spans(spans, 3, SpanStructure::Flat);
        assert!(check(&[Span::new("PER", 0, 2), Span::new("LOC", 2, 3)]).is_ok());
        assert!(matches!(check(&[Span::new("PER", 1, 1)]), Err(SpanError::OutOfRange { .. })));
        assert!(matches!(check(&[Span::new("PER", 0, 4)]), Err(SpanError::OutOfRange { .. })));
        assert!(matches!(check(&[Span::new("", 0, 1)]), Err(SpanError::EmptyType { .. })));
        let overlapping = [Span::new("LOC", 1, 3), Span::new("PER", 0, 2)];
        assert!(matches!(check(&overlapping), Err(SpanError::Overlap { .. })));
    }

    #[test]
    fn label_sets_are_ordered_by_frequency_and_keep_their_order() {
        let example = |labels: &[&str]| Example {
            spans: labels.iter().enumerate().map(|(i, l)| Span::new(*l, i, i + 1)).collect(),
            ..Example::default()
        };
        let set = LabelSet::from_examples(&[example(&["LOC", "PER"]), example(&["PER", "a b/c"])]);
        assert_eq!(set.names().collect::<Vec<_>>(), ["PER", "LOC", "a b/c"]);
        assert_eq!(set.index_of("LOC"), Some(1));
    }

    #[test]
    fn the_same_class_is_called_as_the_other_set_calls_it() {
        let (model, data) = (LabelSet::new(["PER", "MISC"]), LabelSet::new(["OTHER", "LOC"]));
        let (renamed, names) = model.spelled_like(&data).expect("another name");
        assert_eq!((renamed.names().collect::<Vec<_>>(), names), (vec!["PER", "OTHER"], ["MISC", "OTHER"]));
        assert_eq!(renamed.spelled_like(&data), None);
        assert_eq!(model.spelled_like(&LabelSet::new(["MISC", "OTHER"])), None);
    }
}
