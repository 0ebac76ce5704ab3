//! One of the systems that are compared: its scores on each corpus, one run or one for each seed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use spanlight_models::checkpoint;
use spanlight_models::example::{LabelSet, Span};
use spanlight_models::input::View;
use spanlight_models::metrics::{Counts, Judged};

use crate::cli::data::Data;
use crate::cli::error::CliError;
use crate::cli::evaluate::images::{ImagesAs, shown};
use crate::cli::evaluate::judge::Judgement;
use crate::cli::evaluate::measure::seen;
use crate::cli::evaluate::record::{Record, Training};
use crate::cli::evaluate::{Args, file_name};
use crate::cli::model::{self, ModelArgs};
use crate::cli::prediction_file::{self, json_lines};

/// A system.
pub struct Side {
    /// As it was given.
    pub name: String,
    /// Its runs on each corpus.
    pub runs: IndexMap<String, Vec<Run>>,
}

/// One run.
#[derive(Clone)]
pub struct Run {
    /// Of the training, where it is known.
    pub seed: Option<u64>,
    pub tweets: usize,
    pub overall: Counts,
    /// The tweets themselves, where more than the counts is known.
    pub judged: Option<Vec<Judged>>,
}

/// The labelled tweets that were given, if any.
pub fn gold(args: &Args) -> Result<Option<Data>, CliError> {
    let file = args.subject.data.as_deref();
    file.map(|file| Data::read_labelled(file, &args.subject.reading, &args.subject.contexts, "score")).transpose()
}

impl Side {
    /// Finds out what `name` is, and reads or scores it.
    pub fn read(args: &Args, name: &str, gold: Option<&Data>) -> Result<Self, CliError> {
        let path = Path::new(name);
        let judged_data = || args.subject.data.as_deref().map_or_else(String::new, file_name);
        let alone = |run| IndexMap::from([(judged_data(), vec![run])]);
        let runs = if name == model::EMBEDDED || checkpoint::is_checkpoint(path) {
            alone(scored(args, name, gold)?)
        } else if path.is_dir() {
            let checkpoints = entries(path, checkpoint::is_checkpoint)?;
            if checkpoints.is_empty() {
                recorded(&entries(path, holds_records)?)?
            } else {
                let runs = checkpoints.iter().map(|folder| scored(args, &folder.to_string_lossy(), gold));
                IndexMap::from([(judged_data(), last_of_each_seed(runs.collect::<Result<Vec<_>, _>>()?))])
            }
        } else if holds_records(path) {
            recorded(&[path.to_owned()])?
        } else {
            alone(predicted(path, gold)?)
        };
        if runs.values().all(Vec::is_empty) {
            return Err(CliError::NothingToCompare(path.to_owned()));
        }
        Ok(Self { name: name.to_owned(), runs })
    }
}

impl Run {
    fn of(seed: Option<u64>, judged: Vec<Judged>) -> Self {
        Self { seed, tweets: judged.len(), overall: Judged::scores(&judged).overall, judged: Some(judged) }
    }
}

/// Lets a checkpoint read the tweets.
fn scored(args: &Args, name: &str, gold: Option<&Data>) -> Result<Run, CliError> {
    let data = gold.ok_or(CliError::NoData)?;
    let mut loaded = ModelArgs { model: name.to_owned(), ..args.subject.model.clone() }.load()?;
    model::speak_like(loaded.tagger.as_mut(), &data.labels);
    let shown = shown(&data.items, args.images_as, args.seed)?;
    let judgement = Judgement::of(loaded.tagger.as_ref(), &seen(&shown.items, args.view()), false);
    let training = Training::of(model::folder(name)?.as_deref());
    Ok(Run::of(training.seed, judgement.tweets))
}

