//! The small text-to-image model of the sample: trained by this program on the sample's pictures when it is first asked for.

use std::path::{Path, PathBuf};

use spanlight_models::device::Device;
use spanlight_models::example::{ContextKind, Example};
use spanlight_models::image_file;
use spanlight_models::synthesis::diffusion::training::{PictureObserver, PictureTraining, Scene, train_pictures};

use super::SynthesisError;
use crate::corpus::{Corpus, ImageStore};
use crate::sample;

/// Its name on the command line.
pub const NAME: &str = "tiny";

/// A detector that is less sure of something may see what is not there.
const SURE: f32 = 0.5;

/// Where it lies among the program's data; the number is that of its making, which decides what it draws.
pub fn place(data: &Path) -> PathBuf {
    data.join("pictures").join("tiny-1")
}

/// The folder beside a model that holds what an interrupted training goes on from.
pub fn running(out: &Path) -> PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!("{name}.training"))
}

/// The pictures of a corpus with the words and captions of their tweets, and the number of images that cannot be read.
pub fn scenes(corpus: &Corpus, images: &ImageStore) -> (Vec<Scene>, usize) {
    let (mut scenes, mut unusable) = (Vec::new(), 0);
    for tweet in corpus.examples() {
        let Some(path) = images.path_of(&tweet) else { continue };
        match image_file::load(&path) {
            Ok(picture) => scenes.push(Scene::new(prompts(&tweet), &picture)),
            Err(_) => unusable += 1,
        }
    }
    (scenes, unusable)
}

/// Texts that stand for a tweet's picture.
fn prompts(tweet: &Example) -> Vec<Vec<String>> {
    let seen = tweet.contexts.iter().filter_map(|context| match context.kind {
        ContextKind::Caption => Some(context.text.clone()),
        ContextKind::Tags => {
            let sure = context.items.iter().filter(|item| item.score.is_none_or(|score| score >= SURE));
            Some(sure.map(|item| item.text.as_str()).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    });
    let seen = seen.map(|text| text.split_whitespace().map(str::to_owned).collect());
    std::iter::once(tweet.tokens.clone()).chain(seen).collect()
}

/// Trains a model on `scenes` into the new folder `out`, going on from where an interrupted training was; false if it was
/// stopped.
pub fn train(
    scenes: &[Scene],
    training: &PictureTraining,
    out: &Path,
    device: &Device,
    observe: &mut PictureObserver<'_>,
) -> Result<bool, SynthesisError> {
    let running = running(out);
    std::fs::create_dir_all(&running).map_err(SynthesisError::io("making room for the training", &running))?;
    let finished = train_pictures(scenes, training, out, Some(&running), device, observe)?;
    if finished {
        // What is left over harms nobody.
        let _ = std::fs::remove_dir_all(&running);
    }
    Ok(finished)
}

/// The pictures of the sample.
pub fn sample_scenes() -> Result<Vec<Scene>, SynthesisError> {
    let folder =
        tempfile::tempdir().map_err(SynthesisError::io("unpacking the sample pictures", std::env::temp_dir()))?;
    let (corpus, images) = sample::to_learn_from(folder.path())?;
    Ok(scenes(&corpus, &images).0)
}
