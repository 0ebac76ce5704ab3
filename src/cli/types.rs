//! `spanlight types`: the scheme of a project's entity types.

use std::path::PathBuf;

use serde::Serialize;
use spanlight_models::example::SpanStructure;

use super::arguments::structures;
use super::error::CliError;
use super::output;
use crate::corpus::Listed;
use crate::project::{
    EntityType, LabelsOfRemoved, Misfit, Project, ProjectError, TypeEdit, TypePreview, TypeSample, TypeUse,
};

/// How many of the words that were labelled most are listed.
const EXAMPLES: usize = 10;

/// How many labels that would change are told to people.
const LISTED: usize = 10;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the types with their keys, colours, meanings, numbers of labels and what was labelled most
    List(Place),
    /// Make a type
    Add {
        /// Its name
        name: String,
        #[command(flatten)]
        looks: Looks,
        #[command(flatten)]
        change: Change,
    },
    /// Give a type another name; its labels in the whole project follow
    Rename {
        /// Its name
        name: String,
        /// Its new name
        to: String,
        #[command(flatten)]
        change: Change,
    },
    /// Make types one with another; their labels in the whole project follow
    Merge {
        /// The types that go
        #[arg(required = true)]
        from: Vec<String>,
        /// The type that stays
        #[arg(long, value_name = "TYPE")]
        into: String,
        #[command(flatten)]
        change: Change,
    },
    /// Give a type a meaning, a colour or a key; an empty value takes it away
    Describe {
        /// Its name
        name: String,
        #[command(flatten)]
        looks: Looks,
        #[command(flatten)]
        change: Change,
    },
    /// Tell whether the entities of a tweet may share tokens, or allow and forbid it
    ///
    /// flat: no token is in two entities. nested: of two that share a token, one holds the other. overlapping: they may share
    /// any tokens. A stricter setting is refused while labels do not fit it, and all tweets that are in its way are listed.
    Spans {
        /// What to admit from now on [default: nothing changes]
        #[arg(value_parser = structures())]
        structure: Option<SpanStructure>,
        #[command(flatten)]
        change: Change,
    },
    /// Remove a type
    Remove {
        /// Its name
        name: String,
        /// Take its labels away [default: the type is removed only if it has none]
        #[arg(long)]
        drop_labels: bool,
        #[command(flatten)]
        change: Change,
    },
}

#[derive(Debug, clap::Args)]
struct Place {
    /// Folder of the project
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Change {
    #[command(flatten)]
    place: Place,
    /// Only tell what would change
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
struct Looks {
    /// Colour as #rrggbb, or a theme's name of one
    #[arg(long)]
    color: Option<String>,
    /// The key that assigns the type, one character
    #[arg(long, value_parser = key)]
    key: Option<Key>,
    /// What the type means
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

/// A key, or none.
#[derive(Clone, Copy, Debug)]
struct Key(Option<char>);

fn key(text: &str) -> Result<Key, String> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (None, _) => Ok(Key(None)),
        (Some(c), None) if !c.is_control() && !c.is_whitespace() => Ok(Key(Some(c))),
        _ => Err("a key is one character".to_owned()),
    }
}

impl Looks {
    fn apply(&self, entry: &mut EntityType) {
        let given = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        if let Some(color) = &self.color {
            entry.color = given(color);
        }
        if let Some(Key(key)) = self.key {
            entry.key = key;
        }
        if let Some(description) = &self.description {
            entry.description = given(description);
        }
    }
}

#[derive(Serialize)]
struct Listing {
    types: Vec<TypeUse>,
}

#[derive(Serialize)]
struct Report {
    /// Whether the project was changed.
    changed: bool,
    #[serde(flatten)]
    preview: TypePreview,
    types: Vec<EntityType>,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::List(place) => list(place),
        Command::Add { name, looks, change } => {
            let mut entry = EntityType::named(name.as_str());
            looks.apply(&mut entry);
            edit(change, |_| Ok(TypeEdit::Add(entry)))
        }
        Command::Rename { name, to, change } => edit(change, |project| {
            Ok(TypeEdit::Change { name: name.clone(), to: EntityType { name: to.clone(), ..known(project, name)? } })
        }),
        Command::Merge { from, into, change } => {
            edit(change, |_| Ok(TypeEdit::Merge { from: from.clone(), into: into.clone() }))
        }
        Command::Describe { name, looks, change } => edit(change, |project| {
            let mut to = known(project, name)?;
            looks.apply(&mut to);
            Ok(TypeEdit::Change { name: name.clone(), to })
        }),
        Command::Spans { structure, change } => admit(*structure, change),
        Command::Remove { name, drop_labels, change } => {
            let labels = if *drop_labels { LabelsOfRemoved::Drop } else { LabelsOfRemoved::MustBeNone };
            edit(change, |_| Ok(TypeEdit::Remove { name: name.clone(), labels }))
        }
    }
}

