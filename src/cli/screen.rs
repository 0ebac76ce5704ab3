//! What the commands that open a screen have in common.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::mpsc::channel;

use super::arguments::Device;
use super::error::CliError;
use super::logging;
use super::map_files::MapFiles;
use crate::config::{Config, Folders, GraphicsChoice};
use crate::encoders::Encoders;
use crate::project::Project;
use crate::tui::{self, Leaving, Theme, TuiError, Tutoring, WorkerLink};
use crate::worker::{Origin, Types, Worker, WorkerOptions};

/// How the screen looks and where its model runs.
#[derive(Debug, clap::Args)]
pub struct Screen {
    #[command(flatten)]
    device: Device,
    #[command(flatten)]
    maps: MapFiles,
    /// Theme of the screen [default: the settings]
    #[arg(long)]
    theme: Option<String>,
    /// How images are shown [default: the settings]
    #[arg(long)]
    graphics: Option<GraphicsChoice>,
    /// Write the time from every key to its frame to this file
    #[arg(long, value_name = "FILE", hide = true)]
    frame_log: Option<PathBuf>,
}

/// The models of a screen.
#[derive(Clone)]
pub struct Models {
    /// Folder of the one in use; the embedded one where there is none.
    pub model: Option<PathBuf>,
    /// The one that it is compared with; the one before the last lesson where there is none.
    pub against: Option<Origin>,
}

impl Screen {
    /// The settings of the user with what the command line says; nothing is made or opened for a screen that cannot be
    /// shown.
    pub fn prepare(&self) -> Result<Config, CliError> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(TuiError::NoTerminal.into());
        }
        let mut config = Config::load(Folders::of_user().ok_or(CliError::NoHome)?);
        if let Some(theme) = &self.theme {
            Theme::load(&config.folders.themes(), theme)?;
            config.settings.theme.clone_from(theme);
        }
        if let Some(graphics) = self.graphics {
            config.settings.graphics = graphics;
        }
        Ok(config)
    }

    /// The inspector alone, until the person leaves.
    pub fn inspect(&self, project: Project, models: Models, config: Config) -> Result<(), CliError> {
        let options = tui::Options { inspector: true, ..tui::Options::default() };
        self.show(project, models, config, &options).map(drop)
    }

    /// Shows a project to be labelled until the person leaves; says what for.
    pub fn annotate(
        &self,
        project: Project,
        models: Models,
        config: Config,
        tutorial: Tutoring,
    ) -> Result<Leaving, CliError> {
        self.show(project, models, config, &tui::Options { tutorial, ..tui::Options::default() })
    }

    fn show(
        &self,
        project: Project,
        models: Models,
        config: Config,
        options: &tui::Options,
    ) -> Result<Leaving, CliError> {
        let device = self.device.choice(Some(&config))?;
        let maps = self.maps.open()?;
        let recorded = maps.is_some();
        logging::start(config.folders.data())?;
        let (events, received) = channel();
        let Models { model, against } = models;
        tracing::info!(project = %project.dir().display(), ?device, ?model, "the screen opens");
        let worker_options = WorkerOptions {
            device,
            model,
            against,
            maps,
            checkpoints: project.models_dir(),
            types: Types { labels: project.settings().labels.clone(), former: project.settings().former_names() },
            encoders: Encoders::in_data(config.folders.data()),
            lesson: config.settings.lesson_encoder,
            lesson_rank: config.settings.lesson_rank,
        };
        // Once the screen is gone nobody listens any more.
        let worker = Worker::spawn(worker_options, move |event| drop(events.send(event))).map_err(CliError::Thread)?;
        let link = WorkerLink::new(move |request| worker.request(request), received);
        let options = tui::Options { frame_log: self.frame_log.clone(), recorded, ..*options };
        Ok(tui::run(project, link, config, &options)?)
    }
}
