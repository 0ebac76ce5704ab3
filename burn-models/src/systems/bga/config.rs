//! Sizes and choices of `BGA-MNER`.

use serde::{Deserialize, Serialize};

use crate::encoders::image::BlocksConfig;
use crate::input;
use crate::layers::crf::ConstraintMode;
use crate::systems::options::{OptionError, Options, SystemOption};
use crate::systems::published::PublishedTextConfig;
use crate::systems::published_image::{IMAGE_TUNING, PublishedRegionsConfig};

/// Pieces that the paper reads at once; longer tweets are read in windows.
const PIECES: usize = 128;

/// The options.
pub const OPTIONS: [SystemOption; 5] = [
    IMAGE_TUNING,
    SystemOption {
        name: "alpha",
        summary: "weight in the loss of what is generated against what is real; at 0 images teach nothing",
        value: "NUMBER",
        default: "0.001",
    },
    SystemOption {
        name: "visual-source",
        summary: "what words look at when tags are asked for: what is generated from them, or, to compare, the image itself",
        value: "generated|real",
        default: "generated",
    },
    SystemOption {
        name: "dropped",
        summary: "whether what a level leaves out may come back at a later one, as in the paper, or stays out",
        value: "returns|stays",
        default: "returns",
    },
    SystemOption {
        name: "choices-learn",
        summary: "from what it is learned what to keep: from what is made of it, or also from how well it is itself generated",
        value: "use|use-and-match",
        default: "use",
    },
];

/// Sizes of a [`super::Bga`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BgaConfig {
    /// Weight of the generation losses.
    pub alpha: f64,
    /// By what vectors are divided before a softmax makes distributions over channels of them.
    pub temperature: f64,
    /// What words look at when they are read for an answer.
    pub source: VisualSource,
    /// Whether what one level leaves out is left out by all later ones.
    pub cumulative: bool,
    /// Whether the samplers learn through the weights of the generation losses too, by how well what they keep is generated.
    ///
    /// The mean over what is kept is least where only the best is kept, which is the image as a whole and the first piece.
    pub match_learns: bool,
    /// Share of the words' features dropped before tags are scored.
    pub dropout: f64,
    /// Where the tag grammar is enforced.
    pub constraints: ConstraintMode,
    /// Levels `N` at which features are generated; the blocks below them run as they were published.
    pub levels: usize,
    /// The two generators.
    pub generator: GeneratorConfig,
    /// The text encoder.
    pub text: PublishedTextConfig,
    /// The image encoder.
    pub image: PublishedRegionsConfig,
}

/// Sizes of a [`super::Generator`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeneratorConfig {
    /// Heads of its attention, a divisor of the width.
    pub heads: usize,
    /// Width of its hidden layer.
    pub hidden: usize,
    /// Share of the features dropped while training.
    pub dropout: f64,
}

/// What words look at when they are read for an answer; while the model is trained it is always what is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisualSource {
    /// What is generated from the words: the answer does not depend on the image.
    Generated,
    /// The image, where the tweet has one (table 4 of the paper).
    Real,
}

impl BgaConfig {
    /// The published recipe over two encoders, with what was chosen.
    pub fn new(
        text: PublishedTextConfig,
        image: PublishedRegionsConfig,
        options: &Options,
    ) -> Result<Self, OptionError> {
        let [_, alpha, source, dropped, choices] = &OPTIONS;
        let transformer = &text.transformer;
        let sources = [("generated", VisualSource::Generated), ("real", VisualSource::Real)];
        let layers = image.encoder.blocks().map_or(transformer.layers, |blocks| blocks.layers.min(transformer.layers));
        Ok(Self {
            alpha: options.read(alpha, weight)?,
            temperature: 6.0,
            source: options.read(source, one_of(&sources))?,
            cumulative: options.read(dropped, one_of(&[("returns", false), ("stays", true)]))?,
            match_learns: options.read(choices, one_of(&[("use", false), ("use-and-match", true)]))?,
            dropout: 0.1,
            constraints: ConstraintMode::Decode,
            // The lowest block of the two encoders runs before the first level, unless it is the only one.
            levels: layers.saturating_sub(1).max(layers.min(1)),
            generator: GeneratorConfig {
                heads: transformer.heads,
                // 2048 at BERT's width of 768.
                hidden: transformer.width * 8 / 3,
                dropout: 0.1,
            },
            text,
            image,
        })
    }

