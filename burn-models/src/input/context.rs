//! The accompanying texts of a row: behind the tweet's own words, or as a text of their own.

use std::ops::Range;

use serde::Serialize;

use super::{Row, WORD_PIECES};
use crate::encoders::text::Tokenizer;

/// A word of an accompanying text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ContextWord {
    /// The word.
    pub text: String,
    /// Place of its text among the tweet's contexts.
    pub context: usize,
    /// Its pieces, counted from the first that does not belong to the tweet.
    #[serde(skip)]
    pub pieces: Range<usize>,
}

/// What stands behind the tweet's own pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowContext {
    /// Number of pieces, those that close a text included.
    pub pieces: usize,
    /// The words that found room, in order.
    pub words: Vec<ContextWord>,
}

/// An accompanying text that is read on its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Knowledge {
    /// Pieces, with those that stand around every text.
    pub pieces: Vec<u32>,
    /// The words that found room, with their places among `pieces`.
    pub words: Vec<ContextWord>,
    /// Similarity of image and tweet, as far as somebody measured it.
    pub similarity: Option<f32>,
}

impl Row {
    /// Number of pieces that belong to the tweet.
    pub fn own_pieces(&self) -> usize {
        self.pieces.len() - self.context.pieces
    }

    /// Adds words of the tweet's context number `context` behind what is there, closed by the tokenizer's end piece.
    ///
    /// No piece goes beyond `limit`: it is the text that is cut, never the tweet.
    pub fn add_context<'a>(
        &mut self,
        context: usize,
        words: impl IntoIterator<Item = &'a str>,
        pieces: &Tokenizer,
        limit: usize,
    ) {
        let end = pieces.frame().map(|[_, end]| end);
        let limit = limit.saturating_sub(usize::from(end.is_some()));
        let (own, before) = (self.own_pieces(), self.pieces.len());
        for word in words {
            let ids = pieces.pieces(word, WORD_PIECES);
            if self.pieces.len() + ids.len() > limit {
                break;
            }
            let from = self.pieces.len() - own;
            let text = word.to_owned();
            self.context.words.push(ContextWord { text, context, pieces: from..from + ids.len() });
            self.push(ids, word);
        }
        if self.pieces.len() > before {
            self.push(end, "");
        }
        self.context.pieces = self.pieces.len() - own;
    }

    /// The same row with the tweet alone.
    #[must_use]
    pub fn without_context(&self) -> Self {
        let own = self.own_pieces();
        let mut row = Self { context: RowContext::default(), knowledge: None, ..self.clone() };
        row.pieces.truncate(own);
        row.shapes.truncate(own);
        row
    }
}

impl Knowledge {
    /// The words of some of the tweet's contexts, each with the place of its text, as one text of at most `limit` pieces;
    /// `None` if there is no word.
    pub fn new<'a>(
        words: impl IntoIterator<Item = (usize, &'a str)>,
        similarity: Option<f32>,
        pieces: &Tokenizer,
        limit: usize,
    ) -> Option<Self> {
        let frame = pieces.frame();
        let limit = limit.saturating_sub(usize::from(frame.is_some()));
        let mut knowledge = Self { pieces: Vec::new(), words: Vec::new(), similarity };
        knowledge.pieces.extend(frame.map(|[start, _]| start));
        for (context, word) in words {
            let ids = pieces.pieces(word, WORD_PIECES);
            let from = knowledge.pieces.len();
            if from + ids.len() > limit {
                break;
            }
            knowledge.words.push(ContextWord { text: word.to_owned(), context, pieces: from..from + ids.len() });
            knowledge.pieces.extend(ids);
        }
        knowledge.pieces.extend(frame.map(|[_, end]| end));
        (!knowledge.words.is_empty()).then_some(knowledge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Example, LabelSet, TagScheme};
    use crate::input::rows;

    fn plain(pieces: &Tokenizer) -> Row {
        let tokens = ["w0", "w1", "w2"].map(str::to_owned).to_vec();
        let example = Example { tokens, ..Example::default() };
        rows(&example, &LabelSet::new(["PER"]), TagScheme::Bio, pieces, 12, None).remove(0)
    }

    #[test]
    fn context_is_cut_before_the_tweet() {
        let pieces = Tokenizer::framed_for_tests();
        let [_, end] = pieces.frame().expect("a frame");
        let plain = plain(&pieces);
        for limit in plain.pieces.len()..20 {
            let mut row = plain.clone();
            row.add_context(0, ["w1", "w2", "w1"], &pieces, limit);
            assert!(row.pieces.len() <= limit);
            assert_eq!((&row.pieces[..plain.pieces.len()], &row.firsts), (&plain.pieces[..], &plain.firsts));
            assert_eq!((row.pieces.last(), row.shapes.len()), (Some(&end), row.pieces.len()));
        }
        let mut row = plain.clone();
        let endless = (0..2000).map(|_| "w1");
        row.add_context(0, endless, &pieces, 40);
        assert!(row.pieces.len() <= 40 && row.words() == 3);
        assert_eq!(row.without_context(), plain);
    }

    #[test]
    fn words_of_several_texts_know_their_pieces() {
        let pieces = Tokenizer::framed_for_tests();
        let [start, end] = pieces.frame().expect("a frame");
        let mut row = plain(&pieces);
        row.add_context(1, ["w1", "w22"], &pieces, 60);
        row.add_context(2, [], &pieces, 60);
        row.add_context(0, ["w3"], &pieces, 60);
        let behind = &row.pieces[row.own_pieces()..];
        assert_eq!(behind.iter().filter(|piece| **piece == end).count(), 2, "no text, no end");
        for (word, context) in row.context.words.iter().zip([1, 1, 0]) {
            assert_eq!(behind[word.pieces.clone()], pieces.pieces(&word.text, 9));
            assert_eq!(word.context, context);
        }
        let knowledge = Knowledge::new([(0, "w1"), (2, "w22")], Some(0.5), &pieces, 60).expect("words");
        assert_eq!((knowledge.pieces.first(), knowledge.pieces.last()), (Some(&start), Some(&end)));
        for word in &knowledge.words {
            assert_eq!(knowledge.pieces[word.pieces.clone()], pieces.pieces(&word.text, 9));
        }
        let cut = Knowledge::new([(0, "w1"), (2, "w22")], None, &pieces, 5).expect("one word");
        assert_eq!((cut.words.len(), cut.pieces.len()), (1, 4));
        assert!(Knowledge::new([], None, &pieces, 5).is_none());
    }
}
