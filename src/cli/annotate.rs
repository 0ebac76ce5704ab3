//! `spanlight annotate`: opens a project on the screen.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use spanlight_models::example::LabelSet;

use super::arguments::{Device, Reading};
use super::error::CliError;
use super::{data, logging, model, output, projects};
use crate::config::{Config, Folders, GraphicsChoice};
use crate::encoders::Encoders;
use crate::hash::stable_hash;
use crate::project::{Project, ProjectError, Role, Settings};
use crate::sample;
use crate::tui::{self, Theme, TuiError, WorkerLink};
use crate::worker::{Worker, WorkerOptions};

/// Types for a project that has none, since nothing could be labelled then; `project.toml` changes them.
const USUAL_TYPES: [&str; 4] = ["PER", "LOC", "ORG", "MISC"];

/// How much of a corpus's name is in the name of its project.
const STEM: usize = 40;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the project [default: the one of --corpus, else the sample project]
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Label this corpus; its project is made in the data folder, or at --project, and found again the next time
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// The model that suggests and learns: the folder of a checkpoint, or `embedded`
    #[arg(long, value_name = "NAME|DIR", default_value = "embedded")]
    model: String,
    #[command(flatten)]
    device: Device,
    /// Theme of the screen [default: the settings]
    #[arg(long)]
    theme: Option<String>,
    /// How images are shown [default: the settings]
    #[arg(long)]
    graphics: Option<GraphicsChoice>,
    /// Start the sample project afresh; the old one is kept beside it
    #[arg(long, conflicts_with_all = ["project", "corpus"])]
    reset_sample: bool,
    /// Write the time from every key to its frame to this file
    #[arg(long, value_name = "FILE", hide = true)]
    frame_log: Option<PathBuf>,
}

pub fn run(args: Args) -> Result<(), CliError> {
    // Nothing is made or opened for a screen that cannot be shown.
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(TuiError::NoTerminal.into());
    }
    let mut config = Config::load(Folders::of_user().ok_or(CliError::NoHome)?);
    let device = args.device.choice(Some(&config))?;
    let model = model::folder(&args.model)?;
    if let Some(theme) = &args.theme {
        Theme::load(&config.folders.themes(), theme)?;
        config.settings.theme.clone_from(theme);
    }
    if let Some(graphics) = args.graphics {
        config.settings.graphics = graphics;
    }
    let mut project = open(&args, config.folders.data())?;
    if project.settings().labels.is_empty() {
        let labels = LabelSet::new(USUAL_TYPES);
        project.update_settings(Settings { labels, ..project.settings().clone() })?;
    }
    logging::start(config.folders.data())?;

    let (events, received) = channel();
    let labels = project.settings().labels.clone();
    let options = WorkerOptions {
        device,
        model,
        checkpoints: project.models_dir(),
        labels,
        encoders: Encoders::in_data(config.folders.data()),
        lesson: config.settings.lesson_encoder,
        lesson_rank: config.settings.lesson_rank,
    };
    // Once the screen is gone nobody listens any more.
    let worker = Worker::spawn(options, move |event| drop(events.send(event))).map_err(CliError::Thread)?;
    let link = WorkerLink::new(move |request| worker.request(request), received);
    tracing::info!(project = %project.dir().display(), ?device, model = args.model, "the screen opens");
    tui::run(project, link, config, &tui::Options { frame_log: args.frame_log })?;
    Ok(())
}

fn open(args: &Args, data: &Path) -> Result<Project, CliError> {
    match (&args.corpus, &args.project) {
        (Some(corpus), at) => open_corpus(corpus, at.as_deref(), &args.reading, data),
        (None, Some(dir)) => projects::open(dir, data::given_folders(&args.reading.images)?),
        (None, None) => {
            if args.reset_sample
                && let Some(aside) = sample::set_aside(data)?
            {
                output::note(format!("the sample project as it was is now in {}", aside.display()));
            }
            Ok(sample::open(data)?)
        }
    }
}

/// The project of a corpus: made at the first time, found by the corpus's content afterwards.
fn open_corpus(file: &Path, at: Option<&Path>, reading: &Reading, data: &Path) -> Result<Project, CliError> {
    let corpus = data::read_corpus(file, reading)?;
    let folders = data::image_folders(file, &reading.images)?;
    let own = || {
        let stem: String = file.file_stem().unwrap_or_default().to_string_lossy().chars().take(STEM).collect();
        let hash = stable_hash(&[corpus.bytes()]) >> 32;
        data.join("projects").join(format!("{stem}-{hash:08x}.spanlight"))
    };
    let dir = at.map_or_else(own, Path::to_owned);
    let mut project = projects::open_or_create(&dir, &corpus, folders)?;
    match project.import(&corpus, Role::Label) {
        Ok(_) => output::note(format!("{} tweets are in {}", corpus.len(), dir.display())),
        Err(ProjectError::AlreadyImported { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(project)
}
