//! What is drawn over a tweet: its labels, and the suggestions that do not touch them.

use std::cmp::Reverse;

use spanlight_models::example::{Span, SpanStructure};
use spanlight_models::prediction::ScoredSpan;

use crate::project::{Known, contradicts};

/// Where a mark comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Origin {
    /// A label of the tweet; the model's probability for the same entity, where it suggests it too.
    Label {
        /// Probability of exactly this entity under the model.
        agreed: Option<f32>,
    },
    /// A suggestion of the model that nobody has answered yet.
    Suggestion {
        /// Probability of exactly this entity under the model.
        probability: f32,
    },
    /// A name that people labelled before, and that nobody has answered here yet.
    Dictionary {
        /// How often it has this type.
        count: u32,
        /// Out of so many places that a person decided about.
        of: u32,
        /// The model's probability for the same entity, where it suggests it too.
        agreed: Option<f32>,
    },
}

/// One entity on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The entity.
    pub span: Span,
    /// Where it comes from.
    pub origin: Origin,
}

impl Mark {
    /// Whether the mark is a label of the tweet and not a suggestion.
    pub fn is_label(&self) -> bool {
        matches!(self.origin, Origin::Label { .. })
    }

    /// The model's probability, where it has one.
    pub fn probability(&self) -> Option<f32> {
        match self.origin {
            Origin::Label { agreed } | Origin::Dictionary { agreed, .. } => agreed,
            Origin::Suggestion { probability } => Some(probability),
        }
    }
}

/// The labels, then the known names that may stand beside them, then the suggestions that may stand beside both; in order of
/// the first token, those that hold others before these. What people said stands before what the model says, but for a part
/// of what the model says. Beside what has the very same tokens nothing is suggested.
///
/// What leaves the tweet is dropped: an answer for an older text must not break the screen.
pub fn marks(
    labels: &[Span],
    known: &[Known],
    suggestions: &[ScoredSpan],
    tokens: usize,
    structure: SpanStructure,
) -> Vec<Mark> {
    let agreed = |span: &Span| suggestions.iter().find(|s| s.span == *span).map(|s| s.probability);
    let mut marks: Vec<Mark> = labels
        .iter()
        .map(|label| Mark { span: label.clone(), origin: Origin::Label { agreed: agreed(label) } })
        .collect();
    // A part of a longer name that the model sees says less than the whole.
    let part = |name: &&Known| {
        let within = |outer: &Span| outer.start <= name.span.start && name.span.end <= outer.end;
        suggestions
            .iter()
            .any(|other| within(&other.span) && other.span.end - other.span.start > name.span.end - name.span.start)
    };
    let names = known.iter().filter(|name| !part(name)).map(|name| {
        let origin = Origin::Dictionary { count: name.count, of: name.of, agreed: agreed(&name.span) };
        Mark { span: name.span.clone(), origin }
    });
    let suggested = suggestions.iter().map(|suggestion| {
        let origin = Origin::Suggestion { probability: suggestion.probability };
        Mark { span: suggestion.span.clone(), origin }
    });
    for mark in names.chain(suggested) {
        let fits = mark.span.start < mark.span.end && mark.span.end <= tokens;
        if fits && !marks.iter().any(|other| contradicts(&other.span, &mark.span, structure)) {
            marks.push(mark);
        }
    }
    marks.sort_by_key(|mark| (mark.span.start, Reverse(mark.span.end)));
    marks
}

/// The marks over `token`, the shortest first.
pub fn marks_at(marks: &[Mark], token: usize) -> Vec<&Mark> {
    let mut found: Vec<&Mark> = marks.iter().filter(|mark| mark.span.contains(token)).collect();
    found.sort_by_key(|mark| mark.span.end - mark.span.start);
    found
}

/// The shortest mark over `token`.
pub fn mark_at(marks: &[Mark], token: usize) -> Option<&Mark> {
    marks.iter().filter(|mark| mark.span.contains(token)).min_by_key(|mark| mark.span.end - mark.span.start)
}

/// The mark behind `current`, or behind `token` where there is none, else the first of all.
pub fn next_mark<'a>(marks: &'a [Mark], token: usize, current: Option<&Mark>) -> Option<&'a Mark> {
    let here = current.and_then(|current| marks.iter().position(|mark| mark == current));
    let next = match here {
        Some(here) => marks.get(here + 1),
        None => marks.iter().find(|mark| mark.span.start > token),
    };
    next.or(marks.first())
}

/// `current` where `token` is not its first, else the mark before it, or before `token` where there is none, else the last
/// of all.
pub fn previous_mark<'a>(marks: &'a [Mark], token: usize, current: Option<&Mark>) -> Option<&'a Mark> {
    let here = current.and_then(|current| marks.iter().position(|mark| mark == current));
    let previous = match here {
        Some(here) if marks[here].span.start < token => marks.get(here),
        Some(here) => here.checked_sub(1).and_then(|before| marks.get(before)),
        None => marks.iter().rev().find(|mark| mark.span.start < token),
    };
    previous.or(marks.last())
}

