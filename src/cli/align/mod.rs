//! `spanlight align`: where the words of tweets looked, as figures, arrays, tables and a report.

mod asker;
mod export;
mod folder;
mod options;
mod recorded;
mod trust;
mod writer;

use std::path::Path;

use clap::ArgGroup;
use serde::Serialize;
use spanlight_models::attribution::Method;
use spanlight_models::checkpoint;
use spanlight_models::input::Item;
use spanlight_models::trust::{NOTE, Report};

use self::asker::Asker;
use self::export::{Export, Exported};
use self::options::{Asking, Drawing, Written};
use super::box_files::BoxFiles;
use super::data::Data;
use super::error::CliError;
use super::interrupt::Interrupt;
use super::map_files::MapFiles;
use super::model::{self, Loaded, ModelArgs};
use super::output;
use super::subject::Subject;
use crate::config::Config;
use crate::figure::report::Head;

#[derive(Debug, clap::Args)]
#[command(mut_arg("data", |data| data.required(true)))]
#[command(mut_arg("map_folder", |folder| folder.conflicts_with_all(["against", "without"])))]
#[command(group(ArgGroup::new("wanted").args(["out", "html", "report"]).required(true).multiple(true)))]
#[command(group(ArgGroup::new("formats").multiple(true)))]
pub struct Args {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    boxes: BoxFiles,
    #[command(flatten)]
    maps: MapFiles,
    /// Only the tweet with this id; several may be given
    #[arg(long, value_name = "ID")]
    id: Vec<String>,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    written: Written,
    #[command(flatten)]
    drawing: Drawing,
    /// Print a summary as one JSON object
    #[arg(long)]
    json: bool,
}

/// What was done.
#[derive(Serialize)]
struct Summary<'a> {
    data: &'a Path,
    models: Vec<&'a str>,
    /// What models do not have of what was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_offered: Vec<NotOffered<'a>>,
    missing_images: usize,
    #[serde(flatten)]
    exported: Option<Exported>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reports: Vec<OneReport<'a>>,
}

#[derive(Serialize)]
struct NotOffered<'a> {
    model: &'a str,
    method: Method,
    reason: String,
}

#[derive(Serialize)]
struct OneReport<'a> {
    model: &'a str,
    #[serde(flatten)]
    report: Report,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    let look = args.asking.look(&args.drawing)?;
    let file = args.subject.data()?;
    let mut data = Data::read(file, &args.subject.reading, &args.subject.contexts)?;
    args.boxes.attach(&mut data.items)?;
    args.maps.attach(&mut data.items)?;
    data.items = chosen(file, data.items, &args.id)?;
    let Some(first) = data.items.first().cloned() else { return Err(CliError::NoTweets(file.to_owned())) };
    let interrupt = Interrupt::watch()?;

    let mut one = args.subject.model.load()?;
    model::speak_like(one.tagger.as_mut(), &data.labels);
    let other = args.asking.against.as_ref().map(|name| second(name, &args.subject.model, &data)).transpose()?;
    let askers = askers(args, &one, other.as_ref(), &first)?;
    let not_offered: Vec<NotOffered<'_>> = askers.iter().flat_map(not_offered).collect();
    for missing in &not_offered {
        output::note(format!("{}: {}", missing.model, missing.reason));
    }

    let mut reports = Vec::new();
    if args.written.report {
        for asker in askers.iter().filter(|asker| asker.has_any()) {
            let made = trust::reports(asker, &data.items, args.asking.spans, args.written.draws, &interrupt)?;
            reports.extend(made.into_iter().map(|report| OneReport { model: &asker.name, report }));
        }
    }
    let mut exported = None;
    if args.written.out.is_some() || args.written.html.is_some() {
        let names = [&one.name, other.as_ref().map_or(&one.name, |other| &other.name)];
        let models = names.iter().take(askers.len()).map(|name| identity(name));
        let recorded = args.maps.folder().map(|_| Ok(recorded::NAME.to_owned()));
        let checkpoints = models.chain(recorded).collect::<Result<_, _>>()?;
        let head = head(file, &askers, args, &look.selection.to_string(), data.items.len(), &reports);
        let fonts = match args.drawing.font.as_slice() {
            [] => Config::settings_of_user().fonts,
            named => named.to_vec(),
        };
        let export = Export { args, askers: &askers, look, labels: one.tagger.labels(), checkpoints, fonts, head };
        exported = Some(export.run(&data.items, &interrupt)?);
    }
    let models = askers.iter().map(|asker| asker.name.as_str()).collect();
    let summary = Summary { data: file, models, not_offered, missing_images: data.missing_images, exported, reports };
    output::result(args.json, &summary, || summary.lines())
}

/// The tweets with these ids, or all.
fn chosen(file: &Path, items: Vec<Item>, ids: &[String]) -> Result<Vec<Item>, CliError> {
    if let Some(id) = ids.iter().find(|id| items.iter().all(|item| item.example.id != **id)) {
        return Err(CliError::NoSuchTweet { file: file.to_owned(), id: id.clone() });
    }
    if ids.is_empty() {
        return Ok(items);
    }
    Ok(items.into_iter().filter(|item| ids.contains(&item.example.id)).collect())
}

