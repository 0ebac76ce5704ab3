//! How a picture came about, as it is written into the picture and beside it.

use serde::{Deserialize, Serialize};
use spanlight_models::checksum::sha256_of;
use spanlight_models::synthesis::diffusion::text_encoder::Cut;

/// How a picture came about: with the same model, words and numbers the same picture is drawn again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The program that drew it, with its version.
    pub program: String,
    /// The model as it was named.
    pub model: String,
    /// SHA-256 over all files of the model.
    pub model_sha256: String,
    /// The words of the prompt; one that is left out is empty.
    pub words: Vec<String>,
    /// What the picture should not be.
    pub negative: String,
    /// The way from noise to the picture.
    pub scheduler: String,
    /// Number of steps.
    pub steps: usize,
    /// How much further than the prompt alone.
    pub guidance: f64,
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// Decided the noise.
    pub seed: u64,
    /// What of the prompt did not fit, and is not in the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// Height and width of the maps of the words; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maps: Option<[usize; 2]>,
}

/// What decides a picture.
#[derive(Serialize)]
struct Decisive<'a> {
    model_sha256: &'a str,
    words: &'a [String],
    negative: &'a str,
    scheduler: &'a str,
    steps: usize,
    guidance: f64,
    size: [usize; 2],
    seed: u64,
}

impl Provenance {
    /// What decides the picture, as one name of 64 letters: pictures of one name are the same.
    pub fn key(&self) -> String {
        let Self { model_sha256, words, negative, scheduler, steps, guidance, size, seed, .. } = self;
        let (steps, guidance, size, seed) = (*steps, *guidance, *size, *seed);
        let decisive = Decisive { model_sha256, words, negative, scheduler, steps, guidance, size, seed };
        // Strings and finite numbers always become JSON.
        sha256_of(serde_json::to_string(&decisive).unwrap_or_default().as_bytes())
    }
}
