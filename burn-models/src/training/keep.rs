//! A running training in one file, so that after a kill it goes on as if nothing had happened.

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use burn::module::ParamId;
use burn::tensor::{Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::average::Average;
use super::options::TrainOptions;
use super::parameters::{self, Flat};
use super::report::{TrainReport, TrainingData};
use super::session::Session;
use crate::device::{Backend, Device};
use crate::systems::{Spec, System};
use crate::tagging::numbers;

/// Work that may be lost at most.
pub const EVERY: Duration = Duration::from_mins(2);

/// Key of the progress in the file's metadata.
const PROGRESS: &str = "progress";

/// Why an earlier training cannot be gone on with, or this one not be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The file cannot be read.
    #[error("{}: {source}; remove it to train from the start", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("{}: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// The file is damaged or of another kind.
    #[error("{} is no interrupted training: {message}; remove it to train from the start", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The file belongs to other data, sizes or options.
    #[error(
        "{} was interrupted while training on other data or with other options; repeat those to go on with it, or remove it to train from the start",
        .0.display()
    )]
    Other(PathBuf),
}

/// How far a training is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// What is trained how on what, as one number.
    fingerprint: u64,
    /// Epochs that are over.
    pub epochs: usize,
    /// Steps of the current epoch that are over.
    pub steps: usize,
    /// Losses of the current epoch.
    pub losses: Vec<f32>,
    /// Evaluations since the best one.
    pub without_gain: usize,
    /// What is to be reported so far.
    pub report: TrainReport,
    /// Steps that each parameter made.
    moments: HashMap<String, usize>,
}

/// The file of one training.
pub struct Keeper {
    path: PathBuf,
    fingerprint: u64,
    saved: Instant,
}

impl Keeper {
    pub fn new<S: System>(path: &Path, spec: &Spec<S::Config>, data: &TrainingData, options: &TrainOptions) -> Self {
        Self { path: path.to_owned(), fingerprint: fingerprint::<S>(spec, data, options), saved: Instant::now() }
    }

    /// Whether so much was done since the last time that it should be kept.
    pub fn is_due(&self) -> bool {
        self.saved.elapsed() >= EVERY
    }

    /// Brings a session to where an interrupted training was; `None` where there was none.
    pub fn resume<S: System>(
        &self,
        session: &mut Session<'_, S>,
    ) -> Result<Option<(Progress, Option<Flat>)>, KeepError> {
        let path = &self.path;
        let Some((progress, bytes)) = read::<Progress>(path)? else { return Ok(None) };
        let broken = |message: String| KeepError::Broken { path: path.clone(), message };
        if progress.fingerprint != self.fingerprint {
            return Err(KeepError::Other(path.clone()));
        }
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| broken(error.to_string()))?;
        let device = session.device();
        let read = |set: Set, path: &str| read_tensor(&tensors, &set.key(path), &device);

        let mut weights = Flat::new();
        let mut best = Flat::new();
        for (id, parameter) in session.parameters {
            let path = &parameter.path;
            let weight = read(Set::Weights, path).ok_or_else(|| broken(format!("`{path}` is missing")))?;
            weights.insert(*id, weight);
            best.extend(read(Set::Best, path).map(|tensor| (*id, tensor)));
            if let (Some(average), Some(mean)) = (&mut session.average, read(Set::Average, path)) {
                average.restore(*id, mean);
            }
            if let (Some(first), Some(second)) = (read(Set::First, path), read(Set::Second, path)) {
                session.optimizer.restore(*id, [first, second], progress.moments.get(path).copied().unwrap_or(1));
            }
        }
        session.module = parameters::changed(session.module.clone(), &mut &weights);
        session.steps = progress.report.steps;
        Ok(Some((progress, Some(best).filter(|best| !best.is_empty()))))
    }

    /// Keeps where a session is; every loss must have been read.
    pub fn save<S: System>(
        &mut self,
        session: &Session<'_, S>,
        progress: &Progress,
        best: Option<&Flat>,
    ) -> Result<(), KeepError> {
        // Tried again after the same time if it fails.
        self.saved = Instant::now();
        let mut progress = Progress { fingerprint: self.fingerprint, ..progress.clone() };
        let mut tensors: Vec<(String, Tensor<Backend, 1>)> = Vec::new();
        let mut add = |set: Set, id: ParamId, tensor: Tensor<Backend, 1>| {
            if let Some(parameter) = session.parameters.get(&id) {
                tensors.push((set.key(&parameter.path), tensor));
            }
        };
        parameters::weights(&session.module).into_iter().for_each(|(id, weight)| add(Set::Weights, id, weight));
        best.into_iter().flatten().for_each(|(id, weight)| add(Set::Best, *id, weight.clone()));
        let average = session.average.iter().flat_map(Average::means);
        average.for_each(|(id, mean)| add(Set::Average, *id, mean.clone()));
        for (id, [first, second], steps) in session.optimizer.moments() {
            add(Set::First, id, first);
            add(Set::Second, id, second);
            let path = session.parameters.get(&id).map(|parameter| parameter.path.clone());
            progress.moments.extend(path.map(|path| (path, steps)));
        }
        write(&self.path, &progress, tensors).map_err(|source| KeepError::Write { path: self.path.clone(), source })
    }
}

