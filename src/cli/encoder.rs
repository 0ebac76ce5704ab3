//! `spanlight model`: the published encoders that systems begin with.

mod add;

use std::path::{Path, PathBuf};

use serde::Serialize;
use spanlight_models::device::{self, DeviceChoice};
use spanlight_models::encoders::{Description, Difference, check, describe};
use spanlight_models::synthesis::diffusion;

use super::error::CliError;
use super::{model, output};
use crate::config::Folders;
use crate::encoders::{Encoders, Known};
use crate::synthesis::SynthesisError;

/// Largest difference to a reference that is still the same encoder, for numbers of 32 bits.
const TOLERANCE: f32 = 1e-4;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the encoders that were added
    List {
        /// Print the list as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Copy a published encoder from a folder or a model hub and give it a name
    Add(add::Args),
    /// Take an added encoder away
    Remove {
        /// Its name
        name: String,
    },
    /// Say what an encoder is
    Info {
        /// Its name, folder or file
        #[arg(value_name = "NAME|DIR|FILE")]
        encoder: String,
        /// Print it as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Write the fine-tuned text encoder of a checkpoint as a folder that `transformers` loads
    Export {
        /// Folder of the checkpoint
        #[arg(value_name = "DIR")]
        checkpoint: String,
        /// New folder for the encoder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Compare a model's outputs with those that its own library stored; ends with 1 where they differ
    Check {
        /// Name, folder or file of an encoder, or the folder of a text-to-image model
        #[arg(value_name = "NAME|DIR|FILE")]
        encoder: String,
        /// Inputs (`input_ids`, `attention_mask`, `pixel_values`) and outputs (`last_hidden_state`, `pooler_output`,
        /// `feature_grid`) in one safetensors file; of a text-to-image model `input_ids` and `last_hidden_state`, `sample`
        /// with `timestep` and `encoder_hidden_states` and `noise_pred`, `latents` and `decoded`
        #[arg(long, value_name = "FILE")]
        reference: PathBuf,
        /// Largest absolute difference that passes
        #[arg(long, default_value_t = TOLERANCE)]
        tolerance: f32,
        /// Print the differences as one JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Serialize)]
struct Listing {
    encoders: Vec<Known>,
}

#[derive(Serialize)]
struct Checked {
    differences: Vec<Difference>,
    tolerance: f32,
    same: bool,
}

/// The encoders of the user.
pub fn store() -> Result<Encoders, CliError> {
    Ok(Encoders::in_data(Folders::of_user().ok_or(CliError::NoHome)?.data()))
}

/// The folder of the encoder that the user added under `name`; `None` too where there is no folder to add one to.
pub fn named(name: &str) -> Option<PathBuf> {
    store().ok()?.named(name)
}

/// The folder or file that a name or path stands for.
pub fn find(word: &str) -> Result<PathBuf, CliError> {
    Ok(store()?.find(word)?)
}

pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::List { json } => {
            let listing = Listing { encoders: store()?.list() };
            output::result(*json, &listing, || lines(&listing.encoders))
        }
        Command::Add(args) => add::run(args),
        Command::Remove { name } => {
            store()?.remove(name)?;
            output::note(format!("{name} is gone"));
            Ok(())
        }
        Command::Info { encoder, json } => {
            let description = describe(&find(encoder)?, &device::cpu())?;
            output::result(*json, &description, || told(&description))
        }
        Command::Export { checkpoint, out } => export(checkpoint, out),
        Command::Check { encoder, reference, tolerance, json } => {
            let path = find(encoder)?;
            let differences = if path.join("model_index.json").is_file() {
                diffusion::check(&path, reference, &device::cpu()).map_err(SynthesisError::from)?
            } else {
                check(&path, reference, &device::cpu())?
            };
            let same = differences.iter().all(|difference| difference.absolute <= *tolerance);
            let checked = Checked { differences, tolerance: *tolerance, same };
            output::result(*json, &checked, || compared(&checked))?;
            if same { Ok(()) } else { Err(CliError::Differs(*tolerance)) }
        }
    }
}

fn export(checkpoint: &str, out: &Path) -> Result<(), CliError> {
    if out.exists() {
        return Err(CliError::Exists(out.to_owned()));
    }
    let folder = model::folder(checkpoint)?;
    let device = device::choose(DeviceChoice::Cpu)?;
    let tagger = model::load(checkpoint, folder.as_deref(), &device)?;
    tagger.export(out).ok_or(CliError::NoPublishedEncoder(tagger.info().name))??;
    output::print(&format!("the text encoder of {checkpoint} is in {}\n", out.display()))
}

fn lines(encoders: &[Known]) -> Vec<String> {
    if encoders.is_empty() {
        return vec![
            "no encoder was added yet; spanlight model add DIR (or OWNER/NAME of a model hub) adds one".to_owned(),
        ];
    }
    encoders.iter().map(|known| format!("{}  from {}", known.name, known.origin)).collect()
}

fn told(description: &Description) -> Vec<String> {
    let mut lines = vec![description.summary()];
    if !description.unused.is_empty() {
        lines.push(format!("tensors that are no part of it: {}", description.unused.join(", ")));
    }
    lines
}

fn compared(checked: &Checked) -> Vec<String> {
    let mut rows = vec![["output", "largest difference", "relative"].map(str::to_owned).to_vec()];
    for difference in &checked.differences {
        let numbers = [difference.absolute, difference.relative].map(|number| format!("{number:.2e}"));
        rows.push(std::iter::once(difference.output.clone()).chain(numbers).collect());
    }
    output::table(&rows)
}
