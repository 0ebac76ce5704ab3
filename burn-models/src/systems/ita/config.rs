//! Sizes and options of ITA.

use serde::{Deserialize, Serialize};

use crate::example::ContextKind;
use crate::input::View;
use crate::layers::crf::ConstraintMode;
use crate::systems::contexts::{self, BUDGET, CONTEXTS};
use crate::systems::options::{OptionError, Options, SystemOption};
use crate::systems::published::PublishedTextConfig;

/// The options; captions come first, so that a cut meets what was read in the image first.
pub const OPTIONS: [SystemOption; 5] = [
    SystemOption { default: "caption,tags,ocr", ..CONTEXTS },
    SystemOption { default: "512", ..BUDGET },
    SystemOption {
        name: "preset",
        summary: "weights of the losses, as the paper prints them (1 text + 1 context + 1 alignment) or as the authors' \
                  code has them (1, 0.5, 0.5 at temperature 4)",
        value: "paper|code",
        default: "paper",
    },
    SystemOption {
        name: "loss",
        summary: "what is learned from: both views and their alignment, both views, the view with contexts, the text alone",
        value: "cva|joint|context|text",
        default: "cva",
    },
    SystemOption {
        name: "temperature",
        summary: "temperature of the alignment; the authors' code has 4 on Twitter-2015 and 2 on Twitter-2017",
        value: "NUMBER|preset",
        default: "preset",
    },
];

/// Sizes and options of an [`super::Ita`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItaConfig {
    /// The kinds of contexts that are read, in their order.
    pub contexts: Vec<ContextKind>,
    /// Most pieces of all contexts of a tweet.
    pub budget: usize,
    /// Share of the words whose vectors are zero while training.
    pub word_dropout: f64,
    /// Where the tag grammar is enforced.
    pub constraints: ConstraintMode,
    /// Weights of the losses.
    pub weights: Weights,
    /// The encoder.
    pub text: PublishedTextConfig,
}

/// Weights of the losses; see [`super::Ita`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// Of the likelihood of the tweet alone.
    pub text: f64,
    /// Of the likelihood of the tweet with its contexts.
    pub context: f64,
    /// Of the divergence between the two.
    pub alignment: f64,
    /// Temperature of the divergence.
    pub temperature: f64,
}

impl ItaConfig {
    /// The published recipe over an encoder, with what was chosen.
    pub fn new(text: PublishedTextConfig, options: &Options) -> Result<Self, OptionError> {
        let [kinds, budget, preset, loss, temperature] = &OPTIONS;
        let mut weights = options.read(preset, Weights::preset)?;
        weights = options.read(loss, |loss| weights.only(loss))?;
        weights.temperature = options.read(temperature, |text| degrees(text, weights.temperature))?;
        Ok(Self {
            contexts: options.read(kinds, contexts::kinds)?,
            budget: options.read(budget, str::parse)?,
            word_dropout: 0.1,
            constraints: ConstraintMode::Decode,
            weights,
            text,
        })
    }
}

impl Weights {
    /// The paper's training objective, the plain sum.
    pub const PAPER: Self = Self { text: 1.0, context: 1.0, alignment: 1.0, temperature: 1.0 };

    /// What the authors' released code comes to for one tweet and epoch.
    pub const CODE: Self = Self { text: 1.0, context: 0.5, alignment: 0.5, temperature: 4.0 };

    fn preset(name: &str) -> Result<Self, &'static str> {
        match name {
            "paper" => Ok(Self::PAPER),
            "code" => Ok(Self::CODE),
            _ => Err("there are two presets"),
        }
    }

    fn only(self, loss: &str) -> Result<Self, &'static str> {
        match loss {
            "cva" => Ok(self),
            "joint" => Ok(Self { alignment: 0.0, ..self }),
            "context" => Ok(Self { text: 0.0, alignment: 0.0, ..self }),
            "text" => Ok(Self { context: 0.0, alignment: 0.0, ..self }),
            _ => Err("there is no such loss"),
        }
    }

    /// The views that are learned from.
    pub fn views(self) -> &'static [View] {
        match (self.context > 0.0, self.text > 0.0) {
            (true, true) => &[View::Context, View::Text],
            (true, false) => &[View::Context],
            (false, _) => &[View::Text],
        }
    }
}

fn degrees(text: &str, preset: f64) -> Result<f64, &'static str> {
    if text == "preset" {
        return Ok(preset);
    }
    let degrees = text.parse().ok().filter(|degrees: &f64| degrees.is_finite() && *degrees > 0.0);
    degrees.ok_or("a temperature is a number above 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(chosen: &[(&str, &str)]) -> Result<Weights, OptionError> {
        let options: Options = chosen.iter().copied().collect();
        let [_, _, preset, loss, temperature] = &OPTIONS;
        let weights = options.read(preset, Weights::preset)?;
        let weights = options.read(loss, |loss| weights.only(loss))?;
        let temperature = options.read(temperature, |text| degrees(text, weights.temperature))?;
        Ok(Weights { temperature, ..weights })
    }

    #[test]
    fn presets_and_losses_are_those_of_the_paper_and_of_the_code() {
        let is = |chosen: &[(&str, &str)], [text, context, alignment, temperature]: [f64; 4]| {
            assert_eq!(weights(chosen), Ok(Weights { text, context, alignment, temperature }), "{chosen:?}");
        };
        is(&[], [1.0, 1.0, 1.0, 1.0]);
        is(&[("preset", "code")], [1.0, 0.5, 0.5, 4.0]);
        is(&[("preset", "code"), ("temperature", "2")], [1.0, 0.5, 0.5, 2.0]);
        is(&[("loss", "joint")], [1.0, 1.0, 0.0, 1.0]);
        is(&[("loss", "context")], [0.0, 1.0, 0.0, 1.0]);
        for wrong in [("preset", "best"), ("loss", "all"), ("temperature", "0"), ("temperature", "nan")] {
            assert!(weights(&[wrong]).is_err(), "{wrong:?}");
        }
        assert_eq!(weights(&[("loss", "text")]).expect("weights").views(), [View::Text]);
        assert_eq!(Weights::CODE.views(), [View::Context, View::Text]);
    }
}
