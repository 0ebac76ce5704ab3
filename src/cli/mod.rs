//! The command line: one file per command, each a thin caller of the other rooms.
//!
//! Results go to standard output, everything else to standard error. A command ends with 0 when its work is done, with 1
//! when it failed and with 2 when it was used wrongly.

mod adjudicate;
mod agree;
mod align;
mod annotate;
mod arguments;
mod assign;
mod beginning;
mod bench;
mod box_files;
mod boxes;
mod comments;
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
mod history;
mod image;
mod import;
mod inspect;
mod interrupt;
mod keys;
mod logging;
mod map_files;
mod merge;
mod model;
mod output;
mod predict;
mod prediction_file;
mod progress;
mod projects;
mod queue;
mod screen;
mod select;
mod simulate;
mod stats;
mod subject;
mod suspects;
mod synthesize;
mod systems;
mod train;
mod train_pictures;
mod tutorial;
mod types;
mod version;

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
    /// Learn to label in ten minutes, on the screen, with tweets of its own
    Tutorial(Box<tutorial::Args>),
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
    /// List, draw and remove the boxes that show where entities are in the image
    Box(boxes::Args),
    /// List, make, describe, rename, merge and remove the types of a project's entities
    Types(types::Args),
    /// List, write, answer and remove comments, questions and decisions
    Comments(comments::Args),
    /// Give each of several annotators a project, with tweets that all of them get
    Assign(assign::Args),
    /// Measure how far several annotators agree
    Agree(agree::Args),
    /// Make one project of several annotators' projects
    Merge(merge::Args),
    /// List the tweets of a merged project about which the annotators differ, and settle them
    Adjudicate(adjudicate::Args),
    /// List everything that happened to a tweet, and go back to a point of it
    History(history::Args),
    /// Freeze a project's labels under a name, list such versions, and go back to one
    Version(version::Args),
    /// List what differs between two labellings of the same tweets
    Diff(diff::Args),
    /// List tweets by a filter, in the order in which they come next, and keep views of both
    Queue(queue::Args),
    /// Measure what an order of labelling and lessons are worth, with gold labels in the place of an annotator
    Simulate(Box<simulate::Args>),
    /// List labels that are likely wrong, or missing
    Suspects(Box<suspects::Args>),
    /// Count what is in a project
    Stats(stats::Args),
    /// List the systems that can be trained
    Systems(systems::Args),
    /// List, add and check the published encoders that systems begin with
    Model(encoder::Args),
    /// Measure how fast this machine trains and predicts
    Bench(bench::Args),
    /// Print the keys of the screen, and which of them collide
    Keys(keys::Args),
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
        Some(Command::Tutorial(args)) => tutorial::run(&args),
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
        Some(Command::Box(args)) => boxes::run(&args),
        Some(Command::Types(args)) => types::run(&args),
        Some(Command::Comments(args)) => comments::run(&args),
        Some(Command::Assign(args)) => assign::run(&args),
        Some(Command::Agree(args)) => agree::run(&args),
        Some(Command::Merge(args)) => merge::run(&args),
        Some(Command::Adjudicate(args)) => adjudicate::run(&args),
        Some(Command::History(args)) => history::run(&args),
        Some(Command::Version(args)) => version::run(&args),
        Some(Command::Diff(args)) => diff::run(&args),
        Some(Command::Queue(args)) => queue::run(&args),
        Some(Command::Simulate(args)) => simulate::run(&args),
        Some(Command::Suspects(args)) => suspects::run(&args),
        Some(Command::Stats(args)) => stats::run(&args),
        Some(Command::Systems(args)) => systems::run(&args),
        Some(Command::Model(args)) => encoder::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Keys(args)) => keys::run(&args),
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
