//! The differences of the annotators on the open tweet, and how far they are settled.

use std::collections::HashMap;

use spanlight_models::example::{Span, SpanStructure, check_structure};

use crate::project::TweetId;
use crate::project::adjudication::{Difference, DifferenceKind, Voice, agreed, differences};

/// Going through the tweets of a merged project about which the annotators differ.
#[derive(Clone, Debug, Default)]
pub struct Adjudication {
    /// The annotators, in their order; a voice has the number of its annotator.
    pub annotators: Vec<String>,
    /// Tweets about which they differ, in order of import; `None` while they are looked for.
    pub contested: Option<Vec<TweetId>>,
    /// What they say about the tweet on the screen.
    pub case: Option<Case>,
    /// Whether the last key asked to finish a tweet with open differences.
    pub warned: bool,
    /// Number of the voice whose key was pressed, from 0.
    pub number: Option<usize>,
    /// Decisions for no entity on tweets that were looked at before.
    decided: HashMap<TweetId, Vec<Nothing>>,
}

impl Adjudication {
    /// Begins with these annotators.
    pub fn new(annotators: Vec<String>) -> Self {
        Self { annotators, ..Self::default() }
    }

    /// Brings another tweet on the screen; what was decided about the one before is kept.
    pub fn look_at(&mut self, mut case: Case) {
        case.nothing = self.decided.remove(&case.tweet).unwrap_or_default();
        if let Some(before) = self.case.replace(case)
            && !before.nothing.is_empty()
        {
            self.decided.insert(before.tweet, before.nothing);
        }
    }
}

/// A decision that a difference is no entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nothing {
    /// The difference.
    pub index: usize,
    /// Whether a label was taken away for it, which is an edit of the log.
    pub edited: bool,
    /// Number of steps that could be undone then.
    pub depth: usize,
}

/// A tweet and what the annotators say about it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The tweet.
    pub tweet: TweetId,
    /// Number of the annotator, from 0, with what is said; unfinished voices are there to be read.
    pub voices: Vec<(usize, Voice)>,
    /// What all finished voices say.
    pub agreed: Vec<Span>,
    /// Where the finished voices differ.
    pub differences: Vec<Difference>,
    /// The difference that is looked at.
    pub current: usize,
    /// The voice that is looked at, by its column; the column behind the last is the model's.
    pub column: usize,
    /// Differences in which a person decided for no entity, in the order of the decisions.
    pub nothing: Vec<Nothing>,
}

impl Case {
    /// Puts the voices of a tweet side by side; each has the name of one of the annotators.
    pub fn new(tweet: TweetId, annotators: &[String], voices: Vec<Voice>) -> Self {
        let counting: Vec<Voice> = voices.iter().filter(|voice| voice.counts).cloned().collect();
        let (agreed, differences) = (agreed(&counting), differences(&counting));
        let number = |voice: &Voice| annotators.iter().position(|name| *name == voice.name).unwrap_or(0);
        let voices = voices.into_iter().map(|voice| (number(&voice), voice)).collect();
        Self { tweet, voices, agreed, differences, current: 0, column: 0, nothing: Vec::new() }
    }

    /// The difference that is looked at.
    pub fn difference(&self) -> Option<&Difference> {
        self.differences.get(self.current)
    }

    /// Those of `spans` that lie in a difference; what all say is not among them.
    pub fn within<'a>(&'a self, difference: &'a Difference, spans: &'a [Span]) -> impl Iterator<Item = &'a Span> {
        let touches = |span: &&Span| span.start < difference.end && difference.start < span.end;
        spans.iter().filter(touches).filter(|span| !self.agreed.contains(span))
    }

    /// What a voice says about a difference.
    pub fn said(&self, column: usize, difference: &Difference) -> Vec<Span> {
        let voice = self.voices.get(column).map(|(_, voice)| voice);
        voice.map(|voice| self.within(difference, &voice.spans).cloned().collect()).unwrap_or_default()
    }

    /// Whether a difference is settled in the labels `spans`: something stands there, or a person wants nothing there.
    pub fn is_settled(&self, index: usize, spans: &[Span]) -> bool {
        let Some(difference) = self.differences.get(index) else { return true };
        self.within(difference, spans).next().is_some() || self.nothing.iter().any(|nothing| nothing.index == index)
    }

    /// Number of differences that are not settled.
    pub fn open(&self, spans: &[Span]) -> usize {
        (0..self.differences.len()).filter(|index| !self.is_settled(*index, spans)).count()
    }

    /// The next open difference behind the current one, around the end.
    pub fn next_open(&self, spans: &[Span]) -> Option<usize> {
        let count = self.differences.len();
        (1..=count).map(|step| (self.current + step) % count).find(|index| !self.is_settled(*index, spans))
    }

    /// The labels with `chosen` in the place of a difference, and the labels beyond it that have to give way.
    pub fn place(
        &self,
        difference: &Difference,
        spans: &[Span],
        chosen: &[Span],
        structure: SpanStructure,
    ) -> (Vec<Span>, Vec<Span>) {
        let within: Vec<&Span> = self.within(difference, spans).collect();
        let beyond = spans.iter().filter(|span| !within.contains(span)).cloned();
        let gives_way = |span: &Span| chosen.iter().any(|new| new != span && !structure.admits(new, span));
        let (lost, mut placed): (Vec<Span>, Vec<Span>) = beyond.partition(gives_way);
        placed.extend(chosen.iter().cloned());
        placed.sort();
        placed.dedup();
        (placed, lost)
    }

    /// All entities that finished voices see in a difference; `None` where they cannot all be labels of one tweet.
    pub fn union(difference: &Difference, structure: SpanStructure) -> Option<Vec<Span>> {
        let mut all: Vec<Span> = difference.choices.iter().flat_map(|choice| choice.spans.iter().cloned()).collect();
        all.sort();
        all.dedup();
        check_structure(&all, structure).is_ok().then_some(all)
    }

    /// The tokens to select so that a type key labels what the difference is about.
    pub fn target(difference: &Difference) -> (usize, usize) {
        let seen = difference.choices.iter().find_map(|choice| choice.spans.first());
        seen.map_or((difference.start, difference.end), |span| (span.start, span.end))
    }
}

