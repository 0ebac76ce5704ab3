//! Who labels which tweets: a share goes to everybody, so that agreement can be measured, the rest to one each.

use std::collections::HashMap;

use serde::Serialize;

use super::TeamError;
use crate::corpus::Corpus;
use crate::hash::stable_hash;

/// What one annotator got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The annotator.
    pub annotator: String,
    /// Places of the tweets in the corpus, rising.
    #[serde(skip)]
    pub tweets: Vec<usize>,
    /// Number of tweets.
    pub count: usize,
    /// Number of them that everybody got.
    pub shared: usize,
}

/// Who labels what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// Number of tweets that everybody got.
    pub shared: usize,
    /// What each annotator got.
    pub shares: Vec<Share>,
}

/// Deals the tweets of a corpus, the same way for the same seed: `shared` of them (0 to 1) to everybody, each other to one.
///
/// Tweets that have the same id go to the same annotators. Everybody keeps the order of the corpus, so that nobody sees
/// which tweets are shared.
pub fn assign(corpus: &Corpus, annotators: &[String], shared: f64, seed: u64) -> Result<Assignment, TeamError> {
    check_names(annotators)?;
    let mut by_id: HashMap<String, Vec<usize>> = HashMap::new();
    let mut ids: Vec<String> = Vec::new();
    for (place, example) in corpus.examples().enumerate() {
        let places = by_id.entry(example.id.clone()).or_default();
        if places.is_empty() {
            ids.push(example.id);
        }
        places.push(place);
    }
    let seed = seed.to_le_bytes();
    ids.sort_by_cached_key(|id| (stable_hash(&[&seed, id.as_bytes()]), id.clone()));
    let everybody = ((ids.len() as f64 * shared).round() as usize).min(ids.len());
    let mut dealt: Vec<Vec<usize>> = vec![Vec::new(); annotators.len()];
    for (turn, id) in ids[everybody..].iter().enumerate() {
        dealt[turn % annotators.len()].extend(&by_id[id]);
    }
    let common: Vec<usize> = ids[..everybody].iter().flat_map(|id| by_id[id].iter().copied()).collect();
    let share = |(annotator, mut tweets): (&String, Vec<usize>)| {
        tweets.extend(&common);
        tweets.sort_unstable();
        Share { annotator: annotator.clone(), count: tweets.len(), shared: common.len(), tweets }
    };
    let shares = annotators.iter().zip(dealt).map(share).collect();
    Ok(Assignment { shared: common.len(), shares })
}

/// Names become folders, and two of them must not be one folder.
fn check_names(names: &[String]) -> Result<(), TeamError> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    for (place, name) in names.iter().enumerate() {
        let again = names[..place].iter().any(|other| other.to_lowercase() == name.to_lowercase());
        if name.is_empty() || name.starts_with(['.', '-']) || !name.chars().all(plain) || again {
            return Err(TeamError::Name(name.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::ReadOptions;

    fn corpus(ids: impl Iterator<Item = usize>) -> Corpus {
        let text = ids.map(|id| format!("IMGID:{id}\na\tO\n\n")).collect::<Vec<_>>().concat();
        Corpus::read_from("test", text.as_bytes(), ReadOptions::default()).expect("a corpus")
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_share_goes_to_everybody_and_the_rest_to_one_each() {
        let corpus = corpus(0..100);
        let dealt = assign(&corpus, &names(&["ann", "bo", "cy"]), 0.1, 7).expect("dealt");
        let counts: Vec<_> = dealt.shares.iter().map(|share| (share.count, share.shared)).collect();
        assert_eq!((dealt.shared, counts), (10, vec![(40, 10); 3]));
        let mut times = vec![0; 100];
        for share in &dealt.shares {
            assert!(share.tweets.is_sorted());
            share.tweets.iter().for_each(|place| times[*place] += 1);
        }
        assert_eq!((times.iter().filter(|n| **n == 1).count(), times.iter().filter(|n| **n == 3).count()), (90, 10));
        assert_eq!(assign(&corpus, &names(&["ann", "bo", "cy"]), 0.1, 7).expect("dealt"), dealt);
        assert_ne!(assign(&corpus, &names(&["ann", "bo", "cy"]), 0.1, 8).expect("dealt"), dealt);
    }

    #[test]
    fn tweets_of_one_id_stay_together() {
        let dealt = assign(&corpus([1, 2, 1, 3, 2, 1].into_iter()), &names(&["a", "b"]), 0.0, 1).expect("dealt");
        let whose = |place: usize| dealt.shares.iter().position(|share| share.tweets.contains(&place));
        assert!(whose(0) == whose(2) && whose(0) == whose(5) && whose(1) == whose(4));
    }

    #[test]
    fn names_must_be_fit_for_folders() {
        for bad in [&["a", "A"][..], &["../x"], &[""], &["a/b"], &[".x"]] {
            assert!(assign(&corpus(0..2), &names(bad), 0.5, 1).is_err(), "{bad:?}");
        }
    }
}
