//! What the keys do to the labels of one tweet.

use std::ops::Range;

use spanlight_models::example::{Span, SpanStructure};

use super::selection::{Edge, Toward, moved_range};

/// The spans with `new` among them; what it takes the place of gives way and is returned: `instead`, and the labels beside
/// which the structure does not admit it.
pub fn assign(spans: &[Span], new: Span, instead: Option<&Span>, structure: SpanStructure) -> (Vec<Span>, Vec<Span>) {
    let gives_way = |span: &Span| Some(span) == instead || (*span != new && !structure.admits(span, &new));
    let (replaced, mut kept): (Vec<Span>, Vec<Span>) = spans.iter().cloned().partition(gives_way);
    if !kept.contains(&new) {
        kept.push(new);
    }
    kept.sort();
    (kept, replaced)
}

/// The spans without this one.
pub fn remove(spans: &[Span], gone: &Span) -> Vec<Span> {
    spans.iter().filter(|span| *span != gone).cloned().collect()
}

/// `span` with one end moved by a token, or nothing where a label that it may not share tokens with, the same label, the
/// tweet's end or its own last token is in the way.
pub fn move_edge(
    spans: &[Span],
    span: &Span,
    edge: Edge,
    toward: Toward,
    tokens: usize,
    structure: SpanStructure,
) -> Option<Span> {
    let Range { start, end } = moved_range(span.start..span.end, edge, toward, 0, tokens);
    let moved = Span::new(span.label.clone(), start, end);
    // A label beside which it cannot stand already is not in the way: it gives way.
    let in_the_way = |other: &Span| {
        other != span && (*other == moved || (structure.admits(other, span) && !structure.admits(other, &moved)))
    };
    (moved != *span && !spans.iter().any(in_the_way)).then_some(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigning_relabels_in_place_and_names_what_gave_way() {
        let spans = [Span::new("PER", 0, 2), Span::new("LOC", 4, 5)];
        let flat = |start, end| assign(&spans, Span::new("ORG", start, end), None, SpanStructure::Flat);
        let (relabelled, replaced) = flat(0, 2);
        assert_eq!(relabelled, [Span::new("ORG", 0, 2), Span::new("LOC", 4, 5)]);
        assert_eq!(replaced, [Span::new("PER", 0, 2)]);
        let (merged, replaced) = flat(1, 5);
        assert_eq!(merged, [Span::new("ORG", 1, 5)]);
        assert_eq!(replaced.len(), 2);
    }

    #[test]
    fn labels_stay_beside_those_that_the_structure_admits() {
        let spans = [Span::new("ORG", 0, 4), Span::new("PER", 5, 7)];
        let inner = Span::new("LOC", 2, 4);
        let (nested, replaced) = assign(&spans, inner.clone(), None, SpanStructure::Nested);
        assert_eq!((nested.len(), replaced), (3, vec![]));
        // One that crosses gives way, unless anything may.
        let crossing = Span::new("MISC", 3, 6);
        let (kept, replaced) = assign(&nested, crossing.clone(), None, SpanStructure::Nested);
        assert_eq!((kept, replaced.len()), (vec![crossing.clone()], 3));
        assert_eq!(assign(&nested, crossing, None, SpanStructure::Overlapping).0.len(), 4);
        // Relabelling in place takes the one that is meant, and two that become equal are one.
        let other = Span::new("MISC", 2, 4);
        let (relabelled, replaced) = assign(&nested, other.clone(), Some(&inner), SpanStructure::Nested);
        assert_eq!((relabelled.contains(&other), relabelled.len(), replaced), (true, 3, vec![inner]));
        assert_eq!(assign(&relabelled, other, None, SpanStructure::Nested).0, relabelled);
    }

    #[test]
    fn ends_go_as_far_as_the_structure_admits() {
        let spans = [Span::new("ORG", 0, 4), Span::new("LOC", 1, 3), Span::new("PER", 4, 5)];
        let moved = |span: usize, structure| move_edge(&spans, &spans[span], Edge::End, Toward::Right, 6, structure);
        assert_eq!(moved(0, SpanStructure::Nested), Some(Span::new("ORG", 0, 5)));
        assert_eq!(moved(1, SpanStructure::Nested), Some(Span::new("LOC", 1, 4)));
        let touching = [Span::new("ORG", 0, 3), Span::new("LOC", 1, 3)];
        let beyond = |structure| move_edge(&touching, &touching[1], Edge::End, Toward::Right, 6, structure);
        assert_eq!(beyond(SpanStructure::Nested), None);
        assert_eq!(beyond(SpanStructure::Overlapping), Some(Span::new("LOC", 1, 4)));
        let twice = [Span::new("LOC", 1, 3), Span::new("LOC", 1, 4)];
        assert_eq!(move_edge(&twice, &twice[0], Edge::End, Toward::Right, 6, SpanStructure::Overlapping), None);
    }

    #[test]
    fn edges_stop_at_neighbours_and_at_the_tweets_ends() {
        let spans = [Span::new("PER", 0, 2), Span::new("LOC", 3, 5)];
        let moved = |span: usize, edge, toward| move_edge(&spans, &spans[span], edge, toward, 6, SpanStructure::Flat);
        assert_eq!(moved(0, Edge::End, Toward::Right), Some(Span::new("PER", 0, 3)));
        assert_eq!(moved(0, Edge::Start, Toward::Left), None);
        assert_eq!(moved(1, Edge::Start, Toward::Left), Some(Span::new("LOC", 2, 5)));
        assert_eq!(moved(1, Edge::End, Toward::Right), Some(Span::new("LOC", 3, 6)));
        let touching = [Span::new("PER", 0, 2), Span::new("LOC", 2, 3)];
        for toward in [Toward::Left, Toward::Right] {
            assert_eq!(move_edge(&touching, &touching[1], Edge::Start, toward, 6, SpanStructure::Flat), None);
        }
    }

    #[test]
    fn removing_takes_exactly_the_span() {
        let spans = [Span::new("LOC", 0, 2), Span::new("PER", 0, 2), Span::new("LOC", 4, 5)];
        assert_eq!(remove(&spans, &spans[1]), [spans[0].clone(), spans[2].clone()]);
        assert_eq!(remove(&spans, &Span::new("PER", 0, 1)), spans);
    }
}
