//! Threads that ask a provider about many tweets. Whoever started them takes in the events and stores the answers.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use spanlight_models::image_file;

use super::{Answer, Failure, Picture, Provider, Stop, Subject};
use crate::hash::stable_hash;

/// A tweet to ask about.
#[derive(Clone, Debug)]
pub struct JobItem {
    /// Its number, as events name it.
    pub tweet: i64,
    /// Its id.
    pub id: String,
    /// Its words, joined by spaces.
    pub text: String,
    /// Ids of its images, the preferred one first.
    pub images: Vec<String>,
    /// File of the preferred image.
    pub picture: Option<PathBuf>,
    /// Keys of what was made for it already.
    pub made: HashSet<String>,
}

/// What became of one tweet.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The provider answered.
    Answered {
        /// The tweet.
        tweet: i64,
        /// What the answer depends on.
        key: String,
        /// The answer.
        answer: Answer,
    },
    /// The same was answered before, or is being answered for another tweet.
    Known {
        /// The tweet.
        tweet: i64,
        /// What the answer depends on.
        key: String,
    },
    /// The tweet has what would be made.
    Made {
        /// The tweet.
        tweet: i64,
    },
    /// No answer.
    Failed {
        /// The tweet.
        tweet: i64,
        /// Why.
        why: Failure,
    },
}

/// The threads.
#[derive(Debug)]
pub struct Job {
    events: Receiver<Event>,
    stop: Stop,
}

/// What the threads share.
struct Shared {
    provider: Arc<dyn Provider>,
    items: Mutex<std::vec::IntoIter<JobItem>>,
    /// Keys that need not be asked.
    known: Mutex<HashSet<String>>,
    stop: Stop,
}

impl Job {
    /// Starts asking about all items, `parallel` at a time; to `known` keys there are answers.
    pub fn start(
        provider: Arc<dyn Provider>,
        items: Vec<JobItem>,
        known: HashSet<String>,
        parallel: usize,
    ) -> io::Result<Self> {
        let (send, events) = channel();
        let stop = Stop::default();
        let threads = parallel.clamp(1, items.len().max(1));
        let (items, known) = (Mutex::new(items.into_iter()), Mutex::new(known));
        let shared = Arc::new(Shared { provider, items, known, stop: stop.clone() });
        for number in 0..threads {
            let (shared, send) = (Arc::clone(&shared), send.clone());
            let name = format!("provider-{number}");
            let started = thread::Builder::new().name(name).spawn(move || work(&shared, &send));
            // Those that were started must not go on without anyone listening.
            started.inspect_err(|_| stop.raise())?;
        }
        Ok(Self { events, stop })
    }

    /// The next event; `None` where none came in this time.
    pub fn next(&self, wait: Duration) -> Result<Option<Event>, Ended> {
        match self.events.recv_timeout(wait) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Ended),
        }
    }

    /// Asks the threads to end; what they were just told still comes.
    pub fn stop(&self) {
        self.stop.raise();
    }
}

/// No thread is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

impl Drop for Job {
    fn drop(&mut self) {
        self.stop();
    }
}

fn work(shared: &Shared, events: &Sender<Event>) {
    while !shared.stop.raised() {
        let item = shared.items.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some(item) = item else { return };
        let event = answer(shared, &item).unwrap_or_else(|why| Event::Failed { tweet: item.tweet, why });
        if let Event::Failed { why: Failure::Down(_), .. } = event {
            shared.stop.raise();
        }
        // Nobody listens any more.
        if events.send(event).is_err() {
            return;
        }
    }
}

fn answer(shared: &Shared, item: &JobItem) -> Result<Event, Failure> {
    let (provider, tweet) = (shared.provider.as_ref(), item.tweet);
    let bytes = match item.picture.as_ref().filter(|_| provider.needs_picture()) {
        None => Vec::new(),
        Some(path) => {
            let unreadable = |error: &dyn std::fmt::Display| Failure::Tweet(error.to_string());
            // The header first: what is no picture, or too large to be one, is not read.
            image_file::probe(path).map_err(|error| unreadable(&error))?;
            std::fs::read(path).map_err(|error| unreadable(&format!("{}: {error}", path.display())))?
        }
    };
    let key = key(provider, item, &bytes);
    if item.made.contains(&key) {
        return Ok(Event::Made { tweet });
    }
    if !shared.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone()) {
        return Ok(Event::Known { tweet, key });
    }
    let image = item.images.first().map_or(item.id.as_str(), String::as_str);
    let picture = item.picture.as_ref().map(|path| Picture { path, bytes: &bytes, id: image });
    let subject = Subject { id: &item.id, text: &item.text, images: &item.images, picture };
    let answer = provider.ask(&subject, &shared.stop).inspect_err(|_| {
        // Another tweet with the same picture may have more luck.
        shared.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    })?;
    Ok(Event::Answered { tweet, key, answer })
}

