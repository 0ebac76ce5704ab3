//! What opening, agreement and a merge cost with several annotators: `cargo bench --bench team`.
//!
//! Without arguments, 100 000 made-up tweets of five annotators; `cargo bench --bench team -- TWEETS ANNOTATORS` for others.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use spanlight::corpus::ReadOptions;
use spanlight::project::progress::{PAUSE, Progress};
use spanlight::project::{Change, Project, State, contested_in};
use spanlight::team::{BoxPolicy, Counting, Gathered, Policy, Team, merge};
use spanlight_models::example::Span;
use spanlight_models::metrics::agreement::{AGREEMENT_RESAMPLES, agreements};

use common::{Failure, import, peak_memory};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Words of a tweet.
const WORDS: usize = 16;

/// Tweets that are labelled in one step, so that the log looks as after work.
const BATCH: usize = 1000;

fn main() -> Result<(), Failure> {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let (tweets, annotators) = (numbers.first().copied().unwrap_or(100_000), numbers.get(1).copied().unwrap_or(5));
    let folder = tempfile::tempdir()?;
    let begun = Instant::now();
    let projects = (0..annotators)
        .map(|annotator| labelled(folder.path(), tweets, annotator as u64))
        .collect::<Result<Vec<_>, _>>()?;
    println!("{tweets} tweets of {annotators} annotators, made in {:.1} s", begun.elapsed().as_secs_f64());

    told("open one project", || Project::open(&projects[0]).map(drop))?;
    let team = told("gather all labels", || {
        Team::gather(&projects, ReadOptions::default(), Counting::Done, &[], &mut |_| {})
    })?;
    let into = folder.path().join("merged.spanlight");
    told("merge", || merge(&team, &into, Policy::Agreed, BoxPolicy::default(), false, &mut |_| {}).map(drop))?;
    told("agreement with intervals", || {
        let judgements = team.tweets.iter().map(Gathered::judgement);
        Ok::<_, Failure>(agreements(team.labellers.len(), &team.types(), judgements, AGREEMENT_RESAMPLES, 1))
    })?;
    drop(team);
    told("open the merged project", || Project::open(&into).map(drop))?;
    let contested = told("find the tweets to adjudicate", || contested_in(&into))?;
    println!("  {} tweets are contested", contested.len());
    told("read how the work went", || Progress::read(&projects[0], PAUSE).map(drop))?;
    if let Some(memory) = peak_memory() {
        println!("most memory: {memory}");
    }
    Ok(())
}

/// Does something, and tells how long it took.
fn told<T, E>(what: &str, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let begun = Instant::now();
    let result = work()?;
    println!("{:>8.2} s  {what}", begun.elapsed().as_secs_f64());
    Ok(result)
}

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// A project in which an annotator has done all tweets, with an entity in each that one in ten sees otherwise.
fn labelled(folder: &Path, tweets: usize, annotator: u64) -> Result<PathBuf, Failure> {
    let file = folder.join("tweets.txt");
    if annotator == 0 {
        fs::write(&file, made_up(tweets))?;
    }
    let dir = folder.join(format!("annotator{annotator}.spanlight"));
    let (mut project, _) = import(&file, &dir)?;
    let mut settings = project.settings().clone();
    settings.labels = spanlight_models::example::LabelSet::new(["PER", "LOC", "ORG"]);
    project.update_settings(settings)?;
    let ids: Vec<_> = project.queue().iter().map(|item| item.id).collect();
    let (mut all, mut own) = (Dice(7), Dice(annotator + 1));
    for batch in ids.chunks(BATCH) {
        let changes: Vec<Change> = batch
            .iter()
            .map(|tweet| {
                let (start, label) = (all.below(WORDS - 2), all.below(3));
                let label = if own.below(10) == 0 { (label + 1) % 3 } else { label };
                let span = Span::new(["PER", "LOC", "ORG"][label], start, start + 2);
                Change { tweet: *tweet, spans: Some(vec![span]), state: Some(State::Done), note: None }
            })
            .collect();
        project.apply("label", &changes)?;
    }
    Ok(dir)
}

fn made_up(tweets: usize) -> String {
    let (mut text, mut dice) = (String::new(), Dice(1));
    for id in 0..tweets {
        let _ = writeln!(text, "IMGID:{id}");
        for _ in 0..WORDS {
            let _ = writeln!(text, "word{}\tO", dice.below(5000));
        }
        text.push('\n');
    }
    text
}
