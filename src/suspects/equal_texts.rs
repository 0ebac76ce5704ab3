//! Tweets with the same words and other labels.

use std::collections::HashMap;

use spanlight_models::example::Span;

use super::gold::Gold;
use super::{Check, Doubt, Reason, words_of};
use crate::hash::stable_hash;
use crate::project::ProjectError;

/// Shorter texts are equal by chance.
const SHORTEST: usize = 3;

/// Doubts every label that not all tweets of the same words have.
///
/// Only hashes are kept of all texts; the tweets themselves are read again where several are equal.
pub(super) fn doubts(gold: &dyn Gold, doubts: &mut Vec<Doubt>) -> Result<(), ProjectError> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for place in 0..gold.len() {
        let tokens = gold.tweet(place)?.example.tokens;
        if tokens.len() >= SHORTEST {
            places.entry(hash(&tokens)).or_default().push(place);
        }
    }
    let mut groups: Vec<Vec<usize>> = places.into_values().filter(|places| places.len() > 1).collect();
    groups.sort_unstable();
    for group in groups {
        let tweets = group.iter().map(|place| Ok(gold.tweet(*place)?.example)).collect::<Result<Vec<_>, _>>()?;
        // Links differ between copies; tweets of as many words are the same otherwise.
        if tweets.iter().any(|tweet| tweet.tokens.len() != tweets[0].tokens.len()) {
            continue;
        }
        for (place, tweet) in group.iter().zip(&tweets) {
            let mut all: Vec<&Span> = tweets.iter().flat_map(|other| &other.spans).collect();
            all.sort();
            all.dedup();
            for span in all {
                let having = tweets.iter().filter(|other| other.spans.contains(span)).count();
                let lacking = tweets.len() - having;
                let own = tweet.spans.contains(span);
                if lacking == 0 || (own && lacking < having) || (!own && having < lacking) {
                    continue;
                }
                let words = words_of(&tweet.tokens, span);
                let instead = |spans: &[Span]| spans.iter().find(|other| other.overlaps(span)).cloned();
                let score = if own { lacking } else { having } as f64 / tweets.len() as f64;
                let (current, suggestion, text) = if own {
                    let other = tweets.iter().find(|other| !other.spans.contains(span));
                    let text =
                        format!("`{words}` is {} here, and not in {lacking} tweets of the same words", span.label);
                    (Some(span.clone()), other.and_then(|other| instead(&other.spans)), text)
                } else {
                    let text =
                        format!("`{words}` is {} in {having} tweets of the same words, and not here", span.label);
                    (instead(&tweet.spans), Some(span.clone()), text)
                };
                let reason = Reason { check: Check::Boundaries, score, text };
                doubts.push(Doubt::new(*place, current.as_ref(), suggestion, reason));
            }
        }
    }
    Ok(())
}

/// A hash of the words, whatever the case and wherever links lead.
pub(super) fn hash(tokens: &[String]) -> u64 {
    let words = tokens.iter().map(|token| {
        let folded = token.to_lowercase();
        if folded.starts_with("http") { "http".to_owned() } else { folded }
    });
    stable_hash(&[words.collect::<Vec<_>>().join("\u{0}").as_bytes()])
}
