//! Cross-validation: the labels of every fold are read by a model that learned from the others.

use std::fs;
use std::path::PathBuf;

use spanlight_models::input::Item;
use spanlight_models::model::Tagger;
use spanlight_models::systems::CreateError;
use spanlight_models::training::{Control, TrainError, TrainEvent, TrainOptions, TrainingData};

use super::Opinions;
use super::equal_texts::hash;
use super::gold::Gold;
use crate::corpus::ImageStore;
use crate::hash::stable_hash;
use crate::project::ProjectError;
use crate::replace::replace_file;

/// Tweets that are read between two signs of life.
const CHUNK: usize = 64;

/// Why folds cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// Something about the project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// No model can be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// No model can be trained.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// Too few tweets.
    #[error(
        "there are too few labelled tweets ({tweets}) for {folds} folds; take fewer with --folds, or name a model with --model"
    )]
    TooFew {
        /// Labelled tweets.
        tweets: usize,
        /// Folds.
        folds: usize,
    },
    /// A file.
    #[error("{}: {during} failed: {cause}", .path.display())]
    Io {
        /// What was being done.
        during: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The person stopped it.
    #[error("stopped with {done} of {folds} folds read; the same command goes on with the others")]
    Stopped {
        /// Folds that are finished.
        done: usize,
        /// Folds in all.
        folds: usize,
    },
}

/// What is going on.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a> {
    /// The fold, from 1.
    pub fold: usize,
    /// Folds in all.
    pub folds: usize,
    /// What is done with it.
    pub doing: &'a str,
}

/// What the folds share.
pub struct Folds<'a> {
    /// The labels.
    pub gold: &'a dyn Gold,
    /// Images of the tweets.
    pub images: &'a ImageStore,
    /// Number of folds, two or more.
    pub count: usize,
    /// Makes the model that every fold begins with.
    pub fresh: &'a dyn Fn() -> Result<Box<dyn Tagger>, CreateError>,
    /// How it is trained.
    pub training: TrainOptions,
    /// Folder in which finished folds are kept; only those of the same labels and the same training are used again.
    pub dir: PathBuf,
    /// What tells these folds from others: the labels, the system, its training.
    pub subject: String,
}

impl Folds<'_> {
    /// Reads all labels; folds that an earlier run finished are not read again.
    pub fn run(&self, watch: &mut dyn FnMut(Stage<'_>) -> Control) -> Result<Opinions, FoldError> {
        let mut folds: Vec<Vec<usize>> = vec![Vec::new(); self.count];
        for place in 0..self.gold.len() {
            // Equal texts stay together: a model that learned from the one has seen the other.
            let tokens = self.gold.tweet(place)?.example.tokens;
            folds[(hash(&tokens) % self.count as u64) as usize].push(place);
        }
        if self.count < 2 || folds.iter().any(Vec::is_empty) {
            return Err(FoldError::TooFew { tweets: self.gold.len(), folds: self.count });
        }
        fs::create_dir_all(&self.dir).map_err(|cause| failed("making room for the folds", self.dir.clone(), cause))?;
        let mut all = Opinions::default();
        for fold in 0..self.count {
            let path = self.path(fold, "json");
            let known = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Opinions>(&bytes).ok());
            if let Some(known) = known {
                all.append(known);
                continue;
            }
            let read = self.fold(fold, &folds, watch)?;
            let bytes =
                serde_json::to_vec(&read).map_err(|error| failed("writing a fold", path.clone(), error.into()))?;
            let written = replace_file(&path, |out| out.write_all(&bytes));
            written.map_err(|cause| failed("writing a fold", path.clone(), cause))?;
            let _ = fs::remove_file(self.path(fold, "training"));
            all.append(read);
        }
        Ok(all)
    }

    fn fold(
        &self,
        fold: usize,
        folds: &[Vec<usize>],
        watch: &mut dyn FnMut(Stage<'_>) -> Control,
    ) -> Result<Opinions, FoldError> {
        let mut tell = |doing: &str| watch(Stage { fold: fold + 1, folds: self.count, doing });
        let stopped = || FoldError::Stopped { done: fold, folds: self.count };
        let mut tagger = (self.fresh)()?;
        let mut others: Vec<usize> = folds
            .iter()
            .enumerate()
            .filter(|(one, _)| *one != fold)
            .flat_map(|(_, places)| places.iter().copied())
            .collect();
        others.sort_unstable();
        let train = others.into_iter().map(|place| self.item(place)).collect::<Result<Vec<_>, _>>()?;
        let data = TrainingData { train, valid: Vec::new() };
        let kept = self.path(fold, "training");
        let report = tagger.train(&data, &self.training, Some(&kept), &mut |event| match event {
            TrainEvent::Step { step, total, .. } => tell(&format!("step {step}/{total}")),
            TrainEvent::Preparing { done, total } => tell(&format!("preparing {done}/{total}")),
            TrainEvent::WarmingUp { done, total } => tell(&format!("warming up {done}/{total}")),
            _ => tell("learning"),
        })?;
        if report.stopped {
            return Err(stopped());
        }
        let mut found = Opinions::default();
        for (number, places) in folds[fold].chunks(CHUNK).enumerate() {
            if tell(&format!("reading {}/{}", number * CHUNK, folds[fold].len())) == Control::Stop {
                return Err(stopped());
            }
            let items = places.iter().map(|place| self.item(*place)).collect::<Result<Vec<_>, _>>()?;
            for ((place, item), reading) in places.iter().zip(&items).zip(tagger.predict(&items, false)) {
                found.add(tagger.as_ref(), *place, &item.example, &reading);
            }
        }
        Ok(found)
    }

    fn item(&self, place: usize) -> Result<Item, ProjectError> {
        let mut example = self.gold.tweet(place)?.example;
        let image = self.images.prefer(&mut example);
        Ok(Item { example, image, maps: None })
    }

    /// A file of a fold, which no other labels or trainings have.
    fn path(&self, fold: usize, ending: &str) -> PathBuf {
        let subject = stable_hash(&[self.subject.as_bytes()]);
        self.dir.join(format!("fold-{}-of-{}-{subject:016x}.{ending}", fold + 1, self.count))
    }
}

fn failed(during: &'static str, path: PathBuf, cause: std::io::Error) -> FoldError {
    FoldError::Io { during, path, cause }
}
