//! What the keys do to the labels of one tweet.

use std::ops::Range;

use spanlight_models::example::Span;

use super::selection::{Edge, Toward, moved_range};

/// The spans with `range` labelled as `label`; labels that share a token with it give way and are returned.
pub fn assign(spans: &[Span], range: Range<usize>, label: &str) -> (Vec<Span>, Vec<Span>) {
    let new = Span::new(label, range.start, range.end);
    let (replaced, mut kept): (Vec<Span>, Vec<Span>) = spans.iter().cloned().partition(|span| span.overlaps(&new));
    kept.push(new);
    kept.sort();
    (kept, replaced)
}

/// The spans without the one that covers exactly `range`.
pub fn remove(spans: &[Span], range: &Range<usize>) -> Vec<Span> {
    spans.iter().filter(|span| (span.start..span.end) != *range).cloned().collect()
}

/// `span` with one end moved by a token, or nothing where a neighbour, the tweet's end or its last token is in the way.
pub fn move_edge(spans: &[Span], span: &Span, edge: Edge, toward: Toward, tokens: usize) -> Option<Span> {
    let low = spans.iter().filter(|other| other.end <= span.start).map(|other| other.end).max().unwrap_or(0);
    let high = spans.iter().filter(|other| other.start >= span.end).map(|other| other.start).min().unwrap_or(tokens);
    let moved = moved_range(span.start..span.end, edge, toward, low, high);
    let moved = Span::new(span.label.clone(), moved.start, moved.end);
    (moved != *span).then_some(moved)
}

/// Places where `needle` stands in `tokens`, from left to right, none sharing a token with another.
pub fn occurrences(tokens: &[String], needle: &[String]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while !needle.is_empty() && at + needle.len() <= tokens.len() {
        if tokens[at..at + needle.len()] == *needle {
            found.push(at..at + needle.len());
            at += needle.len();
        } else {
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn assigning_relabels_in_place_and_names_what_gave_way() {
        let spans = [Span::new("PER", 0, 2), Span::new("LOC", 4, 5)];
        let (relabelled, replaced) = assign(&spans, 0..2, "ORG");
        assert_eq!(relabelled, [Span::new("ORG", 0, 2), Span::new("LOC", 4, 5)]);
        assert_eq!(replaced, [Span::new("PER", 0, 2)]);
        let (merged, replaced) = assign(&spans, 1..5, "ORG");
        assert_eq!(merged, [Span::new("ORG", 1, 5)]);
        assert_eq!(replaced.len(), 2);
    }

    #[test]
    fn edges_stop_at_neighbours_and_at_the_tweets_ends() {
        let spans = [Span::new("PER", 0, 2), Span::new("LOC", 3, 5)];
        let moved = |span: usize, edge, toward| move_edge(&spans, &spans[span], edge, toward, 6);
        assert_eq!(moved(0, Edge::End, Toward::Right), Some(Span::new("PER", 0, 3)));
        assert_eq!(moved(0, Edge::Start, Toward::Left), None);
        assert_eq!(moved(1, Edge::Start, Toward::Left), Some(Span::new("LOC", 2, 5)));
        assert_eq!(moved(1, Edge::End, Toward::Right), Some(Span::new("LOC", 3, 6)));
        let touching = [Span::new("PER", 0, 2), Span::new("LOC", 2, 3)];
        assert_eq!(move_edge(&touching, &touching[1], Edge::Start, Toward::Left, 6), None);
        assert_eq!(move_edge(&touching, &touching[1], Edge::Start, Toward::Right, 6), None);
    }

    #[test]
    fn occurrences_do_not_overlap() {
        assert_eq!(occurrences(&words("a a a b a a"), &words("a a")), [0..2, 4..6]);
        assert!(occurrences(&words("a b"), &[]).is_empty());
        assert!(occurrences(&words("a"), &words("a b")).is_empty());
    }

    #[test]
    fn removing_takes_exactly_the_span() {
        let spans = [Span::new("PER", 0, 2), Span::new("LOC", 4, 5)];
        assert_eq!(remove(&spans, &(0..2)), [Span::new("LOC", 4, 5)]);
        assert_eq!(remove(&spans, &(0..1)), spans);
    }
}
