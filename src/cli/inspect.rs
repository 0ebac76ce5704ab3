//! `spanlight inspect`: where a model looked, on the screen.

use std::path::PathBuf;

use super::arguments::{Reading, tweets};
use super::error::CliError;
use super::screen::{Models, Screen};
use super::{data, model};
use crate::project::{Project, Role, Settings};
use crate::worker::Origin;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tweets, in any known format; nothing in the file or beside it is changed
    #[arg(long, value_name = "FILE|DIR", value_parser = tweets())]
    data: PathBuf,
    #[command(flatten)]
    reading: Reading,
    /// The model to look into: the folder of a checkpoint, or `embedded`
    #[arg(long, value_name = "NAME|DIR", default_value = "embedded")]
    model: String,
    /// A model to compare it with, after another training or of another system
    #[arg(long, value_name = "NAME|DIR")]
    against: Option<String>,
    #[command(flatten)]
    screen: Screen,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let config = args.screen.prepare()?;
    let model = model::folder(&args.model)?;
    let against = args.against.as_deref().map(model::folder).transpose()?.map(Origin::from);
    let corpus = data::read_corpus(&args.data, &args.reading)?;
    let images = data::image_folders(&args.data, &args.reading.images)?;
    // What the screen needs to know of the tweets is kept as long as it is open.
    let place = tempfile::tempdir().map_err(CliError::io("making a folder", &std::env::temp_dir()))?;
    let (labels, spans) = (corpus.labels().clone(), corpus.structure());
    let settings = Settings { labels, spans, images, ..Settings::default() };
    let mut project = Project::create(&place.path().join("inspected.spanlight"), &settings)?;
    project.import(&corpus, Role::Label)?;
    args.screen.inspect(project, Models { model, against }, config)
}
