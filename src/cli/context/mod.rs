//! `spanlight context`: texts that accompany tweets, taken in, made, listed, written, changed.

mod edit;
mod export;
mod import;
mod list;
mod remove;
mod run;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use spanlight_models::example::ContextKind;

use super::error::CliError;
use crate::project::contexts::ContextFilter;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Take captions, tags, texts, knowledge or similarities from a file
    Import(import::Args),
    /// Let a tool write contexts: text in pictures, captions, tags, knowledge; goes on where it was when given again
    Run(Box<run::Args>),
    /// Count contexts, or show those of some tweets
    List(list::Args),
    /// Write contexts to a file, one JSON object or one row each
    Export(export::Args),
    /// Write another text in a tweet's context, or give the tweet one
    Edit(edit::Args),
    /// Take contexts away
    Remove(remove::Args),
}

/// Which contexts are meant.
#[derive(Debug, clap::Args)]
struct Filter {
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Only contexts of this kind
    #[arg(long, value_parser = kinds())]
    kind: Option<ContextKind>,
    /// Only contexts from this source, as `context list` names it
    #[arg(long)]
    source: Option<String>,
    /// Only contexts of the tweet with this id; several may be given
    #[arg(long)]
    id: Vec<String>,
}

impl Filter {
    fn filter(&self) -> ContextFilter {
        ContextFilter { kind: self.kind, source: self.source.clone(), tweets: self.id.clone() }
    }
}

/// The names of kinds, as values.
fn kinds() -> impl TypedValueParser<Value = ContextKind> {
    PossibleValuesParser::new(ContextKind::ALL.map(ContextKind::name))
        .map(|name| ContextKind::from_name(&name).unwrap_or(ContextKind::Other))
}

pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::Import(args) => import::run(args),
        Command::Run(args) => run::run(args),
        Command::List(args) => list::run(args),
        Command::Export(args) => export::run(args),
        Command::Edit(args) => edit::run(args),
        Command::Remove(args) => remove::run(args),
    }
}
