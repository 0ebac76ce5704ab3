//! The names that were labelled before, looked up by a thread of their own: keys wait neither for the store nor for counts.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use spanlight_models::example::Span;

use super::message::Message;
use crate::project::{Dictionary, DictionarySource, Known, ProjectError, TweetId};

/// What the thread is told or asked.
#[derive(Clone, Debug)]
pub enum Ask {
    /// The labels or states of these tweets changed.
    Changed(Vec<TweetId>),
    /// A person turned a name down.
    Rejected {
        /// In this tweet.
        tweet: TweetId,
        /// At this token.
        start: usize,
        /// The name's tokens.
        words: Vec<String>,
    },
    /// What was turned down in a tweet is offered again.
    Restored(TweetId),
    /// Which known names stand in a tweet.
    Look {
        /// The tweet.
        tweet: TweetId,
        /// Its tokens.
        tokens: Vec<String>,
        /// Its labels, which stay as they are.
        labels: Vec<Span>,
    },
}

/// The known names of the open tweet, and the way to the thread that finds them.
#[derive(Debug, Default)]
pub struct Lookup {
    asks: Option<Sender<Ask>>,
    found: Option<(TweetId, Vec<Known>)>,
}

impl Lookup {
    /// Starts the thread; it reads everything that was labelled so far, and tells what it finds as messages.
    pub fn start(source: DictionarySource, messages: Sender<Message>) -> io::Result<Self> {
        let (asks, asked) = channel();
        thread::Builder::new().name("dictionary".into()).spawn(move || {
            if let Err(error) = answer(&source, &asked, &messages) {
                tracing::warn!("names that were labelled before are not offered any more: {error}");
            }
        })?;
        Ok(Self { asks: Some(asks), found: None })
    }

    /// Whether names are looked up.
    pub fn is_on(&self) -> bool {
        self.asks.is_some()
    }

    /// Tells or asks the thread, where there is one.
    pub fn ask(&self, ask: Ask) {
        if let Some(asks) = &self.asks {
            // A thread that ended has told why.
            let _ = asks.send(ask);
        }
    }

    /// Takes an answer in.
    pub fn answered(&mut self, tweet: TweetId, found: Vec<Known>) {
        self.found = Some((tweet, found));
    }

    /// The known names of a tweet, as far as they are told.
    pub fn of(&self, tweet: TweetId) -> &[Known] {
        self.found.as_ref().filter(|(of, _)| *of == tweet).map_or(&[], |(_, found)| found)
    }
}

/// Answers until nobody asks any more.
fn answer(source: &DictionarySource, asked: &Receiver<Ask>, messages: &Sender<Message>) -> Result<(), ProjectError> {
    let mut dictionary = Dictionary::default();
    for tweet in source.read_all()? {
        dictionary.read(&tweet);
    }
    while let Ok(first) = asked.recv() {
        // Of all the tweets that were gone through meanwhile only the last is still open.
        let mut last = None;
        for ask in std::iter::once(first).chain(asked.try_iter()) {
            match ask {
                Ask::Changed(tweets) => {
                    for tweet in tweets {
                        match source.read(tweet)? {
                            Some(read) => dictionary.read(&read),
                            None => dictionary.forget(tweet),
                        }
                    }
                }
                Ask::Rejected { tweet, start, words } => dictionary.reject(tweet, start, &words),
                Ask::Restored(tweet) => dictionary.restore(tweet),
                Ask::Look { tweet, tokens, labels } => last = Some((tweet, tokens, labels)),
            }
        }
        if let Some((tweet, tokens, labels)) = last {
            let found = dictionary.find(&tokens, &labels);
            if messages.send(Message::Known(tweet, found)).is_err() {
                break;
            }
        }
    }
    Ok(())
}
