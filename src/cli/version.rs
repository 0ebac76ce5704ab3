//! `spanlight version`: labels frozen under a name, listed, and gone back to.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::CliError;
use super::output;
use crate::project::{Project, Version};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Freeze the labels of now under a name; `diff`, `export --version` and `restore` take it
    Create(Named),
    /// List the versions
    List(Listing),
    /// Go back to the labels of a version, in one step that undo takes back
    Restore(Named),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// Name of the version
    name: String,
    #[command(flatten)]
    listing: Listing,
}

#[derive(Debug, clap::Args)]
struct Listing {
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Created<'a> {
    project: &'a Path,
    version: Version,
}

#[derive(Serialize)]
struct All<'a> {
    project: &'a Path,
    versions: Vec<Version>,
}

#[derive(Serialize)]
struct Restored<'a> {
    project: &'a Path,
    version: &'a str,
    /// Number of tweets that are labelled otherwise now.
    tweets: usize,
    missing_types: Vec<String>,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::Create(Named { name, listing: Listing { project: dir, json } }) => {
            let version = Project::open(dir)?.create_version(name)?;
            let report = Created { project: dir, version };
            output::result(*json, &report, || vec![format!("version {} is made", report.version.name)])
        }
        Command::List(Listing { project: dir, json }) => {
            let report = All { project: dir, versions: Project::open_read_only(dir)?.versions()? };
            output::result(*json, &report, || describe(&report.versions))
        }
        Command::Restore(Named { name, listing: Listing { project: dir, json } }) => {
            let restored = Project::open(dir)?.restore_version(name)?;
            let tweets = restored.applied.map_or(0, |applied| applied.tweets.len());
            let missing_types = restored.missing_types;
            if !missing_types.is_empty() {
                let names = missing_types.join(", ");
                output::note(format!("the settings of the project no longer have {names}; its labels are there again"));
            }
            let report = Restored { project: dir, version: name, tweets, missing_types };
            output::result(*json, &report, || {
                vec![format!("{tweets} tweets are labelled as in version {name} again; undo takes that back")]
            })
        }
    }
}

fn describe(versions: &[Version]) -> Vec<String> {
    if versions.is_empty() {
        return vec!["the project has no version yet; `spanlight version create NAME` makes one".to_owned()];
    }
    let row = |version: &Version| {
        let Version { name, at, who, edited_since, .. } = version;
        vec![name.clone(), at.clone(), who.clone(), format!("{edited_since} tweets edited since")]
    };
    output::table(&versions.iter().map(row).collect::<Vec<_>>())
}
