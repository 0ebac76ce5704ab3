//! `scheduler/scheduler_config.json`.

use std::path::Path;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Value, json};

use super::super::DiffusionError;
use super::super::settings::Settings;
use super::noise::{self, BetaSchedule};
use super::spacing::Spacing;

/// Most times of training that are believed.
const MOST_TIMES: usize = 1_000_000;

/// Settings that mean something to one scheduler only.
const DDIM: [&str; 3] = ["set_alpha_to_one", "clip_sample", "clip_sample_range"];
const EULER: [&str; 2] = ["interpolation_type", "timestep_type"];
const DPM: [&str; 10] = [
    "solver_order",
    "solver_type",
    "algorithm_type",
    "lower_order_final",
    "euler_at_final",
    "lambda_min_clipped",
    "use_lu_lambdas",
    "variance_type",
    "use_flow_sigmas",
    "use_dynamic_shifting",
];

/// Settings that are often carried along from the scheduler that a file was made of, and mean nothing to the others.
const CARRIED: [&str; 3] = ["skip_prk_steps", "set_alpha_to_one", "clip_sample"];

/// Settings that count only together with another one, which is refused.
const WITHOUT_EFFECT: [&str; 6] =
    ["dynamic_thresholding_ratio", "sample_max_value", "flow_shift", "time_shift_type", "sigma_min", "sigma_max"];

/// A way from noise to a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SchedulerKind {
    /// DDIM without chance (Song et al. 2021, eq. 12 with sigma 0).
    Ddim,
    /// Euler's method on the equation of Karras et al. (2022, algorithm 1 with a first-order step).
    Euler,
    /// DPM-Solver++ in its multistep form of second order (Lu et al. 2022, algorithm 2).
    Dpm,
}

impl SchedulerKind {
    /// The kind of a class of `diffusers`.
    fn of_class(class: &str) -> Option<Self> {
        match class {
            "DDIMScheduler" => Some(Self::Ddim),
            "EulerDiscreteScheduler" => Some(Self::Euler),
            "DPMSolverMultistepScheduler" => Some(Self::Dpm),
            _ => None,
        }
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ddim => "ddim",
            Self::Euler => "euler",
            Self::Dpm => "dpm",
        }
    }
}

impl FromStr for SchedulerKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let kinds = [Self::Ddim, Self::Euler, Self::Dpm];
        let found = kinds.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| format!("`{name}` is no scheduler; there are ddim, euler and dpm"))
    }
}

/// What the model was trained to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prediction {
    /// The noise in the latent.
    Epsilon,
    /// The velocity (Salimans and Ho 2022, section 2.4).
    VPrediction,
}

/// How pictures are taken out of noise; fields are called as in `diffusers` where they mean the same.
#[allow(clippy::struct_excessive_bools, reason = "they are the switches of the file")]
#[derive(Clone, Debug, PartialEq)]
pub struct SchedulerConfig {
    /// Which way.
    pub kind: SchedulerKind,
    /// Number of times of training, `num_train_timesteps`.
    pub train_steps: usize,
    /// Share of the signal's variance at every time (alpha bar), `train_steps` of them.
    pub signal: Vec<f32>,
    /// Whether nothing is left of the signal at the last time, `rescale_betas_zero_snr`.
    pub zero_snr: bool,
    /// What the model answers.
    pub prediction_type: Prediction,
    /// Which times are visited.
    pub timestep_spacing: Spacing,
    /// Added to leading times.
    pub steps_offset: usize,
    /// Whether the last step of DDIM ends without noise, and not with that of the first time.
    pub set_alpha_to_one: bool,
    /// Range that DDIM keeps the implied picture in.
    pub clip_sample: Option<f64>,
    /// Whether Euler and DPM end with the noise of the first time, and not without.
    pub ends_with_noise: bool,
    /// Order of DPM's steps, 1 or 2.
    pub solver_order: usize,
    /// Whether DPM's second order is that of Heun, and not of the middle.
    pub heun: bool,
    /// Whether DPM's last step is of first order if there are fewer than 15.
    pub lower_order_final: bool,
    /// Whether DPM's last step is of first order in any case.
    pub euler_at_final: bool,
    /// Smallest logarithm of signal over noise at which DPM begins.
    pub lambda_min_clipped: Option<f64>,
}

impl SchedulerConfig {
    /// Reads the file at `path`; `kind` is taken instead of the file's own scheduler, with the same noise.
    ///
    /// Settings that are not there have the defaults of the class in `diffusers`.
    pub fn open(path: &Path, kind: Option<SchedulerKind>) -> Result<Self, DiffusionError> {
        Settings::read_with(path, |from| Self::read_for(from, kind))
    }

    /// The same of a file's contents, with its own scheduler.
    pub(in super::super) fn parse(path: &Path, text: &str) -> Result<Self, DiffusionError> {
        Settings::parse(path, text)?.taken(|from| Self::read_for(from, None))
    }

    fn read_for(from: &mut Settings, kind: Option<SchedulerKind>) -> Result<Self, DiffusionError> {
        let own = SchedulerKind::of_class(from.class());
        let unsupported = || DiffusionError::Scheduler { path: from.path().to_owned(), found: from.class().to_owned() };
        let kind = kind.or(own).ok_or_else(unsupported)?;
        if own != Some(kind) {
            // What the file says to its own scheduler only.
            from.ignore(&foreign(kind));
            from.ignore(&CARRIED[..1]);
        }
        Self::read(from, kind)
    }

