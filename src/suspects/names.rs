//! The same name labelled here and not there, with other borders, or with another type.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use indexmap::IndexMap;
use spanlight_models::example::{Example, Span};

use super::gold::{Gold, GoldTweet};
use super::{Check, Doubt, Reason, words_of};
use crate::project::ProjectError;

/// Longest name that is looked for, in words.
const LONGEST: usize = 8;

/// A name must be labelled so often before its places without a label are doubted: one word is a name by chance more easily
/// than several.
const SEEN: [usize; 2] = [3, 2];

/// And in so large a share of its places.
const CONSISTENT: f64 = 0.7;

/// What may stand before a name and belong to it or not.
const LEADING: [&str; 3] = ["the", "a", "an"];

/// Words between two signs, as the corpus writes them.
#[derive(Clone, Debug, Default)]
struct Name {
    /// How often it is an entity, by type.
    types: IndexMap<String, usize>,
    /// How often it is there and nothing of it is labelled.
    unlabelled: usize,
    /// How often a label has other borders: it ends within the name.
    cut: usize,
}

impl Name {
    fn labelled(&self) -> usize {
        self.types.values().sum()
    }

    /// The most frequent type and how often it is that; the first one of equally frequent ones.
    fn main_type(&self) -> Option<(&str, usize)> {
        let mut best: Option<(&str, usize)> = None;
        for (label, count) in &self.types {
            if best.is_none_or(|(_, most)| *count > most) {
                best = Some((label, *count));
            }
        }
        best
    }
}

/// All names of a corpus.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// As they are written.
    written: HashMap<String, Name>,
    /// Whatever the case.
    folded: HashMap<String, Name>,
    /// First words of names, and how many words those names have.
    lengths: HashMap<String, HashSet<usize>>,
}

/// How an occurrence of a name lies to the labels there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place<'a> {
    /// It is the label.
    Labelled,
    /// Nothing of it is labelled.
    Unlabelled,
    /// A label ends or begins within it.
    Cut(&'a Span),
    /// It is a part of a longer label.
    Part,
}

impl Names {
    /// Looks through all tweets twice: for names, then for the places where they stand.
    pub fn gather(gold: &dyn Gold) -> Result<Self, ProjectError> {
        let mut names = Self::default();
        for place in 0..gold.len() {
            let tweet = gold.tweet(place)?;
            let tokens = &tweet.example.tokens;
            for span in tweet.whole_spans().filter(|span| span.end - span.start <= LONGEST) {
                let words = words_of(tokens, span);
                names.lengths.entry(tokens[span.start].clone()).or_default().insert(span.end - span.start);
                for (map, key) in [(&mut names.folded, words.to_lowercase()), (&mut names.written, words)] {
                    *map.entry(key).or_default().types.entry(span.label.clone()).or_default() += 1;
                }
            }
        }
        for place in 0..gold.len() {
            let example = gold.tweet(place)?.example;
            let mut found = Vec::new();
            names.each_occurrence(&example, |_, words, at| found.push((words.to_owned(), at)));
            for (words, at) in found {
                let Some(name) = names.written.get_mut(&words) else { continue };
                name.unlabelled += usize::from(at == Place::Unlabelled);
                name.cut += usize::from(matches!(at, Place::Cut(_)));
            }
        }
        Ok(names)
    }

    /// Whether these words are an entity somewhere, whatever the case.
    pub fn is_known(&self, words: &str) -> bool {
        self.folded.contains_key(&words.to_lowercase())
    }

    /// How much the other places of a name speak for a label on it, `0..=1`: the share of them where it is labelled.
    pub fn support(&self, words: &str) -> f64 {
        let others = self.folded.get(&words.to_lowercase()).map_or(0, Name::labelled).saturating_sub(1);
        let unlabelled = self.written.get(words).map_or(0, |name| name.unlabelled);
        others as f64 / (others + unlabelled + 1) as f64
    }

    /// All places of names, longer ones first; what lies within a place that was told already is passed over.
    fn each_occurrence<'e>(&self, example: &'e Example, mut tell: impl FnMut(Range<usize>, &str, Place<'e>)) {
        let tokens = &example.tokens;
        let mut start = 0;
        while start < tokens.len() {
            let mut lengths: Vec<usize> = self.lengths.get(&tokens[start]).into_iter().flatten().copied().collect();
            lengths.sort_unstable_by(|one, other| other.cmp(one));
            let found = lengths.into_iter().find_map(|length| {
                let range = start..start + length;
                let words = tokens.get(range.clone())?.join(" ");
                self.written.contains_key(&words).then_some((range, words))
            });
            let Some((range, words)) = found else {
                start += 1;
                continue;
            };
            let place = place_of(&range, &example.spans);
            start = if place == Place::Unlabelled { range.end } else { start + 1 };
            tell(range, &words, place);
        }
    }

