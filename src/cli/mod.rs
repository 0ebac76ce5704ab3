//! The command line: one file per command, each a thin caller of the other rooms.
//!
//! Results go to standard output, everything else to standard error. A command ends with 0 when its work is done, with 1
//! when it failed and with 2 when it was used wrongly.

mod agree;
mod align;
mod annotate;
mod arguments;
mod assign;
mod bench;
mod box_files;
mod completions;
mod context;
mod context_files;
mod data;
mod diff;
mod doctor;
mod encoder;
mod error;
mod evaluate;
mod export;
mod image;
mod import;
mod inspect;
mod interrupt;
mod logging;
mod map_files;
mod merge;
mod model;
mod output;
mod predict;
mod prediction_file;
mod progress;
mod projects;
mod screen;
mod select;
mod stats;
mod subject;
mod synthesize;
mod systems;
mod train;
mod train_pictures;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use spanlight_models::device;

use self::error::CliError;
use crate::config::Folders;

/// Label named entities in tweets beside their images, with a model that learns while you work.
#[derive(Debug, Parser)]
#[command(name = "spanlight", version, about, max_term_width = 100, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    annotate: annotate::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Label tweets on the screen (also what happens without a command)
    Annotate(Box<annotate::Args>),
    /// Where a model looked, on the screen: by layer, head and method, beside another model
    Inspect(Box<inspect::Args>),
    /// Take a corpus into a project
    Import(import::Args),
    /// Write a project's tweets with their current labels
    Export(export::Args),
    /// Train a model
    Train(Box<train::Args>),
    /// Write a model's labels, one JSON object per tweet
    Predict(predict::Args),
    /// Score a model against labelled tweets, or compare several
    Evaluate(Box<evaluate::Args>),
    /// Write where the words of tweets looked: figures, arrays, tables, a report
    Align(Box<align::Args>),
    /// Draw pictures for tweets from their words, with where each word was painted
    Synthesize(Box<synthesize::Args>),
    /// Train a small text-to-image model for `synthesize`
    TrainPictures(train_pictures::Args),
    /// Choose among several images of a tweet, and say why
    Select(select::Args),
    /// Take in, make, list, write and change the texts that accompany tweets: captions, tags, text in images, knowledge
    Context(Box<context::Args>),
    /// List the images of tweets that have several, and prefer one
    Image(image::Args),
    /// Give each of several annotators a project, with tweets that all of them get
    Assign(assign::Args),
    /// Measure how far several annotators agree
    Agree(agree::Args),
    /// Make one project of several annotators' projects
    Merge(merge::Args),
    /// List what differs between two labellings of the same tweets
    Diff(diff::Args),
    /// Count what is in a project
    Stats(stats::Args),
    /// List the systems that can be trained
    Systems(systems::Args),
    /// List, add and check the published encoders that systems begin with
    Model(encoder::Args),
    /// Measure how fast this machine trains and predicts
    Bench(bench::Args),
    /// Say what works on this machine: device, graphics, folders, model
    Doctor(doctor::Args),
    /// Write completions for a shell
    Completions(completions::Args),
}

/// Runs the program.
pub fn main() -> ExitCode {
    // Wrong usage ends here, with 2.
    let cli = Cli::parse();
    // A panic has told about itself already; what is left to say is that the work failed.
    let Ok(result) = catch_unwind(AssertUnwindSafe(|| run(cli))) else { return ExitCode::FAILURE };
    match result {
        // Whoever closed the output has read enough.
        Ok(()) | Err(CliError::OutputClosed) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            error.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<(), CliError> {
    if let Some(folders) = Folders::of_user() {
        device::keep_kernels(folders.kernels());
    }
    match cli.command {
        None => annotate::run(&cli.annotate),
        Some(Command::Annotate(args)) => annotate::run(&args),
        Some(Command::Inspect(args)) => inspect::run(&args),
        Some(Command::Import(args)) => import::run(&args),
        Some(Command::Export(args)) => export::run(&args),
        Some(Command::Train(args)) => train::run(&args),
        Some(Command::Predict(args)) => predict::run(&args),
        Some(Command::Evaluate(args)) => evaluate::run(&args),
        Some(Command::Align(args)) => align::run(&args),
        Some(Command::Synthesize(args)) => synthesize::run(&args),
        Some(Command::TrainPictures(args)) => train_pictures::run(&args),
        Some(Command::Select(args)) => select::run(&args),
        Some(Command::Context(args)) => context::run(&args),
        Some(Command::Image(args)) => image::run(&args),
        Some(Command::Assign(args)) => assign::run(&args),
        Some(Command::Agree(args)) => agree::run(&args),
        Some(Command::Merge(args)) => merge::run(&args),
        Some(Command::Diff(args)) => diff::run(&args),
        Some(Command::Stats(args)) => stats::run(&args),
        Some(Command::Systems(args)) => systems::run(&args),
        Some(Command::Model(args)) => encoder::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Doctor(args)) => doctor::run(&args),
        Some(Command::Completions(args)) => completions::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
