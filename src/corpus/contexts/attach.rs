//! Files of contexts beside a corpus that is in no project.

use spanlight_models::example::{Context, ContextKind, Example};

use super::{ContextFile, Known, contexts_of, matched};

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Number of tweets that it says something of.
    pub tweets: usize,
    /// Number of entries about none of the tweets.
    pub extra: usize,
}

impl ContextFile {
    /// Gives the tweets of one corpus what the file says of them, behind the contexts that they have.
    ///
    /// `kind` says to which contexts similarities belong; to all where it is absent.
    pub fn attach(&self, examples: &mut [&mut Example], kind: Option<ContextKind>) -> Attached {
        let known = |example: &&mut Example| Known {
            name: example.id.clone(),
            images: example.images.clone(),
            tokens: example.tokens.clone(),
        };
        let known: Vec<Known> = examples.iter().map(known).collect();
        let corpus = 0..known.len();
        let (matches, extra) = matched(&self.entries, &known, std::slice::from_ref(&corpus));
        let source = self.source();
        for ((example, tweet), entries) in examples.iter_mut().zip(&known).zip(&matches) {
            for entry in entries {
                if entry.said.similarity.is_some() {
                    let meant = |context: &&mut Context| kind.is_none_or(|kind| context.kind == kind);
                    for context in example.contexts.iter_mut().filter(meant) {
                        context.similarity = entry.said.similarity;
                    }
                }
                example.contexts.extend(contexts_of(entry, tweet, &source));
            }
        }
        Attached { tweets: matches.iter().filter(|entries| !entries.is_empty()).count(), extra: extra.total() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::contexts::{ContextOptions, Said};

    #[test]
    fn tweets_are_given_texts_and_then_similarities() {
        let mut tweets = ["1", "2"].map(|id| Example { id: id.to_owned(), ..Example::default() });
        let [one, other] = &mut tweets;
        let options = ContextOptions { kind: Some(ContextKind::Caption), ..ContextOptions::default() };
        let lines = b"{\"id\": \"1\", \"text\": \"a dog\"}\n{\"id\": \"9\", \"text\": \"a cat\"}\n";
        let mut file = ContextFile::parse("c.jsonl", lines, options).expect("JSON lines");
        let mut both = [one, other];
        assert_eq!(file.attach(&mut both, None), Attached { tweets: 1, extra: 1 });
        file.entries[0].said = Said { similarity: Some(0.3), ..Said::default() };
        file.attach(&mut both, Some(ContextKind::Ocr));
        assert_eq!(both[0].contexts[0].similarity, None);
        file.attach(&mut both, Some(ContextKind::Caption));
        let context = &tweets[0].contexts[0];
        assert_eq!((context.text.as_str(), context.similarity), ("a dog", Some(0.3)));
        assert_eq!((context.source.as_deref(), tweets[1].contexts.len()), (Some("c.jsonl"), 0));
    }
}
