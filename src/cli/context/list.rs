//! `spanlight context list`: counts of contexts by kind and source, or those of some tweets.

use indexmap::IndexMap;
use serde::Serialize;
use spanlight_models::example::ContextKind;

use super::Filter;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::project::Project;
use crate::project::contexts::{ListedContext, source_of};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    filter: Filter,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listing {
    /// Contexts of each kind, source and model.
    sources: Vec<Origin>,
    /// Those of the tweets that were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contexts: Vec<ListedContext>,
}

#[derive(Serialize)]
struct Origin {
    kind: ContextKind,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    contexts: usize,
    /// How many of them have a similarity.
    similarities: usize,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let project = Project::open_read_only(&args.filter.project)?;
    let shown = !args.filter.id.is_empty();
    let mut sources: IndexMap<(ContextKind, String, Option<String>), (usize, usize)> = IndexMap::new();
    let mut contexts = Vec::new();
    project.each_context(&args.filter.filter(), |listed| {
        let context = &listed.stored.record.context;
        let source = source_of(context).to_owned();
        let counts = sources.entry((context.kind, source, context.model.clone())).or_default();
        counts.0 += 1;
        counts.1 += usize::from(context.similarity.is_some());
        if shown {
            contexts.push(listed);
        }
        Ok::<(), CliError>(())
    })?;
    let sources = sources.into_iter().map(|((kind, source, model), (contexts, similarities))| Origin {
        kind,
        source,
        model,
        contexts,
        similarities,
    });
    let listing = Listing { sources: sources.collect(), contexts };
    output::result(args.json, &listing, || if shown { each(&listing.contexts) } else { counted(&listing.sources) })
}

fn counted(sources: &[Origin]) -> Vec<String> {
    if sources.is_empty() {
        return vec!["no contexts; spanlight context import and context run bring them".to_owned()];
    }
    let line = |source: &Origin| {
        let by = source.model.as_ref().map_or_else(String::new, |model| format!(", by {model}"));
        let scored = source.similarities;
        let scored = if scored == 0 { String::new() } else { format!(", {scored} with a similarity") };
        format!("{}: {} from {}{by}{scored}", source.kind, source.contexts, source.source)
    };
    sources.iter().map(line).collect()
}

fn each(contexts: &[ListedContext]) -> Vec<String> {
    let line = |listed: &ListedContext| {
        let context = &listed.stored.record.context;
        let mut about = vec![source_of(context).to_owned()];
        about.extend(context.model.clone());
        about.extend(context.similarity.map(|similarity| format!("similarity {similarity}")));
        about.extend(listed.stored.record.at.clone());
        let text = if context.items.is_empty() {
            context.text.replace('\n', " ")
        } else {
            context.items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>().join(", ")
        };
        format!("{} #{} {} ({}): {text}", listed.id, listed.stored.id.slot, context.kind, about.join(", "))
    };
    contexts.iter().map(line).collect()
}
