//! The classic text baselines: BiLSTM-CRF (Huang et al. 2015; Lample et al. 2016) and CNN-BiLSTM-CRF (Ma and Hovy 2016).

use std::collections::BTreeSet;

use burn::module::Module;
use burn::tensor::backend::Backend as BurnBackend;
use burn::tensor::{Int, Tensor};

use super::chain::WordEncoder;
use super::{CreateError, EncoderNeed, Foundation, SystemInfo};
use crate::batch::{self, TextBatch};
use crate::device::{Backend, Device};
use crate::encoders::text::{RecurrentConfig, RecurrentEncoder, Tokenizer, WordVectors, word_vocabulary};
use crate::input::Row;
use crate::layers::characters::LONGEST;
use crate::training::TrainOptions;

/// Width of word vectors that nobody trained beforehand.
const WIDTH: usize = 100;

/// Width of the LSTM's state in each direction.
const HIDDEN: usize = 200;

/// Share of activations dropped.
const DROPOUT: f64 = 0.5;

/// Words only.
#[derive(Module, Debug)]
pub struct BiLstmWords<B: BurnBackend> {
    encoder: RecurrentEncoder<B>,
}

/// Words and their characters.
#[derive(Module, Debug)]
pub struct CnnBiLstmWords<B: BurnBackend> {
    encoder: RecurrentEncoder<B>,
}

impl WordEncoder for BiLstmWords<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "bilstm-crf",
        summary: "word vectors, bidirectional LSTM, CRF",
        source: "Huang, Xu and Yu 2015; Lample et al. 2016",
        uses_image: false,
        uses_contexts: false,
        text_encoder: EncoderNeed::WordVectors,
        image_encoder: EncoderNeed::None,
        alignments: &[],
        options: &[],
    };

    type Config = RecurrentConfig;
    type Extra = ();

    fn defaults() -> TrainOptions {
        defaults()
    }

    fn create(foundation: &Foundation<'_>) -> Result<(Self, RecurrentConfig, Tokenizer), CreateError> {
        let (encoder, config, pieces) = create(foundation, None)?;
        Ok((Self { encoder }, config, pieces))
    }

    fn new(config: &RecurrentConfig, device: &Device) -> Self {
        Self { encoder: RecurrentEncoder::new(config, device) }
    }

    fn width(config: &RecurrentConfig) -> usize {
        config.output()
    }

    fn vocabulary(config: &RecurrentConfig) -> Option<usize> {
        Some(config.vocabulary)
    }

    fn extra(_: &RecurrentConfig, _: &[&Row], _: &Device) {}

    fn encode(&self, text: &TextBatch, (): &()) -> Tensor<Backend, 3> {
        self.encoder.forward(text.pieces.clone(), None, &text.words)
    }
}

impl WordEncoder for CnnBiLstmWords<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "cnn-bilstm-crf",
        summary: "word vectors, characters by convolution, bidirectional LSTM, CRF",
        source: "Ma and Hovy 2016",
        uses_image: false,
        uses_contexts: false,
        text_encoder: EncoderNeed::WordVectors,
        image_encoder: EncoderNeed::None,
        alignments: &[],
        options: &[],
    };

    type Config = RecurrentConfig;
    type Extra = Tensor<Backend, 2, Int>;

    fn defaults() -> TrainOptions {
        defaults()
    }

    fn create(foundation: &Foundation<'_>) -> Result<(Self, RecurrentConfig, Tokenizer), CreateError> {
        let known: BTreeSet<char> = foundation.words().flat_map(str::chars).collect();
        let (encoder, config, pieces) = create(foundation, Some(known.into_iter().collect()))?;
        Ok((Self { encoder }, config, pieces))
    }

    fn new(config: &RecurrentConfig, device: &Device) -> Self {
        Self { encoder: RecurrentEncoder::new(config, device) }
    }

    fn width(config: &RecurrentConfig) -> usize {
        config.output()
    }

    fn vocabulary(config: &RecurrentConfig) -> Option<usize> {
        Some(config.vocabulary)
    }

    fn extra(config: &RecurrentConfig, rows: &[&Row], device: &Device) -> Tensor<Backend, 2, Int> {
        characters(config.characters.as_deref().unwrap_or_default(), rows, device)
    }

    fn encode(&self, text: &TextBatch, characters: &Tensor<Backend, 2, Int>) -> Tensor<Backend, 3> {
        self.encoder.forward(text.pieces.clone(), Some(characters.clone()), &text.words)
    }
}

fn defaults() -> TrainOptions {
    TrainOptions {
        epochs: 50,
        patience: Some(8),
        encoder_rate: 1e-3,
        head_rate: 1e-3,
        crf_rate: 1e-3,
        warmup: 0.0,
        weight_decay: 0.0,
        // Enough for the unknown word to learn what it stands for.
        word_dropout: 0.05,
        name_dropout: 0.1,
        ..TrainOptions::default()
    }
}

fn create(
    foundation: &Foundation<'_>,
    characters: Option<String>,
) -> Result<(RecurrentEncoder<Backend>, RecurrentConfig, Tokenizer), CreateError> {
    let vectors = foundation.text.map(WordVectors::read).transpose()?.unwrap_or_default();
    let pieces = word_vocabulary(foundation.words().chain(vectors.words()))?;
    let config = RecurrentConfig {
        vocabulary: pieces.len(),
        width: vectors.width().unwrap_or(WIDTH),
        hidden: HIDDEN,
        dropout: DROPOUT,
        characters,
    };
    let encoder = RecurrentEncoder::new(&config, foundation.device).with_vectors(&vectors, &pieces);
    Ok((encoder, config, pieces))
}

/// The characters of all words, `[B N, C]`: 0 on padding, 1 for one that is not `known`.
fn characters(known: &str, rows: &[&Row], device: &Device) -> Tensor<Backend, 2, Int> {
    let known: std::collections::HashMap<char, i64> = known.chars().zip(2..).collect();
    let words = batch::words(rows);
    let longest = rows.iter().flat_map(|row| &row.tokens).map(|word| word.chars().count()).max().unwrap_or(1);
    let longest = longest.clamp(1, LONGEST);
    let mut ids = vec![0_i64; rows.len() * words * longest];
    for (place, row) in rows.iter().enumerate() {
        for (word, token) in row.tokens.iter().enumerate() {
            let from = (place * words + word) * longest;
            let own = token.chars().take(longest).map(|c| known.get(&c).copied().unwrap_or(1));
            ids[from..from + longest].iter_mut().zip(own).for_each(|(id, own)| *id = own);
        }
    }
    Tensor::from_data(burn::tensor::TensorData::new(ids, [rows.len() * words, longest]), device)
}