/// What an answer depends on: the picture's content, or the id where no picture is looked at, the words where they are
/// read, and the provider.
fn key(provider: &dyn Provider, item: &JobItem, bytes: &[u8]) -> String {
    let content = if provider.needs_picture() { bytes } else { item.id.as_bytes() };
    let of_content =
        if provider.reads_text() { stable_hash(&[content, item.text.as_bytes()]) } else { stable_hash(&[content]) };
    let length = content.len();
    let of_provider = stable_hash(&[provider.name().as_bytes(), b"\0", provider.fingerprint().as_bytes()]);
    format!("{of_content:016x}{length:x}-{of_provider:016x}")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use spanlight_models::example::ContextKind;

    use super::*;

    /// Answers by the id; `bad` fails, `down` is the end.
    #[derive(Default)]
    struct Scripted {
        asked: AtomicUsize,
    }

    impl Provider for Scripted {
        fn name(&self) -> &'static str {
            "scripted"
        }

        fn source(&self) -> &'static str {
            "scripted"
        }

        fn kind(&self) -> Option<ContextKind> {
            None
        }

        fn fingerprint(&self) -> &'static str {
            "1"
        }

        fn needs_picture(&self) -> bool {
            false
        }

        fn ask(&self, subject: &Subject<'_>, _stop: &Stop) -> Result<Answer, Failure> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            match subject.id {
                "bad" => Err(Failure::Tweet("bad".into())),
                "down" => Err(Failure::Down("down".into())),
                _ => Ok(Answer::default()),
            }
        }
    }

    fn run(ids: &[&str], made: &[&str], known: &[&str], parallel: usize) -> (Vec<Event>, usize) {
        let provider = Arc::new(Scripted::default());
        let item = |tweet: usize, id: &str, made: HashSet<String>| JobItem {
            tweet: tweet as i64,
            id: id.to_owned(),
            text: String::new(),
            images: Vec::new(),
            picture: None,
            made,
        };
        let keys = |ids: &[&str]| -> HashSet<String> {
            ids.iter().map(|id| key(provider.as_ref(), &item(0, id, HashSet::new()), &[])).collect()
        };
        let items = ids.iter().enumerate().map(|(tweet, id)| item(tweet, id, keys(made))).collect();
        let shared: Arc<dyn Provider> = Arc::clone(&provider) as Arc<dyn Provider>;
        let job = Job::start(shared, items, keys(known), parallel).expect("threads");
        let mut events = Vec::new();
        while let Ok(event) = job.next(Duration::from_secs(5)) {
            events.extend(event);
        }
        (events, provider.asked.load(Ordering::Relaxed))
    }

    #[test]
    fn only_what_is_missing_is_asked() {
        let (events, asked) = run(&["a", "b", "c", "a", "bad"], &["b"], &["c"], 1);
        assert!(matches!(events[0], Event::Answered { tweet: 0, .. }));
        assert_eq!(events[1], Event::Made { tweet: 1 });
        assert!(matches!(events[2], Event::Known { tweet: 2, .. }));
        assert!(matches!(events[3], Event::Known { tweet: 3, .. }), "the first one answers for both");
        assert_eq!(events[4], Event::Failed { tweet: 4, why: Failure::Tweet("bad".into()) });
        assert_eq!(asked, 2);
    }

    #[test]
    fn a_provider_that_is_down_is_left_alone() {
        let (events, asked) = run(&["a", "down", "b", "c"], &[], &[], 1);
        assert_eq!((events.len(), asked), (2, 2));
        let ids: Vec<String> = (0..100).map(|id| id.to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        assert_eq!(run(&ids, &[], &[], 8).1, 100);
    }
}
