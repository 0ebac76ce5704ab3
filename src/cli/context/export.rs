//! `spanlight context export`: writes contexts, one JSON object or one row each.

use std::io;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use super::Filter;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::corpus::contexts::ContextOutput;
use crate::project::{Project, ProjectError};
use crate::replace::replace_file;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    filter: Filter,
    /// JSON lines, or columns parted by tabs
    #[arg(long, value_parser = outputs(), default_value = ContextOutput::Jsonl.name())]
    format: ContextOutput,
    /// File to write, which is replaced at once when all is written [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the report as one JSON object; needs --out
    #[arg(long, requires = "out")]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    project: &'a Path,
    out: &'a Path,
    contexts: usize,
}

fn outputs() -> impl TypedValueParser<Value = ContextOutput> {
    PossibleValuesParser::new(ContextOutput::ALL.map(ContextOutput::name))
        .map(|name| if name == ContextOutput::Tsv.name() { ContextOutput::Tsv } else { ContextOutput::Jsonl })
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let project = Project::open_read_only(&args.filter.project)?;
    let filter = args.filter.filter();
    let Some(out) = &args.out else {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let written = project.export_contexts(&filter, args.format, &mut out);
        let contexts = written.map_err(|error| match error {
            ProjectError::Output(cause) => CliError::output(cause),
            other => other.into(),
        })?;
        output::note(format!("{contexts} contexts written to standard output"));
        return Ok(());
    };
    let mut result = Ok(0);
    let written = replace_file(out, |file| {
        result = project.export_contexts(&filter, args.format, file);
        if result.is_ok() { Ok(()) } else { Err(io::Error::other("stopped")) }
    });
    let contexts = match (result, written) {
        (Err(ProjectError::Output(cause)), _) | (Ok(_), Err(cause)) => {
            return Err(CliError::io("writing the contexts", out)(cause));
        }
        (result, _) => result?,
    };
    let report = Report { project: &args.filter.project, out, contexts };
    output::result(args.json, &report, || vec![format!("{contexts} contexts written to {}", out.display())])
}
