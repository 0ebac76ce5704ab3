//! The model that a command trains by itself, several times over: which system, and what it begins with.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use spanlight_models::device::ChosenDevice;
use spanlight_models::example::{Example, LabelSet, TagScheme};
use spanlight_models::input::Item;
use spanlight_models::layers::projection::AdapterConfig;
use spanlight_models::model::Tagger;
use spanlight_models::systems::{self, CreateError, Foundation, REGISTRY};
use spanlight_models::training::TrainOptions;

use super::encoder;
use super::error::CliError;

#[derive(Clone, Debug, clap::Args)]
pub struct Beginning {
    /// The system to train
    #[arg(long, value_parser = PossibleValuesParser::new(REGISTRY.iter().map(|entry| entry.info.name)), default_value = REGISTRY[0].info.name)]
    pub system: String,
    /// What the text encoder begins with: a published model by name (see `model`) or folder, or a file of word vectors
    #[arg(long, value_name = "NAME|DIR|FILE")]
    pub encoder: Option<String>,
    /// Fine-tune a published text encoder through adapters of this rank (`LoRA`)
    #[arg(long, value_name = "RANK", value_parser = clap::value_parser!(u16).range(1..=1024))]
    lora: Option<u16>,
    /// Passes over the data of a training [default: the system's, of `suspects` at most 8]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,
}

impl Beginning {
    /// What it is, in words: the same for trainings of the same kind.
    pub fn words(&self) -> String {
        let from = self.encoder.as_ref().map_or_else(String::new, |encoder| format!(" from {encoder}"));
        let rank = self.lora.map_or_else(String::new, |rank| format!(", adapters of rank {rank}"));
        format!("{}{from}{rank}", self.system)
    }

    /// How it is trained, with at most so many epochs unless told otherwise: nothing chooses the best epoch, so the last one
    /// is kept.
    pub fn training(&self, defaults: &TrainOptions, most: usize) -> TrainOptions {
        let epochs = self.epochs.map_or(defaults.epochs.min(most), |epochs| epochs as usize);
        TrainOptions { epochs, patience: None, ..defaults.clone() }
    }

    /// The model before its training; the texts, whose labels are not looked at, make its vocabulary.
    pub fn first<'a>(
        &'a self,
        texts: impl Iterator<Item = Example>,
        labels: LabelSet,
        device: &'a ChosenDevice,
    ) -> Result<First<'a>, CliError> {
        let unlabelled = |example| Item { example: Example { spans: Vec::new(), ..example }, ..Item::default() };
        let text = self.encoder.as_deref().map(encoder::find).transpose()?;
        Ok(First { beginning: self, items: texts.map(unlabelled).collect(), labels, text, device })
    }
}

/// The model before its training.
pub struct First<'a> {
    beginning: &'a Beginning,
    items: Vec<Item>,
    labels: LabelSet,
    text: Option<PathBuf>,
    device: &'a ChosenDevice,
}

impl First<'_> {
    /// Makes it, with a seed for what is left to chance.
    pub fn make(&self, seed: u64) -> Result<Box<dyn Tagger>, CreateError> {
        let Beginning { system, encoder, lora, .. } = self.beginning;
        // The argument's parser lets only names of the registry pass.
        let entry = systems::find(system).unwrap_or(&REGISTRY[0]);
        let foundation = Foundation {
            text: self.text.as_deref(),
            text_name: encoder.as_deref().filter(|name| encoder::named(name).is_some()),
            adapter: lora.map(|rank| AdapterConfig { rank: usize::from(rank), alpha: 2.0 * f64::from(rank) }),
            ..Foundation::new(&self.items, self.labels.clone(), TagScheme::Bio, &self.device.device)
        };
        (entry.create)(&foundation, seed)
    }
}
