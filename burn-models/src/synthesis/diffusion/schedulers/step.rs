//! One step of a scheduler.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// The factors of one step; `x` is the latent, `o` the model's answer, `x0` the picture that the two imply.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Step {
    /// The time that the model is told, between training steps where the scheduler goes there.
    pub timestep: f64,
    /// The model sees `x` times this.
    pub input: f64,
    /// `x0` is `x` times the first plus `o` times the second.
    pub clean: [f64; 2],
    /// `x0` is kept within plus and minus this.
    pub clip: Option<f64>,
    /// The next latent is `x`, `o`, `x0` and the `x0` of the step before times these.
    pub next: [f64; 4],
}

/// Where a step led.
#[derive(Clone, Debug)]
pub struct Advanced<B: Backend, const D: usize> {
    /// The latent for the next step.
    pub next: Tensor<B, D>,
    /// The picture that the model has in mind, `x0`.
    pub clean: Tensor<B, D>,
}

impl Step {
    /// Moves `latent` by the model's answer `output`; `before` is the `x0` of the step before, where there was one.
    pub fn advance<B: Backend, const D: usize>(
        &self,
        latent: Tensor<B, D>,
        output: Tensor<B, D>,
        before: Option<Tensor<B, D>>,
    ) -> Advanced<B, D> {
        let clean = latent.clone() * self.clean[0] + output.clone() * self.clean[1];
        let clean = match self.clip {
            Some(range) => clean.clamp(-range, range),
            None => clean,
        };
        let [own, answered, implied, earlier] = self.next;
        let mut next = clean.clone() * implied + latent * own + output * answered;
        if let Some(before) = before {
            next = next + before * earlier;
        }
        Advanced { next, clean }
    }

    pub(super) fn is_finite(&self) -> bool {
        let factors = [&[self.timestep, self.input][..], &self.clean, &self.next].concat();
        factors.into_iter().all(f64::is_finite)
    }
}
