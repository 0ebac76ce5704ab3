//! A job that gives a project's tweets contexts: a provider is asked on threads of its own, and every answer is stored
//! at once, so that a job that is killed loses nothing and the next one does only what is missing.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use spanlight_models::example::ContextKind;

use crate::corpus::Listed;
use crate::corpus::contexts::Said;
use crate::project::contexts::{ContextResult, ContextTask, Known};
use crate::project::{Project, ProjectError, Role, StepId, TweetId};
use crate::providers::{Ended, Event, Failure, Job, JobItem, Provider};

/// The most answers that are stored in one transaction, when they come faster than they can be stored one by one.
const GROUP: usize = 256;

/// What a job is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextJobOptions {
    /// Only tweets of this role.
    pub role: Option<Role>,
    /// Only tweets with these ids; all where there is none.
    pub ids: Vec<String>,
    /// The most tweets.
    pub limit: Option<usize>,
    /// Questions that are asked at the same time.
    pub parallel: usize,
    /// Ask again what was answered before.
    pub again: bool,
}

/// Why a job cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ContextJobError {
    /// Something about the project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A thread cannot be started.
    #[error("a thread cannot be started: {0}")]
    Thread(io::Error),
}

/// A tweet without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unanswered {
    /// Id of the tweet.
    pub tweet: String,
    /// Why there is none.
    pub why: String,
}

/// How far a job is, and in the end what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Number of tweets that the job is about.
    pub tweets: usize,
    /// Number of tweets that had their contexts before.
    pub made: usize,
    /// Number of tweets that were answered, those among them for which there was an answer from before.
    pub answered: usize,
    /// Number of answers that were there from before, or were given for another tweet with the same picture.
    pub remembered: usize,
    /// Number of answers that say that there is nothing.
    pub nothing: usize,
    /// Number of answers from which control characters were taken out.
    pub cleaned: usize,
    /// Tweets without an answer, and why.
    pub failed: Listed<Unanswered>,
    /// Tweets that name no image, or one for which there is no file; there is nothing to look at.
    pub without_picture: Listed<String>,
    /// Number of tweets that were not asked about, because the provider was down or somebody stopped the job.
    pub not_asked: usize,
    /// Why the provider was given up.
    pub down: Option<String>,
}

impl Tally {
    /// Number of tweets about which something is known.
    pub fn done(&self) -> usize {
        self.made + self.answered + self.failed.total()
    }

    /// Number of tweets that a further job can give something.
    pub fn missing(&self) -> usize {
        self.failed.total() + self.not_asked
    }
}

/// A job on its way.
pub struct ContextJob {
    job: Job,
    provider: Arc<dyn Provider>,
    names: HashMap<TweetId, String>,
    /// Tweets that wait for the answer about another one.
    waiting: Vec<(TweetId, String)>,
    /// The step of undo that all results belong to.
    step: Option<StepId>,
    stopped: bool,
    tally: Tally,
    begun: Instant,
}

impl ContextJob {
    /// Starts the threads; nothing is stored before [`ContextJob::advance`].
    pub fn start(
        project: &Project,
        provider: Arc<dyn Provider>,
        options: &ContextJobOptions,
    ) -> Result<Self, ContextJobError> {
        let mut tasks = project.context_tasks(options.role)?;
        tasks.retain(|task| options.ids.is_empty() || options.ids.contains(&task.name));
        tasks.truncate(options.limit.unwrap_or(usize::MAX));
        let mut known = if options.again { Known::default() } else { project.known_answers()? };
        let mut tally = Tally { tweets: tasks.len(), ..Tally::default() };
        let mut names = HashMap::new();
        let mut items = Vec::new();
        for ContextTask { tweet, name, text, images, image } in tasks {
            if provider.needs_picture() && image.is_none() {
                tally.without_picture.push(name);
                continue;
            }
            let made: HashSet<String> = known.made.remove(&tweet).unwrap_or_default();
            items.push(JobItem { tweet, id: name.clone(), text, images, picture: image, made });
            names.insert(tweet, name);
        }
        let job = Job::start(Arc::clone(&provider), items, known.answers, options.parallel);
        let job = job.map_err(ContextJobError::Thread)?;
        Ok(Self { job, provider, names, waiting: Vec::new(), step: None, stopped: false, tally, begun: Instant::now() })
    }

