//! Entities that begin with a tag for their inside, because what stood before it was lost.

use spanlight_models::example::Span;

use super::gold::GoldTweet;
use super::names::Names;
use super::{Check, Doubt, Fault, Reason, words_of};

/// How suspicious such a tag is by itself, and where the words before it make a name that is known.
const SCORES: [f64; 2] = [0.6, 0.8];

/// So many words before the tag are tried.
const BEFORE: usize = 3;

/// Doubts the beginning of every entity whose first tag had to be read as another one.
pub(super) fn doubts(place: usize, tweet: &GoldTweet, names: &Names, doubts: &mut Vec<Doubt>) {
    let tokens = &tweet.example.tokens;
    for repair in &tweet.repairs {
        let Some(span) = tweet.example.spans.iter().find(|span| span.start == repair.token) else { continue };
        let longer = (span.start.saturating_sub(BEFORE)..span.start).rev();
        let longer = longer.map(|start| Span { start, ..span.clone() });
        let free = |longer: &Span| !tweet.example.spans.iter().any(|other| other != span && other.overlaps(longer));
        let known = longer.into_iter().find(|longer| free(longer) && names.is_known(&words_of(tokens, longer)));
        let score = SCORES[usize::from(known.is_some())];
        let text = format!(
            "`{}` stands at `{}` without a beginning before it; it is read as {}",
            repair.from, tokens[repair.token], repair.to
        );
        let reason = Reason { check: Check::Tags, score, text };
        let doubt = Doubt::new(place, Some(span), known, reason);
        doubts.push(Doubt { fault: Fault::Borders, ..doubt });
    }
}
