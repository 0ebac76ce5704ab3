//! `spanlight context edit`: writes another text in a tweet's context, or gives the tweet one.

use std::path::PathBuf;

use serde::Serialize;
use spanlight_models::example::{Context, ContextKind};

use super::kinds;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::project::Project;
use crate::project::contexts::{ContextFilter, ContextId, ListedContext};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The new text
    text: String,
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Id of the tweet
    #[arg(long)]
    id: String,
    /// Kind of the context; where the tweet has none of it, it gets one
    #[arg(long, value_parser = kinds())]
    kind: ContextKind,
    /// Number of the context, as `context list --id` shows it, where there are several
    #[arg(long)]
    number: Option<i64>,
    /// Print what was done as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    id: &'a str,
    /// Tweets of this id that have the text now.
    changed: usize,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let mut project = Project::open(&args.project)?;
    let filter = ContextFilter { kind: Some(args.kind), source: None, tweets: vec![args.id.clone()] };
    let mut found: Vec<ListedContext> = Vec::new();
    project.each_context(&filter, |listed| {
        found.push(listed);
        Ok::<(), CliError>(())
    })?;
    if let Some(number) = args.number {
        found.retain(|listed| listed.stored.id.slot == number);
        if found.is_empty() {
            return Err(CliError::NoContext { id: args.id.clone(), kind: args.kind.name(), number });
        }
    }
    let ids: Vec<ContextId> = found.iter().map(|listed| listed.stored.id).collect();
    let applied = match ids.as_slice() {
        [] => {
            let tweet = project.tweet_called(&args.id)?.ok_or_else(|| CliError::NoTweet(args.id.clone()))?;
            let context = Context { source: Some(project.who().to_owned()), ..Context::new(args.kind, &args.text) };
            project.put_context(tweet, context)?
        }
        [id] => project.edit_context(*id, &args.text)?,
        several => {
            let (id, kind, count) = (args.id.clone(), args.kind.name(), several.len());
            return Err(CliError::SeveralContexts { id, kind, count });
        }
    };
    let report = Report { id: &args.id, changed: applied.map_or(0, |applied| applied.tweets.len()) };
    output::result(args.json, &report, || {
        let done = if report.changed > 0 { "has the new text" } else { "had this text already" };
        vec![format!("tweet {}: the {} {done}", args.id, args.kind)]
    })
}
