//! The thread that looks through the queue for filters: it reads the store by a connection of its own, so that no key
//! waits for it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::{io, thread};

use crate::filter::{Counts, Facts, Filter, World};
use crate::project::{Project, ProjectError, Role, TweetId};

/// Tweets between two looks at whether anybody still wants to know.
const STRIDE: usize = 2048;

/// What the thread is asked.
#[derive(Debug)]
pub enum Question {
    /// Which tweets fit a filter, and how many have which values among those of another one.
    Sift {
        /// Number of the question; a later one makes it void.
        turn: u64,
        /// Which tweets.
        filter: Filter,
        /// Among which values are counted.
        base: Filter,
    },
    /// From now on changed tweets are judged by this filter.
    Keep(Option<Filter>),
    /// These tweets are others now.
    Changed(Vec<TweetId>),
    /// How far the annotators of a merged project differ.
    Differences,
}

/// What the thread says.
#[derive(Clone, Debug)]
pub enum Found {
    /// It reads the tweets: so many of so many.
    Reading(usize, usize),
    /// The answer to [`Question::Sift`].
    Sifted(Box<Sifted>),
    /// Rows of changed tweets, and whether they fit the filter that is kept.
    Moved(Vec<(usize, bool)>),
    /// How far the annotators differ.
    Differences(HashMap<TweetId, f32>),
    /// The store cannot be read.
    Failed(String),
}

/// The tweets that fit a filter.
#[derive(Clone, Debug, Default)]
pub struct Sifted {
    /// Number of the question.
    pub turn: u64,
    /// Their places in the queue, in order.
    pub rows: Vec<usize>,
    /// How many tweets have which values.
    pub counts: Counts,
}

/// A handle on the thread; dropping it ends the thread.
#[derive(Debug)]
pub struct Finder {
    questions: Sender<Question>,
    latest: Arc<AtomicU64>,
}

impl Finder {
    /// Starts the thread for the project in `dir`; `tell` is called on it.
    pub fn spawn(dir: &Path, tell: impl Fn(Found) + Send + 'static) -> io::Result<Self> {
        let (questions, asked) = channel();
        let latest = Arc::new(AtomicU64::new(0));
        let (dir, newest) = (dir.to_owned(), Arc::clone(&latest));
        let body = move || {
            if let Err(error) = answer(&dir, &asked, &newest, &tell) {
                tell(Found::Failed(error.to_string()));
            }
        };
        thread::Builder::new().name("finder".into()).spawn(body)?;
        Ok(Self { questions, latest })
    }

    /// Asks; the answer comes as a message.
    pub fn ask(&self, question: Question) {
        if let Question::Sift { turn, .. } = &question {
            self.latest.store(*turn, Ordering::Relaxed);
        }
        // A thread that has ended has said so.
        let _ = self.questions.send(question);
    }
}

/// What the thread knows.
struct Knowledge {
    project: Project,
    /// Per row of the queue.
    facts: Vec<Facts>,
    world: World,
    kept: Option<Filter>,
}

fn answer(
    dir: &Path,
    asked: &Receiver<Question>,
    latest: &AtomicU64,
    tell: &impl Fn(Found),
) -> Result<(), ProjectError> {
    let mut known: Option<Knowledge> = None;
    for question in asked {
        match question {
            Question::Differences => {
                tell(Found::Differences(Project::open_read_only(dir)?.annotator_differences()?));
            }
            // What is read later is read as it is then.
            Question::Changed(_) if known.is_none() => {}
            Question::Changed(tweets) => {
                if let Some(known) = &mut known {
                    let moved = known.changed(&tweets)?;
                    if !moved.is_empty() {
                        tell(Found::Moved(moved));
                    }
                }
            }
            Question::Keep(filter) => {
                if let Some(known) = &mut known {
                    known.kept = filter;
                }
            }
            Question::Sift { turn, filter, base } => {
                let known = match &mut known {
                    Some(known) => known,
                    empty => empty.insert(Knowledge::read(dir, tell)?),
                };
                if let Some(sifted) = known.sift(turn, &filter, &base, latest) {
                    tell(Found::Sifted(Box::new(sifted)));
                }
            }
        }
    }
    Ok(())
}

impl Knowledge {
    fn read(dir: &Path, tell: &impl Fn(Found)) -> Result<Self, ProjectError> {
        let project = Project::open_read_only(dir)?;
        let total = project.queue().len();
        let mut facts = Vec::with_capacity(total);
        let mut world = World::default();
        project.each_fact(|found, known| {
            if found.role == Role::Label {
                if facts.len() % STRIDE == 0 {
                    tell(Found::Reading(facts.len(), total));
                }
                facts.push(found);
            }
            if world.people.len() != known.people.len() {
                world = known.clone();
            }
            true
        })?;
        world.learned = project.world()?.learned;
        Ok(Self { project, facts, world, kept: None })
    }

    /// The answer, unless a later question came.
    fn sift(&self, turn: u64, filter: &Filter, base: &Filter, latest: &AtomicU64) -> Option<Sifted> {
        let mut sifted = Sifted { turn, ..Sifted::default() };
        for (row, facts) in self.facts.iter().enumerate() {
            if row % STRIDE == 0 && latest.load(Ordering::Relaxed) != turn {
                return None;
            }
            if base.admits(facts, &self.world) {
                sifted.counts.add(facts);
            }
            if filter.admits(facts, &self.world) {
                sifted.rows.push(row);
            }
        }
        sifted.counts.name(&self.world);
        Some(sifted)
    }

    /// Reads tweets again; their rows and whether they fit the filter that is kept.
    fn changed(&mut self, tweets: &[TweetId]) -> Result<Vec<(usize, bool)>, ProjectError> {
        self.world.learned = self.project.world()?.learned;
        let mut moved = Vec::new();
        for tweet in tweets {
            let Some(row) = self.project.index_of(*tweet).filter(|row| *row < self.facts.len()) else { continue };
            self.facts[row] = self.project.facts(*tweet, &mut self.world)?;
            if let Some(kept) = &self.kept {
                moved.push((row, kept.admits(&self.facts[row], &self.world)));
            }
        }
        Ok(moved)
    }
}
