//! Both branches level by level: what is kept of a state, what is generated of that for the other side, and the next state.
//!
//! Neither branch looks at the other's real states: the words see generated patches, the patches generated words.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend as BurnBackend;

use super::config::BgaConfig;
use super::generator::{Asking, Generator};
use super::loss::{divergence, kept_mean};
use super::sampler::{Chance, Chosen, Sampler};
use super::{Bga, BgaBatch};
use crate::device::{Backend, Device};

/// What chooses on one side at every level, and the generator that makes the other side's features of what is kept.
#[derive(Module, Debug)]
pub struct Teller<B: BurnBackend> {
    samplers: Vec<Sampler<B>>,
    generator: Generator<B>,
}

/// One side at one level; `M` vectors here, of which `P` of the other side are generated.
#[derive(Debug)]
pub struct Level {
    /// `[B, M, d]`, what is real.
    pub state: Tensor<Backend, 3>,
    /// What is kept of it.
    pub chosen: Chosen<Backend>,
    /// `[B, P, d]`, what is generated for the other side.
    pub generated: Tensor<Backend, 3>,
    /// `[B, heads, P, M]`, where the generator looked.
    pub asked: Tensor<Backend, 4>,
}

/// The words, read to the end.
#[derive(Debug)]
pub struct Words {
    /// `[B, S, d]`, behind the last block.
    pub last: Tensor<Backend, 3>,
    /// The levels from below.
    pub levels: Vec<Level>,
    /// For each level the attention of its block `[B, heads, S, P + S]`, what is generated first.
    pub attention: Vec<Tensor<Backend, 4>>,
}

impl Teller<Backend> {
    /// For `levels` levels; generates `others` vectors.
    pub fn new(config: &BgaConfig, others: usize, device: &Device) -> Self {
        Self {
            samplers: (0..config.levels).map(|_| Sampler::new(config.width(), device)).collect(),
            generator: Generator::new(config.width(), others, &config.generator, device),
        }
    }
}

/// A side on its way up.
struct Climb<'a> {
    teller: &'a Teller<Backend>,
    asking: Asking<'a, Backend>,
    /// `[B, M]`, 1 on what is no padding.
    real: Tensor<Backend, 2>,
    /// `[B, M]`, what was kept last.
    before: Tensor<Backend, 2>,
    /// How many vectors are generated.
    others: usize,
    cumulative: bool,
}

impl<'a> Climb<'a> {
    fn new(teller: &'a Teller<Backend>, real: Tensor<Backend, 2>, others: usize, config: &BgaConfig) -> Self {
        let cumulative = config.cumulative;
        Self { teller, asking: teller.generator.ask(), before: real.clone(), real, others, cumulative }
    }

    fn level(&mut self, place: usize, state: Tensor<Backend, 3>, chance: Option<&Chance<Backend>>) -> Level {
        let noise = chance.and_then(|chance| chance.level(place));
        let mut chosen = self.teller.samplers[place].forward(state.clone(), &self.before, &self.real, noise);
        if self.cumulative {
            chosen.kept = chosen.kept * self.before.clone();
        }
        self.before = chosen.kept.clone();
        let made = self.asking.answer(self.others, state.clone(), chosen.kept.clone());
        Level { state, chosen, generated: made.output, asked: made.weights }
    }
}

impl Bga<Backend> {
    /// The words through all blocks; at the levels they see what is generated of them, or the `real` patches of the rows that
    /// have an image.
    pub(super) fn read(&self, config: &BgaConfig, batch: &BgaBatch, real: Option<&[Level]>) -> Words {
        let mut ascent = self.text.ascent(&batch.text);
        for _ in 0..config.text_below() {
            ascent.step();
        }
        let own = own_words(&ascent.states(), batch);
        let mut climb = Climb::new(&self.words, own, config.patches(), config);
        let (mut levels, mut attention) = (Vec::new(), Vec::new());
        for place in 0..config.levels {
            let level = climb.level(place, ascent.states(), batch.chance.as_ref().map(|chance| &chance.words));
            let shown = match real.and_then(|real| real.get(place)) {
                Some(real) => choose(&batch.images.seen, real.state.clone(), level.generated.clone()),
                None => level.generated.clone(),
            };
            attention.extend(ascent.step_beside(&shown, None));
            levels.push(level);
        }
        Words { last: ascent.states(), levels, attention }
    }

    /// The patches up to the last level; `None` where no row has an image.
    pub(super) fn look(&self, config: &BgaConfig, batch: &BgaBatch) -> Option<Vec<Level>> {
        let mut patches = self.sight.look(config, &self.image, &batch.images)?;
        let [_, length] = batch.text.pieces.dims();
        let shown = patches.shown();
        let [rows, count, _] = shown.dims();
        let mut climb = Climb::new(&self.patches, Tensor::ones([rows, count], &shown.device()), length, config);
        let mut levels = Vec::new();
        for place in 0..config.levels {
            let chance = batch.chance.as_ref().map(|chance| &chance.patches);
            let level = climb.level(place, patches.shown(), chance);
            if place + 1 < config.levels {
                patches.step(level.generated.clone(), &batch.text.hidden);
            }
            levels.push(level);
        }
        Some(levels)
    }

    /// The losses of reconstruction and of the cycle, means over levels and rows; rows without an image count as zero.
    pub(super) fn generation_losses(
        &self,
        config: &BgaConfig,
        batch: &BgaBatch,
        words: &[Level],
        patches: &[Level],
    ) -> Option<[Tensor<Backend, 1>; 2]> {
        let (ask_words, ask_patches) = (self.words.generator.ask(), self.patches.generator.ask());
        let [_, length] = batch.text.pieces.dims();
        let seen = &batch.images.seen;
        let levels = words.iter().zip(patches).map(|(text, image)| {
            let own = own_words(&text.state, batch);
            let all = image.chosen.kept.ones_like().detach();
            let patches_again = ask_words.answer(config.patches(), image.generated.clone(), own).output;
            let words_again = ask_patches.answer(length, text.generated.clone(), all).output;
            let away = |made: Tensor<Backend, 3>, real: &Level| {
                let kept = real.chosen.kept.clone();
                let weights = if config.match_learns { kept } else { kept.detach() };
                kept_mean(divergence(made, real.state.clone(), config.temperature), weights)
            };
            let made = away(text.generated.clone(), image) + away(image.generated.clone(), text);
            let again = away(patches_again, image) + away(words_again, text);
            [made, again].map(|row| (row * seen.clone()).mean())
        });
        let sums = levels.reduce(|[made, again], [next, next_again]| [made + next, again + next_again])?;
        Some(sums.map(|sum| sum.div_scalar(config.levels as f64)))
    }
}

/// `[B, S]`, 1 on pieces and 0 on padding, where `states` are.
fn own_words(states: &Tensor<Backend, 3>, batch: &BgaBatch) -> Tensor<Backend, 2> {
    let [rows, length, _] = states.dims();
    // A mask made a number would not be where the weights are.
    Tensor::ones([rows, length], &states.device()).mask_fill(batch.text.hidden.clone(), 0.0)
}

/// `one` `[B, P, d]` in rows where `share` `[B]` is 1, `other` where it is 0.
fn choose(share: &Tensor<Backend, 1>, one: Tensor<Backend, 3>, other: Tensor<Backend, 3>) -> Tensor<Backend, 3> {
    let shape = one.dims();
    let other_rows = share.clone().lower_elem(0.5).reshape([shape[0], 1, 1]).expand(shape);
    one.mask_where(other_rows, other)
}