/// What a tensor of the file is.
#[derive(Clone, Copy)]
pub enum Set {
    Weights,
    Best,
    Average,
    First,
    Second,
}

impl Set {
    pub fn key(self, path: &str) -> String {
        let set = match self {
            Self::Weights => "weights",
            Self::Best => "best",
            Self::Average => "average",
            Self::First => "first",
            Self::Second => "second",
        };
        format!("{set}/{path}")
    }
}

/// The progress in the file at `path`, and its bytes; `None` if there is no such file.
pub fn read<P: DeserializeOwned>(path: &Path) -> Result<Option<(P, Vec<u8>)>, KeepError> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|source| KeepError::Read { path: path.to_owned(), source })?,
    };
    let broken = |message: String| KeepError::Broken { path: path.to_owned(), message };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|error| broken(error.to_string()))?;
    let progress = header.metadata().as_ref().and_then(|metadata| metadata.get(PROGRESS));
    let progress = progress.ok_or_else(|| broken("it has no progress".into()))?;
    let progress = serde_json::from_str(progress).map_err(|error| broken(error.to_string()))?;
    Ok(Some((progress, bytes)))
}

/// Writes `progress` and `tensors` to the file at `path`, aside first.
pub fn write(
    path: &Path,
    progress: &impl Serialize,
    tensors: Vec<(String, Tensor<Backend, 1>)>,
) -> std::io::Result<()> {
    let bytes = tensors.into_iter().map(|(name, tensor)| {
        let numbers = numbers(tensor);
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        (name, numbers.len(), bytes)
    });
    let bytes: Vec<(String, usize, Vec<u8>)> = bytes.collect();
    let views = bytes.iter().map(|(name, count, bytes)| Ok((name, TensorView::new(Dtype::F32, vec![*count], bytes)?)));
    let views: Result<Vec<_>, safetensors::SafeTensorError> = views.collect();
    let metadata = HashMap::from([(PROGRESS.to_owned(), serde_json::to_string(progress)?)]);
    let file = views.and_then(|views| safetensors::serialize(views, Some(metadata))).map_err(std::io::Error::other)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut aside = tempfile::NamedTempFile::new_in(folder)?;
    aside.write_all(&file)?;
    aside.as_file().sync_all()?;
    aside.persist(path)?;
    Ok(())
}

/// The tensor called `name`, if it is there.
pub fn read_tensor(tensors: &SafeTensors<'_>, name: &str, device: &Device) -> Option<Tensor<Backend, 1>> {
    let view = tensors.tensor(name).ok().filter(|view| view.dtype() == Dtype::F32)?;
    let numbers = view.data().chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let numbers: Vec<f32> = numbers.collect();
    let count = numbers.len();
    Some(Tensor::from_data(TensorData::new(numbers, [count]), device))
}

/// One number for what is trained how on what.
fn fingerprint<S: System>(spec: &Spec<S::Config>, data: &TrainingData, options: &TrainOptions) -> u64 {
    let mut hasher = DefaultHasher::new();
    S::INFO.name.hash(&mut hasher);
    spec.scheme.prefixes().hash(&mut hasher);
    spec.labels.names().for_each(|name| name.hash(&mut hasher));
    // Maps of a system's sizes and of the options are written in one order.
    for part in [serde_json::to_string(&spec.config), serde_json::to_string(options)] {
        part.unwrap_or_default().hash(&mut hasher);
    }
    for items in [&data.train, &data.valid] {
        items.len().hash(&mut hasher);
        for item in items {
            serde_json::to_string(&item.example).unwrap_or_default().hash(&mut hasher);
            item.image.as_deref().and_then(Path::file_name).hash(&mut hasher);
        }
    }
    hasher.finish()
}
