//! `spanlight tutorial`: ten minutes on the screen, with tweets of its own.

use super::error::CliError;
use super::screen::{Models, Screen};
use crate::config::Config;
use crate::sample;
use crate::tui::{self, Leaving, Tutoring};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Begin anew, with fresh tweets
    #[arg(long)]
    anew: bool,
    #[command(flatten)]
    screen: Screen,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let config = args.screen.prepare()?;
    show(&args.screen, &Models { model: None, against: None }, &config, args.anew).map(drop)
}

/// Shows the tutorial from where it was left; a finished one begins anew.
pub fn show(screen: &Screen, models: &Models, config: &Config, anew: bool) -> Result<Leaving, CliError> {
    let data = config.folders.data();
    let anew = anew || !tui::is_under_way(&sample::tutorial_place(data));
    let project = sample::open_tutorial(data, anew)?;
    screen.annotate(project, models.clone(), config.clone(), Tutoring::Running)
}
