//! The text-to-image model that a command draws with; the small one is made when it is first asked for.

use std::path::Path;
use std::time::{Duration, Instant};

use spanlight_models::device::ChosenDevice;
use spanlight_models::synthesis::diffusion::schedulers::SchedulerKind;
use spanlight_models::synthesis::diffusion::training::{PictureEvent, PictureTraining, Scene};
use spanlight_models::training::Control;

use crate::cli::error::CliError;
use crate::cli::interrupt::Interrupt;
use crate::cli::output;
use crate::cli::progress::{Progress, left};
use crate::config::Folders;
use crate::synthesis::{Painter, SynthesisError, tiny};

/// How often somebody without a terminal is told how far the training is.
const PACE: Duration = Duration::from_secs(15);

/// Reads the model that `word` stands for.
pub fn open(
    word: &str,
    scheduler: Option<SchedulerKind>,
    device: &ChosenDevice,
    interrupt: &Interrupt,
) -> Result<Painter, CliError> {
    // A folder that is called like the small model is written `./tiny`.
    let folder = if word == tiny::NAME {
        let folder = tiny::place(Folders::of_user().ok_or(CliError::NoHome)?.data());
        if !folder.is_dir() {
            make_tiny(&folder, device, interrupt)?;
        }
        folder
    } else {
        Path::new(word).to_owned()
    };
    if !folder.is_dir() {
        return Err(SynthesisError::NoModel(word.to_owned()).into());
    }
    // Where it lies is nobody else's business; its checksum says which one it is.
    let name = folder.file_name().map_or_else(|| word.to_owned(), |name| name.to_string_lossy().into_owned());
    let name = if word == tiny::NAME { word.to_owned() } else { name };
    let mut progress = Progress::new();
    Ok(Painter::open(&folder, &name, scheduler, &device.device, &mut || {
        progress.update(|| format!("reading the model {word}"));
    })?)
}

fn make_tiny(folder: &Path, device: &ChosenDevice, interrupt: &Interrupt) -> Result<(), CliError> {
    output::note(format!(
        "the model {} is not there yet: it is trained on the sample pictures once, which takes a while",
        tiny::NAME
    ));
    train(&tiny::sample_scenes()?, &PictureTraining::default(), folder, device, interrupt)
}

/// Trains a model into the new folder `out`, telling how that goes; stopped, it is an error that says how to go on.
pub fn train(
    scenes: &[Scene],
    training: &PictureTraining,
    out: &Path,
    device: &ChosenDevice,
    interrupt: &Interrupt,
) -> Result<(), CliError> {
    output::note(format!("until it is done, what was learned is kept in {}", tiny::running(out).display()));
    let mut log = PictureLog::new();
    let finished = tiny::train(scenes, training, out, &device.device, &mut |event| log.event(&event, interrupt))?;
    if finished { Ok(()) } else { Err(CliError::PictureTrainingStopped(tiny::running(out))) }
}

/// Tells how a training goes.
struct PictureLog {
    progress: Progress,
    told: Instant,
    /// The last loss, smoothed.
    loss: Option<f32>,
}

impl PictureLog {
    /// Nothing was told yet.
    fn new() -> Self {
        Self { progress: Progress::new(), told: Instant::now(), loss: None }
    }

    /// Tells of an event; whether to go on.
    fn event(&mut self, event: &PictureEvent, interrupt: &Interrupt) -> Control {
        match event {
            PictureEvent::Step { stage, step, steps, loss, left: time } => {
                let smooth =
                    if *step == 1 { *loss } else { self.loss.map_or(*loss, |before| 0.95 * before + 0.05 * loss) };
                self.loss = Some(smooth);
                let name = stage.name();
                let line = || format!("{name}: step {step} of {steps}, loss {smooth:.4}, {} left", left(*time));
                if self.progress.is_shown() {
                    self.progress.update(line);
                } else if self.told.elapsed() >= PACE || step == steps {
                    output::note(line());
                    self.told = Instant::now();
                }
            }
            PictureEvent::Resumed { stage, step } => {
                self.progress.note(&format!("going on with the {} after step {step}", stage.name()));
            }
            PictureEvent::NotKept { reason } => {
                self.progress.note(&format!("this training could not be resumed after a kill: {reason}"));
            }
        }
        if interrupt.wished() { Control::Stop } else { Control::Continue }
    }
}
