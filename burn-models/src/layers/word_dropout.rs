//! Dropout of whole words.

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, Tensor};

use super::probe;

/// While training, the vector of every word is zero with a share of chance; the others stay as they are (flair,
/// Akbik et al. 2019, as ITA uses it).
#[derive(Module, Clone, Debug)]
pub struct WordDropout {
    share: f64,
}

impl WordDropout {
    /// Drops a `share` of the words, at least 0 and below 1.
    pub fn new(share: f64) -> Self {
        Self { share }
    }

    /// `[B, N, d]`; as it is while nothing is learned.
    pub fn forward<B: Backend>(&self, words: Tensor<B, 3>) -> Tensor<B, 3> {
        let device = words.device();
        if self.share == 0.0 || !probe::learns::<B>(&device) {
            return words;
        }
        let [rows, count, _] = words.dims();
        words * Tensor::random([rows, count, 1], Distribution::Bernoulli(1.0 - self.share), &device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Backend, Device, cpu};
    use crate::tagging::numbers;

    #[test]
    fn whole_words_go_and_only_while_training() {
        let ones = |device: &Device| Tensor::<Backend, 3>::ones([20, 30, 4], device);
        let layer = WordDropout::new(0.3);
        assert!(numbers(layer.forward(ones(&cpu()))) == [1.0; 2400]);
        let values = numbers(layer.forward(ones(&Device::autodiff(cpu()))));
        let words: Vec<&[f32]> = values.chunks(4).collect();
        assert!(words.iter().all(|word| *word == [0.0; 4] || *word == [1.0; 4]));
        let gone = words.iter().filter(|word| word[0] == 0.0).count() as f64 / words.len() as f64;
        assert!((gone - 0.3).abs() < 0.1, "{gone}");
    }
}
