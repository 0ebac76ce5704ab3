//! A run of tokens with an anchor and a head, as in a text editor.

use std::ops::Range;

/// One end of a selection or an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The first token.
    Start,
    /// The last token.
    End,
}

/// A direction in the order of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// Towards the first token.
    Left,
    /// Towards the last token.
    Right,
}

/// Tokens that the next type key labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Where the selection began.
    pub anchor: usize,
    /// The end that moves with the cursor.
    pub head: usize,
}

impl Selection {
    /// The selection of one token.
    pub fn at(token: usize) -> Self {
        Self { anchor: token, head: token }
    }

    /// The selected tokens.
    pub fn range(self) -> Range<usize> {
        self.anchor.min(self.head)..self.anchor.max(self.head) + 1
    }

    /// The selection with its head one token further.
    pub fn extend(self, toward: Toward, tokens: usize) -> Self {
        Self { head: step(self.head, toward, tokens), ..self }
    }

    /// The selection with one end moved by a token; it never becomes empty and never leaves the tweet.
    pub fn move_edge(self, edge: Edge, toward: Toward, tokens: usize) -> Self {
        let Range { start, end } = self.range();
        let moved = moved_range(start..end, edge, toward, 0, tokens);
        if self.head < self.anchor {
            Self { anchor: moved.end - 1, head: moved.start }
        } else {
            Self { anchor: moved.start, head: moved.end - 1 }
        }
    }
}

/// The token next to `token`, at the ends the token itself.
pub fn step(token: usize, toward: Toward, tokens: usize) -> usize {
    match toward {
        Toward::Left => token.saturating_sub(1),
        Toward::Right => (token + 1).min(tokens.saturating_sub(1)),
    }
}

/// `range` with one end moved by a token, at least one token long and within `low..high`.
pub fn moved_range(range: Range<usize>, edge: Edge, toward: Toward, low: usize, high: usize) -> Range<usize> {
    let Range { start, end } = range;
    match (edge, toward) {
        (Edge::Start, Toward::Left) => start.saturating_sub(1).max(low)..end,
        (Edge::Start, Toward::Right) => (start + 1).min(end - 1)..end,
        (Edge::End, Toward::Left) => start..(end - 1).max(start + 1),
        (Edge::End, Toward::Right) => start..(end + 1).min(high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extending_moves_the_head_over_the_anchor() {
        let selection = Selection::at(3).extend(Toward::Left, 10).extend(Toward::Left, 10);
        assert_eq!(selection.range(), 1..4);
        let back = (0..4).fold(selection, |s, _| s.extend(Toward::Right, 10));
        assert_eq!(back.range(), 3..6);
        assert_eq!(Selection::at(9).extend(Toward::Right, 10).range(), 9..10);
    }

    #[test]
    fn edges_keep_the_direction_and_stop_at_one_token() {
        let selection = Selection { anchor: 5, head: 3 };
        assert_eq!(selection.move_edge(Edge::Start, Toward::Left, 10), Selection { anchor: 5, head: 2 });
        assert_eq!(selection.move_edge(Edge::End, Toward::Right, 10), Selection { anchor: 6, head: 3 });
        assert_eq!(Selection::at(0).move_edge(Edge::End, Toward::Left, 10).range(), 0..1);
        assert_eq!(Selection::at(0).move_edge(Edge::Start, Toward::Left, 10).range(), 0..1);
        assert_eq!(Selection::at(0).move_edge(Edge::Start, Toward::Right, 10).range(), 0..1);
    }
}
