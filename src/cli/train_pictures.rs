//! `spanlight train-pictures`: trains a small text-to-image model.

use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;
use spanlight_models::synthesis::diffusion::training::PictureTraining;

use super::arguments::{Device, Reading, tweets};
use super::data::{image_folders, read_corpus};
use super::error::CliError;
use super::interrupt::Interrupt;
use super::{output, synthesize};
use crate::config::Folders;
use crate::corpus::ImageStore;
use crate::synthesis::tiny;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Tweets with pictures to learn from, in any known format; their words and captions stand for the pictures
    /// [default: the sample]
    #[arg(long, value_name = "FILE|DIR", value_parser = tweets(), requires = "out")]
    data: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// New folder for the model, in the layout of `diffusers` [default: where `synthesize` looks for the model `tiny`]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Steps of the autoencoder, which makes pictures small and large again
    #[arg(long, value_name = "COUNT", default_value_t = PictureTraining::default().autoencoder_steps)]
    autoencoder_steps: usize,
    /// Steps of denoiser and text encoder, which draw
    #[arg(long, value_name = "COUNT", default_value_t = PictureTraining::default().denoiser_steps)]
    steps: usize,
    /// Seed of everything that is left to chance
    #[arg(long, default_value_t = PictureTraining::default().seed)]
    seed: u64,
    /// Start again even if an interrupted training of the same kind could be gone on with
    #[arg(long)]
    fresh: bool,
    #[command(flatten)]
    device: Device,
    /// Print the outcome as one JSON object
    #[arg(long)]
    json: bool,
}

/// What came of it.
#[derive(Serialize)]
struct Outcome {
    out: PathBuf,
    pictures: usize,
    device: String,
    seconds: f64,
    #[serde(flatten)]
    training: PictureTraining,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let out = match &args.out {
        Some(out) => out.clone(),
        None => tiny::place(Folders::of_user().ok_or(CliError::NoHome)?.data()),
    };
    let scenes = match &args.data {
        None => tiny::sample_scenes()?,
        Some(data) => {
            let corpus = read_corpus(data, &args.reading)?;
            let images = ImageStore::new(image_folders(data, &args.reading.images)?);
            let (scenes, unusable) = tiny::scenes(&corpus, &images);
            if unusable > 0 {
                output::note(format!("{}: {unusable} images cannot be read and are left out", data.display()));
            }
            scenes
        }
    };
    let device = args.device.choose()?;
    let interrupt = Interrupt::watch()?;
    if args.fresh {
        // Nothing to go on from is what is wanted.
        let _ = std::fs::remove_dir_all(tiny::running(&out));
    }
    let training =
        PictureTraining { autoencoder_steps: args.autoencoder_steps, denoiser_steps: args.steps, seed: args.seed };
    output::note(format!("{} pictures to learn from, on {}: {}", scenes.len(), device.name, device.reason));
    let begun = Instant::now();
    synthesize::train(&scenes, &training, &out, &device, &interrupt)?;
    let (pictures, seconds) = (scenes.len(), begun.elapsed().as_secs_f64());
    let outcome = Outcome { out, pictures, device: device.name, seconds, training };
    output::result(args.json, &outcome, || {
        vec![format!("trained on {pictures} pictures in {seconds:.0} s; the model is in {}", outcome.out.display())]
    })
}
