//! Word vectors, and characters where they are wanted, read from both ends by an LSTM.

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, Embedding, EmbeddingConfig};
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Distribution, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::tokenizer::Tokenizer;
use super::words::WordVectors;
use crate::layers::characters::{CharacterCnn, FILTERS};
use crate::layers::lstm::BiLstm;

/// Sizes of a [`RecurrentEncoder`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecurrentConfig {
    /// Number of words.
    pub vocabulary: usize,
    /// Width of a word's vector.
    pub width: usize,
    /// Width of the LSTM's state in each direction.
    pub hidden: usize,
    /// Share of activations dropped before and after the LSTM while training.
    pub dropout: f64,
    /// The characters that are known, where words are also read by character.
    pub characters: Option<String>,
}

impl RecurrentConfig {
    /// Width of what it says about a word.
    pub fn output(&self) -> usize {
        2 * self.hidden
    }
}

/// See the file's head.
#[derive(Module, Debug)]
pub struct RecurrentEncoder<B: Backend> {
    words: Embedding<B>,
    characters: Option<CharacterCnn<B>>,
    dropout: Dropout,
    lstm: BiLstm<B>,
}

impl<B: Backend> RecurrentEncoder<B> {
    /// Fresh weights; word vectors are uniform within sqrt(3 / width).
    pub fn new(config: &RecurrentConfig, device: &B::Device) -> Self {
        let bound = (3.0 / config.width as f64).sqrt();
        let mut words: Embedding<B> = EmbeddingConfig::new(config.vocabulary, config.width).init(device);
        let vectors = [config.vocabulary, config.width];
        words.weight = Param::from_tensor(Tensor::random(vectors, Distribution::Uniform(-bound, bound), device));
        let characters = config.characters.as_deref().map(|known| known.chars().count());
        let seen = config.width + characters.map_or(0, |_| FILTERS);
        Self {
            words,
            characters: characters.map(|count| CharacterCnn::new(count, config.dropout, device)),
            dropout: DropoutConfig::new(config.dropout).init(),
            lstm: BiLstm::new(seen, config.hidden, device),
        }
    }

    /// The same with the words' own vectors from elsewhere.
    pub fn with_vectors(mut self, vectors: &WordVectors, pieces: &Tokenizer) -> Self {
        let table = self.words.weight.val();
        let ([rows, width], device) = (table.dims(), table.device());
        let mut numbers = table.into_data().convert::<f32>().into_vec::<f32>().unwrap_or_default();
        for (word, vector) in vectors.iter().filter(|(_, vector)| vector.len() == width) {
            let place = pieces.pieces(word, 1)[0] as usize * width;
            if place != pieces.unknown() as usize * width {
                numbers[place..place + width].copy_from_slice(vector);
            }
        }
        self.words.weight = Param::from_tensor(Tensor::from_data(TensorData::new(numbers, [rows, width]), &device));
        self
    }

    /// `words` `[B, N]` and, if it reads them, `characters` `[B N, C]`, to `[B, N, 2 hidden]`; `real` is true on words.
    pub fn forward(
        &self,
        words: Tensor<B, 2, Int>,
        characters: Option<Tensor<B, 2, Int>>,
        real: &Tensor<B, 2, Bool>,
    ) -> Tensor<B, 3> {
        let [rows, count] = words.dims();
        let mut seen = self.words.forward(words);
        if let (Some(cnn), Some(characters)) = (&self.characters, characters) {
            seen = Tensor::cat(vec![seen, cnn.forward(characters).reshape([rows, count, FILTERS])], 2);
        }
        self.dropout.forward(self.lstm.forward(self.dropout.forward(seen), real))
    }
}
