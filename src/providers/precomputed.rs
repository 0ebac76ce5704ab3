//! Files that were made elsewhere, as providers: texts, or similarities of image and text.

use std::collections::HashMap;
use std::path::Path;

use spanlight_models::example::ContextKind;

use super::{Answer, Failure, Provider, ProviderError, Stop, Subject};
use crate::corpus::contexts::{ContextFile, ContextOptions, Said, Subject as Of};
use crate::corpus::stem;
use crate::hash::stable_hash;

/// A file by id.
#[derive(Debug)]
pub struct Precomputed {
    name: &'static str,
    source: String,
    kind: Option<ContextKind>,
    fingerprint: String,
    said: HashMap<String, Said>,
}

impl Precomputed {
    /// Texts; `kind` is what they are where the file does not say so.
    pub fn texts(path: &Path, kind: Option<ContextKind>) -> Result<Self, ProviderError> {
        Self::read("file", path, kind)
    }

    /// Similarities, which belong to the contexts of `kind`, or to all.
    pub fn scores(path: &Path, kind: Option<ContextKind>) -> Result<Self, ProviderError> {
        let mut scores = Self::read("scores", path, kind)?;
        scores.said.retain(|_, said| {
            let of_text = said.contexts.iter().find_map(|context| context.similarity);
            *said = Said { similarity: said.similarity.or(of_text), contexts: Vec::new() };
            said.similarity.is_some()
        });
        if scores.said.is_empty() {
            return Err(ProviderError::NoScores(path.display().to_string()));
        }
        Ok(scores)
    }

    fn read(name: &'static str, path: &Path, kind: Option<ContextKind>) -> Result<Self, ProviderError> {
        let file = ContextFile::read(path, ContextOptions { kind, ..ContextOptions::default() })?;
        let source = file.source();
        let mut said: HashMap<String, Said> = HashMap::new();
        let mut digest = 0;
        for entry in file.entries {
            let Of::Id(id) = entry.subject else { return Err(ProviderError::NoIds(file.name)) };
            let words = serde_json::to_vec(&entry.said).unwrap_or_default();
            digest = stable_hash(&[&u64::to_le_bytes(digest), id.as_bytes(), &words]);
            let all = said.entry(stem(&id).to_owned()).or_default();
            all.similarity = entry.said.similarity.or(all.similarity);
            all.contexts.extend(entry.said.contexts.into_iter().map(|mut context| {
                context.source = Some(source.clone());
                context
            }));
        }
        let kind_name = kind.map_or("", ContextKind::name);
        let fingerprint = format!("{name} {source} {digest:016x} {kind_name}");
        Ok(Self { name, source, kind, fingerprint, said })
    }
}

impl Provider for Precomputed {
    fn name(&self) -> &'static str {
        self.name
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
        false
    }

    fn ask(&self, subject: &Subject<'_>, _stop: &Stop) -> Result<Answer, Failure> {
        let mut ids = std::iter::once(subject.id).chain(subject.images.iter().map(String::as_str));
        let said = ids.find_map(|id| self.said.get(id).or_else(|| self.said.get(stem(id))));
        let said = said.ok_or_else(|| Failure::Tweet(format!("{} says nothing of it", self.source)))?;
        Ok(Answer { said: said.clone(), cleaned: false })
    }
}
