//! The information bottleneck between image and tweet (CMIB, section 3.2 of the paper): what the image says is kept as far
//! as the tweet says it too.

#[cfg(test)]
mod tests;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend as BurnBackend;
use serde::{Deserialize, Serialize};

use crate::device::{Backend, Device};
use crate::layers::contrast;
use crate::layers::gaussian::{Gaussian, GaussianHead};

/// Sizes and weights of a [`Bottleneck`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BottleneckConfig {
    /// How the mutual information is estimated.
    pub estimate: Estimate,
    /// What scores a tweet with an image.
    pub score: Score,
    /// What a cosine is divided by.
    pub temperature: f64,
    /// Weight of the module's loss (lambda, eq. 16).
    pub weight: f64,
    /// Weight of the divergence within it (beta, eq. 2).
    pub divergence: f64,
    /// Share of the training over which the weight of the divergence rises from 0.
    pub ramp: f64,
    /// Whether the image alone is drawn to the tweet.
    pub stops_text: bool,
}

impl BottleneckConfig {
    /// The paper's weights, and scores under which the image does not forget what it shows.
    pub const PAPER: Self = Self {
        estimate: Estimate::InfoNce,
        score: Score::Cosine,
        temperature: 0.1,
        weight: 0.1,
        divergence: 0.01,
        ramp: 0.1,
        stops_text: false,
    };
}

/// How the mutual information is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimate {
    /// Against all other images of the batch, as in the paper.
    #[serde(rename = "infonce")]
    InfoNce,
    /// Against one other image, as in the authors' code.
    #[serde(rename = "jsd")]
    JensenShannon,
}

/// What scores a tweet with an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Score {
    /// The cosine of the two.
    Cosine,
    /// A network on both, as in the authors' code.
    Network,
}

/// Tweet and image as distributions.
#[derive(Module, Debug)]
pub struct Bottleneck<B: BurnBackend> {
    text: GaussianHead<B>,
    image: GaussianHead<B>,
    judge: Option<Judge<B>>,
}

/// The tweets and images of a batch, and a draw of each.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// Tweets.
    pub text: Gaussian<Backend>,
    /// Images.
    pub image: Gaussian<Backend>,
    /// `[B, d]`, drawn of `text`.
    pub drawn_text: Tensor<Backend, 2>,
    /// `[B, d]`, drawn of `image`.
    pub drawn_image: Tensor<Backend, 2>,
}

impl Agreement {
    /// The rows that `choose` leaves over.
    pub fn only(self, choose: impl Fn(Tensor<Backend, 2>) -> Tensor<Backend, 2>) -> Self {
        let both = |of: Gaussian<Backend>| Gaussian { mean: choose(of.mean), deviation: choose(of.deviation) };
        Self {
            text: both(self.text),
            image: both(self.image),
            drawn_text: choose(self.drawn_text),
            drawn_image: choose(self.drawn_image),
        }
    }
}

impl Bottleneck<Backend> {
    /// For vectors of `width` numbers.
    pub fn new(width: usize, config: &BottleneckConfig, device: &Device) -> Self {
        Self {
            text: GaussianHead::new(width, device),
            image: GaussianHead::new(width, device),
            judge: (config.score == Score::Network).then(|| Judge::new(width, device)),
        }
    }

    /// The same with distributions so narrow that a draw is their mean.
    #[cfg(test)]
    pub fn narrow(self) -> Self {
        Self { text: self.text.narrow(), image: self.image.narrow(), ..self }
    }

    /// Tweets and images, each `[B, d]`, as distributions.
    pub fn forward(&self, text: Tensor<Backend, 2>, image: Tensor<Backend, 2>) -> Agreement {
        let (text, image) = (self.text.forward(text), self.image.forward(image));
        let (drawn_text, drawn_image) = (text.draw(), image.draw());
        Agreement { text, image, drawn_text, drawn_image }
    }

    /// The module's loss on pairs that belong together (eq. 2, without its weight in the whole), when a share `progress` of
    /// the training is over; a single pair has no other image to be told from.
    pub fn loss(&self, config: &BottleneckConfig, agreement: Agreement, progress: f64) -> Tensor<Backend, 1> {
        let Agreement { mut text, image, mut drawn_text, drawn_image } = agreement;
        if config.stops_text {
            (text, drawn_text) = (text.detach(), drawn_text.detach());
        }
        let risen = if config.ramp > 0.0 { (progress / config.ramp).min(1.0) } else { 1.0 };
        let divergence = image.divergence(&text).mean().mul_scalar(config.divergence * risen);
        if drawn_text.dims()[0] < 2 {
            return divergence;
        }
        let scores = self.scores(config, drawn_text, drawn_image);
        divergence
            + match config.estimate {
                Estimate::InfoNce => contrast::infonce(scores),
                Estimate::JensenShannon => contrast::jensen_shannon(scores).neg(),
            }
    }

    /// Scores of all tweets with all images, `[B, B]`.
    pub fn scores(
        &self,
        config: &BottleneckConfig,
        text: Tensor<Backend, 2>,
        image: Tensor<Backend, 2>,
    ) -> Tensor<Backend, 2> {
        match &self.judge {
            Some(judge) => judge.forward(text, image),
            None => contrast::cosines(text, image).div_scalar(config.temperature),
        }
    }
}

/// The network of the authors' code that scores a tweet with an image.
#[derive(Module, Debug)]
struct Judge<B: BurnBackend> {
    first: Linear<B>,
    second: Linear<B>,
    score: Linear<B>,
}

impl Judge<Backend> {
    fn new(width: usize, device: &Device) -> Self {
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        Self { first: linear(2 * width, width), second: linear(width, width), score: linear(width, 1) }
    }

    /// All rows of `text` `[B, d]` with all rows of `image` `[B, d]`: `[B, B]`.
    fn forward(&self, text: Tensor<Backend, 2>, image: Tensor<Backend, 2>) -> Tensor<Backend, 2> {
        let [rows, width] = text.dims();
        let text = text.reshape([rows, 1, width]).expand([rows, rows, width]);
        let image = image.reshape([1, rows, width]).expand([rows, rows, width]);
        let pairs = Tensor::cat(vec![image, text], 2).reshape([rows * rows, 2 * width]);
        let hidden = relu(self.second.forward(relu(self.first.forward(pairs))));
        self.score.forward(hidden).reshape([rows, rows])
    }
}
