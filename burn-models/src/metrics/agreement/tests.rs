//! The measures beside reference implementations, and what they say where there is nothing to measure.

use serde::Deserialize;

use super::*;

/// First token, end and type of an entity.
type Marked = (usize, usize, String);

/// What `make_agreement.py` writes.
#[derive(Deserialize)]
struct Case {
    types: Vec<String>,
    tokens: Vec<usize>,
    annotators: Vec<Vec<Option<Vec<Marked>>>>,
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    all: Figures,
    types: Vec<Figures>,
    pairs: Vec<Figures>,
    pair_types: Vec<Vec<Figures>>,
    alpha_u_borders: Option<f64>,
}

#[derive(Deserialize)]
struct Figures {
    f1: Option<f64>,
    kappa: f64,
    alpha: f64,
    alpha_u: Option<f64>,
}

fn spans(given: &[(usize, usize, &str)]) -> Vec<Span> {
    given.iter().map(|(start, end, label)| Span::new(*label, *start, *end)).collect()
}

fn close(found: Figure, expected: f64, what: &str) {
    let found = found.value.unwrap_or_else(|why| panic!("{what}: {why}"));
    assert!((found - expected).abs() < 1e-9, "{what}: {found} instead of {expected}");
}

fn check(found: &Agreement, expected: &Figures, what: &str) {
    if let Some(f1) = expected.f1 {
        close(found.f1, f1, &format!("F1 of {what}"));
    }
    close(found.kappa, expected.kappa, &format!("kappa of {what}"));
    close(found.alpha, expected.alpha, &format!("alpha of {what}"));
    if let Some(alpha_u) = expected.alpha_u {
        close(found.alpha_u, alpha_u, &format!("unitising alpha of {what}"));
    }
}

#[test]
fn figures_equal_those_of_reference_implementations() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../../tests/golden/agreement/cases.json")).expect("well formed");
    for (number, case) in cases.iter().enumerate() {
        let labelled: Vec<Vec<Option<Vec<Span>>>> = case
            .annotators
            .iter()
            .map(|tweets| {
                let own = |given: &Vec<Marked>| {
                    given.iter().map(|(start, end, label)| Span::new(label.as_str(), *start, *end)).collect()
                };
                tweets.iter().map(|given| given.as_ref().map(own)).collect()
            })
            .collect();
        let tweets = case.tokens.iter().enumerate().map(|(tweet, tokens)| Judgement {
            tokens: *tokens,
            by: labelled.iter().map(|annotator| annotator[tweet].as_deref()).collect(),
        });
        let found = agreements(labelled.len(), &case.types, tweets, 50, 1);
        check(&found.overall, &case.expected.all, &format!("case {number}"));
        for (type_, expected) in case.expected.types.iter().enumerate() {
            check(&found.types[type_], expected, &format!("case {number}, type {type_}"));
        }
        for (pair, expected) in case.expected.pairs.iter().enumerate() {
            check(&found.pairs[pair].overall, expected, &format!("case {number}, pair {pair}"));
            for (type_, expected) in case.expected.pair_types[pair].iter().enumerate() {
                check(&found.pairs[pair].types[type_], expected, &format!("case {number}, pair {pair}, type {type_}"));
            }
        }
        if let Some(expected) = case.expected.alpha_u_borders {
            close(found.alpha_u_borders, expected, "borders");
        }
        let Interval { low, high } = found.overall.alpha.interval.expect("enough tweets");
        let value = found.overall.alpha.value.expect("defined");
        assert!(low < value && value < high && high - low < 0.5, "{low} {value} {high}");
    }
}

#[test]
fn what_cannot_be_measured_says_why() {
    let (ann, nothing) = (spans(&[(0, 1, "PER")]), Vec::new());
    let types = ["PER".to_owned(), "LOC".to_owned()];
    let measure = |tweets: Vec<Vec<Option<&[Span]>>>| {
        let tweets = tweets.into_iter().map(|by| Judgement { tokens: 3, by });
        agreements(3, &types, tweets, 100, 1)
    };
    let apart = measure(vec![vec![Some(&ann), None, None], vec![None, Some(&ann), Some(&ann)]]);
    assert_eq!(apart.pairs[0].overall.f1.value, Err(Undefined::NoCommonTweet));
    assert_eq!(apart.pairs[0].overall.kappa.value, Err(Undefined::NoCommonTweet));
    assert_eq!((apart.tweets, apart.by_all, apart.pairs[2].tweets), (1, 0, 1));
    assert_eq!(apart.overall.kappa.value, Err(Undefined::NoTweetOfAll));
    assert_eq!(apart.overall.alpha.interval, Err(Undefined::OneTweet));
    assert_eq!(apart.types[1].f1.value, Err(Undefined::NoEntity));
    assert_eq!(apart.types[1].alpha.value, Err(Undefined::OneCategory));

    let silent = measure(vec![vec![Some(&nothing); 3]; 2]);
    assert_eq!(silent.overall.f1.value, Err(Undefined::NoEntity));
    for figure in [silent.overall.kappa, silent.overall.alpha, silent.overall.alpha_u, silent.alpha_u_borders] {
        assert_eq!(figure.value, Err(Undefined::OneCategory));
    }
    let json = serde_json::to_value(silent.overall.kappa).expect("JSON");
    assert!(json["value"].is_null() && json["why"].as_str().is_some_and(|why| why.contains("chance")), "{json}");

    let empty = measure(Vec::new());
    assert_eq!(empty.overall.alpha.value, Err(Undefined::NoCommonTweet));
}

#[test]
fn one_tweet_has_figures_of_its_own() {
    let (one, other) = (spans(&[(0, 2, "PER"), (3, 4, "LOC")]), spans(&[(0, 2, "PER"), (3, 4, "ORG")]));
    let tweet = Judgement { tokens: 5, by: vec![Some(&one), None, Some(&other)] };
    assert_eq!(tweet.f1(), Ok(0.5));
    assert!(!tweet.unanimous() && tweet.alpha().is_ok_and(|alpha| alpha < 1.0));
    let turned = spans(&[(3, 4, "LOC"), (0, 2, "PER")]);
    let same = Judgement { tokens: 5, by: vec![Some(&one), Some(&turned)] };
    assert_eq!((same.f1(), same.alpha(), same.unanimous()), (Ok(1.0), Ok(1.0), true));
}

#[test]
fn many_tweets_are_drawn_in_groups_with_the_same_interval() {
    let (same, other) = (spans(&[(0, 1, "PER")]), spans(&[(1, 2, "PER")]));
    let tweets = |count: usize| {
        let (same, other) = (&same, &other);
        (0..count).map(move |tweet| {
            let second = if tweet.wrapping_mul(2_654_435_761) % 5 == 0 { other } else { same };
            Judgement { tokens: 3, by: vec![Some(same.as_slice()), Some(second.as_slice())] }
        })
    };
    let measured = agreements(2, &["PER".to_owned()], tweets(10_000), AGREEMENT_RESAMPLES, 1);
    let Interval { low, high } = measured.overall.f1.interval.expect("enough tweets");
    // The standard error of ten thousand coins of 4/5 is 0.004.
    assert!((high - low - 2.0 * 1.96 * 0.004).abs() < 0.003, "{low} {high}");
}
