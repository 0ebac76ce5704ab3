//! A bidirectional LSTM (Hochreiter and Schmidhuber 1997; Graves and Schmidhuber 2005) over rows of unequal length.

use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor};

/// Reads every row from both ends.
#[derive(Module, Debug)]
pub struct BiLstm<B: Backend> {
    forward: Lstm<B>,
    backward: Lstm<B>,
}

impl<B: Backend> BiLstm<B> {
    /// From vectors of `width` numbers to `hidden` per direction.
    pub fn new(width: usize, hidden: usize, device: &B::Device) -> Self {
        Self { forward: Lstm::new(width, hidden, device), backward: Lstm::new(width, hidden, device) }
    }

    /// `x` `[B, N, width]` and `words` `[B, N]`, true on a non-empty prefix of every row, to `[B, N, 2 hidden]`.
    pub fn forward(&self, x: Tensor<B, 3>, words: &Tensor<B, 2, Bool>) -> Tensor<B, 3> {
        // Each row is turned round within its own length: padding stays behind the words for both directions.
        let order = turned(words);
        let turn = |x: Tensor<B, 3>| {
            let [rows, count, width] = x.dims();
            x.gather(1, order.clone().unsqueeze_dim::<3>(2).expand([rows, count, width]))
        };
        let backward = turn(self.backward.forward(turn(x.clone())));
        Tensor::cat(vec![self.forward.forward(x), backward], 2)
    }
}

/// For every place the place of the word that is as far from the row's other end, `[B, N]`.
fn turned<B: Backend>(words: &Tensor<B, 2, Bool>) -> Tensor<B, 2, Int> {
    let [rows, count] = words.dims();
    let places = Tensor::<B, 1, Int>::arange(0..count as i64, &words.device()).unsqueeze::<2>().expand([rows, count]);
    let last = words.clone().int().sum_dim(1).sub_scalar(1).expand([rows, count]);
    places.clone().mask_where(words.clone(), last - places)
}

/// One direction. Gates stand in the order input, forget, cell, output.
#[derive(Module, Debug)]
struct Lstm<B: Backend> {
    input: Linear<B>,
    recurrent: Linear<B>,
}

impl<B: Backend> Lstm<B> {
    fn new(width: usize, hidden: usize, device: &B::Device) -> Self {
        let mut input: Linear<B> = LinearConfig::new(width, 4 * hidden).init(device);
        let zeros = |count| Tensor::<B, 1>::zeros([count], device);
        // A cell that forgets from the start learns nothing over distance (Jozefowicz et al. 2015).
        let bias = Tensor::cat(vec![zeros(hidden), Tensor::ones([hidden], device), zeros(2 * hidden)], 0);
        input.bias = Some(Param::from_tensor(bias));
        Self { input, recurrent: LinearConfig::new(hidden, 4 * hidden).with_bias(false).init(device) }
    }

    fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let [rows, count, _] = x.dims();
        let [hidden, _] = self.recurrent.weight.dims();
        let seen = self.input.forward(x);
        let mut state = Tensor::<B, 2>::zeros([rows, hidden], &seen.device());
        let mut cell = state.clone();
        let mut states = Vec::with_capacity(count);
        for word in 0..count {
            let seen = seen.clone().slice([0..rows, word..word + 1, 0..4 * hidden]).reshape([rows, 4 * hidden]);
            let gates = seen + self.recurrent.forward(state);
            let gate = |number: usize| gates.clone().slice([0..rows, number * hidden..(number + 1) * hidden]);
            cell = sigmoid(gate(1)) * cell + sigmoid(gate(0)) * gate(2).tanh();
            state = sigmoid(gate(3)) * cell.clone().tanh();
            states.push(state.clone());
        }
        Tensor::stack(states, 1)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, TensorData};

    use super::*;
    use crate::device::{self, Backend};
    use crate::tagging::numbers;

    fn mask(lengths: &[usize], count: usize) -> Tensor<Backend, 2, Bool> {
        let words: Vec<bool> = lengths.iter().flat_map(|own| (0..count).map(move |place| place < *own)).collect();
        Tensor::from_data(TensorData::new(words, [lengths.len(), count]), &device::cpu())
    }

    #[test]
    fn padding_changes_nothing() {
        let device = device::cpu();
        let lstm = BiLstm::<Backend>::new(3, 4, &device);
        let x = Tensor::random([2, 5, 3], Distribution::Default, &device);
        let both = numbers(lstm.forward(x.clone(), &mask(&[5, 2], 5)));
        let short = numbers(lstm.forward(x.slice([1..2, 0..2, 0..3]), &mask(&[2], 2)));
        let same = both[5 * 8..][..2 * 8].iter().zip(&short).all(|(one, other)| (one - other).abs() < 1e-6);
        assert!(same, "{both:?} {short:?}");
    }

    #[test]
    fn one_word_is_what_the_equations_say() {
        let device = device::cpu();
        let lstm = Lstm::<Backend>::new(1, 1, &device);
        let weights = numbers(lstm.input.weight.val());
        let x = 0.7_f32;
        let logistic = |z: f32| 1.0 / (1.0 + (-z).exp());
        let cell = logistic(weights[0] * x) * (weights[2] * x).tanh();
        let expected = logistic(weights[3] * x) * cell.tanh();
        let got = numbers(lstm.forward(Tensor::from_data([[[x]]], &device)));
        assert!((got[0] - expected).abs() < 1e-6, "{got:?} {expected}");
    }

    #[test]
    fn words_are_read_from_both_ends() {
        let order = turned(&mask(&[4, 2], 4)).into_data().convert::<i64>().into_vec::<i64>().expect("numbers");
        assert_eq!(order, [3, 2, 1, 0, 1, 0, 2, 3]);
    }
}
