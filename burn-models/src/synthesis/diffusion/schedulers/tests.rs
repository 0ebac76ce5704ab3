//! The schedulers against those of `diffusers`, on the files that `tests/golden/diffusion/make_schedulers.py` made.

use std::path::{Path, PathBuf};

use burn::tensor::{Tensor, TensorData, s};
use serde::Deserialize;

use super::*;
use crate::device::{Backend, cpu};
use crate::encoders::published::PublishedWeights;
use crate::tagging::numbers;

/// Largest difference to the reference in units of the latent's size.
const TOLERANCE: f32 = 1e-4;

#[derive(Deserialize)]
struct Case {
    name: String,
    steps: usize,
    start: f64,
    times: Vec<f64>,
    config: String,
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/diffusion").join(name)
}

fn read(text: &str, kind: Option<SchedulerKind>) -> Result<SchedulerConfig, DiffusionError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scheduler_config.json");
    std::fs::write(&path, text).expect("writable");
    SchedulerConfig::open(&path, kind)
}

fn row(values: &[f32]) -> Tensor<Backend, 1> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &cpu())
}

#[test]
fn every_trajectory_is_that_of_the_reference() {
    let text = std::fs::read_to_string(golden("schedulers.json")).expect("a golden file");
    let cases: Vec<Case> = serde_json::from_str(&text).expect("cases");
    let stored = PublishedWeights::open(&golden("schedulers.safetensors")).expect("a golden file");
    let floats = |name: &str| stored.floats(name).expect("a stored tensor");
    let (noise, answers) = (floats("noise"), floats("answers"));
    assert!(cases.len() > 15);
    for Case { name, steps, start, times, config } in cases {
        let config = read(&config, None).unwrap_or_else(|error| panic!("{name}: {error}"));
        let schedule = Schedule::new(&config, steps).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!((schedule.start - start).abs() < 1e-5 * start, "{name}: {}", schedule.start);
        let visited: Vec<f64> = schedule.steps.iter().map(|step| step.timestep).collect();
        let same = visited.iter().zip(&times).all(|(one, other)| (one - other).abs() < 1e-9);
        assert!(same && visited.len() == times.len(), "{name}: {visited:?}");
        let (mut latent, mut before) = (row(&noise) * schedule.start, None);
        for (index, (step, expected)) in schedule.steps.iter().zip(floats(&name).chunks(8)).enumerate() {
            let shown = latent.clone() * step.input;
            let answer = shown.tanh() * 0.6 + row(&answers[index * 8..][..8]) * 0.5;
            let Advanced { next, clean } = step.advance(latent, answer, before);
            let largest = expected.iter().fold(1.0_f32, |largest, value| largest.max(value.abs()));
            for (ours, theirs) in numbers(next.clone()).iter().zip(expected) {
                assert!((ours - theirs).abs() <= TOLERANCE * largest, "{name}, step {index}: {ours} {theirs}");
            }
            (latent, before) = (next, Some(clean));
        }
    }
}

/// Stable Diffusion 2, 768 pixels, as it is published.
const PUBLISHED: &str = r#"{"_class_name": "DDIMScheduler", "_diffusers_version": "0.8.0", "beta_end": 0.012,
    "beta_schedule": "scaled_linear", "beta_start": 0.00085, "clip_sample": false, "num_train_timesteps": 1000,
    "prediction_type": "v_prediction", "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1,
    "trained_betas": null}"#;

#[test]
fn published_settings_give_the_numbers_worked_out_by_hand() {
    let schedule = |kind, steps| Schedule::new(&read(PUBLISHED, kind).expect("settings"), steps).expect("steps");
    let config = read(PUBLISHED, None).expect("settings");
    for (time, signal) in [(0, 0.999_15), (21, 0.980_380_65), (500, 0.276_332_47), (999, 0.004_660_1)] {
        assert!((config.signal[time] - signal).abs() < 1e-6, "{time}: {}", config.signal[time]);
    }
    let ddim = schedule(None, 50);
    let Advanced { next, clean } = ddim.steps[0].advance(row(&[1.0, -0.5]), row(&[0.25, 0.5]), None);
    let close = |ours: Tensor<Backend, 1>, theirs: &[f32]| {
        numbers(ours).iter().zip(theirs).all(|(ours, theirs)| (ours - theirs).abs() < 2e-6)
    };
    assert!(close(next, &[0.997_614_6, -0.504_661_4]) && close(clean, &[-0.173_280_3, -0.536_552_4]));
    let chain = |schedule: &Schedule| {
        let mut found = Vec::new();
        let (mut x, mut before) = (row(&[1.0]), None);
        for step in &schedule.steps {
            let Advanced { next, clean } = step.advance(x.clone(), x * 0.5, before);
            found.push(next.clone());
            (x, before) = (next, Some(clean));
        }
        Tensor::cat(found, 0)
    };
    assert!(close(chain(&schedule(None, 4)), &[0.796_895_2, 0.572_617_2, 0.328_487_6, 0.326_470_9]));
    let dpm = schedule(Some(SchedulerKind::Dpm), 4);
    assert!(close(chain(&dpm), &[0.899_705_2, 0.741_204_7, 0.595_875, 0.318_957_3]));
    let last = chain(&schedule(Some(SchedulerKind::Dpm), 20)).slice(s![19..]);
    assert!(close(last, &[0.459_979]));
}