    /// Places of names without a label or with a label that ends within them, and labels with an article that the name
    /// mostly goes without.
    pub fn borders(&self, place: usize, tweet: &GoldTweet, doubts: &mut Vec<Doubt>) {
        let example = &tweet.example;
        self.each_occurrence(example, |range, words, at| {
            let Some(name) = self.written.get(words) else { return };
            let Some((label, _)) = name.main_type() else { return };
            let labelled = name.labelled();
            let wanted = || Some(Span::new(label, range.start, range.end));
            let enough = labelled >= SEEN[usize::from(range.len() > 1)];
            match at {
                Place::Unlabelled if enough => {
                    let share = labelled as f64 / (labelled + name.unlabelled + 1) as f64;
                    if share >= CONSISTENT {
                        let others = match name.unlabelled - 1 {
                            0 => String::new(),
                            1 => ", as in one other place".to_owned(),
                            others => format!(", as in {others} other places"),
                        };
                        let text = format!("`{words}` is labelled in {labelled} places, and not here{others}");
                        doubts.push(Doubt::new(place, None, wanted(), reason(share, text)));
                    }
                }
                Place::Cut(span) if labelled >= 2 => {
                    let share = labelled as f64 / (labelled + name.cut + 1) as f64;
                    let text = format!(
                        "`{}` is labelled here, but `{words}` is one name in {labelled} other places",
                        words_of(&example.tokens, span)
                    );
                    doubts.push(Doubt::new(place, Some(span), wanted(), reason(share, text)));
                }
                _ => {}
            }
        });
        for span in tweet.whole_spans() {
            self.article(place, example, span, doubts);
        }
    }

    fn article(&self, place: usize, example: &Example, span: &Span, doubts: &mut Vec<Doubt>) {
        let first = example.tokens[span.start].to_lowercase();
        if span.end - span.start < 2 || !LEADING.contains(&first.as_str()) {
            return;
        }
        let core = Span { start: span.start + 1, ..span.clone() };
        let (short, long) = (words_of(&example.tokens, &core), words_of(&example.tokens, span));
        let count = |words: &str| self.folded.get(&words.to_lowercase()).map_or(0, Name::labelled);
        let (without, with) = (count(&short), count(&long));
        if without >= 2 && without > with {
            let score = without as f64 / (without + with + 1) as f64;
            let text =
                format!("`{short}` is labelled without `{}` in {without} other places", example.tokens[span.start]);
            doubts.push(Doubt::new(place, Some(span), Some(core), reason(score, text)));
        }
    }

    /// Labels whose name has another type elsewhere, and mostly.
    pub fn types(&self, place: usize, tweet: &GoldTweet, doubts: &mut Vec<Doubt>) {
        for span in tweet.whole_spans() {
            let words = words_of(&tweet.example.tokens, span);
            let Some(name) = self.folded.get(&words.to_lowercase()) else { continue };
            let own = name.types.get(&span.label).copied().unwrap_or(0);
            let Some((label, most)) = name.main_type().filter(|(label, most)| *label != span.label && *most >= own)
            else {
                continue;
            };
            let score = most as f64 / (name.labelled() + 1) as f64;
            let places = if most == 1 { "one other place" } else { "other places" };
            let count = if most == 1 { String::new() } else { format!("{most} ") };
            let text = format!("`{words}` is {} here and {label} in {count}{places}", span.label);
            let wanted = Span::new(label, span.start, span.end);
            doubts.push(Doubt::new(place, Some(span), Some(wanted), Reason { check: Check::Types, score, text }));
        }
    }
}

fn place_of<'a>(range: &Range<usize>, spans: &'a [Span]) -> Place<'a> {
    let mut overlapping = spans.iter().filter(|span| span.start < range.end && range.start < span.end);
    let Some(first) = overlapping.next() else { return Place::Unlabelled };
    if (first.start, first.end) == (range.start, range.end) {
        Place::Labelled
    } else if first.start <= range.start && range.end <= first.end {
        Place::Part
    } else {
        Place::Cut(first)
    }
}

fn reason(score: f64, text: String) -> Reason {
    Reason { check: Check::Boundaries, score, text }
}
