//! `spanlight doctor`: what works on this machine.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use serde::Serialize;
use spanlight_models::checkpoint;
use spanlight_models::device::{self, ChosenDevice};
use spanlight_models::example::LabelSet;

use super::arguments::Device;
use super::error::CliError;
use super::{logging, output};
use crate::config::{Config, Folders, GraphicsChoice, Settings};
use crate::providers::Tesseract;
use crate::sample;
use crate::tui::{ColorDepth, KeyTable};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    device: Device,
    /// Print what was found as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    spanlight: &'static str,
    system: String,
    threads: usize,
    device: Option<ChosenDevice>,
    terminal: Terminal,
    folders: Vec<Place>,
    settings: Option<PathBuf>,
    log: Option<PathBuf>,
    sample: Option<PathBuf>,
    model: Option<Card>,
    /// Version and languages of Tesseract, if it is there.
    tesseract: Option<String>,
    /// What does not work, in words; empty is good.
    problems: Vec<String>,
}

/// What the terminal can show, as its environment tells; nothing is asked of the terminal itself.
#[derive(Serialize)]
struct Terminal {
    interactive: bool,
    name: String,
    size: Option<(u16, u16)>,
    colors: &'static str,
    /// How the screen draws images.
    graphics: &'static str,
    /// A protocol of the terminal's own for images, which the screen does without.
    protocol: Option<&'static str>,
    multiplexer: Option<&'static str>,
    remote: bool,
}

/// A folder of the program.
#[derive(Serialize)]
struct Place {
    name: &'static str,
    path: PathBuf,
    exists: bool,
    writable: bool,
}

/// The model that is part of the program.
#[derive(Serialize)]
struct Card {
    name: &'static str,
    system: &'static str,
    parameters: usize,
    labels: Vec<String>,
    uses_image: bool,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let mut problems = Vec::new();
    let config = Folders::of_user().map(Config::load);
    if config.is_none() {
        problems.push(CliError::NoHome.to_string());
    }
    problems.extend(config.as_ref().and_then(|config| config.problem.as_ref()).map(ToString::to_string));
    if let Some(config) = &config {
        problems.extend(KeyTable::load(&config.folders.keymap_file(), &LabelSet::default()).problems);
    }
    let device = args.device.choice(config.as_ref()).and_then(|choice| Ok(device::choose(choice)?));
    let device = device.map_err(|error| problems.push(error.to_string())).ok();
    let model = card().map_err(|error| problems.push(format!("the model in the program: {error}"))).ok();
    let folders = config.as_ref().map(|config| places(&config.folders)).unwrap_or_default();
    for place in folders.iter().filter(|place| !place.writable) {
        problems.push(format!("the {} folder {} cannot be written", place.name, place.path.display()));
    }
    let data = |file: fn(&Path) -> PathBuf| config.as_ref().map(|config| file(config.folders.data()));
    let report = Report {
        spanlight: env!("CARGO_PKG_VERSION"),
        system: format!("{} {}", env::consts::OS, env::consts::ARCH),
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        device,
        terminal: terminal(&config.as_ref().map(|config| config.settings.clone()).unwrap_or_default()),
        settings: config.as_ref().map(|config| config.folders.settings_file()),
        log: data(logging::file),
        sample: data(sample::place),
        folders,
        model,
        tesseract: tesseract(config.as_ref()),
        problems,
    };
    output::result(args.json, &report, || describe(&report))
}

fn card() -> Result<Card, checkpoint::CheckpointError> {
    let model = checkpoint::load_embedded(&device::cpu())?;
    let info = model.info();
    Ok(Card {
        name: "embedded",
        system: info.name,
        parameters: model.parameters(),
        labels: model.labels().names().map(str::to_owned).collect(),
        uses_image: info.uses_image,
    })
}