/// Reads predictions; gold is that of `gold` where it is given, otherwise that of the file.
fn predicted(file: &Path, gold: Option<&Data>) -> Result<Run, CliError> {
    let lines = prediction_file::read(file)?;
    let mut judged = Vec::with_capacity(lines.len());
    if let Some(data) = gold {
        if data.items.len() != lines.len() {
            let (tweets, of) = (lines.len(), data.items.len());
            return Err(CliError::OtherTweets { file: file.to_owned(), what: format!("{tweets} tweets, not {of}") });
        }
        for (line, item) in lines.into_iter().zip(&data.items) {
            if line.id != item.example.id || line.tokens != item.example.tokens {
                let what = format!("the tweet {} where the data have {}", line.id, item.example.id);
                return Err(CliError::OtherTweets { file: file.to_owned(), what });
            }
            judged.push(line.judged(item.example.spans.clone()));
        }
    } else {
        for mut line in lines {
            let gold = line.gold.take().ok_or_else(|| CliError::NoGold { file: file.to_owned() })?;
            judged.push(line.judged(gold));
        }
    }
    spell_like_gold(&mut judged);
    Ok(Run::of(None, judged))
}

/// Calls predicted types as the gold calls them.
fn spell_like_gold(judged: &mut [Judged]) {
    let names = |spans: Vec<&Span>| LabelSet::new(spans.into_iter().map(|span| span.label.clone()));
    let gold = names(judged.iter().flat_map(|tweet| &tweet.gold).collect());
    let said = names(judged.iter().flat_map(|tweet| &tweet.predicted).map(|scored| &scored.span).collect());
    if let Some((_, names)) = said.spelled_like(&gold) {
        judged.iter_mut().flat_map(|tweet| &mut tweet.predicted).for_each(|scored| scored.span.respell(names));
    }
}

/// Reads results, each under the corpus it is about.
fn recorded(files: &[PathBuf]) -> Result<IndexMap<String, Vec<Run>>, CliError> {
    let mut runs: IndexMap<String, Vec<Run>> = IndexMap::new();
    for file in files {
        let failed = |cause| CliError::io("reading the results", file)(cause);
        for line in json_lines(file).map_err(failed)? {
            let (number, text) = line.map_err(failed)?;
            let record: Record = serde_json::from_str(&text).map_err(|error| CliError::BadLine {
                file: file.clone(),
                line: number,
                what: error.to_string(),
            })?;
            let mut data = match record.images_as {
                ImagesAs::Own => record.data,
                other => format!("{}, images {}", record.data, other.name()),
            };
            if record.view != View::default() {
                data = format!("{data}, view {}", record.view.name());
            }
            let overall = record.test.overall;
            runs.entry(data).or_default().push(Run {
                seed: record.training.seed,
                tweets: record.tweets,
                overall,
                judged: None,
            });
        }
    }
    Ok(runs.into_iter().map(|(data, runs)| (data, last_of_each_seed(runs))).collect())
}

/// A later run with the same seed stands for the earlier one; sorted by seed.
fn last_of_each_seed(runs: Vec<Run>) -> Vec<Run> {
    let mut kept: Vec<Run> = Vec::new();
    for run in runs {
        kept.retain(|before| run.seed.is_none() || before.seed != run.seed);
        kept.push(run);
    }
    kept.sort_by_key(|run| run.seed);
    kept
}

/// Whether a file begins with a result; other files may lie beside it.
fn holds_records(file: &Path) -> bool {
    let first = file.is_file().then(|| json_lines(file).ok()?.next()?.ok()).flatten();
    first.is_some_and(|(_, line)| serde_json::from_str::<Record>(&line).is_ok())
}

/// What of a folder's entries is wanted, in the order of their names; hidden ones are what a killed process left.
fn entries(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, CliError> {
    let read = || -> io::Result<Vec<PathBuf>> {
        let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
        let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        paths.filter(|path| path.as_ref().map_or(true, |path| !hidden(path) && wanted(path))).collect()
    };
    let mut found = read().map_err(CliError::io("looking for what is compared", folder))?;
    found.sort();
    Ok(found)
}
