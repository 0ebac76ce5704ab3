//! Similarities of tweets and their pictures, by a CLIP model that runs here.

use std::path::Path;

use spanlight_models::device::Device;
use spanlight_models::encoders::image::clip::ClipJudge;
use spanlight_models::example::ContextKind;
use spanlight_models::image_file;

use super::{Answer, Failure, Provider, ProviderError, Stop, Subject};
use crate::corpus::contexts::Said;

/// A CLIP model; what it says is kept beside the contexts of one kind, or of all.
#[derive(Debug)]
pub struct ClipSimilarity {
    judge: ClipJudge,
    source: String,
    kind: Option<ContextKind>,
    fingerprint: String,
}

impl ClipSimilarity {
    /// Reads the model in `folder`, which the user calls `name`.
    pub fn open(folder: &Path, name: &str, kind: Option<ContextKind>, device: &Device) -> Result<Self, ProviderError> {
        let judge = ClipJudge::open(folder, device)?;
        let kind_name = kind.map_or("", ContextKind::name);
        let fingerprint = format!("{name} {kind_name}");
        Ok(Self { judge, source: name.to_owned(), kind, fingerprint })
    }
}

impl Provider for ClipSimilarity {
    fn name(&self) -> &'static str {
        "clip"
    }

    fn source(&self) -> &str {
        &self.source
    }

    fn kind(&self) -> Option<ContextKind> {
        self.kind
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn needs_picture(&self) -> bool {
        true
    }

    fn reads_text(&self) -> bool {
        true
    }

    fn ask(&self, subject: &Subject<'_>, _stop: &Stop) -> Result<Answer, Failure> {
        let picture = subject.picture.ok_or_else(|| Failure::Tweet("it has no picture".to_owned()))?;
        let image = image_file::load_opaque(picture.path).map_err(|error| Failure::Tweet(error.to_string()))?;
        let similarity = self.judge.similarity(subject.text, &image);
        let similarity = similarity.map_err(|error| Failure::Tweet(error.to_string()))?;
        Ok(Answer { said: Said { similarity: Some(similarity), contexts: Vec::new() }, cleaned: false })
    }
}
