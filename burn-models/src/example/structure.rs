//! How the entities of a tweet may lie to each other, and what is left of them where one token has one entity at most.

use std::cmp::Reverse;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Span, SpanError};

/// How the entities of a tweet may lie to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpanStructure {
    /// No token is in two entities.
    #[default]
    Flat,
    /// Of two entities that share a token, one holds the other.
    Nested,
    /// Entities may share any tokens.
    Overlapping,
}

impl SpanStructure {
    /// All structures, the strictest first.
    pub const ALL: [Self; 3] = [Self::Flat, Self::Nested, Self::Overlapping];

    /// The name in settings, on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Nested => "nested",
            Self::Overlapping => "overlapping",
        }
    }

    /// Whether two different entities may stand beside each other.
    pub fn admits(self, one: &Span, other: &Span) -> bool {
        match self {
            Self::Flat => !one.overlaps(other),
            Self::Nested => !one.crosses(other),
            Self::Overlapping => true,
        }
    }

    /// The strictest structure that these spans have.
    pub fn of(spans: &[Span]) -> Self {
        Self::ALL.into_iter().find(|structure| check_structure(spans, *structure).is_ok()).unwrap_or(Self::Overlapping)
    }
}

impl fmt::Display for SpanStructure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Checks that every span holds at least one token and lies in `0..tokens`, that none is there twice, and that all lie to
/// each other as the structure has it.
pub fn check_spans(spans: &[Span], tokens: usize, structure: SpanStructure) -> Result<(), SpanError> {
    for span in spans {
        if span.start >= span.end || span.end > tokens {
            return Err(SpanError::OutOfRange { span: span.clone(), tokens });
        }
        if span.label.is_empty() {
            return Err(SpanError::EmptyType { start: span.start, end: span.end });
        }
    }
    check_structure(spans, structure)
}

/// Checks that no span is there twice, and that all lie to each other as the structure has it.
pub fn check_structure(spans: &[Span], structure: SpanStructure) -> Result<(), SpanError> {
    let mut sorted: Vec<&Span> = spans.iter().collect();
    sorted.sort();
    for (place, first) in sorted.iter().enumerate() {
        // Those behind it begin no earlier, so that what shares a token with it comes first.
        for second in sorted[place + 1..].iter().take_while(|second| second.start < first.end) {
            if first == second {
                return Err(SpanError::Repeated { span: (*first).clone() });
            }
            if !structure.admits(first, second) {
                let (first, second) = ((*first).clone(), (*second).clone());
                return Err(if structure == SpanStructure::Flat {
                    SpanError::Overlap { first, second }
                } else {
                    SpanError::Crossing { first, second }
                });
            }
        }
    }
    Ok(())
}

/// Which entities stay where no token can be in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flatten {
    /// The longest.
    Outermost,
    /// The shortest.
    Innermost,
}

impl Flatten {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Outermost, Self::Innermost];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outermost => "outermost",
            Self::Innermost => "innermost",
        }
    }

    /// The spans that stay and those that are left out, both in order. Of two that share a token and are equally long, the
    /// one that begins first stays, and of two on the same tokens the one whose type comes first in the alphabet.
    pub fn split(self, spans: &[Span]) -> (Vec<Span>, Vec<Span>) {
        let mut wanted: Vec<&Span> = spans.iter().collect();
        let length = |span: &Span| span.end - span.start;
        match self {
            Self::Outermost => wanted.sort_by_key(|span| (Reverse(length(span)), *span)),
            Self::Innermost => wanted.sort_by_key(|span| (length(span), *span)),
        }
        let (mut kept, mut left): (Vec<Span>, Vec<Span>) = (Vec::with_capacity(spans.len()), Vec::new());
        for span in wanted {
            let free = !kept.iter().any(|other| other.overlaps(span));
            if free { kept.push(span.clone()) } else { left.push(span.clone()) }
        }
        kept.sort();
        left.sort();
        (kept, left)
    }
}

impl fmt::Display for Flatten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(places: &[(usize, usize)]) -> Vec<Span> {
        places.iter().map(|(start, end)| Span::new("X", *start, *end)).collect()
    }

    #[test]
    fn each_structure_admits_what_the_stricter_ones_do_and_more() {
        let cases = [
            (spans(&[(0, 2), (2, 3)]), SpanStructure::Flat),
            (spans(&[(0, 4), (1, 2), (0, 1), (5, 6)]), SpanStructure::Nested),
            (vec![Span::new("LOC", 0, 2), Span::new("PER", 0, 2)], SpanStructure::Nested),
            (spans(&[(0, 5), (1, 3), (2, 4)]), SpanStructure::Overlapping),
            // The two that cross are not neighbours in order.
            (spans(&[(0, 4), (1, 2), (3, 5)]), SpanStructure::Overlapping),
        ];
        for (spans, expected) in cases {
            assert_eq!(SpanStructure::of(&spans), expected, "{spans:?}");
            for structure in SpanStructure::ALL {
                assert_eq!(check_spans(&spans, 6, structure).is_ok(), structure >= expected, "{spans:?} {structure}");
            }
        }
    }

    #[test]
    fn the_same_span_twice_is_an_error_everywhere() {
        let twice = [Span::new("A", 0, 3), Span::new("B", 0, 3), Span::new("A", 0, 3)];
        assert!(matches!(check_spans(&twice, 3, SpanStructure::Overlapping), Err(SpanError::Repeated { .. })));
        let crossing = check_spans(&spans(&[(0, 2), (1, 3)]), 3, SpanStructure::Nested);
        assert!(matches!(crossing, Err(SpanError::Crossing { .. })));
    }

    #[test]
    fn the_longest_or_the_shortest_stay() {
        let all = spans(&[(0, 5), (0, 2), (1, 2), (6, 8), (7, 9)]);
        let (kept, left) = Flatten::Outermost.split(&all);
        assert_eq!((kept, left), (spans(&[(0, 5), (6, 8)]), spans(&[(0, 2), (1, 2), (7, 9)])));
        let (kept, left) = Flatten::Innermost.split(&all);
        assert_eq!((kept, left), (spans(&[(1, 2), (6, 8)]), spans(&[(0, 2), (0, 5), (7, 9)])));
        let flat = spans(&[(0, 2), (2, 3)]);
        assert_eq!(Flatten::Outermost.split(&flat), (flat, Vec::new()));
    }
}