/// The lane in which each mark is drawn below the text, from 0: the shorter one of two that share a token lies nearer to it.
pub fn lanes(marks: &[Mark]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..marks.len()).collect();
    order.sort_by_key(|place| marks[*place].span.end - marks[*place].span.start);
    let mut lanes = vec![0; marks.len()];
    for (done, place) in order.iter().enumerate() {
        let above = order[..done].iter().filter(|other| marks[**other].span.overlaps(&marks[*place].span));
        lanes[*place] = above.map(|other| lanes[*other] + 1).max().unwrap_or(0);
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(label: &str, start: usize, end: usize, probability: f32) -> ScoredSpan {
        ScoredSpan { span: Span::new(label, start, end), probability }
    }

    #[test]
    fn suggestions_never_cover_labels() {
        let labels = [Span::new("PER", 2, 4)];
        let suggestions = [scored("LOC", 0, 1, 0.9), scored("ORG", 3, 6, 0.8), scored("LOC", 8, 12, 0.7)];
        let marks = marks(&labels, &[], &suggestions, 10, SpanStructure::Flat);
        assert_eq!(marks.len(), 2);
        assert_eq!(marks[0].origin, Origin::Suggestion { probability: 0.9 });
        assert_eq!(marks[1].origin, Origin::Label { agreed: None });
    }

    #[test]
    fn a_label_that_the_model_suggests_too_carries_its_probability() {
        let marks = marks(&[Span::new("PER", 2, 4)], &[], &[scored("PER", 2, 4, 0.75)], 10, SpanStructure::Flat);
        assert_eq!(marks, [Mark { span: Span::new("PER", 2, 4), origin: Origin::Label { agreed: Some(0.75) } }]);
    }

    #[test]
    fn names_that_people_labelled_stand_before_what_the_model_says_of_them() {
        let known = |label: &str, start, end| Known { span: Span::new(label, start, end), count: 5, of: 6 };
        let suggestions = [scored("LOC", 4, 5, 0.9), scored("PER", 6, 7, 0.8), scored("ORG", 8, 9, 0.7)];
        let names = [known("PER", 2, 4), known("PER", 4, 6), known("PER", 6, 7), known("PER", 9, 12)];
        let marks = marks(&[Span::new("LOC", 3, 4)], &names, &suggestions, 10, SpanStructure::Flat);
        let origins: Vec<_> = marks.iter().map(|mark| (mark.span.start, mark.origin)).collect();
        assert_eq!(
            origins,
            [
                (3, Origin::Label { agreed: None }),
                (4, Origin::Dictionary { count: 5, of: 6, agreed: None }),
                (6, Origin::Dictionary { count: 5, of: 6, agreed: Some(0.8) }),
                (8, Origin::Suggestion { probability: 0.7 }),
            ]
        );
    }

    #[test]
    fn moving_by_entity_wraps_around() {
        let marks = marks(&[Span::new("PER", 2, 4), Span::new("LOC", 6, 7)], &[], &[], 10, SpanStructure::Flat);
        let next = |token| next_mark(&marks, token, mark_at(&marks, token)).map(|mark| mark.span.start);
        let previous = |token| previous_mark(&marks, token, mark_at(&marks, token)).map(|mark| mark.span.start);
        assert_eq!([0, 2, 6].map(next), [Some(2), Some(6), Some(2)]);
        assert_eq!([3, 2, 5, 0].map(previous), [Some(2), Some(6), Some(2), Some(6)]);
        assert_eq!(next_mark(&[], 2, None), None);
    }

    #[test]
    fn every_entity_is_gone_to_whatever_holds_it() {
        let labels = [Span::new("LOC", 1, 2), Span::new("ORG", 1, 5), Span::new("PER", 3, 4), Span::new("X", 3, 4)];
        let marks = marks(&labels, &[], &[], 6, SpanStructure::Nested);
        let mut at = Some(&marks[0]);
        let mut seen = Vec::new();
        for _ in 0..4 {
            let mark = at.expect("a mark");
            seen.push(mark.span.label.as_str());
            at = next_mark(&marks, mark.span.start, Some(mark));
        }
        assert_eq!((seen, at), (vec!["ORG", "LOC", "PER", "X"], Some(&marks[0])));
        assert_eq!(previous_mark(&marks, 1, Some(&marks[1])), Some(&marks[0]));
        assert_eq!(
            marks_at(&marks, 3).iter().map(|mark| mark.span.label.as_str()).collect::<Vec<_>>(),
            ["PER", "X", "ORG"]
        );
        assert_eq!(lanes(&marks), [2, 0, 0, 1]);
    }

    #[test]
    fn suggestions_stand_beside_labels_where_the_structure_admits_it() {
        let labels = [Span::new("ORG", 1, 5)];
        let suggestions = [scored("LOC", 2, 4, 0.9), scored("PER", 1, 5, 0.8), scored("MISC", 4, 7, 0.7)];
        let count = |structure| marks(&labels, &[], &suggestions, 10, structure).len();
        assert_eq!(SpanStructure::ALL.map(count), [1, 2, 3]);
    }
}
