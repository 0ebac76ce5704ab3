//! `spanlight systems`: lists what can be trained.

use serde::Serialize;
use spanlight_models::systems::options::SystemOption;
use spanlight_models::systems::{EncoderNeed, REGISTRY, SystemInfo};
use spanlight_models::training::TrainOptions;

use super::error::CliError;
use super::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the list as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    systems: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    info: &'static SystemInfo,
    defaults: TrainOptions,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let line = |entry: &spanlight_models::model::Entry| Line { info: entry.info, defaults: (entry.defaults)() };
    let report = Report { systems: REGISTRY.iter().map(line).collect() };
    output::result(args.json, &report, || report.systems.iter().flat_map(describe).collect())
}

fn describe(line: &Line) -> Vec<String> {
    let Line { info, defaults } = line;
    let uses = [(true, "text"), (info.uses_image, "image"), (info.uses_contexts, "contexts")];
    let uses: Vec<&str> = uses.iter().filter(|(used, _)| *used).map(|(_, name)| *name).collect();
    let maps = if info.alignments.is_empty() { "none".to_owned() } else { info.alignments.join(", ") };
    let mut lines = vec![
        format!("{}: {}", info.name, info.summary),
        format!("  source: {}", info.source),
        format!("  uses: {}", uses.join(", ")),
        format!("  begins with: {}", beginning(info)),
        format!("  maps: {maps}"),
        format!("  trained for {} epochs in batches of {}", defaults.epochs, defaults.batch),
    ];
    let options = info.options.iter();
    lines.extend(options.map(|SystemOption { name, summary, value, default }| {
        format!("  --{name} {value}: {summary} [default: {default}]")
    }));
    lines
}

/// What `train` needs besides the data.
fn beginning(info: &SystemInfo) -> String {
    let text = match info.text_encoder {
        EncoderNeed::None => None,
        EncoderNeed::WordVectors => Some("word vectors where --encoder names a file of them"),
        EncoderNeed::Published => {
            Some("the published text encoder that --encoder names, or a small one that is trained from scratch")
        }
    };
    let image = match info.image_encoder {
        EncoderNeed::None | EncoderNeed::WordVectors => None,
        EncoderNeed::Published => {
            Some("the published image encoder that --image-encoder names, or the small one of the embedded model")
        }
    };
    let all: Vec<&str> = text.into_iter().chain(image).collect();
    if all.is_empty() { "nothing, it is trained from scratch".to_owned() } else { all.join("; ") }
}