/// The model that is compared with.
fn second(name: &str, first: &ModelArgs, data: &Data) -> Result<Loaded, CliError> {
    let mut loaded = ModelArgs { model: name.to_owned(), ..first.clone() }.load()?;
    model::speak_like(loaded.tagger.as_mut(), &data.labels);
    Ok(loaded)
}

/// Whom is asked what; refused where a model has nothing of it.
fn askers<'a>(
    args: &Args,
    one: &'a Loaded,
    other: Option<&'a Loaded>,
    first: &Item,
) -> Result<Vec<Asker<'a>>, CliError> {
    let (unit, methods, without) = (args.asking.unit, args.asking.methods(), args.asking.without);
    let mut askers = vec![Asker::new(short(&one.name), one.tagger.as_ref(), None, unit, &methods, first)];
    if other.is_some() || without.is_some() {
        let loaded = other.unwrap_or(one);
        let mut name = short(&loaded.name);
        if let Some(without) = without {
            name = format!("{name} without {}", without.name());
        } else if name == askers[0].name {
            // Two folders that are called alike are told apart by their whole path.
            askers[0].name.clone_from(&one.name);
            name.clone_from(&loaded.name);
        }
        askers.push(Asker::new(name, loaded.tagger.as_ref(), without, unit, &methods, first));
    }
    let nothing = askers.iter().position(|asker| !asker.has_any());
    if let Some(mut missing) = nothing.map(|place| askers.swap_remove(place).methods)
        && let Some(error) = missing.drain(..).find_map(|(_, missing)| missing)
    {
        return Err(error.into());
    }
    Ok(askers)
}

/// The last part of a model's path: where it lies is nobody else's business.
fn short(name: &str) -> String {
    Path::new(name).file_name().map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned())
}

fn not_offered<'a>(asker: &'a Asker<'_>) -> impl Iterator<Item = NotOffered<'a>> {
    let missing = |(method, missing): &'a (Method, Option<_>)| -> Option<NotOffered<'a>> {
        let error: &spanlight_models::attribution::AttributionError = missing.as_ref()?;
        Some(NotOffered { model: &asker.name, method: *method, reason: error.to_string() })
    };
    asker.methods.iter().filter_map(missing)
}

/// A model by its contents.
fn identity(name: &str) -> Result<String, CliError> {
    let folder = model::folder(name)?;
    checkpoint::identity(folder.as_deref()).map_err(CliError::io("reading the model", name))
}

/// What a report with figures says before all tweets.
fn head(
    file: &Path,
    askers: &[Asker<'_>],
    args: &Args,
    selection: &str,
    tweets: usize,
    reports: &[OneReport<'_>],
) -> Head {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let models: Vec<String> =
        askers.iter().map(|asker| format!("{} ({})", asker.name, asker.tagger.info().name)).collect();
    let mut facts = vec![
        ("data".to_owned(), format!("{name}, {tweets} tweets")),
        ("model".to_owned(), models.join(" against ")),
        ("methods".to_owned(), Method::list(&args.asking.methods())),
        ("unit".to_owned(), args.asking.unit.to_string()),
        ("layers and heads".to_owned(), selection.to_owned()),
        ("made by".to_owned(), format!("spanlight {}", env!("CARGO_PKG_VERSION"))),
    ];
    facts.extend(reports.iter().flat_map(|one| trust::facts(one.model, &one.report)));
    let mut remarks = vec![NOTE.to_owned()];
    remarks.extend(args.asking.methods().iter().map(|method| format!("{method}: {}.", method.caveat())));
    Head { title: format!("Where {} looked", models.join(" and ")), facts, remarks }
}

impl Summary<'_> {
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for one in &self.reports {
            lines.extend(trust::lines(one.model, &one.report));
            lines.push(String::new());
        }
        if let Some(done) = &self.exported {
            lines.push(format!("{} tweets, {} figures, {} files", done.tweets, done.figures, done.files));
            if done.before > 0 {
                lines.push(format!("{} tweets were finished before", done.before));
            }
            if done.without_map > 0 {
                lines.push(format!("{} tweets without any map; their figures say why", done.without_map));
            }
            if done.image_problems > 0 {
                lines.push(format!("{} tweets whose image cannot be used", done.image_problems));
            }
            if done.figures_with_boxes > 0 {
                lines.push(format!(
                    "{} figures with boxes for letters that no font has; name one with --font, or `fonts` in settings.toml",
                    done.figures_with_boxes
                ));
            }
            lines.extend(done.out.iter().map(|out| format!("written to {}", out.display())));
            match done.html.as_slice() {
                [] => {}
                [only] => lines.push(format!("report: {}", only.display())),
                [first, rest @ ..] => lines.push(format!("report: {} and {} more pages", first.display(), rest.len())),
            }
        }
        lines
    }
}
