//! The job: tweet by tweet, picture by picture.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use spanlight_models::device::ChosenDevice;
use spanlight_models::example::Example;

use super::Args;
use super::folder::Folder;
use super::report::{CutPrompt, Report};
use super::source::Tweets;
use crate::cli::error::CliError;
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::{Progress, left};
use crate::corpus::{Format, ImageStore};
use crate::synthesis::{Made, Origin, Studio};

pub struct Work<'a> {
    args: &'a Args,
    studio: Studio,
    folder: Folder,
    interrupt: &'a Interrupt,
    progress: Progress,
    pace: Pace,
    report: Report,
    /// The finished tweets.
    lines: Vec<u8>,
}

impl<'a> Work<'a> {
    pub fn new(
        args: &'a Args,
        studio: Studio,
        folder: Folder,
        device: &ChosenDevice,
        interrupt: &'a Interrupt,
    ) -> Self {
        let (painter, recipe) = (studio.painter(), studio.recipe());
        let report = Report {
            out: args.out.clone(),
            model: args.model.clone(),
            model_sha256: painter.sha256().to_owned(),
            scheduler: painter.scheduler(),
            steps: recipe.steps,
            guidance: recipe.guidance,
            size: painter.size(recipe),
            device: device.name.clone(),
            ..Report::default()
        };
        let (progress, pace, lines) = (Progress::new(), Pace::default(), Vec::new());
        Self { args, studio, folder, interrupt, progress, pace, report, lines }
    }

    /// Draws what is missing for all tweets; what is finished counts when it is stopped.
    pub fn all(&mut self, Tweets { corpus, images }: &Tweets) -> Result<(), CliError> {
        let source = &self.args.source;
        let draws: Vec<bool> = corpus.examples().map(|tweet| source.draws(&tweet, images)).collect();
        self.report.wanted = draws.iter().filter(|draws| **draws).count() * usize::from(self.args.per_tweet);
        for (index, (tweet, draws)) in corpus.examples().zip(draws).enumerate() {
            let place = format!("tweet {} of {}", index + 1, corpus.len());
            let Some(ids) = self.tweet(&tweet, draws, images, &place)? else {
                self.report.stopped = true;
                break;
            };
            let line = corpus.line_with_images(index, &tweet, &ids);
            let line = line.map_err(|cause| CliError::Unwritable { tweet: tweet.id.clone(), cause })?;
            Format::Jsonl.append(&mut self.lines, &line);
            self.report.tweets += 1;
        }
        Ok(())
    }

    /// Writes the finished tweets.
    pub fn finish(mut self) -> Result<Report, CliError> {
        if self.report.tweets > 0 {
            self.folder.finish(&self.lines)?;
        }
        self.report.seconds_each = self.pace.each().map(|each| each.as_secs_f64());
        Ok(self.report)
    }

    /// The ids of a tweet's pictures; `None` if it was stopped.
    fn tweet(
        &mut self,
        tweet: &Example,
        draws: bool,
        images: &ImageStore,
        place: &str,
    ) -> Result<Option<Vec<String>>, CliError> {
        let name = self.folder.name(tweet);
        let mut ids = Vec::new();
        if draws {
            let words = self.args.source.prompt(tweet);
            if words.iter().all(|word| word.trim().is_empty()) {
                self.report.empty.push(tweet.id.clone());
            }
            for number in 1..=self.args.per_tweet {
                let id = format!("{name}-syn{number}");
                let place = format!("{place}, picture {number} of {}", self.args.per_tweet);
                let seed = self.args.seed.wrapping_add(u64::from(number) - 1);
                if !self.picture(&tweet.id, &id, &words, seed, &place)? {
                    return Ok(None);
                }
                ids.push(id);
            }
        }
        if self.args.source.keeps_own(draws) {
            ids.extend(self.folder.keep_own(tweet, images)?);
        }
        Ok(Some(ids))
    }

    /// Sees to it that the picture `id` is in the folder; false if it was stopped.
    fn picture(&mut self, tweet: &str, id: &str, words: &[String], seed: u64, place: &str) -> Result<bool, CliError> {
        if self.interrupt.wished() {
            return Ok(false);
        }
        let wanted = self.studio.provenance(words, seed)?;
        if let Some(cut) = wanted.cut.filter(|_| self.report.cut.last().is_none_or(|last| last.tweet != tweet)) {
            let from = words.get(cut.word).cloned().unwrap_or_default();
            self.report.cut.push(CutPrompt { tweet: tweet.to_owned(), from, cut });
        }
        let open = self.report.wanted - self.report.pictures();
        if self.folder.has(id, &wanted).is_some() {
            self.report.kept += 1;
            self.progress.update(|| place.to_owned());
            return Ok(true);
        }
        let begun = Instant::now();
        let (progress, pace, interrupt) = (&mut self.progress, &self.pace, self.interrupt);
        let made = self.studio.picture(&wanted, |step| {
            progress.update(|| {
                let share = step.step as f64 / step.steps as f64;
                let time = pace.left(begun.elapsed(), share, open);
                format!("{place}, step {} of {}, {} left", step.step, step.steps, left(time))
            });
            if interrupt.wished() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let Some(Made { picture, origin, sliced, not_kept }) = made else { return Ok(false) };
        if let Some(scores) = sliced {
            self.progress.note(&format!(
                "memory was short: attention is computed in slices of {scores} scores from here on, which takes longer"
            ));
            self.report.sliced = Some(scores);
        }
        if let Some(error) = not_kept {
            self.progress.note(&format!("the picture is not kept in the cache: {error}"));
        }
        self.folder.put(id, &picture)?;
        match origin {
            Origin::Cached => self.report.cached += 1,
            Origin::Drawn => {
                self.report.drawn += 1;
                self.pace.add(begun.elapsed());
            }
        }
        Ok(true)
    }
}

/// How long pictures take.
#[derive(Default)]
struct Pace {
    time: Duration,
    pictures: u32,
}

impl Pace {
    fn add(&mut self, time: Duration) {
        self.time += time;
        self.pictures += 1;
    }

    fn each(&self) -> Option<Duration> {
        self.time.checked_div(self.pictures)
    }

    /// The time that `open` pictures still need, of the first of which a `share` took the time `spent`.
    fn left(&self, spent: Duration, share: f64, open: usize) -> Duration {
        let each = (self.time + spent).div_f64(f64::from(self.pictures) + share.max(0.01));
        each.mul_f64((open as f64 - share).max(0.0))
    }
}