    fn read(from: &mut Settings, kind: SchedulerKind) -> Result<Self, DiffusionError> {
        from.ignore(&WITHOUT_EFFECT);
        for name in ["thresholding", "use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas"] {
            from.only(name, &[json!(false)])?;
        }
        let train_steps = from.size("num_train_timesteps", 1000, MOST_TIMES)?;
        let zero_snr = from.take("rescale_betas_zero_snr", false)?;
        let usual = if kind == SchedulerKind::Ddim { Spacing::Leading } else { Spacing::Linspace };
        let mut config = Self {
            kind,
            train_steps,
            signal: signal(from, train_steps, zero_snr)?,
            zero_snr,
            prediction_type: prediction(from)?,
            timestep_spacing: from.take("timestep_spacing", usual)?,
            steps_offset: from.take("steps_offset", 0)?,
            set_alpha_to_one: true,
            clip_sample: None,
            ends_with_noise: false,
            solver_order: 2,
            heun: false,
            lower_order_final: true,
            euler_at_final: false,
            lambda_min_clipped: None,
        };
        match kind {
            SchedulerKind::Ddim => config.read_ddim(from)?,
            SchedulerKind::Euler => {
                from.only("interpolation_type", &[json!("linear")])?;
                from.only("timestep_type", &[json!("discrete")])?;
            }
            SchedulerKind::Dpm => config.read_dpm(from)?,
        }
        from.ignore(&CARRIED);
        let end: String = from.take("final_sigmas_type", "zero".to_owned())?;
        config.ends_with_noise = match end.as_str() {
            "zero" => false,
            "sigma_min" => true,
            _ => return Err(from.field("final_sigmas_type", &Value::String(end), "\"zero\" or \"sigma_min\"")),
        };
        Ok(config)
    }

    fn read_ddim(&mut self, from: &mut Settings) -> Result<(), DiffusionError> {
        self.set_alpha_to_one = from.take("set_alpha_to_one", true)?;
        let range = from.take("clip_sample_range", 1.0)?;
        self.clip_sample = from.take("clip_sample", true)?.then_some(range);
        Ok(())
    }

    fn read_dpm(&mut self, from: &mut Settings) -> Result<(), DiffusionError> {
        from.only("algorithm_type", &[json!("dpmsolver++")])?;
        from.only("variance_type", &[])?;
        for name in ["use_lu_lambdas", "use_flow_sigmas", "use_dynamic_shifting"] {
            from.only(name, &[json!(false)])?;
        }
        self.solver_order = from.size("solver_order", 2, 2)?;
        let solver: String = from.take("solver_type", "midpoint".to_owned())?;
        self.heun = match solver.as_str() {
            // `diffusers` takes the names of other families for the middle.
            "midpoint" | "logrho" | "bh1" | "bh2" => false,
            "heun" => true,
            _ => return Err(from.field("solver_type", &Value::String(solver), "\"midpoint\" or \"heun\"")),
        };
        self.lower_order_final = from.take("lower_order_final", true)?;
        self.euler_at_final = from.take("euler_at_final", false)?;
        self.lambda_min_clipped = from.take("lambda_min_clipped", None)?;
        Ok(())
    }

    /// The signal at every time with which noise over signal is finite.
    pub(super) fn finite_signal(&self) -> Vec<f32> {
        if self.zero_snr { noise::finite(self.signal.clone()) } else { self.signal.clone() }
    }

    /// The factors of `x0` in a latent whose signal has the standard deviation `alpha` and whose noise has `sigma`.
    pub(super) fn clean(&self, alpha: f64, sigma: f64) -> [f64; 2] {
        match self.prediction_type {
            Prediction::Epsilon => [1.0 / alpha, -sigma / alpha],
            Prediction::VPrediction => [alpha, -sigma],
        }
    }
}

/// Settings of the schedulers other than `kind`.
fn foreign(kind: SchedulerKind) -> Vec<&'static str> {
    match kind {
        SchedulerKind::Ddim => [&EULER[..], &DPM].concat(),
        SchedulerKind::Euler => [&DDIM[..], &DPM].concat(),
        SchedulerKind::Dpm => [&DDIM[..], &EULER].concat(),
    }
}

/// Alpha bar, as the settings describe it.
fn signal(from: &mut Settings, times: usize, zero_snr: bool) -> Result<Vec<f32>, DiffusionError> {
    let (start, end) = (from.take("beta_start", 0.0001)?, from.take("beta_end", 0.02)?);
    let trained: Option<Vec<f32>> = from.take("trained_betas", None)?;
    let schedule: BetaSchedule = from.take("beta_schedule", BetaSchedule::Linear)?;
    let betas = match trained {
        Some(betas) if betas.len() == times => betas,
        Some(betas) => return Err(from.wrong(format!("{} `trained_betas` for {times} times", betas.len()))),
        None => schedule.betas(start, end, times),
    };
    if let Some(beta) = betas.iter().find(|beta| !(0.0..1.0).contains(*beta)) {
        return Err(from.wrong(format!("{beta} is no share of noise; betas are at least 0 and below 1")));
    }
    let betas = if zero_snr { noise::without_signal_at_last(&betas) } else { betas };
    Ok(noise::signal(&betas))
}

fn prediction(from: &mut Settings) -> Result<Prediction, DiffusionError> {
    let name: String = from.take("prediction_type", "epsilon".to_owned())?;
    match name.as_str() {
        "epsilon" => Ok(Prediction::Epsilon),
        "v_prediction" => Ok(Prediction::VPrediction),
        _ => Err(from.field("prediction_type", &Value::String(name), "\"epsilon\" or \"v_prediction\"")),
    }
}
