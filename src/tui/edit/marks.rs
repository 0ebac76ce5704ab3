//! What is drawn over a tweet: its labels, and the suggestions that do not touch them.

use spanlight_models::example::Span;
use spanlight_models::prediction::ScoredSpan;

use crate::project::Known;

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

/// The labels, then the known names that touch none of them, then the suggestions that touch none of both; in order of the
/// first token. What people said stands before what the model says, but for a part of what the model says.
///
/// What leaves the tweet is dropped: an answer for an older text must not break the screen.
pub fn marks(labels: &[Span], known: &[Known], suggestions: &[ScoredSpan], tokens: usize) -> Vec<Mark> {
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
        if fits && !marks.iter().any(|other| other.span.overlaps(&mark.span)) {
            marks.push(mark);
        }
    }
    marks.sort_by_key(|mark| mark.span.start);
    marks
}

/// The mark over `token`.
pub fn mark_at(marks: &[Mark], token: usize) -> Option<&Mark> {
    marks.iter().find(|mark| mark.span.contains(token))
}

/// The first mark that begins after `token`, else the first of all.
pub fn next_mark(marks: &[Mark], token: usize) -> Option<&Mark> {
    marks.iter().find(|mark| mark.span.start > token).or(marks.first())
}

/// The last mark that ends before `token` or holds it behind its first token, else the last of all.
pub fn previous_mark(marks: &[Mark], token: usize) -> Option<&Mark> {
    marks.iter().rev().find(|mark| mark.span.start < token).or(marks.last())
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
        let marks = marks(&labels, &[], &suggestions, 10);
        assert_eq!(marks.len(), 2);
        assert_eq!(marks[0].origin, Origin::Suggestion { probability: 0.9 });
        assert_eq!(marks[1].origin, Origin::Label { agreed: None });
    }

    #[test]
    fn a_label_that_the_model_suggests_too_carries_its_probability() {
        let marks = marks(&[Span::new("PER", 2, 4)], &[], &[scored("PER", 2, 4, 0.75)], 10);
        assert_eq!(marks, [Mark { span: Span::new("PER", 2, 4), origin: Origin::Label { agreed: Some(0.75) } }]);
    }

    #[test]
    fn names_that_people_labelled_stand_before_what_the_model_says_of_them() {
        let known = |label: &str, start, end| Known { span: Span::new(label, start, end), count: 5, of: 6 };
        let suggestions = [scored("LOC", 4, 5, 0.9), scored("PER", 6, 7, 0.8), scored("ORG", 8, 9, 0.7)];
        let names = [known("PER", 2, 4), known("PER", 4, 6), known("PER", 6, 7), known("PER", 9, 12)];
        let marks = marks(&[Span::new("LOC", 3, 4)], &names, &suggestions, 10);
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
        let marks = marks(&[Span::new("PER", 2, 4), Span::new("LOC", 6, 7)], &[], &[], 10);
        assert_eq!(next_mark(&marks, 0).map(|m| m.span.start), Some(2));
        assert_eq!(next_mark(&marks, 2).map(|m| m.span.start), Some(6));
        assert_eq!(next_mark(&marks, 6).map(|m| m.span.start), Some(2));
        assert_eq!(previous_mark(&marks, 3).map(|m| m.span.start), Some(2));
        assert_eq!(previous_mark(&marks, 2).map(|m| m.span.start), Some(6));
        assert_eq!(next_mark(&[], 2), None);
    }
}