    /// Waits at most so long for answers and stores those that came; whether the job goes on.
    ///
    /// Where storing fails, the answers that were to be stored are asked for again by the next job.
    pub fn advance(&mut self, project: &mut Project, wait: Duration) -> Result<bool, ProjectError> {
        let mut results = Vec::new();
        let (mut wait, mut goes_on) = (wait, true);
        while results.len() < GROUP {
            match self.job.next(wait) {
                Ok(Some(event)) => self.take(event, &mut results),
                Ok(None) => break,
                Err(Ended) => {
                    goes_on = false;
                    break;
                }
            }
            wait = Duration::ZERO;
        }
        self.store(project, &results)?;
        if !goes_on {
            self.finish(project)?;
        }
        Ok(goes_on)
    }

    /// Asks the threads to end soon; [`ContextJob::advance`] still takes in what is on its way.
    pub fn stop(&mut self) {
        self.stopped = true;
        self.job.stop();
    }

    /// Stops, and stores what still comes in this time; threads that wait for an answer longer than that are left.
    pub fn finish_within(&mut self, project: &mut Project, time: Duration) -> Result<(), ProjectError> {
        self.stop();
        let end = Instant::now() + time;
        while self.advance(project, end.saturating_duration_since(Instant::now()))? {
            if Instant::now() >= end {
                return self.finish(project);
            }
        }
        Ok(())
    }

    /// How far it is.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The time that is left, if it goes on as it went; `None` before the first answer.
    pub fn left(&self) -> Option<Duration> {
        let (done, all) = (self.tally.done(), self.names.len());
        let each = self.begun.elapsed().checked_div(u32::try_from(done).ok()?)?;
        Some(each * u32::try_from(all.saturating_sub(done)).ok()?)
    }

    fn take(&mut self, event: Event, results: &mut Vec<ContextResult>) {
        match event {
            Event::Made { .. } => self.tally.made += 1,
            Event::Known { tweet, key } => self.waiting.push((tweet, key)),
            Event::Answered { tweet, key, answer } => {
                self.tally.cleaned += usize::from(answer.cleaned);
                results.push(ContextResult { tweet, key, said: answer.said });
            }
            Event::Failed { why: Failure::Stopped, .. } => {}
            Event::Failed { tweet, why } => {
                if let Failure::Down(why) = &why {
                    self.tally.down = Some(why.clone());
                }
                self.fail(tweet, why.to_string());
            }
        }
    }

    fn fail(&mut self, tweet: TweetId, why: String) {
        let tweet = self.names.get(&tweet).cloned().unwrap_or_default();
        self.tally.failed.push(Unanswered { tweet, why });
    }

    fn store(&mut self, project: &mut Project, results: &[ContextResult]) -> Result<(), ProjectError> {
        if results.is_empty() {
            return Ok(());
        }
        let (source, kind) = (self.provider.source(), self.provider.kind());
        let made = kind.map_or("contexts", ContextKind::name);
        let summary = format!("{made} by {}", self.provider.name());
        let applied = project.store_results(&summary, source, kind, results, self.step)?;
        self.step = applied.map(|applied| applied.step).or(self.step);
        self.tally.answered += results.len();
        self.tally.nothing += results.iter().filter(|result| result.said == Said::default()).count();
        Ok(())
    }

    /// Gives the answers from before, and those about the same picture, to the tweets that wait for them.
    fn finish(&mut self, project: &mut Project) -> Result<(), ProjectError> {
        let waiting = std::mem::take(&mut self.waiting);
        for group in waiting.chunks(GROUP) {
            let mut results = Vec::new();
            for (tweet, key) in group {
                match project.answer(key)? {
                    Some(said) => results.push(ContextResult { tweet: *tweet, key: key.clone(), said }),
                    // A job that ends early has not come to them.
                    None if self.stopped || self.tally.down.is_some() => {}
                    None => self.fail(*tweet, "the same picture was not answered for another tweet".to_owned()),
                }
            }
            self.store(project, &results)?;
            self.tally.remembered += results.len();
        }
        self.tally.not_asked = self.names.len() - self.tally.done();
        Ok(())
    }
}
