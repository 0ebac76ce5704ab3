//! `spanlight context import`: takes a file of contexts into a project.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;
use spanlight_models::example::ContextKind;

use super::kinds;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::corpus::contexts::{ContextFile, ContextForm, ContextOptions};
use crate::corpus::{Listed, Problem};
use crate::project::Project;
use crate::project::contexts::{ContextImport, Coverage};

/// How many lines of each list are told to people; `--json` has them all.
const LISTED: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// File with the texts; its form is recognised by its content
    file: PathBuf,
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// What the texts are, where the file does not say so itself [default: what its form usually holds]; of
    /// similarities, the kind they belong to [default: all]
    #[arg(long, value_parser = kinds())]
    kind: Option<ContextKind>,
    /// Form of the file; recognised by its content where left out
    #[arg(long, value_parser = forms())]
    form: Option<ContextForm>,
    /// Replace all contexts of the kind, not only those from a file of the same name
    #[arg(long)]
    replace: bool,
    /// Go on without malformed entries
    #[arg(long)]
    skip_bad: bool,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

/// What became of the import.
#[derive(Serialize)]
struct Report<'a> {
    project: &'a Path,
    file: &'a Path,
    form: ContextForm,
    entries: usize,
    empty: &'a Listed<Problem>,
    skipped: &'a Listed<Problem>,
    #[serde(flatten)]
    import: ContextImport,
}

fn forms() -> impl TypedValueParser<Value = ContextForm> {
    PossibleValuesParser::new(ContextForm::ALL.map(ContextForm::name)).try_map(|name| name.parse::<ContextForm>())
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let options = ContextOptions { form: args.form, kind: args.kind, skip_bad: args.skip_bad };
    let file = ContextFile::read(&args.file, options)?;
    let mut project = Project::open(&args.project)?;
    let import = project.import_contexts(&file, args.kind, args.replace)?;
    let report = Report {
        project: &args.project,
        file: &args.file,
        form: file.form,
        entries: file.entries.len(),
        empty: &file.empty,
        skipped: &file.skipped,
        import,
    };
    output::result(args.json, &report, || describe(&report))
}

fn describe(report: &Report<'_>) -> Vec<String> {
    let Report { file, form, entries, import, .. } = report;
    let ContextImport { added, changed, removed, tweets, .. } = import;
    let mut lines = vec![
        format!("{} ({form}): {entries} entries, {tweets} tweets", file.display()),
        format!("contexts: {added} new, {changed} changed, {removed} taken away"),
    ];
    for coverage in &import.files {
        lines.extend(covered(coverage));
    }
    if !import.nothing_to_score.is_empty() {
        let (ids, total) = (import.nothing_to_score.items(), import.nothing_to_score.total());
        lines.push(format!("tweets without a context that the similarity could belong to: {total}"));
        lines.extend(output::listing(ids, total, LISTED, Clone::clone));
    }
    let lists = [
        ("entries about tweets that the project does not have", &import.extra),
        ("entries without a text", report.empty),
        ("malformed entries left out", report.skipped),
    ];
    for (title, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        lines.push(format!("{title}: {}", list.total()));
        let line = |problem: &Problem| {
            format!("{}:{}: tweet {}: {}", file.display(), problem.line, problem.tweet, problem.what)
        };
        lines.extend(output::listing(list.items(), list.total(), LISTED, line));
    }
    lines
}

/// How far a corpus is covered.
fn covered(coverage: &Coverage) -> Vec<String> {
    let Coverage { file, role, tweets, covered, missed, ends_early } = coverage;
    let role = role.name();
    if *covered == 0 {
        return vec![format!("{file} ({role}): nothing about any of its {tweets} tweets")];
    }
    if missed.is_empty() {
        return vec![format!("{file} ({role}): all {tweets} tweets")];
    }
    let mut lines = vec![format!("{file} ({role}): {covered} of {tweets} tweets, {} missed", missed.total())];
    if *ends_early {
        lines.push("  only the last tweet is missed: the file ends one tweet early, as some published ones do".into());
    }
    lines.extend(output::listing(missed.items(), missed.total(), LISTED, Clone::clone));
    lines
}