#[test]
fn a_model_that_knows_the_picture_is_led_to_it() {
    let (picture, noise) = (0.7, -0.3);
    for (kind, expected) in [(SchedulerKind::Ddim, 0.691), (SchedulerKind::Dpm, 0.7), (SchedulerKind::Euler, 0.7)] {
        let config = read(&PUBLISHED.replace("v_prediction", "epsilon"), Some(kind)).expect("settings");
        let schedule = Schedule::new(&config, 12).expect("steps");
        let signal = f64::from(config.signal[schedule.steps[0].timestep as usize]);
        let scale = if kind == SchedulerKind::Euler { signal.sqrt() } else { 1.0 };
        let noisy = (signal.sqrt() * picture + (1.0 - signal).sqrt() * noise) / scale;
        let (mut x, mut before) = (row(&[noisy as f32]), None);
        for step in &schedule.steps {
            // The answer that implies the picture.
            let answer = (x.clone() * step.clean[0] - picture) / -step.clean[1];
            let Advanced { next, clean } = step.advance(x, answer, before);
            assert!((numbers(clean.clone())[0] - 0.7).abs() < 1e-4);
            (x, before) = (next, Some(clean));
        }
        let found = numbers(x)[0];
        assert!((found - expected).abs() < 2e-4, "{kind:?}: {found}");
    }
}

#[test]
fn what_is_not_built_is_refused_by_name() {
    let with = |from: &str, to: &str| {
        let text = PUBLISHED.replace(from, to);
        assert_ne!(text, PUBLISHED);
        read(&text, None).expect_err("refused").to_string()
    };
    let offset = "\"steps_offset\": 1";
    for (from, to, said) in [
        ("DDIMScheduler", "PNDMScheduler", "the scheduler `PNDMScheduler` is not supported; ask for one"),
        ("v_prediction", "flow_prediction", "`prediction_type` is \"flow_prediction\", but only"),
        (offset, "\"shift\": 3.0", "`shift` is unknown here"),
        (offset, "\"solver_order\": 2", "`solver_order` is unknown here"),
        (offset, "\"thresholding\": true", "`thresholding` is true, but only false"),
        ("scaled_linear", "exponential", "`beta_schedule`: unknown variant"),
        ("\"trained_betas\": null", "\"trained_betas\": [0.1]", "1 `trained_betas` for 1000 times"),
        ("\"beta_end\": 0.012", "\"beta_end\": 1.5", "is no share of noise"),
    ] {
        let message = with(from, to);
        assert!(message.contains("scheduler_config.json: ") && message.contains(said), "{message}");
    }
    for class in ["PNDMScheduler", "LMSDiscreteScheduler"] {
        let text = PUBLISHED.replace("DDIMScheduler", class);
        assert!(read(&text, Some(SchedulerKind::Euler)).is_ok(), "the noise is known");
    }
    assert!(SchedulerConfig::open(Path::new("/absent/scheduler_config.json"), None).is_err());
}

#[test]
fn steps_that_cannot_be_made_are_refused() {
    let config = read(PUBLISHED, None).expect("settings");
    for steps in [0, 1001] {
        assert!(matches!(Schedule::new(&config, steps), Err(DiffusionError::Steps { .. })), "{steps}");
    }
    // With the offset the first time would be 1000.
    let message = Schedule::new(&config, 1000).expect_err("outside").to_string();
    assert!(message.contains("the time 1000 is outside of 0 to 999"), "{message}");
    let more = "\"rescale_betas_zero_snr\": true, \"timestep_spacing\": \"trailing\"";
    let zero = PUBLISHED.replace("\"steps_offset\": 1", more);
    let noise = read(&zero.replace("v_prediction", "epsilon"), None).expect("settings");
    let message = Schedule::new(&noise, 10).expect_err("noise says nothing about the picture").to_string();
    assert!(message.contains("asks for a model of velocities"), "{message}");
    assert!(Schedule::new(&read(&zero, None).expect("settings"), 10).is_ok());
}