fn tesseract(config: Option<&Config>) -> Option<String> {
    let options = config.map(|config| config.settings.contexts.tesseract.options()).unwrap_or_default();
    Tesseract::find(options).ok().map(|tesseract| tesseract.version().to_owned())
}

fn places(folders: &Folders) -> Vec<Place> {
    let place =
        |name, path: &Path| Place { name, path: path.to_owned(), exists: path.is_dir(), writable: is_writable(path) };
    vec![place("config", folders.config()), place("data", folders.data()), place("cache", folders.cache())]
}

/// Whether a file can be made in the folder, or in what is there of the way to it.
fn is_writable(folder: &Path) -> bool {
    let there = folder.ancestors().find(|folder| folder.is_dir());
    there.is_some_and(|folder| tempfile::tempfile_in(folder).is_ok())
}

fn terminal(settings: &Settings) -> Terminal {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let set = |name: &str| variable(name).is_some();
    let name = variable("TERM_PROGRAM").or_else(|| variable("TERM")).unwrap_or_else(|| "unknown".to_owned());
    let interactive = io::stdin().is_terminal() && io::stdout().is_terminal();
    Terminal {
        interactive,
        size: crossterm::terminal::size().ok().filter(|_| interactive),
        colors: match ColorDepth::detect(settings.colors) {
            ColorDepth::True => "16 million",
            ColorDepth::Ansi256 => "256",
            ColorDepth::None => "none",
        },
        graphics: if settings.graphics == GraphicsChoice::Off { "off" } else { "half blocks" },
        protocol: match () {
            () if set("KITTY_WINDOW_ID") || name.contains("kitty") || name.contains("ghostty") => Some("kitty"),
            () if viuer::is_iterm_supported() => Some("iterm"),
            () => None,
        },
        multiplexer: if set("TMUX") { Some("tmux") } else { set("STY").then_some("screen") },
        remote: set("SSH_CONNECTION"),
        name,
    }
}

fn describe(report: &Report) -> Vec<String> {
    let Terminal { interactive, name, size, colors, graphics, protocol, multiplexer, remote } = &report.terminal;
    let mut rows = vec![("spanlight", format!("{} ({}, {} threads)", report.spanlight, report.system, report.threads))];
    rows.extend(report.device.as_ref().map(|device| ("device", format!("{}: {}", device.name, device.reason))));
    let size = size.map_or_else(String::new, |(columns, lines)| format!(", {columns} x {lines}"));
    let within = multiplexer.map_or_else(String::new, |program| format!(", in {program}"));
    let far = if *remote { ", over SSH" } else { "" };
    let none = if *interactive { "" } else { ", not connected" };
    rows.push(("terminal", format!("{name}{size}{within}{far}{none}")));
    rows.push(("colours", (*colors).to_owned()));
    let own = protocol.map_or_else(String::new, |name| format!(" (the terminal's own {name} images are not used)"));
    rows.push(("graphics", format!("{graphics}{own}")));
    for place in &report.folders {
        let state = match (place.exists, place.writable) {
            (_, false) => "cannot be written",
            (true, true) => "ready",
            (false, true) => "made when needed",
        };
        rows.push((place.name, format!("{} ({state})", place.path.display())));
    }
    rows.extend(report.log.as_ref().map(|log| ("log", log.display().to_string())));
    rows.extend(report.sample.as_ref().map(|sample| ("sample", sample.display().to_string())));
    rows.extend(report.model.as_ref().map(|card| {
        let Card { name, system, parameters, labels, .. } = card;
        ("model", format!("{name}: {system}, {parameters} parameters, {}", labels.join(", ")))
    }));
    let tesseract =
        report.tesseract.clone().unwrap_or_else(|| "not there; needed only to read text in images".to_owned());
    rows.push(("tesseract", tesseract));
    rows.extend(report.problems.iter().map(|problem| ("problem", problem.clone())));
    rows.into_iter().map(|(name, value)| format!("{name:<10}  {value}")).collect()
}
