//! Learns a word-piece vocabulary by merging the most frequent pair of neighbours (Sennrich et al. 2016).
//!
//! The trainer of the `tokenizers` crate breaks ties by the order of a randomly seeded hash map, so that the same
//! seed would not give the same model twice; here equal counts go by the alphabet.

use std::collections::{BTreeMap, BTreeSet};

/// Marks a piece that continues a word.
pub const CONTINUES: &str = "##";

/// Pieces seen only once are not worth a place.
const LEAST_COUNT: usize = 2;

/// At most `size` pieces: the characters, then merged pairs by falling count.
pub fn vocabulary<'a>(words: impl Iterator<Item = &'a str>, size: usize) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let words: Vec<(Vec<String>, usize)> = counts.iter().map(|(word, count)| (characters(word), *count)).collect();

    let mut singles: BTreeMap<&str, usize> = BTreeMap::new();
    for (pieces, count) in &words {
        for piece in pieces {
            *singles.entry(piece).or_default() += count;
        }
    }
    let mut frequent: Vec<(&str, usize)> = singles.into_iter().filter(|(_, count)| *count >= LEAST_COUNT).collect();
    frequent.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut vocabulary: Vec<String> = frequent.into_iter().take(size).map(|(piece, _)| piece.to_owned()).collect();
    let mut known: BTreeSet<String> = vocabulary.iter().cloned().collect();

    let mut merged = merges(words, |left, right| format!("{left}{}", right.trim_start_matches(CONTINUES)));
    while vocabulary.len() < size {
        let Some([_, _, piece]) = merged.next() else { break };
        if known.insert(piece.clone()) {
            vocabulary.push(piece);
        }
    }
    vocabulary
}

/// Pairs of neighbours in `words`, which are pieces with a count, and what `join` makes of them, by falling count; every
/// pair is joined before the next one is counted.
pub(crate) fn merges(
    mut words: Vec<(Vec<String>, usize)>,
    join: impl Fn(&str, &str) -> String,
) -> impl Iterator<Item = [String; 3]> {
    std::iter::from_fn(move || {
        let (left, right) = most_frequent_pair(&words)?;
        let merged = join(&left, &right);
        for (pieces, _) in &mut words {
            merge(pieces, &left, &right, &merged);
        }
        Some([left, right, merged])
    })
}

fn characters(word: &str) -> Vec<String> {
    let pieces = word.chars().enumerate();
    pieces.map(|(place, letter)| if place == 0 { letter.to_string() } else { format!("{CONTINUES}{letter}") }).collect()
}

/// The pair with the highest count, the first in the alphabet among equals; `None` if all occur only once.
fn most_frequent_pair(words: &[(Vec<String>, usize)]) -> Option<(String, String)> {
    let mut pairs: std::collections::HashMap<(&str, &str), usize> = std::collections::HashMap::new();
    for (pieces, count) in words {
        for pair in pieces.windows(2) {
            *pairs.entry((&pair[0], &pair[1])).or_default() += count;
        }
    }
    let frequent = pairs.into_iter().filter(|(_, count)| *count >= LEAST_COUNT);
    let best = frequent.max_by(|(pair, count), (other, more)| count.cmp(more).then_with(|| other.cmp(pair)));
    best.map(|((left, right), _)| (left.to_owned(), right.to_owned()))
}

fn merge(pieces: &mut Vec<String>, left: &str, right: &str, merged: &str) {
    let mut place = 0;
    while place + 1 < pieces.len() {
        if pieces[place] == left && pieces[place + 1] == right {
            merged.clone_into(&mut pieces[place]);
            pieces.remove(place + 1);
        }
        place += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_pairs_are_merged_first_and_ties_go_by_the_alphabet() {
        let words = ["aab", "aab", "aab", "ab", "ab", "cd", "cd", "x"];
        let pieces = vocabulary(words.into_iter(), 100);
        assert_eq!(pieces, ["##b", "a", "##a", "##d", "c", "##ab", "aab", "ab", "cd"]);
        assert_eq!(vocabulary(words.into_iter(), 6).len(), 6);
    }
}
