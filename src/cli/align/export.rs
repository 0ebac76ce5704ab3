//! The files of many tweets, some at a time, so that a stopped export can go on.

use std::fs;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};
use spanlight_models::input::Item;

use super::Args;
use super::asker::{Answered, Asker};
use super::folder::{self, Finished, Folder};
use super::writer::{Job, Writer};
use crate::cli::error::CliError;
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::{self, Progress};
use crate::figure::report::{Entry, Head, Place, page};
use crate::figure::{Look, MAPS_HEADER, Typeface};
use crate::hash::stable_hash;
use crate::replace::replace_file;

/// Tweets that are asked about at once, and that are on one page of a report.
const PAGE: usize = 32;

/// The table of all maps.
const MAPS: &str = "maps.csv";

/// What was done.
#[derive(Debug, Default, Serialize)]
pub struct Exported {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out: Option<PathBuf>,
    /// Pages of the report.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub html: Vec<PathBuf>,
    /// Tweets that are finished now.
    pub tweets: usize,
    /// Those of them that were finished before.
    pub before: usize,
    pub figures: usize,
    pub files: usize,
    /// Tweets of which no model has a map.
    pub without_map: usize,
    /// Tweets whose image cannot be used; their figures say why.
    pub image_problems: usize,
    /// Figures in which boxes stand for letters that no font has.
    pub figures_with_boxes: usize,
}

/// All that an export needs.
pub struct Export<'a> {
    pub args: &'a Args,
    pub askers: &'a [Asker<'a>],
    pub look: Look,
    pub labels: &'a spanlight_models::example::LabelSet,
    pub checkpoints: Vec<String>,
    /// Fonts besides the one in the program.
    pub fonts: Vec<PathBuf>,
    /// What the report says before all tweets.
    pub head: Head,
}

impl Export<'_> {
    /// Writes everything that is not finished.
    pub fn run(&self, items: &[Item], interrupt: &Interrupt) -> Result<Exported, CliError> {
        let written = &self.args.written;
        let typeface = Typeface::new(&self.fonts)?;
        let names = folder::names(items.iter().map(|item| item.example.id.as_str()));
        let hashes: Vec<String> = items.iter().map(hash).collect();
        let open = |out: &PathBuf| Folder::open(out, &self.settings(), written.fresh);
        let mut folder = written.out.as_ref().map(open).transpose()?;
        let pages = written.html.as_deref().map(|file| pages(file, items.len())).transpose()?.unwrap_or_default();
        let on_page = |place: usize| (!pages.is_empty()).then_some(place / PAGE);
        let named = items.iter().zip(names.iter().zip(&hashes)).enumerate();
        let jobs: Vec<Job<'_>> =
            named.map(|(place, (item, (name, tweet)))| Job { item, name, tweet, page: on_page(place) }).collect();
        let mut done = Exported { out: written.out.clone(), html: pages.clone(), ..Exported::default() };
        let (mut progress, began) = (Progress::new(), Instant::now());
        for jobs in jobs.chunks(PAGE) {
            let on_page = jobs.first().and_then(|job| job.page);
            let before = |job: &Job<'_>| folder.as_ref()?.has(job.name, job.tweet, job.page).cloned();
            let mut before: Vec<Option<Finished>> = jobs.iter().map(before).collect();
            // A page holds all of its tweets, so it is made as a whole.
            if on_page.is_some_and(|page| !pages[page].is_file() || before.iter().any(Option::is_none)) {
                before.fill(None);
            }
            for finished in before.iter().flatten() {
                done.add(finished, true);
            }
            let todo: Vec<&Job<'_>> =
                jobs.iter().zip(&before).filter(|(_, before)| before.is_none()).map(|(job, _)| job).collect();
            if todo.is_empty() {
                continue;
            }
            progress.update(|| done.line(items.len(), began.elapsed()));
            let asked: Vec<Item> = todo.iter().map(|job| job.item.clone()).collect();
            let Some(answered) = self.ask(&asked, interrupt)? else { return Err(self.stopped(&done, items.len())) };
            let writer = Writer {
                written,
                folder: folder.as_ref(),
                look: &self.look,
                typeface: &typeface,
                labels: self.labels,
                spans: self.args.asking.spans,
                zoom: self.args.drawing.zoom,
                checkpoints: &self.checkpoints,
            };
            let (finished, entries) = write(&writer, &todo, answered, interrupt)?;
            let whole = finished.len() == todo.len();
            if let Some(page) = on_page.filter(|_| whole) {
                self.page(&pages, page, &entries)?;
            }
            // Without its page a tweet is not finished.
            if whole || on_page.is_none() {
                for finished in &finished {
                    done.add(finished, false);
                }
                if let Some(folder) = &mut folder {
                    folder.finish(finished)?;
                }
            }
            if interrupt.wished() && done.tweets < items.len() {
                return Err(self.stopped(&done, items.len()));
            }
        }
        drop(progress);
        if let Some(folder) = &mut folder {
            folder.settle(&names)?;
            if written.csv {
                let lines = names.iter().filter_map(|name| folder.get(name)).flat_map(|finished| &finished.maps);
                let table = lines.fold(MAPS_HEADER.to_owned(), |table, line| table + line + "\n");
                folder.write(MAPS, |out| out.write_all(table.as_bytes()))?;
                done.files += 1;
            }
        }
        Ok(done)
    }

    /// For every tweet what the models say; `None` where the person wants an end.
    fn ask(&self, items: &[Item], interrupt: &Interrupt) -> Result<Option<Vec<Vec<Answered>>>, CliError> {
        let mut tweets: Vec<Vec<Answered>> = items.iter().map(|_| Vec::new()).collect();
        for asker in self.askers {
            let Some(answered) = asker.ask(items, interrupt)? else { return Ok(None) };
            for (tweet, answered) in tweets.iter_mut().zip(answered) {
                tweet.push(answered);
            }
        }
        Ok(Some(tweets))
    }

    fn stopped(&self, done: &Exported, tweets: usize) -> CliError {
        CliError::ExportStopped { done: done.tweets, tweets, goes_on: self.args.written.out.is_some() }
    }

    fn page(&self, pages: &[PathBuf], number: usize, entries: &[Entry]) -> Result<(), CliError> {
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let files: Vec<String> = pages.iter().map(name).collect();
        let text = page(&self.head, entries, &Place { number, files: &files });
        let path = &pages[number];
        replace_file(path, |out| out.write_all(text.as_bytes())).map_err(CliError::io("writing the report", path))
    }

    /// What decides over the contents of the files.
    fn settings(&self) -> Value {
        let (args, asking, written) = (self.args, &self.args.asking, &self.args.written);
        let models: Vec<Value> = self
            .askers
            .iter()
            .zip(&self.checkpoints)
            .map(|(asker, checkpoint)| json!({"name": asker.name, "checkpoint": checkpoint}))
            .collect();
        let formats = [
            ("png", written.png),
            ("svg", written.svg),
            ("npz", written.npz),
            ("safetensors", written.safetensors),
            ("csv", written.csv),
        ];
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "data": args.subject.data.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy()),
            "models": models,
            "without": asking.without,
            "recorded maps": args.maps.folder().and_then(Path::file_name).map(|name| name.to_string_lossy()),
            "unit": asking.unit,
            "methods": asking.methods(),
            "layers and heads": self.look.selection,
            "direction to tokens": self.look.to_tokens,
            "spans": asking.spans,
            "scale": self.look.scale.to_string(),
            "colors": format!("{:?}", self.look.colors),
            "style": format!("{:?}", self.look.style),
            "zoom": args.drawing.zoom,
            "fonts": self.fonts,
            "formats": formats.iter().filter(|(_, wanted)| *wanted).map(|(name, _)| *name).collect::<Vec<_>>(),
            "heads": written.heads,
            "html": written.html,
        })
    }
}

