//! Scores by what kind of tweet or entity it is.

use crate::example::Span;

use super::surfaces::{Familiarity, Surfaces};
use super::{Counts, ImageState, Judged};

/// Gold entities that a part must have for its percentages to mean something.
pub const ENOUGH: usize = 50;

/// One part of a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What is in it.
    pub name: &'static str,
    /// Number of tweets, where whole tweets are divided.
    pub tweets: Option<usize>,
    /// Its entities.
    pub counts: Counts,
}

impl Part {
    /// The counts, where there are enough gold entities to make percentages of them.
    pub fn enough(&self) -> Option<Counts> {
        (self.counts.gold >= ENOUGH).then_some(self.counts)
    }
}

/// A corpus divided into parts by one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakdown {
    /// What it is divided by.
    pub by: &'static str,
    /// The parts, empty ones too.
    pub parts: Vec<Part>,
}

/// All divisions; the one by known names only where the names of the training data are given.
pub fn breakdowns(judged: &[Judged], training: Option<&Surfaces>) -> Vec<Breakdown> {
    let mut all = vec![
        by_tweet("words in the tweet", ["under 10", "10 to 20", "over 20"], judged, |tweet| match tweet.tokens.len() {
            ..10 => 0,
            10..=20 => 1,
            _ => 2,
        }),
        by_tweet("image", ["present", "absent", "unreadable"], judged, |tweet| match tweet.image {
            ImageState::Present => 0,
            ImageState::Absent => 1,
            ImageState::Unreadable => 2,
        }),
        by_tweet("gold entities in the tweet", ["0", "1", "2", "3 or more"], judged, |tweet| tweet.gold.len().min(3)),
        by_entity("words in the entity", ["1", "2", "3 or more"], judged, |_, span| {
            (span.end - span.start).clamp(1, 3) - 1
        }),
    ];
    if let Some(surfaces) = training {
        let names = ["seen", "ambiguous", "seen with another type only", "unseen"];
        all.push(by_entity("name in the training data", names, judged, |tweet, span| {
            match surfaces.familiarity(&tweet.tokens, span) {
                Familiarity::Seen => 0,
                Familiarity::Ambiguous => 1,
                Familiarity::OtherType => 2,
                Familiarity::Unseen => 3,
            }
        }));
    }
    all
}

fn by_tweet<const N: usize>(
    by: &'static str,
    names: [&'static str; N],
    judged: &[Judged],
    place: impl Fn(&Judged) -> usize,
) -> Breakdown {
    let mut parts = names.map(|name| Part { name, tweets: Some(0), counts: Counts::default() });
    for tweet in judged {
        let part = &mut parts[place(tweet)];
        part.tweets = part.tweets.map(|tweets| tweets + 1);
        part.counts += tweet.counts();
    }
    Breakdown { by, parts: parts.into() }
}

/// Gold and predicted entities are placed by the same rule, so that a matched one is in the same part on both sides.
fn by_entity<const N: usize>(
    by: &'static str,
    names: [&'static str; N],
    judged: &[Judged],
    place: impl Fn(&Judged, &Span) -> usize,
) -> Breakdown {
    let mut parts = names.map(|name| Part { name, tweets: None, counts: Counts::default() });
    for tweet in judged {
        for span in &tweet.gold {
            parts[place(tweet, span)].counts.gold += 1;
        }
        for scored in &tweet.predicted {
            let counts = &mut parts[place(tweet, &scored.span)].counts;
            counts.predicted += 1;
            counts.matched += usize::from(tweet.is_right(&scored.span));
        }
    }
    Breakdown { by, parts: parts.into() }
}

#[cfg(test)]
mod tests {
    use super::super::judged::judged;
    use super::*;
    use crate::example::Example;

    fn tweets() -> Vec<Judged> {
        let nothing = ["O"; 10].join(" ");
        vec![
            judged("B-PER I-PER O B-LOC", "B-PER I-PER O B-LOC"),
            Judged { image: ImageState::Present, ..judged("B-PER I-PER O", "B-PER O O") },
            judged(&format!("B-LOC{}", " O".repeat(20)), &format!("B-LOC{} B-PER", " O".repeat(19))),
            Judged { image: ImageState::Unreadable, ..judged(&nothing, &nothing) },
        ]
    }

    fn part(by: &str, name: &str, training: Option<&Surfaces>) -> Part {
        let all = breakdowns(&tweets(), training);
        let found = all.iter().find(|breakdown| breakdown.by == by).expect("a breakdown");
        *found.parts.iter().find(|part| part.name == name).expect("a part")
    }

    fn counts(matched: usize, predicted: usize, gold: usize) -> Counts {
        Counts { matched, predicted, gold }
    }

    #[test]
    fn every_breakdown_adds_up_to_the_whole() {
        let surfaces = Surfaces::default();
        let all = breakdowns(&tweets(), Some(&surfaces));
        assert_eq!(all.len(), 5);
        for Breakdown { by, parts } in all {
            let mut sum = Counts::default();
            for part in parts {
                sum += part.counts;
            }
            assert_eq!(sum, Judged::scores(&tweets()).overall, "{by}");
        }
    }

    #[test]
    fn tweets_and_entities_are_in_their_parts() {
        assert_eq!(part("words in the tweet", "under 10", None).counts, counts(2, 3, 3));
        assert_eq!(part("words in the tweet", "10 to 20", None).tweets, Some(1));
        assert_eq!(part("words in the tweet", "over 20", None).counts, counts(1, 2, 1));
        assert_eq!(part("image", "present", None).counts, counts(0, 1, 1));
        assert_eq!(part("image", "unreadable", None).tweets, Some(1));
        assert_eq!(part("gold entities in the tweet", "2", None).counts, counts(2, 2, 2));
        assert_eq!(part("words in the entity", "1", None).counts, counts(2, 4, 2));
        assert_eq!(part("words in the entity", "2", None).counts, counts(1, 1, 2));
    }

    #[test]
    fn known_names_are_told_apart() {
        let known = Example {
            tokens: vec!["w0".into(), "w1".into()],
            spans: vec![Span::new("PER", 0, 2)],
            ..Example::default()
        };
        let surfaces = Surfaces::of([&known]);
        assert_eq!(part("name in the training data", "seen", Some(&surfaces)).counts, counts(1, 1, 2));
        assert_eq!(part("name in the training data", "unseen", Some(&surfaces)).counts, counts(2, 4, 2));
    }

    #[test]
    fn few_entities_have_no_percentage() {
        let part = |gold| Part { name: "", tweets: None, counts: counts(gold, gold, gold) };
        assert_eq!((part(ENOUGH - 1).enough(), part(ENOUGH).enough().is_some()), (None, true));
    }
}
