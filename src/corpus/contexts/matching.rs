//! Which tweets the entries of a file are about: by id, by the id of an image, or by the tokens themselves.

use std::collections::HashMap;
use std::ops::Range;

use spanlight_models::example::Context;

use super::{Entry, Subject};
use crate::corpus::{Listed, Problem, stem};

/// A tweet that entries may be about.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its id.
    pub name: String,
    /// Ids of its images.
    pub images: Vec<String>,
    /// Its words.
    pub tokens: Vec<String>,
}

/// The entries about each of `tweets`, and those about none; `files` are the places of the tweets of each corpus.
pub fn matched<'a>(
    entries: &'a [Entry],
    tweets: &[Known],
    files: &[Range<usize>],
) -> (Vec<Vec<&'a Entry>>, Listed<Problem>) {
    let mut matches: Vec<Vec<&Entry>> = vec![Vec::new(); tweets.len()];
    let mut extra = Listed::default();
    let ids = ById::new(tweets);
    let nameless = matches!(entries.first().map(|entry| &entry.subject), Some(Subject::Tokens(_)));
    let by_tokens = if nameless { by_tokens(entries, tweets, files) } else { Vec::new() };
    for (index, entry) in entries.iter().enumerate() {
        let (places, name) = match &entry.subject {
            Subject::Id(id) => (ids.find(id).to_vec(), id.clone()),
            Subject::Tokens(_) => (by_tokens[index].into_iter().collect(), format!("#{}", index + 1)),
        };
        if places.is_empty() {
            let what = "there is no such tweet".to_owned();
            extra.push(Problem { line: entry.line, tweet: name, what });
        }
        for place in places {
            matches[place].push(entry);
        }
    }
    (matches, extra)
}

/// The texts of an entry about `tweet`, with where they come from.
pub fn contexts_of(entry: &Entry, tweet: &Known, source: &str) -> Vec<Context> {
    let image = match &entry.subject {
        Subject::Id(id) if stem(id) != id || *id != tweet.name => Some(stem(id).to_owned()),
        _ => None,
    };
    let filled = |context: &Context| {
        let mut context = context.clone();
        context.image = context.image.or_else(|| image.clone());
        context.source.get_or_insert_with(|| source.to_owned());
        context
    };
    entry.said.contexts.iter().map(filled).collect()
}

/// Finds tweets by id or by the id of an image, whatever its ending.
struct ById<'a> {
    places: HashMap<&'a str, Vec<usize>>,
}

impl<'a> ById<'a> {
    fn new(tweets: &'a [Known]) -> Self {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, tweet) in tweets.iter().enumerate() {
            let images = tweet.images.iter().map(|image| stem(image));
            for id in std::iter::once(tweet.name.as_str()).chain(images) {
                let known = places.entry(id).or_default();
                if known.last() != Some(&place) {
                    known.push(place);
                }
            }
        }
        Self { places }
    }

    /// The tweets, by their places.
    fn find(&self, id: &str) -> &[usize] {
        self.places.get(id).or_else(|| self.places.get(stem(id))).map_or(&[], Vec::as_slice)
    }
}

/// The tweet for each entry that has nothing but tokens; `files` are the places of the tweets of each imported file.
///
/// The n-th entry is the n-th tweet of the file that fits best, as far as the tokens are the same; where they are not,
/// because a tweet is missing here or there, the tokens decide.
fn by_tokens(entries: &[Entry], tweets: &[Known], files: &[Range<usize>]) -> Vec<Option<usize>> {
    let tokens = |entry: &'_ Entry| match &entry.subject {
        Subject::Tokens(tokens) => tokens.clone(),
        Subject::Id(_) => Vec::new(),
    };
    let tokens: Vec<Vec<String>> = entries.iter().map(tokens).collect();
    let fits = |file: &Range<usize>, index: usize| {
        let place = file.start + index;
        (file.contains(&place) && tweets[place].tokens == tokens[index]).then_some(place)
    };
    let best = files.iter().max_by_key(|file| (0..tokens.len()).filter(|index| fits(file, *index).is_some()).count());
    let mut found: Vec<Option<usize>> =
        (0..tokens.len()).map(|index| best.and_then(|file| fits(file, index))).collect();
    let mut free: HashMap<&[String], Vec<usize>> = HashMap::new();
    let mut taken = vec![false; tweets.len()];
    found.iter().flatten().for_each(|place| taken[*place] = true);
    for (place, tweet) in tweets.iter().enumerate().rev().filter(|(place, _)| !taken[*place]) {
        free.entry(&tweet.tokens).or_default().push(place);
    }
    for (place, tokens) in found.iter_mut().zip(&tokens) {
        if place.is_none() {
            *place = free.get_mut(tokens.as_slice()).and_then(Vec::pop);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::contexts::Said;

    fn known(tokens: &[&str]) -> Vec<Known> {
        let tweet = |(tweet, token): (usize, &&str)| Known {
            name: tweet.to_string(),
            images: vec![format!("{tweet}.jpg"), format!("x{tweet}")],
            tokens: vec![(*token).to_owned()],
        };
        tokens.iter().enumerate().map(tweet).collect()
    }

    fn entries(tokens: &[&str]) -> Vec<Entry> {
        let entry = |token: &&str| {
            let subject = Subject::Tokens(vec![(*token).to_owned()]);
            Entry { line: 1, subject, said: Said::default() }
        };
        tokens.iter().map(entry).collect()
    }

    #[test]
    fn files_without_ids_are_matched_by_place_and_tokens() {
        let tweets = known(&["a", "b", "b", "c", "d", "b", "e"]);
        let files = [0..4, 4..7];
        let found = |tokens: &[&str]| by_tokens(&entries(tokens), &tweets, &files);
        assert_eq!(found(&["a", "b", "b"]), [Some(0), Some(1), Some(2)]);
        assert_eq!(found(&["d", "b"]), [Some(4), Some(5)]);
        assert_eq!(found(&["b", "c", "z"]), [Some(1), Some(3), None]);
    }

    #[test]
    fn ids_of_images_are_ids() {
        let tweets = known(&["a", "b"]);
        let ids = ById::new(&tweets);
        assert_eq!((ids.find("1"), ids.find("1.jpg"), ids.find("x1.png")), (&[1][..], &[1][..], &[1][..]));
        assert!(ids.find("2").is_empty());
    }
}
