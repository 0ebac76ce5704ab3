//! What the splits hold, as the table of the README.

use std::fmt::Write;

use crate::split::{Split, TYPES};
use crate::tweet::Tweet;

/// A Markdown table with one line a split.
pub fn table(splits: &[Split]) -> String {
    let mut table = String::from(
        "| split | tweets | with image | without entity | entities | PER | LOC | ORG | MISC | told by the image alone | boxes |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for split in splits {
        let count = |of: fn(&Tweet) -> usize| split.tweets.iter().map(of).sum::<usize>();
        let entities = count(|tweet| tweet.example.spans.len());
        let riddles = count(|tweet| usize::from(tweet.riddle.is_some()));
        let types = TYPES.map(|label| {
            let spans = split.tweets.iter().flat_map(|tweet| &tweet.example.spans);
            spans.filter(|span| span.label == label).count().to_string()
        });
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {entities} | {} | {riddles} ({:.0} %) | {} |",
            split.name,
            split.tweets.len(),
            count(|tweet| usize::from(tweet.image.is_some())),
            count(|tweet| usize::from(tweet.example.spans.is_empty())),
            types.join(" | "),
            100.0 * riddles as f32 / entities as f32,
            count(|tweet| tweet.example.boxes.len()),
        );
    }
    table
}