/// Writes tweets side by side; those that nobody waits for any more are left out.
fn write(
    writer: &Writer<'_>,
    jobs: &[&Job<'_>],
    answered: Vec<Vec<Answered>>,
    interrupt: &Interrupt,
) -> Result<(Vec<Finished>, Vec<Entry>), CliError> {
    let jobs = jobs.par_iter().zip(answered).filter(|_| !interrupt.wished());
    let made: Vec<(Finished, Entry)> =
        jobs.map(|(job, answered)| writer.write(job, answered)).collect::<Result<_, CliError>>()?;
    Ok(made.into_iter().unzip())
}

impl Exported {
    /// How far it is, for people.
    fn line(&self, tweets: usize, elapsed: Duration) -> String {
        let (made, rest) = (self.tweets - self.before, tweets - self.tweets);
        let left = match u32::try_from(made) {
            Ok(0) | Err(_) => String::new(),
            Ok(made) => format!(", {} left", progress::left(elapsed / made * rest as u32)),
        };
        format!("tweet {} of {tweets}{left}", self.tweets)
    }

    fn add(&mut self, finished: &Finished, before: bool) {
        self.tweets += 1;
        self.before += usize::from(before);
        self.figures += finished.figures;
        self.figures_with_boxes += finished.boxed;
        self.files += finished.files.len();
        self.without_map += usize::from(!finished.mapped);
        self.image_problems += usize::from(finished.problem.is_some());
    }
}

/// What a tweet's files are made of.
fn hash(item: &Item) -> String {
    let tweet = serde_json::to_vec(&item.example).unwrap_or_default();
    let length = |path: &Path| path.metadata().map_or(0, |metadata| metadata.len()).to_le_bytes();
    let image = item.image.as_deref().map_or([0; 8], length);
    match item.maps.as_deref().map(length) {
        Some(maps) => format!("{:016x}", stable_hash(&[&tweet, &image, &maps])),
        None => format!("{:016x}", stable_hash(&[&tweet, &image])),
    }
}

/// The files of a report on `tweets` tweets, in a folder that is made.
fn pages(file: &Path, tweets: usize) -> Result<Vec<PathBuf>, CliError> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(CliError::io("making the folder of the report", folder))?;
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let ending = file.extension().map_or_else(|| "html".to_owned(), |ending| ending.to_string_lossy().into_owned());
    let name = |number: usize| match number {
        0 => file.to_owned(),
        _ => file.with_file_name(format!("{stem}-{}.{ending}", number + 1)),
    };
    Ok((0..tweets.div_ceil(PAGE).max(1)).map(name).collect())
}
