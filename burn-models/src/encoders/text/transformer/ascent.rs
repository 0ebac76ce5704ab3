//! The blocks one at a time, for systems that show the pieces something else on the way.

use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor};

use super::TextTransformer;
use super::block::{Block, Rows};

/// Rows of pieces between two blocks of an encoder.
pub struct Ascent<'a, B: Backend> {
    blocks: std::slice::Iter<'a, Block<B>>,
    rows: Rows<B>,
    /// `[B, heads, S, S]`, what is added to the scores of the pieces.
    scores: Tensor<B, 4>,
}

impl<B: Backend> TextTransformer<B> {
    /// Rows below the first block: `ids` `[B, S]`, `hidden` `[B, S]` true on padding.
    pub fn ascent(&self, ids: Tensor<B, 2, Int>, hidden: Tensor<B, 2, Bool>) -> Ascent<'_, B> {
        let embedded = self.embeddings.forward(ids, None);
        let [batch, length, width] = embedded.dims();
        let scores = self.scores(hidden, &embedded.device());
        let rows = Rows { batch, length, x: embedded.reshape([batch * length, width]) };
        Ascent { blocks: self.blocks.iter(), rows, scores }
    }
}

impl<B: Backend> Ascent<'_, B> {
    /// The vectors here, `[B, S, d]`.
    pub fn states(&self) -> Tensor<B, 3> {
        let [_, width] = self.rows.x.dims();
        self.rows.x.clone().reshape([self.rows.batch, self.rows.length, width])
    }

    /// Goes through one more block, or stays above the last.
    pub fn step(&mut self) {
        if let Some(block) = self.blocks.next() {
            self.rows = block.forward(self.rows.again(), &self.scores, None).0;
        }
    }

    /// The same where pieces also see what is `beside`, `[B, P, d]`, of which the block's own projections make keys and
    /// values; `hidden` `[B, P]` is true on what of it must not be seen.
    ///
    /// Gives the attention `[B, heads, S, P + S]`, what is beside first; `None` above the last block.
    pub fn step_beside(&mut self, beside: &Tensor<B, 3>, hidden: Option<Tensor<B, 2, Bool>>) -> Option<Tensor<B, 4>> {
        let block = self.blocks.next()?;
        let prefix = block.read(beside);
        let scores = TextTransformer::scores_behind(self.scores.clone(), prefix.length(), hidden);
        let (rows, weights) = block.forward(self.rows.again(), &scores, Some(&prefix));
        self.rows = rows;
        Some(weights)
    }
}
