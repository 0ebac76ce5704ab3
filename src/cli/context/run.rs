//! `spanlight context run`: lets a tool write contexts for a project's tweets.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;
use spanlight_models::example::ContextKind;

use super::kinds;
use crate::cli::arguments::{Device, roles};
use crate::cli::error::CliError;
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::{Progress, left};
use crate::cli::{data, encoder, output, projects};
use crate::config::{Config, ContextSettings, Folders};
use crate::context_job::{ContextJob, ContextJobOptions, Tally, Unanswered};
use crate::project::Role;
use crate::providers::{ClipSimilarity, Endpoint, EndpointOptions, Precomputed, Provider, ProviderError, Tesseract};

/// How often Ctrl-C is looked at.
const PACE: Duration = Duration::from_millis(100);

/// How long answers that are on their way are waited for after Ctrl-C.
const LAST_CALL: Duration = Duration::from_secs(1);

/// How many tweets of each list are told to people; `--json` has them all.
const LISTED: usize = 20;

/// Who writes the contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Tool {
    /// Reads text in pictures
    Tesseract,
    /// An endpoint that speaks OpenAI's chat completions with pictures: vLLM, llama.cpp, Ollama and others
    Endpoint,
    /// A file of texts by id
    File,
    /// A file of similarities of image and text by id
    Scores,
    /// A CLIP model that compares tweet and image here
    Clip,
}

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Who writes the contexts
    #[arg(long)]
    provider: Tool,
    /// What is written; for similarities, the kind they belong to [default: all]
    #[arg(long, value_parser = kinds())]
    kind: Option<ContextKind>,
    /// Address of the endpoint, up to and with the version: `http://127.0.0.1:8000/v1` [default: the settings]
    #[arg(long)]
    url: Option<String>,
    /// Model of the endpoint [default: the settings]; for clip, its folder or the name that `model add` gave it
    #[arg(long)]
    model: Option<String>,
    /// Environment variable with the key of the endpoint [default: the settings, else no key]
    #[arg(long, value_name = "NAME")]
    key_env: Option<String>,
    /// What the model is asked [default: the settings, else built-in words; MMAVK's for knowledge]
    #[arg(long)]
    prompt: Option<String>,
    /// Languages of the text in pictures, by Tesseract's names: eng, deu+fra [default: the settings, else eng]
    #[arg(long, value_delimiter = '+')]
    languages: Vec<String>,
    /// File with texts or similarities
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Questions that are asked at the same time [default: the settings, else 4; of Tesseract, the processors]
    #[arg(long)]
    parallel: Option<usize>,
    /// The most questions to the endpoint in a minute; 0: any number [default: the settings, else 0]
    #[arg(long)]
    per_minute: Option<u32>,
    /// How often a question is asked again after a passing failure [default: the settings, else 4]
    #[arg(long)]
    retries: Option<u32>,
    /// Seconds that one answer may take [default: the settings, else 120; of Tesseract, 60]
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Folder with images besides those of the project; several may be given
    #[arg(long, value_name = "DIR")]
    images: Vec<PathBuf>,
    /// Only tweets of this role
    #[arg(long, value_parser = roles())]
    role: Option<Role>,
    /// Only the tweet with this id; several may be given
    #[arg(long)]
    id: Vec<String>,
    /// The most tweets
    #[arg(long)]
    limit: Option<usize>,
    /// Ask again what was answered before
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    device: Device,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

/// What came of the job.
#[derive(Serialize)]
struct Report<'a> {
    project: &'a Path,
    provider: &'static str,
    source: &'a str,
    stopped: bool,
    #[serde(flatten)]
    tally: &'a Tally,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let config = Config::load(Folders::of_user().ok_or(CliError::NoHome)?);
    if let Some(problem) = config.problem {
        // A setting that keeps pictures on this machine must not be passed over.
        return Err(problem.into());
    }
    let settings = &config.settings.contexts;
    let provider = provider(args, settings)?;
    let mut project = projects::open(&args.project, data::given_folders(&args.images)?)?;
    let options = ContextJobOptions {
        role: args.role,
        ids: args.id.clone(),
        limit: args.limit,
        parallel: parallel(args, settings),
        again: args.again,
    };
    let interrupt = Interrupt::watch()?;
    let mut job = ContextJob::start(&project, Arc::clone(&provider), &options)?;
    let mut progress = Progress::new();
    let mut goes_on = true;
    while goes_on && !interrupt.wished() {
        goes_on = job.advance(&mut project, PACE)?;
        progress.update(|| line(&job));
    }
    let stopped = goes_on;
    if stopped {
        job.finish_within(&mut project, LAST_CALL)?;
    }
    drop(progress);
    let tally = job.tally();
    let report =
        Report { project: &args.project, provider: provider.name(), source: provider.source(), stopped, tally };
    output::result(args.json, &report, || describe(&report))?;
    match tally.missing() {
        0 => Ok(()),
        missing => Err(CliError::Missing { missing, tweets: tally.tweets }),
    }
}

