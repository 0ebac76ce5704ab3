//! The model that a command works with.

use std::path::{Path, PathBuf};

use spanlight_models::checkpoint;
use spanlight_models::device::ChosenDevice;
use spanlight_models::example::LabelSet;
use spanlight_models::model::Tagger;

use super::arguments::Device;
use super::error::CliError;
use super::{encoder, output};

/// The word for the model that is part of the program.
pub const EMBEDDED: &str = "embedded";

/// Which model, and where it computes.
#[derive(Clone, Debug, clap::Args)]
pub struct ModelArgs {
    /// Folder of a checkpoint, or `embedded`
    #[arg(long, value_name = "NAME|DIR", default_value = EMBEDDED)]
    pub model: String,
    #[command(flatten)]
    pub device: Device,
}

/// A model on a device.
pub struct Loaded {
    /// `embedded`, or the folder as it was given.
    pub name: String,
    /// The model.
    pub tagger: Box<dyn Tagger>,
    /// Where it computes.
    pub device: ChosenDevice,
}

impl ModelArgs {
    /// Loads the model and says where it computes.
    pub fn load(&self) -> Result<Loaded, CliError> {
        let folder = folder(&self.model)?;
        let device = self.device.choose()?;
        let tagger = load(&self.model, folder.as_deref(), &device)?;
        output::note(format!("model {} ({}) on {}: {}", self.model, tagger.info().name, device.name, device.reason));
        Ok(Loaded { name: self.model.clone(), tagger, device })
    }
}

/// The folder that a model's name stands for, absolute; `None` for the model in the program.
pub fn folder(name: &str) -> Result<Option<PathBuf>, CliError> {
    // A folder that is called like the model in the program is written `./embedded`.
    if name == EMBEDDED {
        return Ok(None);
    }
    let path = Path::new(name);
    if !checkpoint::is_checkpoint(path) {
        return Err(CliError::NoModel(name.to_owned()));
    }
    path.canonicalize().map(Some).map_err(CliError::io("looking for the model", path))
}

/// Reads a checkpoint, or the model in the program.
pub fn load(name: &str, folder: Option<&Path>, device: &ChosenDevice) -> Result<Box<dyn Tagger>, CliError> {
    let loaded = match folder {
        Some(folder) => checkpoint::load(folder, &encoder::named, &device.device),
        None => checkpoint::load_embedded(&device.device),
    };
    loaded.map_err(|cause| CliError::Model { name: name.to_owned(), cause: Box::new(cause) })
}

/// Calls the model's types as the data calls them, and tells which ones it does not know.
pub fn speak_like(tagger: &mut dyn Tagger, labels: &LabelSet) {
    if let Some((renamed, [theirs, ours])) = tagger.labels().spelled_like(labels) {
        tagger.rename(&renamed);
        output::note(format!("{theirs} of the model is read as {ours}, as the data calls it"));
    }
    let unknown: Vec<&str> = labels.names().filter(|name| tagger.labels().index_of(name).is_none()).collect();
    if !unknown.is_empty() {
        output::note(format!("types of the data that the model does not know: {}", unknown.join(", ")));
    }
}
