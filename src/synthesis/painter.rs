//! A text-to-image model, and how it is asked.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use spanlight_models::checksum::{sha256, sha256_of};
use spanlight_models::device::Device;
use spanlight_models::synthesis::diffusion::schedulers::SchedulerKind;
use spanlight_models::synthesis::diffusion::{DiffusionError, Drawn, Pipeline, Progress, Request, Slicing};

use super::{Picture, Provenance, SynthesisError};

/// Parts of a model's folder that decide what it draws.
const PARTS: [&str; 6] = ["model_index.json", "scheduler", "text_encoder", "tokenizer", "unet", "vae"];

/// How pictures are drawn, whatever the words.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Number of steps.
    pub steps: usize,
    /// How much further than the prompt alone.
    pub guidance: f64,
    /// Width and height in pixels; those that the model was trained with where there are none.
    pub size: Option<[usize; 2]>,
    /// What pictures should not be.
    pub negative: String,
    /// Attention scores that are computed at once; the usual number where there is none.
    pub slicing: Option<usize>,
}

impl Default for Recipe {
    fn default() -> Self {
        let Request { steps, guidance, negative, .. } = Request::new(Vec::new(), [0; 2], 0);
        Self { steps, guidance, size: None, negative, slicing: None }
    }
}

/// A model that was read.
#[derive(Debug)]
pub struct Painter {
    pipeline: Pipeline,
    name: String,
    sha256: String,
}

impl Painter {
    /// Reads the model in `folder`, which is called `name`; `step` is called now and then.
    pub fn open(
        folder: &Path,
        name: &str,
        scheduler: Option<SchedulerKind>,
        device: &Device,
        step: &mut dyn FnMut(),
    ) -> Result<Self, SynthesisError> {
        let pipeline = Pipeline::open(folder, scheduler, device)?;
        let sha256 = identity(folder, step).map_err(SynthesisError::io("reading the model", folder))?;
        Ok(Self { pipeline, name: name.to_owned(), sha256 })
    }

    /// SHA-256 over all files of the model.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Name of the way from noise to a picture.
    pub fn scheduler(&self) -> &'static str {
        self.pipeline.scheduler().kind.name()
    }

    /// Width and height of what `recipe` draws.
    pub fn size(&self, recipe: &Recipe) -> [usize; 2] {
        recipe.size.unwrap_or_else(|| self.pipeline.usual_size())
    }

    /// How the picture of `words` with `seed` will have come about.
    pub fn provenance(&self, recipe: &Recipe, words: &[String], seed: u64) -> Result<Provenance, DiffusionError> {
        Ok(Provenance {
            program: concat!("spanlight ", env!("CARGO_PKG_VERSION")).to_owned(),
            model: self.name.clone(),
            model_sha256: self.sha256.clone(),
            words: words.to_vec(),
            negative: recipe.negative.clone(),
            scheduler: self.scheduler().to_owned(),
            steps: recipe.steps,
            guidance: recipe.guidance,
            size: self.size(recipe),
            seed,
            cut: self.pipeline.prompt(words)?.cut,
            maps: None,
        })
    }

    /// Draws the picture of `provenance`; `None` if `progress` broke off. Gives the slices that memory lasted for where they
    /// had to be smaller than `slicing`.
    pub fn draw(
        &self,
        provenance: &Provenance,
        slicing: Option<usize>,
        progress: impl FnMut(&Progress<'_>) -> ControlFlow<()>,
    ) -> Result<Option<(Picture, Option<usize>)>, DiffusionError> {
        let Provenance { words, negative, steps, guidance, size, seed, .. } = provenance.clone();
        let usual = Request::new(words, size, seed);
        let slicing = slicing.map_or(usual.slicing, |scores| Slicing { scores });
        let request = Request { negative, steps, guidance, slicing, ..usual };
        let Some(drawn) = self.pipeline.draw(&request, progress)? else { return Ok(None) };
        let Drawn { image, maps, cut, slicing, was_short_of_memory, .. } = drawn;
        let size = maps.as_ref().map(spanlight_models::word_maps::WordMaps::size);
        let picture = Picture { image, provenance: Provenance { cut, maps: size, ..provenance.clone() }, maps };
        Ok(Some((picture, was_short_of_memory.then_some(slicing.scores))))
    }
}

/// SHA-256 over names and contents of the files that decide what a model draws.
fn identity(folder: &Path, step: &mut dyn FnMut()) -> io::Result<String> {
    let mut lines = String::new();
    for part in PARTS {
        let path = folder.join(part);
        let mut files = vec![path.clone()];
        if path.is_dir() {
            files = fs::read_dir(&path)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
            files.sort();
        }
        for file in files.iter().filter(|file| file.is_file()) {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            lines.extend([part, "/", &name, " ", &sha256(file, &mut *step)?, "\n"]);
        }
    }
    Ok(sha256_of(lines.as_bytes()))
}
