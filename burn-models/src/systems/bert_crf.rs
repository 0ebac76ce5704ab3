//! BERT-CRF: the text-only anchor of every comparison. Any published text encoder serves.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend as BurnBackend;

use super::chain::WordEncoder;
use super::published::{Published, PublishedText, PublishedTextConfig};
use super::{CreateError, EncoderNeed, Foundation, SystemInfo};
use crate::batch::TextBatch;
use crate::device::{Backend, Device};
use crate::encoders::text::Tokenizer;
use crate::input::Row;
use crate::training::TrainOptions;

/// First pieces of a published encoder, with dropout.
#[derive(Module, Debug)]
pub struct BertWords<B: BurnBackend> {
    text: PublishedText<B>,
    dropout: Dropout,
}

impl BertWords<Backend> {
    fn over(text: PublishedText<Backend>, config: &PublishedTextConfig) -> Self {
        Self { text, dropout: DropoutConfig::new(config.transformer.dropout).init() }
    }
}

impl WordEncoder for BertWords<Backend> {
    const INFO: SystemInfo = SystemInfo {
        name: "bert-crf",
        summary: "published text encoder, first pieces of words, CRF",
        source: "Devlin et al. 2019 with a CRF, as the papers' text-only baseline",
        uses_image: false,
        uses_contexts: false,
        text_encoder: EncoderNeed::Published,
        image_encoder: EncoderNeed::None,
        alignments: &[],
        options: &[],
    };

    type Config = PublishedTextConfig;
    type Extra = ();

    fn defaults() -> TrainOptions {
        TrainOptions {
            epochs: 10,
            encoder_rate: 1e-4,
            head_rate: 1e-4,
            crf_rate: 5e-2,
            warmup: 0.1,
            weight_decay: 0.01,
            word_dropout: 0.0,
            name_dropout: 0.0,
            ..TrainOptions::default()
        }
    }

    fn create(foundation: &Foundation<'_>) -> Result<(Self, PublishedTextConfig, Tokenizer), CreateError> {
        let (text, config, pieces) = PublishedText::create(foundation)?;
        Ok((Self::over(text, &config), config, pieces))
    }

    fn new(config: &PublishedTextConfig, device: &Device) -> Self {
        Self::over(PublishedText::new(config, device), config)
    }

    fn width(config: &PublishedTextConfig) -> usize {
        config.transformer.width
    }

    fn longest(config: &PublishedTextConfig) -> usize {
        config.longest()
    }

    fn published<'a>(&'a mut self, config: &'a mut PublishedTextConfig) -> Option<Published<'a>> {
        Some(Published { text: &mut self.text, config })
    }

    fn extra(_: &PublishedTextConfig, _: &[&Row], _: &Device) {}

    fn encode(&self, text: &TextBatch, (): &()) -> Tensor<Backend, 3> {
        self.dropout.forward(self.text.words(text))
    }
}

#[cfg(test)]
mod tests {
    use burn::module::{AutodiffModule, ParamId};
    use burn::optim::GradientsParams;
    use burn::tensor::TensorData;

    use super::*;
    use crate::device;
    use crate::example::{LabelSet, TagScheme};
    use crate::systems::chain::ChainTagger;
    use crate::systems::testing::{encoder, items};
    use crate::systems::{Spec, System};
    use crate::tagging::numbers;
    use crate::training::parameters::{self, Flat};

    type BertCrf = ChainTagger<Backend, BertWords<Backend>>;

    fn loss(module: &BertCrf, spec: &Spec<<BertCrf as System>::Config>) -> f32 {
        let rows: Vec<Row> = items().iter().flat_map(|item| BertCrf::rows(spec, item, None)).collect();
        let rows: Vec<&Row> = rows.iter().collect();
        let batch = BertCrf::collate(spec, &rows, None, &Device::autodiff(device::cpu()));
        numbers(module.loss(spec, &batch))[0]
    }

    /// `module` with one number of one parameter moved by `by`.
    fn moved(module: &BertCrf, id: ParamId, weight: &[f32], place: usize, by: f32) -> BertCrf {
        let mut weight = weight.to_vec();
        weight[place] += by;
        let count = weight.len();
        let changed = Tensor::from_data(TensorData::new(weight, [count]), &device::cpu());
        parameters::changed(module.clone(), &mut &Flat::from([(id, changed)]))
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        const STEP: f32 = 4e-3;
        let folder = tempfile::tempdir().expect("a folder");
        encoder(folder.path());
        let (items, device) = (items(), device::cpu());
        let labels = LabelSet::new(["PER", "LOC"]);
        let foundation =
            Foundation { text: Some(folder.path()), ..Foundation::new(&items, labels, TagScheme::Bio, &device) };
        let (module, spec) = BertCrf::create(&foundation).expect("a tagger");
        let module = BertCrf::from_inner(module);
        let names = parameters::list(&module, BertCrf::group);
        let module = parameters::trainable(module, &names.keys().copied().collect());

        let rows: Vec<Row> = items.iter().flat_map(|item| BertCrf::rows(&spec, item, None)).collect();
        let rows: Vec<&Row> = rows.iter().collect();
        let batch = BertCrf::collate(&spec, &rows, None, &Device::autodiff(device.clone()));
        let graph = module.loss(&spec, &batch).backward();
        let gradients = parameters::gradients(&module, GradientsParams::from_grads(graph, &module));
        let weights = parameters::weights(&module);
        let mut checked = 0;
        for (id, gradient) in gradients {
            let (gradient, weight) = (numbers(gradient), numbers(weights[&id].clone()));
            let steepest =
                (0..gradient.len()).max_by(|one, other| gradient[*one].abs().total_cmp(&gradient[*other].abs()));
            let place = steepest.expect("a parameter has numbers");
            let at = |by| loss(&moved(&module, id, &weight, place, by), &spec);
            let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            let (found, name) = (gradient[place], &names[&id].path);
            assert!((found - difference).abs() < 2e-3 + 0.02 * found.abs(), "{name}: {found} against {difference}");
            checked += 1;
        }
        assert!(checked > 30, "only {checked} parameters have a gradient");
    }
}