/// In what voices differ, in a word.
pub fn kind_name(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Missing => "missing",
        DifferenceKind::Type => "type",
        DifferenceKind::Borders => "borders",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::State;

    fn voice(name: &str, spans: &[(&str, usize, usize)], counts: bool) -> Voice {
        let spans = spans.iter().map(|(label, start, end)| Span::new(*label, *start, *end)).collect();
        Voice { name: name.to_owned(), spans, state: State::Done, note: None, counts }
    }

    fn case() -> Case {
        let annotators = ["ann", "bo", "cy"].map(str::to_owned);
        let voices = vec![
            voice("ann", &[("PER", 0, 1), ("LOC", 2, 4), ("ORG", 6, 7)], true),
            voice("cy", &[("PER", 0, 1), ("LOC", 2, 3)], true),
            voice("bo", &[("MISC", 6, 8)], false),
        ];
        Case::new(1, &annotators, voices)
    }

    #[test]
    fn unfinished_voices_are_read_but_make_no_difference() {
        let case = case();
        assert_eq!(case.voices.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [0, 2, 1]);
        assert_eq!(case.differences.len(), 2);
        assert_eq!(case.said(2, &case.differences[1]), [Span::new("MISC", 6, 8)]);
        assert_eq!(case.agreed, [Span::new("PER", 0, 1)]);
    }

    #[test]
    fn a_difference_is_settled_by_a_label_or_by_the_wish_for_none() {
        let mut case = case();
        let mut spans = case.agreed.clone();
        assert_eq!((case.open(&spans), case.next_open(&spans)), (2, Some(1)));
        (spans, _) = case.place(&case.differences[1].clone(), &spans, &[Span::new("MISC", 6, 8)], SpanStructure::Flat);
        assert_eq!((case.open(&spans), case.next_open(&spans)), (1, Some(0)));
        case.nothing.push(Nothing { index: 0, edited: false, depth: 0 });
        assert_eq!((case.open(&spans), case.next_open(&spans)), (0, None));
        let (spans, lost) = case.place(&case.differences[1].clone(), &spans, &[], SpanStructure::Flat);
        assert_eq!((spans, lost), (vec![Span::new("PER", 0, 1)], vec![]));
    }

    #[test]
    fn what_gives_way_beyond_the_difference_is_told() {
        let case = case();
        let (spans, lost) =
            case.place(&case.differences[0], &case.agreed, &[Span::new("LOC", 0, 4)], SpanStructure::Flat);
        assert_eq!((spans, lost), (vec![Span::new("LOC", 0, 4)], vec![Span::new("PER", 0, 1)]));
        assert_eq!(Case::union(&case.differences[0], SpanStructure::Flat), None);
        assert_eq!(Case::union(&case.differences[1], SpanStructure::Flat), Some(vec![Span::new("ORG", 6, 7)]));
        let both = [Span::new("LOC", 2, 3), Span::new("LOC", 2, 4)];
        assert_eq!(Case::union(&case.differences[0], SpanStructure::Nested), Some(both.to_vec()));
        let outer = [Span::new("ORG", 0, 4)];
        let (spans, lost) = case.place(&case.differences[0], &case.agreed, &outer, SpanStructure::Nested);
        assert_eq!((spans, lost), (vec![Span::new("PER", 0, 1), outer[0].clone()], vec![]));
    }
}
