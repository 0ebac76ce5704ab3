//! Linear-chain conditional random field over words (Lafferty et al. 2001).
//!
//! The likelihood is differentiable tensor code in log space ([`Crf`]); decoding and everything shown to a person is
//! exact bookkeeping in `f64` on the CPU ([`Chain`]). Transitions are stored FROM x TO.

mod chain;
mod constraints;
mod divergence;

pub use chain::Chain;
pub use constraints::{ConstraintMode, Constraints, FORBIDDEN};

use burn::module::{Module, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Distribution, Int, Tensor};

/// Transition, start and end scores over `K` tags, uniform(-0.1, 0.1) at first.
#[derive(Module, Debug)]
pub struct Crf<B: Backend> {
    /// `[K, K]`; row = tag one comes from, column = tag one goes to.
    pub transitions: Param<Tensor<B, 2>>,
    /// `[K]` scores of the first tag.
    pub start: Param<Tensor<B, 1>>,
    /// `[K]` scores of the last tag.
    pub end: Param<Tensor<B, 1>>,
}

impl<B: Backend> Crf<B> {
    /// A field over `tags` tags.
    pub fn new(tags: usize, device: &B::Device) -> Self {
        let scores = Distribution::Uniform(-0.1, 0.1);
        Self {
            transitions: Param::from_tensor(Tensor::random([tags, tags], scores, device)),
            start: Param::from_tensor(Tensor::random([tags], scores, device)),
            end: Param::from_tensor(Tensor::random([tags], scores, device)),
        }
    }

    /// Negative log likelihood: sum over the words of a sentence, mean over the sentences.
    ///
    /// `emissions` `[B, N, K]`; `tags` `[B, N]`, any value where masked; `mask` `[B, N]`, true on real words, a
    /// non-empty prefix of every row.
    pub fn loss(&self, emissions: Tensor<B, 3>, tags: Tensor<B, 2, Int>, mask: &Tensor<B, 2, Bool>) -> Tensor<B, 1> {
        let log_z = self.log_partition(&emissions, mask);
        (log_z - self.score(emissions, tags, mask)).mean()
    }

    /// Score of given labellings, `[B]`.
    pub fn score(&self, emissions: Tensor<B, 3>, tags: Tensor<B, 2, Int>, mask: &Tensor<B, 2, Bool>) -> Tensor<B, 1> {
        let [batch, words, count] = emissions.dims();
        // A masked place may hold any number; 0 keeps the look-ups in range.
        let tags = tags.mask_fill(mask.clone().bool_not(), 0);
        let masked = |scores: Tensor<B, 2>, mask: Tensor<B, 2, Bool>| scores.mask_fill(mask.bool_not(), 0.0).sum_dim(1);

        let emitted = emissions.gather(2, tags.clone().unsqueeze_dim(2)).reshape([batch, words]);
        let first = tags.clone().slice([0..batch, 0..1]).reshape([batch]);
        let start = self.start.val().select(0, first);
        let lengths = mask.clone().int().sum_dim(1);
        let last = tags.clone().gather(1, lengths.sub_scalar(1)).reshape([batch]);
        let end = self.end.val().select(0, last);
        let score = masked(emitted, mask.clone()).reshape([batch]) + start + end;
        if words == 1 {
            return score;
        }
        let from = tags.clone().slice([0..batch, 0..words - 1]);
        let to = tags.slice([0..batch, 1..words]);
        let pairs = from.mul_scalar(count as i64).add(to).reshape([batch * (words - 1)]);
        let moved = self.transitions.val().reshape([count * count]).select(0, pairs).reshape([batch, words - 1]);
        score + masked(moved, mask.clone().slice([0..batch, 1..words])).reshape([batch])
    }

    /// Log of the partition function, `[B]`.
    pub fn log_partition(&self, emissions: &Tensor<B, 3>, mask: &Tensor<B, 2, Bool>) -> Tensor<B, 1> {
        let [batch, _, _] = emissions.dims();
        self.log_z(&self.forward(emissions, mask)).reshape([batch])
    }

    /// Log probability of every tag at every word, `[B, N, K]`; rows of masked words are meaningless.
    ///
    /// Differentiable, for losses that compare two label distributions.
    pub fn log_marginals(&self, emissions: &Tensor<B, 3>, mask: &Tensor<B, 2, Bool>) -> Tensor<B, 3> {
        let [batch, words, count] = emissions.dims();
        let transitions = self.transitions.val().unsqueeze::<3>();
        let alphas = self.forward(emissions, mask);
        let end = self.end.val().unsqueeze::<2>().expand([batch, count]);
        let mut betas = vec![end.clone()];
        for word in (1..words).rev() {
            let after = (emission(emissions, word) + betas[betas.len() - 1].clone()).unsqueeze_dim::<3>(1);
            let moved = log_sum_exp(transitions.clone() + after, 2).reshape([batch, count]);
            betas.push(end.clone().mask_where(real(mask, word, count), moved));
        }
        betas.reverse();
        let log_z = self.log_z(&alphas);
        let rows = alphas.into_iter().zip(betas).map(|(alpha, beta)| alpha + beta - log_z.clone());
        Tensor::stack(rows.collect(), 1)
    }

    /// The forward recursion: for every word `[B, K]` log sums over all labellings up to it; a masked word repeats the
    /// last real one.
    fn forward(&self, emissions: &Tensor<B, 3>, mask: &Tensor<B, 2, Bool>) -> Vec<Tensor<B, 2>> {
        let [batch, words, count] = emissions.dims();
        let transitions = self.transitions.val().unsqueeze::<3>();
        let mut alphas = vec![emission(emissions, 0) + self.start.val().unsqueeze()];
        for word in 1..words {
            let previous = alphas[word - 1].clone();
            let moved = log_sum_exp(previous.clone().unsqueeze_dim::<3>(2) + transitions.clone(), 1);
            let next = moved.reshape([batch, count]) + emission(emissions, word);
            alphas.push(previous.mask_where(real(mask, word, count), next));
        }
        alphas
    }

    /// Log of the partition function at the end of the forward recursion, `[B, 1]`.
    fn log_z(&self, alphas: &[Tensor<B, 2>]) -> Tensor<B, 2> {
        log_sum_exp(alphas[alphas.len() - 1].clone() + self.end.val().unsqueeze(), 1)
    }
}

/// Scores of one word, `[B, K]`.
fn emission<B: Backend>(emissions: &Tensor<B, 3>, word: usize) -> Tensor<B, 2> {
    let [batch, _, count] = emissions.dims();
    emissions.clone().slice([0..batch, word..word + 1]).reshape([batch, count])
}

/// Where `word` is no padding, `[B, count]`.
fn real<B: Backend>(mask: &Tensor<B, 2, Bool>, word: usize, count: usize) -> Tensor<B, 2, Bool> {
    let [batch, _] = mask.dims();
    mask.clone().slice([0..batch, word..word + 1]).expand([batch, count])
}

/// `log(sum(exp(x)))` along `dim`, which stays with length 1; the maximum carries no gradient.
fn log_sum_exp<B: Backend, const D: usize>(x: Tensor<B, D>, dim: usize) -> Tensor<B, D> {
    let max = x.clone().detach().max_dim(dim);
    (x - max.clone()).exp().sum_dim(dim).log() + max
}

#[cfg(test)]
mod tests;
