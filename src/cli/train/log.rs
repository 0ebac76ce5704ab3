//! What happens while a model is trained: a line on the terminal, `metrics.jsonl`, and JSON lines for programs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use spanlight_models::metrics::Scores;
use spanlight_models::training::TrainEvent;

use crate::cli::error::CliError;
use crate::cli::output;
use crate::cli::progress::{Progress, left};

/// Name of the log in the folder of a running training and in a checkpoint.
pub const FILE: &str = "metrics.jsonl";

/// How often a program is told about a step.
const PACE: Duration = Duration::from_secs(1);

/// A line of the log.
#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    Step { step: usize, epoch: usize, loss: f32, seconds: f64 },
    Evaluated { step: usize, epoch: usize, f1: f64, scores: Scores, seconds: f64 },
}

impl Line {
    fn step(&self) -> usize {
        match self {
            Self::Step { step, .. } | Self::Evaluated { step, .. } => *step,
        }
    }
}

/// The log of one training.
pub struct Log {
    path: PathBuf,
    file: fs::File,
    /// JSON lines on standard error; the one object on standard output is the outcome.
    json: bool,
    epochs: usize,
    losses: Vec<f32>,
    progress: Progress,
    begun: Instant,
    printed: Option<Instant>,
}

impl Log {
    /// Opens the log in `folder` for a training of `epochs` epochs; what an interrupted one wrote stays.
    pub fn open(folder: &Path, epochs: usize, json: bool) -> Result<Self, CliError> {
        let path = folder.join(FILE);
        let file = fs::OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(CliError::io("opening the log of the training", &path))?;
        let (progress, begun) = (Progress::new(), Instant::now());
        Ok(Self { path, file, json, epochs, losses: Vec::new(), progress, begun, printed: None })
    }

    /// Tells and writes down an event.
    pub fn event(&mut self, event: TrainEvent) -> Result<(), CliError> {
        let epochs = self.epochs;
        let seconds = self.begun.elapsed().as_secs_f64();
        match event {
            TrainEvent::Preparing { done, total } => {
                self.progress.update(|| format!("reading tweet {done} of {total}"));
            }
            TrainEvent::Resumed { step, epoch } => {
                self.progress.note(&format!("going on in epoch {epoch} after step {step} (--fresh starts again)"));
                self.forget_after(step)?;
            }
            TrainEvent::NotKept { reason } => {
                self.progress.note(&format!("this training could not be resumed after a kill: {reason}"));
            }
            TrainEvent::WarmingUp { done, total } => {
                self.progress.update(|| format!("warming up: shape {done} of {total}"));
            }
            TrainEvent::SmallerParts { rows } => {
                self.progress.note(&format!(
                    "the device's memory does not hold a batch; batches are computed in parts of {rows} (same steps, slower)"
                ));
            }
            TrainEvent::Step { step, total, epoch, loss, left: time } => {
                self.losses.push(loss);
                self.progress.update(|| {
                    format!("epoch {epoch}/{epochs}  step {step}/{total}  loss {loss:.3}  {} left", left(time))
                });
                let due = self.printed.is_none_or(|printed| printed.elapsed() >= PACE);
                self.write(&Line::Step { step, epoch, loss, seconds }, due)?;
            }
            TrainEvent::Evaluating { done, total } => self.progress.update(|| format!("scoring {done} of {total}")),
            TrainEvent::Evaluated { step, epoch, scores } => {
                let (f1, loss) = (scores.overall.f1(), self.losses.iter().sum::<f32>() / self.losses.len() as f32);
                self.losses.clear();
                self.progress.note(&format!("epoch {epoch}/{epochs}  loss {loss:.3}  F1 {:.2}", 100.0 * f1));
                self.write(&Line::Evaluated { step, epoch, f1, scores, seconds }, true)?;
            }
        }
        Ok(())
    }

    /// Says something that stays.
    pub fn note(&mut self, text: &str) {
        self.progress.note(text);
    }

    /// The log so far.
    pub fn contents(&self) -> Result<Vec<u8>, CliError> {
        fs::read(&self.path).map_err(|error| self.failed(error))
    }

    fn write(&mut self, line: &Line, print: bool) -> Result<(), CliError> {
        let text = serde_json::to_string(line).map_err(|error| CliError::Output(error.into()))? + "\n";
        self.file.write_all(text.as_bytes()).map_err(|error| self.failed(error))?;
        if self.json && print {
            self.printed = Some(Instant::now());
            output::note(text.trim_end());
        }
        Ok(())
    }

    /// Takes back what was written after the step from which the training goes on.
    fn forget_after(&mut self, step: usize) -> Result<(), CliError> {
        let text = fs::read_to_string(&self.path).map_err(|error| self.failed(error))?;
        let known = |line: &&str| serde_json::from_str::<Line>(line).is_ok_and(|line| line.step() <= step);
        let kept: String = text.lines().filter(known).flat_map(|line| [line, "\n"]).collect();
        fs::write(&self.path, kept).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: std::io::Error) -> CliError {
        CliError::io("writing the log of the training", &self.path)(error)
    }
}
