//! `spanlight export`: writes a project's tweets with their current labels.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use spanlight_models::example::Flatten;

use super::arguments::{flattenings, formats, roles};
use super::error::CliError;
use super::import::skipped_line;
use super::output;
use crate::corpus::CorpusFormat;
use crate::project::{ExportOptions, ExportReport, FlattenedTweet, Project, ProjectError, Role};

/// How many tweets that were left out are told to people.
const LISTED: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the project; it may be open on a screen
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Format of the output [default: the format of the first imported file]
    #[arg(long, value_parser = formats())]
    format: Option<CorpusFormat>,
    /// File to write, which is replaced at once when all is written; for brat and gmner a folder that is not there yet
    /// [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Which tweets to write
    #[arg(long, value_parser = roles(), default_value = Role::Label.name())]
    role: Role,
    /// Write the labels of a version instead of those of now
    #[arg(long, value_name = "NAME")]
    version: Option<String>,
    /// Write only the tweets that fit a filter (see `spanlight queue list --help`)
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    filter: Option<String>,
    /// Of entities that share tokens, write the outermost or the innermost alone, and tell which are dropped
    #[arg(long, value_parser = flattenings())]
    flatten: Option<Flatten>,
    /// Print the report as one JSON object; needs --out
    #[arg(long, requires = "out")]
    json: bool,
}

/// What became of the export.
#[derive(Serialize)]
struct Report<'a> {
    project: &'a Path,
    out: &'a Path,
    format: &'static str,
    role: &'static str,
    #[serde(flatten)]
    export: &'a ExportReport,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let mut project = match &args.version {
        Some(version) => Project::open_version(&args.project, version)?,
        None => Project::open_read_only(&args.project)?,
    };
    super::queue::narrow(&mut project, args.filter.as_deref())?;
    let file = project.files().iter().find(|file| file.role == args.role);
    let role = args.role.name();
    let file = file.ok_or_else(|| CliError::NothingToExport { dir: args.project.clone(), role })?;
    let format = args.format.unwrap_or(file.format.into());
    let export = if let Some(out) = &args.out {
        let export = to_path(&project, format, args, out)?;
        let report = Report { project: &args.project, out, format: format.name(), role, export: &export };
        output::result(args.json, &report, || vec![format!("{}{}", describe(&export), out.display())])?;
        export
    } else if matches!(format, CorpusFormat::Exchange(format) if format.is_folder()) {
        return Err(CliError::NeedsFolder(format));
    } else {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let export = to_output(&project, format, args, &mut out).map_err(|error| match error {
            ProjectError::Output(cause) => CliError::output(cause),
            other => other.into(),
        })?;
        output::note(format!("{}standard output", describe(&export)));
        export
    };
    tell_losses(&export, format)
}

fn to_path(project: &Project, format: CorpusFormat, args: &Args, out: &Path) -> Result<ExportReport, CliError> {
    let Args { role, flatten, .. } = *args;
    match format {
        CorpusFormat::Own(format) => Ok(project.export_to_file(ExportOptions { format, role, flatten }, out)?),
        CorpusFormat::Exchange(format) if format.is_folder() && out.exists() => Err(CliError::Exists(out.to_owned())),
        CorpusFormat::Exchange(format) => Ok(project.export_for_to(ExportOptions { format, role, flatten }, out)?),
    }
}

fn to_output(
    project: &Project,
    format: CorpusFormat,
    args: &Args,
    out: &mut dyn io::Write,
) -> Result<ExportReport, ProjectError> {
    let Args { role, flatten, .. } = *args;
    match format {
        CorpusFormat::Own(format) => project.export(ExportOptions { format, role, flatten }, out),
        CorpusFormat::Exchange(format) => project.export_for(ExportOptions { format, role, flatten }, out),
    }
}

fn describe(report: &ExportReport) -> String {
    let ExportReport { tweets, unchanged, .. } = report;
    format!("{tweets} tweets ({unchanged} of them as imported) written to ")
}

/// Tells what the format could not hold; tweets that are missing in the output make the export fail.
fn tell_losses(report: &ExportReport, format: CorpusFormat) -> Result<(), CliError> {
    if !report.repairs.is_empty() {
        let count = report.repairs.total();
        output::note(format!("{count} tags without a proper predecessor were read as the beginning of an entity"));
    }
    if report.reduced > 0 {
        output::note(format!(
            "{format} cannot hold the further images, contexts or boxes of {} tweets",
            report.reduced
        ));
    }
    let flattened = report.flattened.total();
    if flattened > 0 {
        output::note(format!("entities that share tokens with others were dropped from {flattened} tweets:"));
        output::note(output::listing(report.flattened.items(), flattened, LISTED, flattened_line).join("\n"));
    }
    let left_out = report.left_out.total();
    if left_out == 0 {
        return Ok(());
    }
    output::note(output::listing(report.left_out.items(), left_out, LISTED, skipped_line).join("\n"));
    Err(CliError::LeftOut { left_out, all: report.tweets + left_out, format })
}

fn flattened_line(flattened: &FlattenedTweet) -> String {
    format!("tweet {}: dropped {}", flattened.tweet, output::spans(&flattened.dropped))
}
