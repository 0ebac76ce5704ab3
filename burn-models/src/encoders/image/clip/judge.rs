//! How well a text and a picture fit each other, by a published CLIP.

use std::path::{Path, PathBuf};

use image::RgbImage;

use super::super::{ImageArchitecture, Pixels, Preprocessing, Variation, stack_pixels};
use super::{Clip, ClipTokenizer, similarity};
use crate::device::{Backend, Device};
use crate::encoders::published::PublishedError;

/// Both encoders of a hub folder, with the words and the preparation of pictures that belong to them.
#[derive(Debug)]
pub struct ClipJudge {
    clip: Clip<Backend>,
    tokenizer: ClipTokenizer,
    preprocessing: Preprocessing,
    device: Device,
}

impl ClipJudge {
    /// Reads the folder of a published CLIP: weights, `config.json` and a tokenizer.
    pub fn open(folder: &Path, device: &Device) -> Result<Self, PublishedError> {
        let (clip, config) = Clip::open(folder, device)?;
        let tokenizer = ClipTokenizer::open(folder, config.text.positions)?;
        let (pieces, rows) = (tokenizer.rows(), config.text.vocabulary);
        if pieces > rows {
            return Err(PublishedError::Vocabulary { path: PathBuf::from(folder), pieces, rows });
        }
        let beside = folder.join("preprocessor_config.json");
        let preprocessing = Preprocessing::from_hub(&beside, &ImageArchitecture::Clip(config.image))?;
        Ok(Self { clip, tokenizer, preprocessing, device: device.clone() })
    }

    /// The cosine of `text`, which is cut at the longest that the encoder reads, and `image`: -1 to 1, not scaled.
    pub fn similarity(&self, text: &str, image: &RgbImage) -> Result<f32, PublishedError> {
        let words = self.tokenizer.stack::<Backend>(&[text], &self.device)?;
        let pixels: Pixels = self.preprocessing.apply(image);
        let seen = [Some((&pixels, Variation::NONE))];
        let pixels = stack_pixels(&seen, self.preprocessing.side, &self.preprocessing.scaling, &self.device);
        let texts = self.clip.embed_text(words.pieces, Some(words.hidden));
        Ok(similarity(texts, self.clip.embed_image(pixels)).into_scalar())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::cpu;
    use crate::image_file;

    fn golden(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/image").join(name)
    }

    #[test]
    fn words_and_pictures_are_compared_as_the_reference_compares_them() {
        let judge = ClipJudge::open(&golden("clip-whole"), &cpu()).expect("a whole folder");
        let text = std::fs::read_to_string(golden("clip-whole/reference.json")).expect("a golden file");
        let reference: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let list = |name: &str| reference[name].as_array().expect("a list").clone();
        for (column, picture) in list("pictures").iter().enumerate() {
            let file = golden("pictures").join(format!("{}.png", picture.as_str().expect("a name")));
            let image = image_file::load_opaque(&file).expect("a picture");
            for (text, cosines) in list("texts").iter().zip(list("cosines")) {
                let cosine = judge.similarity(text.as_str().expect("a text"), &image).expect("compared");
                let wanted = cosines[column].as_f64().expect("a number");
                assert!((f64::from(cosine) - wanted).abs() < 2e-3, "{text} {picture}: {cosine} {wanted}");
            }
        }
    }

    #[test]
    fn a_tokenizer_of_another_model_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let copy = |from: &str, name: &str| {
            std::fs::copy(golden(from).join(name), folder.path().join(name)).expect("golden");
        };
        copy("clip", "config.json");
        copy("clip", "model.safetensors");
        copy("clip-whole", "tokenizer.json");
        let error = ClipJudge::open(folder.path(), &cpu()).expect_err("526 pieces for 40 rows");
        assert!(matches!(error, PublishedError::Vocabulary { pieces: 526, rows: 40, .. }), "{error}");
    }
}
