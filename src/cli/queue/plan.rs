//! `spanlight queue plan`: how the next tweet is chosen.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::output;
use crate::config::Config;
use crate::order::QueueOrder;
use crate::project::Project;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Use this order from now on
    #[arg(long)]
    order: Option<QueueOrder>,
    /// How many of a hundred tweets of an order that goes by the model are chosen by lot
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    random_share: Option<u8>,
    /// Whether near-copies of the last tweets have to wait
    #[arg(long, value_name = "BOOL")]
    diverse: Option<bool>,
    /// Decides the lots
    #[arg(long)]
    seed: Option<u64>,
    /// Print the plan as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    order: &'static str,
    random_share: u8,
    diverse: bool,
    seed: u64,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let changes = args.order.is_some() || args.random_share.is_some() || args.diverse.is_some() || args.seed.is_some();
    let mut project = if changes { Project::open(&args.project)? } else { Project::open_read_only(&args.project)? };
    if changes {
        let mut settings = project.settings().clone();
        let queue = &mut settings.queue;
        queue.order = args.order.or(queue.order);
        queue.random_share = args.random_share.or(queue.random_share);
        queue.diverse = args.diverse.or(queue.diverse);
        queue.seed = args.seed.or(queue.seed);
        project.update_settings(settings)?;
    }
    let plan = project.settings().queue.over(Config::settings_of_user().plan());
    let report =
        Report { order: plan.order.name(), random_share: plan.random_share, diverse: plan.diverse, seed: plan.seed };
    output::result(args.json, &report, || {
        let copies = if plan.diverse { "wait" } else { "may follow each other" };
        vec![format!("{}; near-copies {copies}; seed {}", plan.describe(), plan.seed)]
    })
}
