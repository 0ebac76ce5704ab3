//! Which tweets are read, and by which model.

use std::path::{Path, PathBuf};

use super::arguments::{Reading, tweets};
use super::context_files::ContextFiles;
use super::error::CliError;
use super::model::ModelArgs;

/// Tweets and the model that reads them.
#[derive(Clone, Debug, clap::Args)]
pub struct Subject {
    /// The tweets, in any known format, or the folder of `synthesize`
    #[arg(long, value_name = "FILE|DIR", value_parser = tweets())]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub reading: Reading,
    #[command(flatten)]
    pub contexts: ContextFiles,
    #[command(flatten)]
    pub model: ModelArgs,
}

impl Subject {
    /// The file with the tweets, where what is done needs one.
    pub fn data(&self) -> Result<&Path, CliError> {
        self.data.as_deref().ok_or(CliError::NoData)
    }
}
