//! Every system on the sample data, on the same small encoders, as a table:
//! `cargo bench --bench systems [-- SYSTEM... --seeds=1,2,3]`.
//!
//! Checkpoints stay in `target/systems`, so that a run that was stopped goes on where it was. The
//! embedded model is not retrained: `compact` is scored as it is in the program.

#[allow(dead_code, reason = "each bench uses a part of it")]
mod common;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use spanlight_models::systems::{REGISTRY, SystemInfo};

use common::Failure;

/// What is trained where no seeds are named.
const SEEDS: &str = "1,2,3";

fn main() -> Result<(), Failure> {
    let seeds = std::env::args().find_map(|argument| argument.strip_prefix("--seeds=").map(str::to_owned));
    let seeds: Vec<u32> = seeds.as_deref().unwrap_or(SEEDS).split(',').map(str::parse).collect::<Result<_, _>>()?;
    // Cargo adds flags of its own.
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    println!(
        "| system | F1 | others' images or contexts | none | names in a box | peaks in the box | parameters | training | a tweet |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for entry in REGISTRY {
        if chosen.is_empty() || chosen.iter().any(|name| name == entry.info.name) {
            println!("{}", row(entry.info, &seeds)?);
        }
    }
    Ok(())
}

/// What one trained model reached.
struct Run {
    f1: f64,
    shuffled: Option<f64>,
    without: Option<f64>,
    /// Share of the names that a gold box shows which were found with their type.
    boxed: f64,
    pointing: Option<f64>,
    parameters: u64,
    seconds: Option<f64>,
    milliseconds: f64,
}

fn row(info: &'static SystemInfo, seeds: &[u32]) -> Result<String, Failure> {
    let runs: Vec<Run> = if info.name == "compact" {
        vec![judge(info, None)?]
    } else {
        seeds.iter().map(|seed| judge(info, Some(&trained(info, *seed)?))).collect::<Result<_, _>>()?
    };
    let all = |of: &dyn Fn(&Run) -> Option<f64>| runs.iter().map(of).collect::<Option<Vec<f64>>>();
    let percent = |values: Option<Vec<f64>>| values.map_or_else(|| "-".to_owned(), |values| spread(&values));
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    Ok(format!(
        "| {} | {} | {} | {} | {} | {} | {:.2} M | {} | {:.1} ms |",
        info.name,
        percent(all(&|run| Some(run.f1))),
        percent(all(&|run| run.shuffled)),
        percent(all(&|run| run.without)),
        percent(all(&|run| Some(run.boxed))),
        percent(all(&|run| run.pointing)),
        runs[0].parameters as f64 / 1e6,
        all(&|run| run.seconds).map_or_else(|| "-".to_owned(), |seconds| format!("{:.0} s", mean(seconds))),
        mean(runs.iter().map(|run| run.milliseconds).collect()),
    ))
}

/// Mean and standard deviation in percent.
fn spread(values: &[f64]) -> String {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    if values.len() < 2 {
        return format!("{:.1}", 100.0 * mean);
    }
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64;
    format!("{:.1} ± {:.1}", 100.0 * mean, 100.0 * variance.sqrt())
}

/// The checkpoint of a system and a seed, trained now unless it is there.
fn trained(info: &SystemInfo, seed: u32) -> Result<PathBuf, Failure> {
    let out = repository("target/systems").join(format!("{}-{seed}", info.name));
    if !out.join("metrics.json").is_file() {
        let mut command = spanlight("train");
        command.args(["--system", info.name, "--seed", &seed.to_string()]);
        command.arg("--data").arg(repository("sample-data/train.jsonl"));
        command.arg("--valid").arg(repository("sample-data/valid.jsonl"));
        if info.name == "ita" {
            command.args(["--contexts", "caption,tags"]);
        }
        if info.name == "instruct-ner" {
            command.arg("--map-folder").arg(repository("sample-data/maps"));
        }
        output(command.arg("--out").arg(&out))?;
    }
    Ok(out)
}

fn judge(info: &SystemInfo, model: Option<&Path>) -> Result<Run, Failure> {
    let test = repository("sample-data/test.jsonl");
    let of = |command: &mut Command| {
        command.arg("--data").arg(&test).args(model.map(|_| "--model")).args(model);
    };
    let mut evaluate = spanlight("evaluate");
    of(&mut evaluate);
    let (check, none) = if info.uses_contexts { ("--contexts-check", "none") } else { ("--images-check", "none") };
    let scores = output(evaluate.arg(check))?;
    let changed = |as_what: &str| {
        let list = if info.uses_contexts { &scores["contexts_check"] } else { &scores["images_check"] };
        let key = if info.uses_contexts { "contexts_as" } else { "images_as" };
        let found = list.as_array()?.iter().find(|entry| entry[key] == as_what)?;
        found["f1"].as_f64().filter(|_| info.uses_image || info.uses_contexts)
    };
    let folder = tempfile::tempdir()?;
    let labelled = folder.path().join("labelled.jsonl");
    let mut predict = spanlight("predict");
    of(&mut predict);
    output(predict.arg("--out").arg(&labelled))?;
    let metrics: Option<Value> = model.map(|model| read_json(&model.join("metrics.json"))).transpose()?;
    Ok(Run {
        f1: scores["f1"].as_f64().unwrap_or_default(),
        shuffled: changed("shuffled"),
        without: changed(none),
        boxed: boxed(&test, &labelled)?,
        pointing: scores["pointing"]["rate"].as_f64(),
        parameters: scores["parameters"].as_u64().unwrap_or_default(),
        seconds: metrics.and_then(|metrics| metrics["seconds"].as_f64()),
        milliseconds: 10.0 * scores["seconds_per_100_tweets"].as_f64().unwrap_or_default(),
    })
}

/// Share of the names with a gold box in `gold` that `labelled` has with the same borders and type.
fn boxed(gold: &Path, labelled: &Path) -> Result<f64, Failure> {
    let spans = |tweet: &Value| -> Vec<[String; 3]> {
        let spans = tweet["spans"].as_array().into_iter().flatten();
        spans.map(|span| [&span["start"], &span["end"], &span["type"]].map(Value::to_string)).collect()
    };
    let read = |path: &Path| -> Result<Vec<Value>, Failure> {
        Ok(fs::read_to_string(path)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    };
    let found: HashMap<String, Vec<[String; 3]>> =
        read(labelled)?.iter().map(|tweet| (tweet["id"].to_string(), spans(tweet))).collect();
    let (mut hits, mut total) = (0_usize, 0_usize);
    for tweet in read(gold)? {
        let boxes: Vec<[String; 2]> = tweet["boxes"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|area| [&area["start"], &area["end"]].map(Value::to_string))
            .collect();
        let own = found.get(&tweet["id"].to_string());
        for span in spans(&tweet).iter().filter(|span| boxes.iter().any(|area| area[..] == span[..2])) {
            total += 1;
            hits += usize::from(own.is_some_and(|own| own.contains(span)));
        }
    }
    Ok(hits as f64 / total.max(1) as f64)
}

fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read_json(path: &Path) -> Result<Value, Failure> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// A command of the program, on the CPU and with JSON; what it tells on the way is seen.
fn spanlight(name: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spanlight"));
    command.args([name, "--json", "--device", "cpu"]).stderr(Stdio::inherit());
    command
}

fn output(command: &mut Command) -> Result<Value, Failure> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed").into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
