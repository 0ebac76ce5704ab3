//! `spanlight comments`: comments, questions and decisions on tweets and entities, and why tweets are flagged.

use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::builder::TypedValueParser;
use serde::Serialize;

use super::arguments::named;
use super::error::CliError;
use super::output;
use crate::project::{CommentId, CommentKind, ListedRemark, Project, TweetId};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List all comments, questions, decisions and flags, or those of some tweets
    List {
        /// Folder of the project; it may be open on a screen
        #[arg(long, value_name = "DIR")]
        project: PathBuf,
        /// Id of a tweet; several may be given
        #[arg(long)]
        id: Vec<String>,
        /// Only those of this kind: comment, question, decision or flag
        #[arg(long, value_parser = ["comment", "question", "decision", "flag"])]
        kind: Option<String>,
        /// Print everything as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Write one on a tweet, or on words of it
    Add {
        /// What to write
        text: String,
        /// Folder of the project
        #[arg(long, value_name = "DIR")]
        project: PathBuf,
        /// Id of the tweet
        #[arg(long)]
        id: String,
        /// The words it is about: first token and one past the last, from 0
        #[arg(long, value_name = "START:END", value_parser = tokens)]
        tokens: Option<Tokens>,
        /// What it is
        #[arg(long, value_parser = kinds(), default_value = CommentKind::Comment.name())]
        kind: CommentKind,
        /// Print what was done as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Answer a question, which makes it a decision
    Answer(Written),
    /// Write something else in one
    Edit(Written),
    /// Take one away
    Remove {
        /// Its number, as `comments list` shows it
        number: CommentId,
        /// Folder of the project
        #[arg(long, value_name = "DIR")]
        project: PathBuf,
        /// Print what was done as one JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Written {
    /// Its number, as `comments list` shows it
    number: CommentId,
    /// What to write
    text: String,
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Print what was done as one JSON object
    #[arg(long)]
    json: bool,
}

/// Tokens of a tweet.
#[derive(Clone, Debug)]
pub(super) struct Tokens(pub Range<usize>);

/// Reads `START:END`.
pub(super) fn tokens(text: &str) -> Result<Tokens, String> {
    let ends = text.split_once(':').and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
    let ends = ends.filter(|(start, end): &(usize, usize)| start < end);
    ends.map(|(start, end)| Tokens(start..end)).ok_or_else(|| "write it as 0:2, the end past the last token".to_owned())
}

fn kinds() -> impl TypedValueParser<Value = CommentKind> {
    named(CommentKind::ALL.map(|kind| (kind.name(), kind)))
}

#[derive(Serialize)]
struct Listing {
    comments: Vec<ListedRemark>,
}

#[derive(Serialize)]
struct Report {
    id: CommentId,
    /// Whether the project was changed.
    changed: bool,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::List { project, id, kind, json } => list(project, id, kind.as_deref(), *json),
        Command::Add { text, project, id, tokens, kind, json } => {
            let mut project = Project::open(project)?;
            let tweet = tweet(&project, id)?;
            let tokens = tokens.as_ref().map(|tokens| tokens.0.clone());
            let (number, _) = project.add_comment(tweet, tokens, *kind, text)?;
            report(*json, number, true, "was written")
        }
        Command::Answer(Written { number, text, project, json }) => {
            let changed = Project::open(project)?.answer_comment(*number, text)?.is_some();
            report(*json, *number, changed, "is answered, and a decision now")
        }
        Command::Edit(Written { number, text, project, json }) => {
            let changed = Project::open(project)?.edit_comment(*number, text)?.is_some();
            report(*json, *number, changed, if changed { "has the new text" } else { "had this text already" })
        }
        Command::Remove { number, project, json } => {
            let changed = Project::open(project)?.remove_comment(*number)?.is_some();
            report(*json, *number, changed, "was taken away")
        }
    }
}

/// The tweet with this id in the corpus.
pub(super) fn tweet(project: &Project, id: &str) -> Result<TweetId, CliError> {
    project.tweet_called(id)?.ok_or_else(|| CliError::NoTweet(id.to_owned()))
}

fn report(json: bool, id: CommentId, changed: bool, done: &str) -> Result<(), CliError> {
    output::result(json, &Report { id, changed }, || vec![format!("number {id} {done}")])
}

fn list(dir: &Path, ids: &[String], kind: Option<&str>, json: bool) -> Result<(), CliError> {
    let project = Project::open_read_only(dir)?;
    for id in ids {
        tweet(&project, id)?;
    }
    let wanted = |listed: &ListedRemark| {
        (ids.is_empty() || ids.contains(&listed.tweet)) && kind.is_none_or(|kind| listed.remark.kind == kind)
    };
    let listing = Listing { comments: project.remarks()?.into_iter().filter(wanted).collect() };
    output::result(json, &listing, || {
        if listing.comments.is_empty() {
            return vec!["nothing was commented".to_owned()];
        }
        listing.comments.iter().flat_map(lines).collect()
    })
}

fn lines(ListedRemark { tweet, words, remark, .. }: &ListedRemark) -> Vec<String> {
    let number = remark.id.map(|id| format!("{id}. ")).unwrap_or_default();
    let about = if remark.tokens.is_some() { format!(" on “{words}”") } else { String::new() };
    let who = remark.who.as_ref().map(|who| format!(" ({who})")).unwrap_or_default();
    let mut lines = vec![format!("{number}{} {tweet}{about}{who}: {}", remark.kind, remark.text)];
    lines.extend(remark.answer.as_ref().map(|answer| format!("   → {} ({})", answer.text, answer.who)));
    lines
}
