//! The model's answers per tweet, and which of its suggestions a person has turned down.

use std::collections::{HashMap, HashSet};

use spanlight_models::alignment::{Alignment, Regions};
use spanlight_models::example::Span;
use spanlight_models::influence::Fusion;
use spanlight_models::prediction::{Prediction, ScoredSpan};

use crate::graphics::ByteCache;
use crate::project::TweetId;

/// Bytes of answers that are kept; alignments take most of it.
const KEPT_BYTES: usize = 48 << 20;

/// What the model said about a tweet.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Version of the model.
    pub version: u64,
    /// Suggestions.
    pub prediction: Prediction,
    /// What it looked at.
    pub alignments: Vec<Alignment>,
    /// What knowledge about the image did.
    pub fusion: Option<Fusion>,
    /// Why the image could not be used.
    pub image_problem: Option<String>,
}

impl Answer {
    /// The first map over regions of an image.
    pub fn image_alignment(&self) -> Option<&Alignment> {
        self.alignments.iter().find(|alignment| matches!(alignment.regions, Regions::Grid { .. }))
    }

    /// The first map over words of the texts that accompany the tweet.
    pub fn context_alignment(&self) -> Option<&Alignment> {
        self.alignments.iter().find(|alignment| matches!(alignment.regions, Regions::Words { .. }))
    }

    fn bytes(&self) -> usize {
        let maps = self.alignments.iter().flat_map(|alignment| &alignment.maps);
        maps.map(|map| (map.weights.len() + map.whole.len()) * size_of::<f32>()).sum::<usize>()
            + self.prediction.spans.len() * 64
            + 256
    }
}

/// Answers of this session.
#[derive(Debug)]
pub struct Suggestions {
    answers: ByteCache<TweetId, Answer>,
    rejected: HashMap<TweetId, HashSet<Span>>,
    /// The one tweet that the model was asked about and has not answered.
    waiting: Option<TweetId>,
    /// Tweet and version of the last question ahead of its need.
    ahead: Option<(TweetId, u64)>,
    /// Tweets whose contexts or images are no longer those that the answer is about.
    outdated: HashSet<TweetId>,
    /// Whether the tweet that is waited for changed after the question.
    overtaken: bool,
    /// Tweet and version of a request that failed, which is not repeated.
    failed: Option<(TweetId, u64)>,
}

impl Default for Suggestions {
    fn default() -> Self {
        Self {
            answers: ByteCache::new(KEPT_BYTES),
            rejected: HashMap::new(),
            waiting: None,
            ahead: None,
            outdated: HashSet::new(),
            overtaken: false,
            failed: None,
        }
    }
}

impl Suggestions {
    /// The latest answer for a tweet, whichever model it is from.
    pub fn answer(&self, tweet: TweetId) -> Option<&Answer> {
        self.answers.peek(&tweet)
    }

    /// The suggestions for a tweet that were not rejected.
    pub fn open(&self, tweet: TweetId) -> Vec<ScoredSpan> {
        let rejected = self.rejected.get(&tweet);
        let spans = self.answer(tweet).map_or(&[][..], |answer| &answer.prediction.spans);
        spans
            .iter()
            .filter(|scored| rejected.is_none_or(|rejected| !rejected.contains(&scored.span)))
            .cloned()
            .collect()
    }

    /// Whether a suggestion was rejected in this session.
    pub fn is_rejected(&self, tweet: TweetId, span: &Span) -> bool {
        self.rejected.get(&tweet).is_some_and(|rejected| rejected.contains(span))
    }

    /// Whether the model is still to be asked about a tweet, and may be: one question at a time.
    pub fn wanted(&self, tweet: TweetId, version: u64) -> bool {
        self.waiting.is_none() && !self.settled(tweet, version)
    }

    /// Whether the model may be asked about a tweet that is not open yet; once only, since its answer may be too large to
    /// be kept beside that of the open tweet.
    pub fn wanted_ahead(&mut self, tweet: TweetId, version: u64) -> bool {
        let wanted = self.ahead != Some((tweet, version)) && self.wanted(tweet, version);
        if wanted {
            self.ahead = Some((tweet, version));
        }
        wanted
    }

    /// Whether model `version` has said all that it will say about a tweet.
    pub fn settled(&self, tweet: TweetId, version: u64) -> bool {
        let current = self.answer(tweet).is_some_and(|answer| answer.version == version) && !self.is_outdated(tweet);
        current || self.failed == Some((tweet, version))
    }

    /// Notes that the model was asked.
    pub fn asked(&mut self, tweet: TweetId) {
        (self.waiting, self.overtaken) = (Some(tweet), false);
    }