    /// Width `d` of words and of what is generated.
    pub fn width(&self) -> usize {
        self.text.transformer.width
    }

    /// Most pieces of a row, and the number of words that can be generated.
    pub fn longest(&self) -> usize {
        self.text.longest().min(input::fitting(PIECES))
    }

    /// The image as a whole and its regions: what is generated of an image.
    pub fn patches(&self) -> usize {
        1 + self.image.regions()
    }

    /// Blocks of the text encoder below the first level.
    pub fn text_below(&self) -> usize {
        self.text.transformer.layers - self.levels
    }

    /// Blocks of the image encoder below the first level.
    pub fn image_below(&self) -> usize {
        self.image.encoder.blocks().map_or(0, |blocks| blocks.layers - self.levels)
    }

    /// The fresh blocks for an image encoder that has none: of the text encoder's sizes, one for each level.
    pub fn fresh_blocks(&self) -> BlocksConfig {
        let text = &self.text.transformer;
        BlocksConfig {
            width: text.width,
            layers: if self.image.encoder.blocks().is_some() { 0 } else { self.levels },
            heads: text.heads,
            hidden: text.hidden,
            activation: text.activation,
            epsilon: text.epsilon,
        }
    }
}

/// Reads one of a few words.
fn one_of<T: Copy>(choices: &[(&str, T)]) -> impl Fn(&str) -> Result<T, &'static str> {
    move |value| {
        let choice = choices.iter().find(|(name, _)| *name == value);
        choice.map(|(_, choice)| *choice).ok_or("there is no such choice")
    }
}

fn weight(value: &str) -> Result<f64, &'static str> {
    let known = |weight: &f64| weight.is_finite() && *weight >= 0.0;
    value.parse().ok().filter(known).ok_or("it is a number, at least 0")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Backend;
    use crate::systems::bga::Bga;
    use crate::systems::toy;

    #[test]
    fn what_is_chosen_is_taken_or_refused() {
        let (_, spec) = toy::tagger::<Bga<Backend>>("image/vit");
        let of = |chosen: &[(&str, &str)]| {
            let options = chosen.iter().copied().collect();
            BgaConfig::new(spec.config.text.clone(), spec.config.image.clone(), &options)
        };
        assert_eq!(of(&[]).expect("the defaults"), spec.config);
        assert_eq!((spec.config.alpha, spec.config.source), (0.001, VisualSource::Generated));
        let chosen = of(&[("alpha", "0.5"), ("visual-source", "real"), ("dropped", "stays")]).expect("chosen");
        assert_eq!((chosen.alpha, chosen.source, chosen.cumulative), (0.5, VisualSource::Real, true));
        for wrong in [
            ("alpha", "-1"),
            ("alpha", "NaN"),
            ("visual-source", "both"),
            ("dropped", "never"),
            ("choices-learn", "no"),
        ] {
            assert!(of(&[wrong]).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn levels_are_the_blocks_that_both_encoders_have_above_their_lowest() {
        for (image, text_layers, levels, below) in [
            ("image/vit", 2, 1, [1, 1]),
            ("image/vit", 6, 1, [5, 1]),
            ("image/vit", 1, 1, [0, 1]),
            ("image/hub-resnet-basic", 6, 5, [1, 0]),
        ] {
            let (_, spec) = toy::tagger::<Bga<Backend>>(image);
            let mut text = spec.config.text.clone();
            text.transformer.layers = text_layers;
            let config = BgaConfig::new(text, spec.config.image.clone(), &Options::default()).expect("the defaults");
            assert_eq!((config.levels, [config.text_below(), config.image_below()]), (levels, below), "{image}");
        }
    }
}
