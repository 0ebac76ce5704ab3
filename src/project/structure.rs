//! Whether the entities of a tweet may share tokens: a setting of the project that all its labels fit.

use serde::Serialize;
use spanlight_models::example::{Span, SpanStructure, check_structure};

use super::{Project, ProjectError, Role, TweetId};
use crate::corpus::{Corpus, Listed, shown};

/// A tweet whose labels do not fit a structure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Misfit {
    /// Id of the tweet in its corpus.
    pub tweet: String,
    /// Who labelled it so, where it is one of several annotators of a merged project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotator: Option<String>,
    /// What does not fit.
    pub what: String,
}

impl Misfit {
    /// For people, in a line.
    pub fn line(&self) -> String {
        let by = self.annotator.as_ref().map(|name| format!(" as {} has it", shown(name))).unwrap_or_default();
        format!("tweet {}{by}: {}", shown(&self.tweet), self.what)
    }
}

impl Project {
    /// The tweets whose labels do not fit a structure, whatever they are for; reads every tweet.
    pub fn misfits(&self, structure: SpanStructure) -> Result<Listed<Misfit>, ProjectError> {
        let mut found = Listed::default();
        let mut check = |tweet: &str, annotator: Option<&str>, spans: &[Span]| {
            if let Err(error) = check_structure(spans, structure) {
                let (tweet, annotator) = (tweet.to_owned(), annotator.map(str::to_owned));
                found.push(Misfit { tweet, annotator, what: error.to_string() });
            }
        };
        for role in Role::ALL {
            self.each_stored("looking for labels", role, |stored| {
                let (_, spans) = self.spans_of(&stored)?;
                check(&stored.name, None, &spans);
                Ok(())
            })?;
        }
        for tweet in self.tweets_with_voices()? {
            for voice in self.voices(tweet)? {
                if check_structure(&voice.spans, structure).is_err() {
                    check(&self.imported(tweet)?.id, Some(&voice.name), &voice.spans);
                }
            }
        }
        Ok(found)
    }

    /// Admits entities that share tokens, or no longer; `false` where it is so already.
    ///
    /// All labels must fit; [`ProjectError::Misfits`] names those that do not, and nothing is changed then.
    pub fn set_structure(&mut self, structure: SpanStructure) -> Result<bool, ProjectError> {
        if structure == self.settings.spans {
            return Ok(false);
        }
        if structure < self.settings.spans {
            let misfits = self.misfits(structure)?;
            if !misfits.is_empty() {
                return Err(ProjectError::Misfits { structure, misfits });
            }
        }
        let settings = super::Settings { spans: structure, ..self.settings.clone() };
        self.update_settings(settings)?;
        Ok(true)
    }

    /// Refuses labels that the project's setting does not admit.
    pub(super) fn check_admitted(&self, tweet: TweetId, spans: &[Span]) -> Result<(), ProjectError> {
        check_structure(spans, self.settings.spans).or_else(|cause| {
            let tweet = self.imported(tweet)?.id;
            Err(ProjectError::Structure { tweet, structure: self.settings.spans, cause })
        })
    }

    /// Refuses a corpus with labels that the project's setting does not admit.
    pub(super) fn check_corpus(&self, corpus: &Corpus) -> Result<(), ProjectError> {
        let structure = self.settings.spans;
        if corpus.structure() <= structure {
            return Ok(());
        }
        let misfit = |tweet: spanlight_models::example::Example| {
            let what = check_structure(&tweet.spans, structure).err()?.to_string();
            Some(Misfit { tweet: tweet.id, annotator: None, what })
        };
        Err(ProjectError::Misfits { structure, misfits: corpus.examples().filter_map(misfit).collect() })
    }
}