    /// Notes that the model reads a tweet otherwise from now on; what it said stays until it says more.
    ///
    /// An answer that is under way is about the tweet as it was: the model will be asked once more.
    pub fn outdate(&mut self, tweet: TweetId) {
        self.outdated.insert(tweet);
        self.overtaken |= self.waiting == Some(tweet);
        self.failed.take_if(|(failed, _)| *failed == tweet);
    }

    /// Whether what the model said is about the tweet as it was.
    pub fn is_outdated(&self, tweet: TweetId) -> bool {
        self.outdated.contains(&tweet)
    }

    /// Takes an answer in, whichever tweet is on the screen by now.
    pub fn answered(&mut self, tweet: TweetId, answer: Answer) {
        if self.waiting == Some(tweet) {
            self.waiting = None;
            if !self.overtaken {
                self.outdated.remove(&tweet);
            }
        }
        let bytes = answer.bytes();
        self.answers.put(tweet, answer, bytes);
    }

    /// Notes that the open question, if there is one, will not be answered by model `version`.
    pub fn failed(&mut self, version: u64) {
        self.failed = self.waiting.take().map(|tweet| (tweet, version));
    }

    /// Hides a suggestion for this session.
    pub fn reject(&mut self, tweet: TweetId, span: Span) {
        self.rejected.entry(tweet).or_default().insert(span);
    }

    /// Shows the rejected suggestions of a tweet again; returns their number.
    pub fn restore(&mut self, tweet: TweetId) -> usize {
        self.rejected.remove(&tweet).map_or(0, |rejected| rejected.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(version: u64, spans: &[Span]) -> Answer {
        let spans = spans.iter().map(|span| ScoredSpan { span: span.clone(), probability: 0.5 }).collect();
        Answer {
            version,
            prediction: Prediction { spans, path_probability: 0.5, entropy: 0.1 },
            alignments: Vec::new(),
            fusion: None,
            image_problem: None,
        }
    }

    #[test]
    fn one_question_at_a_time_and_again_for_a_new_model() {
        let mut suggestions = Suggestions::default();
        assert!(suggestions.wanted(1, 0));
        suggestions.asked(1);
        assert!(!suggestions.wanted(2, 0));
        suggestions.answered(1, answer(0, &[]));
        assert!(!suggestions.wanted(1, 0));
        assert!(suggestions.wanted(2, 0));
        assert!(suggestions.wanted(1, 1));
    }

    #[test]
    fn a_tweet_that_changed_is_asked_about_again_also_while_an_answer_is_under_way() {
        let mut suggestions = Suggestions::default();
        suggestions.asked(1);
        suggestions.outdate(1);
        suggestions.answered(1, answer(0, &[Span::new("PER", 0, 1)]));
        assert!(suggestions.wanted(1, 0) && suggestions.open(1).len() == 1, "the old answer stays until then");
        suggestions.asked(1);
        suggestions.answered(1, answer(0, &[]));
        assert!(!suggestions.wanted(1, 0) && suggestions.open(1).is_empty());
        suggestions.outdate(1);
        assert!(suggestions.is_outdated(1) && suggestions.wanted(1, 0));
        suggestions.asked(1);
        assert!(suggestions.is_outdated(1) && !suggestions.wanted(1, 0));
    }

    #[test]
    fn a_question_that_failed_is_not_repeated_for_the_same_model() {
        let mut suggestions = Suggestions::default();
        suggestions.asked(1);
        suggestions.failed(0);
        assert!(!suggestions.wanted(1, 0));
        assert!(suggestions.wanted(2, 0));
        assert!(suggestions.wanted(1, 1));
    }

    #[test]
    fn a_question_ahead_is_asked_once() {
        let mut suggestions = Suggestions::default();
        assert!(suggestions.wanted_ahead(1, 0));
        assert!(!suggestions.wanted_ahead(1, 0));
        assert!(suggestions.wanted(1, 0), "it is asked again when the tweet is opened");
        assert!(suggestions.wanted_ahead(1, 1));
    }

    #[test]
    fn rejected_suggestions_stay_hidden_over_models_until_restored() {
        let mut suggestions = Suggestions::default();
        let (per, loc) = (Span::new("PER", 0, 1), Span::new("LOC", 2, 3));
        suggestions.answered(1, answer(0, &[per.clone(), loc.clone()]));
        suggestions.reject(1, per.clone());
        suggestions.answered(1, answer(1, &[per, loc]));
        assert_eq!(suggestions.open(1).len(), 1);
        assert_eq!(suggestions.restore(1), 1);
        assert_eq!(suggestions.open(1).len(), 2);
    }
}
