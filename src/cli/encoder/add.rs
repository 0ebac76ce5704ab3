//! `spanlight model add`: from a folder, a file or a model hub.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use spanlight_models::device;
use spanlight_models::encoders::{Description, describe};

use super::store;
use crate::cli::error::CliError;
use crate::cli::interrupt::Interrupt;
use crate::cli::output;
use crate::cli::progress::Progress;
use crate::encoders::{self, Known};
use crate::hub::{self, Hub, Request, Transfer};

/// The branch that a hub's users mean.
const MAIN: &str = "main";

/// How often a program is told how far it is.
const PACE: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder with config.json and weights, file of weights, or name on a model hub; what is here comes before the hub's
    #[arg(value_name = "DIR|FILE|OWNER/NAME")]
    source: String,
    /// What to call it [default: the folder's name, or the hub's without its owner]
    #[arg(long)]
    name: Option<String>,
    /// Branch, tag or commit on the hub [default: main]
    #[arg(long)]
    revision: Option<String>,
    /// Replace what is called so
    #[arg(long)]
    replace: bool,
    /// Print what was added as one JSON object; how far it is goes to standard error, one JSON object a line
    #[arg(long)]
    json: bool,
}

/// What was added.
#[derive(Serialize)]
struct Added {
    #[serde(flatten)]
    known: Known,
    encoder: Description,
}

/// Where an encoder comes from.
enum Source {
    Here(PathBuf),
    Hub(Request),
}

impl Source {
    /// What is here comes before what a hub may have.
    fn of(args: &Args) -> Result<Self, CliError> {
        let (word, path) = (&args.source, Path::new(&args.source));
        match (path.exists(), hub::is_name(word)) {
            (true, _) if args.revision.is_some() => Err(CliError::RevisionOfPath(word.clone())),
            (true, _) => Ok(Self::Here(path.canonicalize().map_err(CliError::io("looking for the encoder", path))?)),
            (false, true) => {
                let revision = args.revision.clone().unwrap_or_else(|| MAIN.to_owned());
                Ok(Self::Hub(Request { repo: word.clone(), revision }))
            }
            (false, false) => Err(CliError::NoEncoderSource(word.clone())),
        }
    }

    fn name(&self) -> String {
        let name = match self {
            Self::Here(path) if path.is_file() => path.file_stem(),
            Self::Here(path) => path.file_name(),
            Self::Hub(request) => Path::new(&request.repo).file_name(),
        };
        name.unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// An encoder that can be added.
struct Found {
    /// The folder or file to read it from.
    path: PathBuf,
    files: Vec<PathBuf>,
    origin: String,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let interrupt = Interrupt::watch()?;
    let source = Source::of(args)?;
    let name = args.name.clone().unwrap_or_else(|| source.name());
    let encoders = store()?;
    // Better known now than after a long download.
    encoders.place(&name, args.replace)?;
    let mut log = Log::new(args.json);
    let found = match source {
        Source::Here(path) => here(path, &args.source)?,
        Source::Hub(request) => fetch(&request, &interrupt, &mut log)?,
    };
    // What cannot be read is not worth a name.
    let encoder = describe(&found.path, &device::cpu())?;
    let known = encoders.add(&found.files, &name, &found.origin, args.replace, &mut |done, total| {
        log.tell(&Event::Copying { done, total });
        !interrupt.wished()
    })?;
    drop(log);
    let added = Added { known, encoder };
    output::result(args.json, &added, || {
        let Added { known, encoder } = &added;
        vec![format!("{}: {}; in {}", known.name, encoder.summary(), known.folder.display())]
    })
}

fn here(path: PathBuf, word: &str) -> Result<Found, CliError> {
    if hub::is_name(word) {
        output::note(format!("{word} is here, so no hub is asked for it"));
    }
    Ok(Found { files: encoders::files(&path)?, origin: path.display().to_string(), path })
}

fn fetch(request: &Request, interrupt: &Interrupt, log: &mut Log) -> Result<Found, CliError> {
    let hub = Hub::from_env().ok_or(CliError::NoHome)?;
    let snapshot = hub.fetch(request, &mut |transfer| {
        log.tell(&Event::Fetching(transfer));
        !interrupt.wished()
    })?;
    let origin = format!("{}/tree/{}", hub.page(&request.repo), snapshot.commit);
    Ok(Found { path: snapshot.folder, files: snapshot.files, origin })
}

/// How far it is, for programs.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    Fetching(&'a Transfer),
    Copying { done: u64, total: u64 },
}

impl Event<'_> {
    /// For people.
    fn line(&self) -> String {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        match self {
            Self::Fetching(Transfer { total: 0, .. }) => "asking the hub".to_owned(),
            Self::Fetching(Transfer { file, done, total }) => {
                format!("fetching {:.1} of {:.1} MB  {file}", megabytes(*done), megabytes(*total))
            }
            Self::Copying { done, total } => {
                format!("copying {:.1} of {:.1} MB", megabytes(*done), megabytes(*total))
            }
        }
    }
}

/// Says how far it is.
struct Log {
    json: bool,
    progress: Progress,
    told: Option<Instant>,
}

impl Log {
    fn new(json: bool) -> Self {
        Self { json, progress: Progress::new(), told: None }
    }

    fn tell(&mut self, event: &Event) {
        if !self.json {
            self.progress.update(|| event.line());
        } else if self.told.is_none_or(|told| told.elapsed() >= PACE) {
            self.told = Some(Instant::now());
            // What cannot be told now is told the next time.
            let _ = serde_json::to_string(event).map(output::note);
        }
    }
}
