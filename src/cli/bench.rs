//! `spanlight bench`: how fast this machine trains and predicts.

use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;
use spanlight_models::device::ChosenDevice;
use spanlight_models::layers::projection::Products;
use spanlight_models::throughput::{self, SIZES, Size, Stage, Throughput};
use spanlight_models::training::Control;

use super::arguments::{Device, products};
use super::error::CliError;
use super::interrupt::Interrupt;
use super::output;
use super::progress::Progress;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    device: Device,
    /// Sizes of the text encoder, separated by commas
    #[arg(long, value_delimiter = ',', default_value = SIZES[0].name, value_parser = sizes())]
    size: Vec<Size>,
    /// Numbers in which the encoder computes its products
    #[arg(long, value_parser = products(), value_name = "f32|bf16", default_value = "f32")]
    products: Products,
    /// Seconds for each of training, inference and single tweets; the first steps come on top
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    seconds: u64,
    /// Print what was measured as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    spanlight: &'static str,
    threads: usize,
    products: Products,
    #[serde(flatten)]
    device: ChosenDevice,
    sizes: Vec<Throughput>,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let device = args.device.choose()?;
    let interrupt = Interrupt::watch()?;
    let mut progress = Progress::new();
    let mut sizes = Vec::new();
    for size in &args.size {
        let mut observe = |stage, runs| {
            progress.update(|| format!("{}: {} {runs}", size.name, doing(stage)));
            if interrupt.wished() { Control::Stop } else { Control::Continue }
        };
        let time = Duration::from_secs(args.seconds);
        let measured = throughput::measure(*size, args.products, &device.device, time, &mut observe)?;
        sizes.push(measured.ok_or(CliError::NotMeasured)?);
    }
    drop(progress);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let report = Report { spanlight: env!("CARGO_PKG_VERSION"), threads, products: args.products, device, sizes };
    output::result(args.json, &report, || describe(&report))
}

fn sizes() -> impl TypedValueParser<Value = Size> {
    PossibleValuesParser::new(SIZES.map(|size| size.name)).map(|name| {
        // Other names are no possible values.
        Size::find(&name).unwrap_or(SIZES[0])
    })
}

fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Training => "training step",
        Stage::Inference => "inference",
        Stage::Tweet => "tweet",
    }
}

fn describe(report: &Report) -> Vec<String> {
    let Report { device, threads, sizes, .. } = report;
    let mut lines =
        vec![format!("BERT-CRF with random weights on {} ({}), {threads} threads", device.name, device.reason)];
    let titles = ["", "batch", "weights", "first step", "step", "pieces/s", "inference", "pieces/s", "one tweet"];
    let mut rows = vec![titles.map(str::to_owned).to_vec()];
    rows.extend(sizes.iter().map(|found| {
        let Throughput { size, .. } = found;
        vec![
            size.name.to_owned(),
            format!("{} x {}", size.batch, size.length),
            format!("{:.1} M", found.parameters as f64 / 1e6),
            format!("{:.2} s", found.first_step_s),
            format!("{:.1} ms", found.step_ms),
            format!("{:.0}", found.train_pieces_per_s),
            format!("{:.1} ms", found.inference_ms),
            format!("{:.0}", found.inference_pieces_per_s),
            format!("{:.1} ms", found.tweet_ms),
        ]
    }));
    lines.extend(output::table(&rows));
    lines
}
