//! Two systems, and the test that fits what is known of them.

use serde::Serialize;
use spanlight_models::metrics::{
    Bootstrap, Changes, Counts, Judged, RESAMPLES, TTest, paired_bootstrap, paired_t_test,
};

use super::side::{Run, Side};
use crate::cli::error::CliError;

/// The second system against the first one on one corpus.
#[derive(Serialize)]
pub struct Comparison {
    /// The corpus, where it has a name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub data: String,
    pub first: String,
    pub second: String,
    /// F1 of both, the mean over the seeds.
    pub f1: [f64; 2],
    /// Second minus first.
    pub difference: f64,
    #[serde(flatten)]
    pub method: Method,
    /// The p-value, which the method tells too.
    #[serde(skip)]
    pub p: Option<f64>,
    /// The same after Holm's correction, where more than one comparison is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_holm: Option<f64>,
}

/// How the difference was tested.
#[derive(Serialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Method {
    /// One run of each, over tweets.
    PairedBootstrap {
        #[serde(flatten)]
        bootstrap: Bootstrap,
        tweets: usize,
        seed: u64,
        changes: Changes,
    },
    /// Several runs of each with the same seeds.
    PairedTTest {
        #[serde(flatten)]
        test: TTest,
        seeds: Vec<u64>,
    },
}

/// Compares on every corpus that both know.
pub fn compare(first: &Side, second: &Side, seed: u64) -> Result<Vec<Comparison>, CliError> {
    let failed = |what: String| CliError::Incomparable { first: first.name.clone(), second: second.name.clone(), what };
    let mut comparisons = Vec::new();
    for (data, runs) in &first.runs {
        // What has no name is whatever the other one is about; the tweets themselves are looked at below.
        let others = second.runs.get(data).or_else(|| match (data.is_empty(), second.runs.len()) {
            (true, 1) => second.runs.values().next(),
            _ => second.runs.get(""),
        });
        let Some(others) = others else { continue };
        let (f1, method, p) = test(runs, others, seed).map_err(failed)?;
        comparisons.push(Comparison {
            data: data.clone(),
            first: first.name.clone(),
            second: second.name.clone(),
            f1,
            difference: f1[1] - f1[0],
            method,
            p,
            p_holm: None,
        });
    }
    if comparisons.is_empty() {
        return Err(failed("they were not evaluated on the same data".to_owned()));
    }
    Ok(comparisons)
}

/// Both F1, the test and its p-value, or why they cannot be compared.
fn test(first: &[Run], second: &[Run], seed: u64) -> Result<([f64; 2], Method, Option<f64>), String> {
    match (first, second) {
        ([one], [other]) => match (&one.judged, &other.judged) {
            (Some(one), Some(other)) => over_tweets(one, other, seed),
            _ => Err("one result of each says nothing about chance; give the predictions (evaluate \
                      --predictions-out), or the results of several seeds"
                .to_owned()),
        },
        _ => over_seeds(first, second),
    }
}

fn over_tweets(first: &[Judged], second: &[Judged], seed: u64) -> Result<([f64; 2], Method, Option<f64>), String> {
    if first.len() != second.len() {
        return Err(format!("one has {} tweets, the other {}", first.len(), second.len()));
    }
    let same =
        |(one, other): &(&Judged, &Judged)| one.id == other.id && one.tokens == other.tokens && one.gold == other.gold;
    if let Some((one, other)) = first.iter().zip(second).find(|pair| !same(pair)) {
        return Err(format!("the tweets {} and {} are not the same, or their gold is not", one.id, other.id));
    }
    let counts = |tweets: &[Judged]| tweets.iter().map(Judged::counts).collect::<Vec<Counts>>();
    let bootstrap = paired_bootstrap(&counts(first), &counts(second), RESAMPLES, seed);
    let bootstrap = bootstrap.ok_or_else(|| "there are no tweets".to_owned())?;
    let mut changes = Changes::default();
    for (one, other) in first.iter().zip(second) {
        changes += Changes::of(&one.gold, &one.predicted, &other.predicted);
    }
    let f1 = [first, second].map(|tweets| Judged::scores(tweets).overall.f1());
    let method = Method::PairedBootstrap { bootstrap, tweets: first.len(), seed, changes };
    Ok((f1, method, Some(bootstrap.p)))
}

fn over_seeds(first: &[Run], second: &[Run]) -> Result<([f64; 2], Method, Option<f64>), String> {
    let with_seed = |seed: u64| second.iter().find(|run| run.seed == Some(seed));
    let pairs = first.iter().filter_map(|run| run.seed.and_then(|seed| Some((seed, run, with_seed(seed)?))));
    let pairs: Vec<(u64, &Run, &Run)> = pairs.collect();
    if pairs.len() < 2 {
        let (one, other, both) = (first.len(), second.len(), pairs.len());
        return Err(format!(
            "there are {one} and {other} runs, and {both} of them have the same seed; it takes two at least"
        ));
    }
    let same =
        |(_, one, other): &(u64, &Run, &Run)| one.tweets == other.tweets && one.overall.gold == other.overall.gold;
    if let Some((seed, ..)) = pairs.iter().find(|pair| !same(pair)) {
        return Err(format!("the runs with seed {seed} were not scored on the same tweets"));
    }
    let f1 = |run: &Run| run.overall.f1();
    let differences: Vec<f64> = pairs.iter().map(|(_, one, other)| f1(other) - f1(one)).collect();
    let test = paired_t_test(&differences).ok_or_else(|| "it takes two seeds at least".to_owned())?;
    let mean = |runs: Vec<f64>| runs.iter().sum::<f64>() / runs.len() as f64;
    let means = [
        mean(pairs.iter().map(|(_, one, _)| f1(one)).collect()),
        mean(pairs.iter().map(|(.., two)| f1(two)).collect()),
    ];
    let seeds = pairs.iter().map(|(seed, ..)| *seed).collect();
    Ok((means, Method::PairedTTest { test, seeds }, test.p))
}
