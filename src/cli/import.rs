//! `spanlight import`: takes a corpus into a project.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Serialize;

use super::arguments::{Admitting, Reading, roles};
use super::error::CliError;
use super::{data, output, projects};
use crate::corpus::exchange::{Conversion, CutToken};
use crate::corpus::{Corpus, RepairedTag, SkippedTweet};
use crate::project::{ImportReport, Role};

/// How many lines of each list are told to people; `--json` has them all.
const LISTED: usize = 50;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The corpus, in any known format
    file: PathBuf,
    /// Folder of the project; made if it is not there
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// What the tweets are for: to be labelled, to be mixed into training, or to judge models by
    #[arg(long, value_parser = roles(), default_value = Role::Label.name())]
    role: Role,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    admitting: Admitting,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

/// What became of the import.
#[derive(Serialize)]
struct Report<'a> {
    project: &'a Path,
    file: &'a Path,
    format: &'static str,
    role: &'static str,
    entities: usize,
    missing_images: usize,
    /// New types that the project had under this name before a rename or a merge, with their present names.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    former_names: IndexMap<String, String>,
    /// How the file of another tool was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversion: Option<&'a Conversion>,
    #[serde(flatten)]
    import: ImportReport,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    // The corpus first: a malformed one must not leave an empty project behind.
    let structure = projects::structure(&args.project, args.admitting)?;
    let corpus = Corpus::read(&args.file, args.reading.options())?.fitted(structure, args.reading.skip_bad)?;
    let folders = data::image_folders(&args.file, &args.reading.images)?;
    let mut project = projects::open_or_create(&args.project, &corpus, folders, args.admitting)?;
    let former = project.settings().former_names();
    let import = project.import(&corpus, args.role)?;
    let known = |name: &String| former.get(name).map(|now| (name.clone(), now.clone()));
    let former_names = import.new_types.iter().filter_map(known).collect();
    let (mut entities, mut missing_images) = (0, 0);
    for example in corpus.examples() {
        entities += example.spans.len();
        missing_images += usize::from(!example.images.is_empty() && project.images().path_of(&example).is_none());
    }
    let conversion = corpus.conversion();
    let format = conversion.map_or(corpus.format().name(), |conversion| conversion.format);
    let (project, file, role) = (args.project.as_path(), args.file.as_path(), args.role.name());
    let report = Report { project, file, format, role, entities, missing_images, former_names, conversion, import };
    output::result(args.json, &report, || describe(&report))
}

fn describe(report: &Report<'_>) -> Vec<String> {
    let Report { project, file, format, role, entities, missing_images, former_names, conversion, import } = report;
    let ImportReport { tweets, new_types, repairs, skipped, comments, repeated_ids } = import;
    let (file, project) = (file.display(), project.display());
    let mut lines =
        vec![format!("{file} ({format}): {tweets} tweets with {entities} entities are in {project} as {role}")];
    if !new_types.is_empty() {
        lines.push(format!("new types: {}", new_types.join(", ")));
    }
    if *comments > 0 {
        lines.push(format!("comments taken in: {comments}"));
    }
    for (was, now) in former_names {
        lines.push(format!(
            "{was} is called {now} in this project: spanlight types merge {was} --into {now} makes them one"
        ));
    }
    if let Some(conversion) = conversion {
        lines.extend(conversion.lines());
        lines.extend(output::listing(conversion.cut.items(), conversion.cut.total(), LISTED, cut_line));
    }
    if *missing_images > 0 {
        lines.push(format!("images without a file: {missing_images} (give their folder with --images)"));
    }
    if !repeated_ids.is_empty() {
        lines.push(format!("ids that are there more than once: {}", repeated_ids.total()));
        lines.extend(output::listing(repeated_ids.items(), repeated_ids.total(), LISTED, Clone::clone));
    }
    if !repairs.is_empty() {
        lines.push(format!("tags read differently from how they stand: {} (an export keeps them)", repairs.total()));
        lines.extend(output::listing(repairs.items(), repairs.total(), LISTED, repair_line));
    }
    if !skipped.is_empty() {
        lines.push(format!("tweets left out: {}", skipped.total()));
        lines.extend(output::listing(skipped.items(), skipped.total(), LISTED, skipped_line));
    }
    lines
}

fn cut_line(cut: &CutToken) -> String {
    format!("line {}: tweet {}: {} is {}", cut.line, cut.tweet, cut.token, cut.parts.join(" | "))
}

fn repair_line(repaired: &RepairedTag) -> String {
    let line = repaired.line.map_or_else(String::new, |line| format!("line {line}: "));
    let repair = &repaired.repair;
    format!("{line}tweet {}: {} is read as {}", repaired.tweet, repair.from, repair.to)
}

/// A tweet that was left out, in one line.
pub fn skipped_line(skipped: &SkippedTweet) -> String {
    format!("tweet {}: {}", skipped.tweet, skipped.reason)
}