fn provider(args: &Args, settings: &ContextSettings) -> Result<Arc<dyn Provider>, CliError> {
    let from = || args.from.as_deref().ok_or(ProviderError::NoFile);
    Ok(match args.provider {
        Tool::Tesseract => {
            let mut options = settings.tesseract.options();
            if !args.languages.is_empty() {
                options.languages.clone_from(&args.languages);
            }
            options.timeout = args.timeout.map_or(options.timeout, Duration::from_secs);
            Arc::new(Tesseract::find(options)?)
        }
        Tool::Endpoint => Arc::new(Endpoint::new(endpoint(args, settings)?)?),
        Tool::File => Arc::new(Precomputed::texts(from()?, args.kind)?),
        Tool::Scores => Arc::new(Precomputed::scores(from()?, args.kind)?),
        Tool::Clip => {
            let name = args.model.as_deref().ok_or(ProviderError::NoClip)?;
            let (folder, device) = (encoder::find(name)?, args.device.choose()?);
            Arc::new(ClipSimilarity::open(&folder, name, args.kind, &device.device)?)
        }
    })
}

/// What the command line says, then the settings.
fn endpoint(args: &Args, settings: &ContextSettings) -> Result<EndpointOptions, ProviderError> {
    let own = &settings.endpoint;
    let kind = args.kind.ok_or(ProviderError::NoKind)?;
    let prompt = args.prompt.as_deref().or_else(|| settings.prompts.of(kind));
    let key = args.key_env.as_ref().or(own.key_env.as_ref());
    let key = key.map(|name| std::env::var(name).map_err(|_| ProviderError::NoKey(name.clone()))).transpose()?;
    Ok(EndpointOptions {
        url: args.url.clone().or_else(|| own.url.clone()).ok_or(ProviderError::NoUrl)?,
        model: args.model.clone().or_else(|| own.model.clone()).ok_or(ProviderError::NoModel)?,
        kind,
        prompt: prompt.ok_or(ProviderError::NoPrompt(kind.name()))?.to_owned(),
        key,
        max_tokens: own.max_tokens,
        timeout: Duration::from_secs(args.timeout.unwrap_or(own.timeout)),
        retries: args.retries.unwrap_or(own.retries),
        back_off: Duration::from_millis(own.back_off),
        per_minute: args.per_minute.unwrap_or(own.per_minute),
        offline: settings.offline,
    })
}

fn parallel(args: &Args, settings: &ContextSettings) -> usize {
    let usual = match args.provider {
        Tool::Endpoint => settings.endpoint.parallel,
        Tool::Tesseract => std::thread::available_parallelism().map_or(1, usize::from),
        Tool::File | Tool::Scores | Tool::Clip => 1,
    };
    args.parallel.unwrap_or(usual)
}

fn line(job: &ContextJob) -> String {
    let tally = job.tally();
    let failed = match tally.failed.total() {
        0 => String::new(),
        failed => format!(", {failed} without an answer"),
    };
    let time = job.left().map_or_else(String::new, |time| format!(", {} left", left(time)));
    format!("{} of {}{failed}{time}", tally.done(), tally.tweets)
}

fn describe(report: &Report<'_>) -> Vec<String> {
    let Tally { tweets, made, answered, remembered, nothing, cleaned, .. } = report.tally;
    let mut lines =
        vec![format!("{}: {answered} of {tweets} tweets answered, {made} had their contexts before", report.source)];
    let counts = [
        ("answers from before or about the same picture", *remembered),
        ("answers that there is nothing", *nothing),
        ("answers from which control characters were taken out", *cleaned),
        ("tweets that were not asked about", report.tally.not_asked),
    ];
    lines.extend(counts.into_iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{what}: {count}")));
    if let Some(why) = &report.tally.down {
        lines.push(format!("given up: {why}"));
    }
    let (without, failed) = (&report.tally.without_picture, &report.tally.failed);
    if !without.is_empty() {
        lines.push(format!("tweets without a picture: {}", without.total()));
        lines.extend(output::listing(without.items(), without.total(), LISTED, Clone::clone));
    }
    if !failed.is_empty() {
        lines.push(format!("tweets without an answer: {}", failed.total()));
        let line = |tweet: &Unanswered| format!("tweet {}: {}", tweet.tweet, tweet.why);
        lines.extend(output::listing(failed.items(), failed.total(), LISTED, line));
    }
    lines
}