/// What a project admits.
#[derive(Serialize)]
struct Admitted {
    spans: SpanStructure,
    /// Whether the project was changed.
    changed: bool,
    /// Tweets whose labels a stricter setting would not admit; only where it is asked for with --dry-run.
    #[serde(skip_serializing_if = "Listed::is_empty")]
    misfits: Listed<Misfit>,
}

fn admit(structure: Option<SpanStructure>, change: &Change) -> Result<(), CliError> {
    let dir = &change.place.project;
    let Some(structure) = structure.filter(|_| !change.dry_run) else {
        let project = Project::open_read_only(dir)?;
        let spans = project.settings().spans;
        let misfits = structure.map(|structure| project.misfits(structure)).transpose()?.unwrap_or_default();
        let told = Admitted { spans, changed: false, misfits };
        return output::result(change.place.json, &told, || match structure {
            None => vec![format!("spans = \"{spans}\"")],
            Some(structure) => would_admit(structure, &told.misfits),
        });
    };
    let changed = Project::open(dir)?.set_structure(structure)?;
    let done = Admitted { spans: structure, changed, misfits: Listed::default() };
    output::result(change.place.json, &done, || {
        vec![format!("spans = \"{structure}\"{}", if changed { "" } else { " already" })]
    })
}

fn would_admit(structure: SpanStructure, misfits: &Listed<Misfit>) -> Vec<String> {
    if misfits.is_empty() {
        return vec![format!("all labels fit spans = \"{structure}\"")];
    }
    let mut lines = vec![format!("labels of {} tweets do not fit spans = \"{structure}\":", misfits.total())];
    lines.extend(output::listing(misfits.items(), misfits.total(), LISTED, Misfit::line));
    lines
}

fn known(project: &Project, name: &str) -> Result<EntityType, CliError> {
    let found = project.settings().types().into_iter().find(|entry| entry.name == name);
    let names = || project.settings().labels.names().collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| {
        ProjectError::Type(format!("there is no type `{}`; there are {}", name.escape_debug(), names())).into()
    })
}

fn list(place: &Place) -> Result<(), CliError> {
    let project = Project::open_read_only(&place.project)?;
    let listing = Listing { types: project.types_in_use(EXAMPLES)? };
    output::result(place.json, &listing, || listing.types.iter().flat_map(type_lines).collect())
}

fn type_lines(TypeUse { entry, known, labels, done, examples }: &TypeUse) -> Vec<String> {
    let key = entry.key.map(|key| format!(", key {key}")).unwrap_or_default();
    let color = entry.color.as_ref().map(|color| format!(", {color}")).unwrap_or_default();
    let unknown = if *known { "" } else { ", not in the scheme" };
    let mut lines = vec![format!("{}: {labels} labels, {done} in done tweets{key}{color}{unknown}", entry.name)];
    lines.extend(entry.description.as_ref().map(|text| format!("  {text}")));
    if !entry.was.is_empty() {
        lines.push(format!("  was {}", entry.was.join(", ")));
    }
    if !examples.is_empty() {
        let told: Vec<String> = examples.iter().map(|(words, count)| format!("{words} ({count})")).collect();
        lines.push(format!("  most: {}", told.join(", ")));
    }
    lines
}

/// Previews a change and, unless that was all that was wanted, makes it.
fn edit(change: &Change, edit: impl FnOnce(&Project) -> Result<TypeEdit, CliError>) -> Result<(), CliError> {
    let dir = &change.place.project;
    let mut project = if change.dry_run { Project::open_read_only(dir)? } else { Project::open(dir)? };
    let edit = edit(&project)?;
    let preview = project.preview_types(&edit)?;
    let changed = !change.dry_run && project.change_types(&edit)?.is_some();
    let report = Report { changed, preview, types: project.settings().types() };
    output::result(change.place.json, &report, || describe(&report, change.dry_run))
}

fn describe(report: &Report, dry_run: bool) -> Vec<String> {
    let TypePreview { summary, labels, tweets, states, roles, human, samples } = &report.preview;
    let done = match (dry_run, report.changed) {
        (true, _) => "would change",
        (false, true) => "changed",
        (false, false) => "nothing to change:",
    };
    let mut lines = vec![format!("{summary}: {done} {labels} labels in {tweets} tweets ({human} by a person)")];
    let counts = states.iter().map(|(name, count)| format!("{count} {name}"));
    let others = roles.iter().filter(|(name, _)| **name != "label").map(|(name, count)| format!("{count} of {name}"));
    let counts: Vec<String> = counts.chain(others).collect();
    if !counts.is_empty() {
        lines.push(format!("  tweets: {}", counts.join(", ")));
    }
    lines.extend(output::listing(samples.items(), *labels, LISTED, sample_line));
    lines
}

fn sample_line(sample: &TypeSample) -> String {
    let TypeSample { tweet, before, words, behind, from, to } = sample;
    let to = to.as_deref().unwrap_or("no label");
    format!("{tweet}: {before} [{words}] {behind}: {from} -> {to}")
}
