//! `spanlight annotate`: opens a project on the screen.

use std::path::{Path, PathBuf};

use spanlight_models::example::LabelSet;

use super::arguments::{Admitting, Reading};
use super::error::CliError;
use super::screen::{Models, Screen};
use super::{data, model, output, projects, tutorial};
use crate::config::Config;
use crate::hash::stable_hash;
use crate::project::{Project, ProjectError, Role, Settings};
use crate::sample;
use crate::tui::{Leaving, Tutoring};

/// Types for a project that has none, since nothing could be labelled then; `project.toml` changes them.
const USUAL_TYPES: [&str; 4] = ["PER", "LOC", "ORG", "MISC"];

/// Notes that the tutorial was spoken of.
const TOLD: &str = "tutorial-offered";

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
    #[command(flatten)]
    admitting: Admitting,
    /// The model that suggests and learns: the folder of a checkpoint, or `embedded`
    #[arg(long, value_name = "NAME|DIR", default_value = "embedded")]
    model: String,
    #[command(flatten)]
    screen: Screen,
    /// Start the sample project afresh; the old one is kept beside it
    #[arg(long, conflicts_with_all = ["project", "corpus"])]
    reset_sample: bool,
    /// Begin with the tutorial, or go on with it; then what was asked for opens
    #[arg(long)]
    tutorial: bool,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let config = args.screen.prepare()?;
    let model = model::folder(&args.model)?;
    let models = Models { model, against: None };
    if args.tutorial && tutorial::show(&args.screen, &models, &config, false)? == Leaving::Quit {
        return Ok(());
    }
    let mut project = open(args, config.folders.data())?;
    if project.settings().labels.is_empty() {
        let labels = LabelSet::new(USUAL_TYPES);
        project.update_settings(Settings { labels, ..project.settings().clone() })?;
    }
    let dir = project.dir().to_owned();
    // Who has tweets of their own already is not kept from them.
    let sample = args.corpus.is_none() && args.project.is_none();
    let mut tutoring = if sample && offer(&config) { Tutoring::Offered } else { Tutoring::Silent };
    // The tutorial is left for what one came from.
    while args.screen.annotate(project, models.clone(), config.clone(), tutoring)? == Leaving::Tutorial {
        if tutorial::show(&args.screen, &models, &config, false)? == Leaving::Quit {
            break;
        }
        project = Project::open(&dir)?;
        tutoring = Tutoring::Silent;
    }
    Ok(())
}

/// Whether this is the first time and the tutorial is to be spoken of; it is once.
fn offer(config: &Config) -> bool {
    let told = config.folders.data().join(TOLD);
    if told.exists() || sample::tutorial_place(config.folders.data()).exists() {
        return false;
    }
    // Where that cannot be kept it is better not told than told every time.
    std::fs::write(told, "The tutorial was offered.\n").is_ok()
}

fn open(args: &Args, data: &Path) -> Result<Project, CliError> {
    match (&args.corpus, &args.project) {
        (Some(corpus), at) => open_corpus(corpus, at.as_deref(), args, data),
        (None, Some(dir)) => projects::open_admitting(dir, data::given_folders(&args.reading.images)?, args.admitting),
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
fn open_corpus(file: &Path, at: Option<&Path>, args: &Args, data: &Path) -> Result<Project, CliError> {
    let (reading, admitting) = (&args.reading, args.admitting);
    let corpus = data::read_corpus(file, reading)?;
    let folders = data::image_folders(file, &reading.images)?;
    let own = || {
        let stem: String = file.file_stem().unwrap_or_default().to_string_lossy().chars().take(STEM).collect();
        let hash = stable_hash(&[corpus.bytes()]) >> 32;
        data.join("projects").join(format!("{stem}-{hash:08x}.spanlight"))
    };
    let dir = at.map_or_else(own, Path::to_owned);
    let corpus = corpus.fitted(projects::structure(&dir, admitting)?, reading.skip_bad)?;
    let mut project = projects::open_or_create(&dir, &corpus, folders, admitting)?;
    match project.import(&corpus, Role::Label) {
        Ok(_) => output::note(format!("{} tweets are in {}", corpus.len(), dir.display())),
        Err(ProjectError::AlreadyImported { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(project)
}
