//! Sizes and choices of `SMNER`.

use serde::{Deserialize, Serialize};

use crate::input::WINDOW_WORDS;
use crate::layers::cross::CrossLayerConfig;
use crate::layers::span_features::SpanFeaturesConfig;
use crate::layers::spans::Decoding;
use crate::systems::options::{OptionError, Options, SystemOption};
use crate::systems::published::PublishedTextConfig;
use crate::systems::published_image::{IMAGE_TUNING, PublishedRegionsConfig};

use super::bottleneck::{BottleneckConfig, Estimate, Score};

/// The options.
pub const OPTIONS: [SystemOption; 7] = [
    IMAGE_TUNING,
    SystemOption {
        name: "longest",
        summary: "most words of a phrase; longer entities are missed, and counted as such",
        value: "WORDS",
        default: "4",
    },
    SystemOption {
        name: "without",
        summary: "what is left out: nothing, the attention to regions (cma), the information bottleneck (cmib), both",
        value: "nothing|cma|cmib|both",
        default: "nothing",
    },
    SystemOption {
        name: "estimate",
        summary: "how the information that tweet and image share is estimated: as in the paper, or as in the authors' code",
        value: "infonce|jsd",
        default: "infonce",
    },
    SystemOption {
        name: "pair-score",
        summary: "what scores a tweet with an image; under the authors' network images forget what they show",
        value: "cosine|network",
        default: "cosine",
    },
    SystemOption {
        name: "sentence",
        summary: "what stands for the whole tweet: the pooler, as in the authors' code, or the first piece, as in the paper",
        value: "pooler|first",
        default: "pooler",
    },
    SystemOption {
        name: "decoding",
        summary: "which phrases stand together; the authors' released procedure may keep overlaps",
        value: "best|spanner-legacy",
        default: "best",
    },
];

/// Sizes of a [`super::Smner`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmnerConfig {
    /// What stands for the whole tweet.
    pub sentence: Sentence,
    /// Share of a span's features dropped while training.
    pub dropout: f64,
    /// Share of the classifier's hidden features dropped while training.
    pub hidden_dropout: f64,
    /// Which spans stand together.
    #[serde(default)]
    pub decoding: Decoding,
    /// The spans' features.
    pub spans: SpanFeaturesConfig,
    /// The attention from spans to regions; without, every span is told the image as a whole (the paper's "w/o CMA").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<CrossLayerConfig>,
    /// The information bottleneck; without, the whole image is as the encoder saw it (the paper's "w/o CMIB").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bottleneck: Option<BottleneckConfig>,
    /// The text encoder.
    pub text: PublishedTextConfig,
    /// The image encoder.
    pub image: PublishedRegionsConfig,
}

/// What stands for the whole tweet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sentence {
    /// The encoder's pooler on the first piece, as in the authors' code; the first piece where the encoder has none.
    Pooler,
    /// The first piece, as in the paper.
    First,
}

impl SmnerConfig {
    /// The published recipe over two encoders, with what was chosen.
    pub fn new(
        text: PublishedTextConfig,
        image: PublishedRegionsConfig,
        options: &Options,
    ) -> Result<Self, OptionError> {
        let [_, longest, without, estimate, score, sentence, decoding] = &OPTIONS;
        let transformer = &text.transformer;
        let attention = CrossLayerConfig {
            heads: transformer.heads,
            hidden: transformer.hidden,
            dropout: 0.1,
            epsilon: transformer.epsilon,
        };
        let estimates = [("infonce", Estimate::InfoNce), ("jsd", Estimate::JensenShannon)];
        let bottleneck = BottleneckConfig {
            estimate: options.read(estimate, one_of(&estimates))?,
            score: options.read(score, one_of(&[("cosine", Score::Cosine), ("network", Score::Network)]))?,
            ..BottleneckConfig::PAPER
        };
        let parts =
            [("nothing", (true, true)), ("cma", (false, true)), ("cmib", (true, false)), ("both", (false, false))];
        let (attends, bottled) = options.read(without, one_of(&parts))?;
        let decodings = [("best", Decoding::Best), ("spanner-legacy", Decoding::SpannerLegacy)];
        Ok(Self {
            sentence: options.read(sentence, one_of(&[("pooler", Sentence::Pooler), ("first", Sentence::First)]))?,
            dropout: 0.1,
            hidden_dropout: 0.2,
            decoding: options.read(decoding, one_of(&decodings))?,
            spans: SpanFeaturesConfig { longest: options.read(longest, words)?, pieces: 50, words: 50, cases: 100 },
            attention: attends.then_some(attention),
            bottleneck: bottled.then_some(bottleneck),
            text,
            image,
        })
    }

    /// Width `d` of words, spans and regions.
    pub fn width(&self) -> usize {
        self.text.transformer.width
    }
}

/// Reads one of a few words.
fn one_of<T: Copy>(choices: &[(&str, T)]) -> impl Fn(&str) -> Result<T, &'static str> {
    move |value| {
        let choice = choices.iter().find(|(name, _)| *name == value);
        choice.map(|(_, choice)| *choice).ok_or("there is no such choice")
    }
}

fn words(value: &str) -> Result<usize, &'static str> {
    value.parse().ok().filter(|words| (1..=WINDOW_WORDS).contains(words)).ok_or("it is a number of words, at least 1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::smner::Smner;
    use crate::systems::toy;

    #[test]
    fn what_is_chosen_is_taken_or_refused() {
        let (_, spec) = toy::tagger::<Smner<crate::device::Backend>>("image/vit");
        let of = |chosen: &[(&str, &str)]| {
            let options = chosen.iter().copied().collect();
            SmnerConfig::new(spec.config.text.clone(), spec.config.image.clone(), &options)
        };
        assert_eq!(of(&[]).expect("the defaults"), spec.config);
        let chosen = of(&[("longest", "8"), ("without", "cma"), ("estimate", "jsd"), ("pair-score", "network")]);
        let chosen = chosen.expect("chosen");
        let bottleneck = chosen.bottleneck.expect("kept");
        assert_eq!((chosen.spans.longest, chosen.attention), (8, None));
        assert_eq!((bottleneck.estimate, bottleneck.score), (Estimate::JensenShannon, Score::Network));
        for wrong in [("longest", "0"), ("longest", "many"), ("without", "all"), ("decoding", "fast")] {
            assert!(of(&[wrong]).is_err(), "{wrong:?}");
        }
    }
}
