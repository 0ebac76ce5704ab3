//! Names that people labelled before in a project, and how often they labelled them so.
//!
//! For a type speaks every place that carries it; against it speak those with another type, those in finished tweets that
//! are in no label, and those at which a person turned the name down.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use indexmap::IndexSet;
use rusqlite::{Connection, Row, params};
use spanlight_models::example::{Example, Span};

use super::{ImportedFile, Project, ProjectError, Role, STORE, State, TweetId, log, schema};

/// Tokens by their numbers in the vocabulary.
type Form = Box<[u32]>;

/// A name that stands in a tweet and was labelled elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its place, with the type it most often has.
    pub span: Span,
    /// How often it has this type.
    pub count: u32,
    /// Out of so many places that a person decided about.
    pub of: u32,
}

/// What a person said about one tweet.
#[derive(Clone, Debug)]
pub struct ReadTweet {
    /// The tweet.
    pub id: TweetId,
    /// Its tokens.
    pub tokens: Vec<String>,
    /// Its labels.
    pub spans: Vec<Span>,
    /// Whether what has no label is meant to have none.
    pub finished: bool,
}

/// The same with numbers for words.
#[derive(Debug)]
struct Reading {
    tokens: Form,
    /// Labelled tokens and their type.
    spans: Vec<(Range<usize>, u32)>,
    finished: bool,
}

/// What is known about a name.
#[derive(Debug, Default)]
struct Entry {
    /// Type and number of places.
    types: Vec<(u32, u32)>,
    /// Places in finished tweets that no label touches.
    without: u32,
}

/// The names of a project; kept up to date tweet by tweet.
#[derive(Debug, Default)]
pub struct Dictionary {
    words: IndexSet<String>,
    types: IndexSet<String>,
    readings: HashMap<TweetId, Reading>,
    entries: HashMap<Form, Entry>,
    /// Where a name was turned down.
    rejected: HashMap<Form, HashSet<(TweetId, usize)>>,
    /// Number of tokens of the longest name there ever was.
    longest: usize,
}

impl Dictionary {
    /// Takes in what a person said about a tweet, in place of what was said before.
    pub fn read(&mut self, tweet: &ReadTweet) {
        self.forget(tweet.id);
        let tokens: Form = tweet.tokens.iter().map(|token| self.words.insert_full(token.clone()).0 as u32).collect();
        let inside = |span: &&Span| span.start < span.end && span.end <= tokens.len();
        let spans: Vec<(Range<usize>, u32)> = (tweet.spans.iter().filter(inside))
            .map(|span| (span.start..span.end, self.types.insert_full(span.label.clone()).0 as u32))
            .collect();
        let reading = Reading { tokens, spans, finished: tweet.finished };
        self.count(&reading, |count| *count += 1);
        for (place, of_type) in &reading.spans {
            let form = &reading.tokens[place.clone()];
            if !self.entries.contains_key(form) {
                let without = self.without(form) + occurrences_without(&reading, form);
                self.entries.insert(form.into(), Entry { types: Vec::new(), without });
                self.longest = self.longest.max(form.len());
            }
            if let Some(entry) = self.entries.get_mut(form) {
                match entry.types.iter_mut().find(|(known, _)| known == of_type) {
                    Some((_, count)) => *count += 1,
                    None => entry.types.push((*of_type, 1)),
                }
            }
        }
        self.readings.insert(tweet.id, reading);
    }

    /// Takes back what was said about a tweet.
    pub fn forget(&mut self, tweet: TweetId) {
        let Some(reading) = self.readings.remove(&tweet) else { return };
        self.count(&reading, |count| *count -= 1);
        for (place, of_type) in &reading.spans {
            let form = &reading.tokens[place.clone()];
            let Some(entry) = self.entries.get_mut(form) else { continue };
            if let Some((_, count)) = entry.types.iter_mut().find(|(known, _)| known == of_type) {
                *count -= 1;
            }
            entry.types.retain(|(_, count)| *count > 0);
            if entry.types.is_empty() {
                self.entries.remove(form);
            }
        }
    }

    /// Notes that a person turned a name down at a place.
    pub fn reject(&mut self, tweet: TweetId, start: usize, words: &[String]) {
        if let Some(form) = self.form(words) {
            self.rejected.entry(form).or_default().insert((tweet, start));
        }
    }

    /// Forgets what was turned down in a tweet.
    pub fn restore(&mut self, tweet: TweetId) {
        for places in self.rejected.values_mut() {
            places.retain(|(other, _)| *other != tweet);
        }
    }

    /// The names in a tweet that stand free of `labels`, the longest first where several begin at a token.
    ///
    /// Left out are names that were more often something else than what they would be taken for.
    pub fn find(&self, tokens: &[String], labels: &[Span]) -> Vec<Known> {
        // A word that was never read is in no name.
        let numbers: Vec<u32> =
            tokens.iter().map(|token| self.words.get_index_of(token).map_or(u32::MAX, |n| n as u32)).collect();
        let mut found: Vec<Known> = Vec::new();
        let mut start = 0;
        while start < numbers.len() {
            let longest = self.longest.min(numbers.len() - start);
            let here = (1..=longest).rev().find_map(|length| {
                let known = self.known(start, &numbers[start..start + length])?;
                (!labels.iter().any(|label| label.overlaps(&known.span))).then_some(known)
            });
            start = here.as_ref().map_or(start + 1, |known| known.span.end);
            found.extend(here);
        }
        found
    }

    /// Number of names.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no name was labelled yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn known(&self, start: usize, form: &[u32]) -> Option<Known> {
        let entry = self.entries.get(form)?;
        // Of types that are as frequent the one that was labelled first stays.
        let best = entry.types.iter().rev().max_by_key(|(_, count)| *count)?;
        let rejected = self.rejected.get(form).into_iter().flatten();
        // A place in a finished tweet is counted there.
        let open = |(tweet, _): &&(TweetId, usize)| self.readings.get(tweet).is_none_or(|reading| !reading.finished);
        let of = entry.types.iter().map(|(_, count)| count).sum::<u32>()
            + entry.without
            + rejected.filter(open).count() as u32;
        let label = self.types.get_index(best.0 as usize)?;
        let span = Span::new(label.clone(), start, start + form.len());
        (best.1 * 2 >= of).then_some(Known { span, count: best.1, of })
    }

    fn form(&self, words: &[String]) -> Option<Form> {
        words.iter().map(|word| self.words.get_index_of(word).map(|number| number as u32)).collect()
    }

    /// Changes how often known names stand in a tweet without being labelled there.
    fn count(&mut self, reading: &Reading, change: impl Fn(&mut u32)) {
        if !reading.finished {
            return;
        }
        for start in 0..reading.tokens.len() {
            for end in start + 1..=(start + self.longest).min(reading.tokens.len()) {
                if let Some(entry) = self.entries.get_mut(&reading.tokens[start..end])
                    && !labelled(reading, &(start..end))
                {
                    change(&mut entry.without);
                }
            }
        }
    }

    /// The same for one name in all tweets.
    fn without(&self, form: &[u32]) -> u32 {
        self.readings.values().map(|reading| occurrences_without(reading, form)).sum()
    }
}

/// Whether a label touches these tokens.
fn labelled(reading: &Reading, place: &Range<usize>) -> bool {
    reading.spans.iter().any(|(labelled, _)| labelled.start < place.end && place.start < labelled.end)
}

/// How often a name stands in a finished tweet without any label.
fn occurrences_without(reading: &Reading, form: &[u32]) -> u32 {
    if !reading.finished {
        return 0;
    }
    let starts = 0..(reading.tokens.len() + 1).saturating_sub(form.len());
    let without = |start: &usize| {
        let place = *start..*start + form.len();
        reading.tokens[place.clone()] == *form && !labelled(reading, &place)
    };
    starts.filter(without).count() as u32
}

/// Where the names of a project are read from: the store, beside whoever works in it.
#[derive(Debug)]
pub struct DictionarySource {
    db: Connection,
    files: Vec<ImportedFile>,
    store: std::path::PathBuf,
}

const READ: &str = "SELECT t.id, t.file, t.name, t.source, l.spans, l.state FROM labellings l \
                    JOIN tweets t ON t.id = l.tweet JOIN files f ON f.id = t.file WHERE l.human AND f.role = ?";

impl Project {
    /// Another way into the store, for a thread of its own.
    pub fn dictionary_source(&self) -> Result<DictionarySource, ProjectError> {
        let store = self.dir.join(STORE);
        Ok(DictionarySource { db: schema::open(&store, true)?, files: self.files.clone(), store })
    }
}

impl DictionarySource {
    /// Everything that people said so far.
    pub fn read_all(&self) -> Result<Vec<ReadTweet>, ProjectError> {
        self.rows(READ, params![Role::Label.name()])
    }

    /// What people said about a tweet; nothing where nobody changed or confirmed its labels.
    pub fn read(&self, tweet: TweetId) -> Result<Option<ReadTweet>, ProjectError> {
        Ok(self.rows(&format!("{READ} AND t.id = ?"), params![Role::Label.name(), tweet])?.pop())
    }

    fn rows(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<ReadTweet>, ProjectError> {
        let failed = |cause| ProjectError::store(&self.store, "reading what was labelled", cause);
        let mut select = self.db.prepare_cached(sql).map_err(failed)?;
        let mut rows = select.query(values).map_err(failed)?;
        let mut tweets = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let columns = columns(row).map_err(failed)?;
            if let Some(read) = self.read_tweet(columns)? {
                tweets.push(read);
            }
        }
        Ok(tweets)
    }

    fn read_tweet(&self, columns: Columns) -> Result<Option<ReadTweet>, ProjectError> {
        let Columns { id, file, name, source, spans, state } = columns;
        let Some(file) = self.files.iter().find(|known| known.id == file) else { return Ok(None) };
        let read = file.format.read_tweet(&source, file.layout);
        let (example, _): (Example, _) = read.map_err(|cause| ProjectError::Tweet { tweet: name, cause })?;
        let spans = spans.unwrap_or(example.spans);
        Ok(Some(ReadTweet { id, tokens: example.tokens, spans, finished: state == State::Done.name() }))
    }
}

/// A row as it stands in the store.
struct Columns {
    id: TweetId,
    file: i64,
    name: String,
    source: Vec<u8>,
    spans: Option<Vec<Span>>,
    state: String,
}

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    let labelled = row.get_ref(4)? != rusqlite::types::ValueRef::Null;
    let spans = if labelled { Some(log::json(row, 4)?) } else { None };
    Ok(Columns {
        id: row.get(0)?,
        file: row.get(1)?,
        name: row.get(2)?,
        source: row.get(3)?,
        spans,
        state: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn read(dictionary: &mut Dictionary, id: TweetId, text: &str, spans: &[(&str, usize, usize)], finished: bool) {
        let spans = spans.iter().map(|(label, start, end)| Span::new(*label, *start, *end)).collect();
        dictionary.read(&ReadTweet { id, tokens: words(text), spans, finished });
    }

    fn found(dictionary: &Dictionary, text: &str) -> Vec<(String, usize, usize, u32, u32)> {
        let known = dictionary.find(&words(text), &[]);
        known.into_iter().map(|k| (k.span.label, k.span.start, k.span.end, k.count, k.of)).collect()
    }

    #[test]
    fn names_are_found_with_what_speaks_for_and_against_them() {
        let mut all = Dictionary::default();
        read(&mut all, 1, "Paris and Paris Hilton", &[("LOC", 0, 1), ("PER", 2, 4)], true);
        assert_eq!(
            found(&all, "in Paris Hilton , Paris"),
            [
                ("PER".into(), 1, 3, 1, 1),
                // The Paris in Paris Hilton says nothing about Paris.
                ("LOC".into(), 4, 5, 1, 1)
            ]
        );
        assert_eq!(found(&all, "paris PARIS"), []);
        read(&mut all, 2, "a day in Paris", &[("LOC", 3, 4)], true);
        read(&mut all, 3, "oh Paris", &[], false);
        assert_eq!(found(&all, "Paris"), [("LOC".into(), 0, 1, 2, 2)]);
        read(&mut all, 3, "oh Paris", &[], true);
        read(&mut all, 4, "Paris Paris", &[], true);
        assert_eq!(found(&all, "Paris"), [], "it is mostly none");
        all.forget(4);
        assert_eq!(found(&all, "Paris"), [("LOC".into(), 0, 1, 2, 3)]);
    }

    #[test]
    fn labels_are_left_alone_and_the_longest_name_that_fits_is_found() {
        let mut all = Dictionary::default();
        read(&mut all, 1, "New York City", &[("LOC", 0, 3)], false);
        read(&mut all, 2, "New York", &[("LOC", 0, 2)], false);
        let tokens = words("from New York City");
        assert_eq!(all.find(&tokens, &[])[0].span, Span::new("LOC", 1, 4));
        assert_eq!(all.find(&tokens, &[Span::new("ORG", 3, 4)])[0].span, Span::new("LOC", 1, 3));
        assert_eq!(all.find(&tokens, &[Span::new("ORG", 0, 2)]), []);
    }

    #[test]
    fn what_is_turned_down_counts_until_the_tweet_is_finished_and_counts_itself() {
        let mut all = Dictionary::default();
        read(&mut all, 1, "May sings", &[("PER", 0, 1)], true);
        all.reject(2, 3, &words("May"));
        all.reject(2, 3, &words("May"));
        assert_eq!(found(&all, "May"), [("PER".into(), 0, 1, 1, 2)]);
        read(&mut all, 2, "in April or May", &[], true);
        assert_eq!(found(&all, "May"), [("PER".into(), 0, 1, 1, 2)]);
        all.reject(5, 0, &words("May"));
        assert_eq!(found(&all, "May"), []);
        all.restore(5);
        assert_eq!(found(&all, "May").len(), 1);
    }

    /// The counts that come about tweet by tweet are those of a dictionary that reads everything anew.
    #[test]
    fn reading_tweet_by_tweet_leads_to_the_same_as_reading_all() {
        let vocabulary = ["a", "b", "c"];
        let types = ["PER", "LOC"];
        let mut state = 7_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut kept: HashMap<TweetId, ReadTweet> = HashMap::new();
        let mut all = Dictionary::default();
        for _ in 0..400 {
            let id = random(12) as TweetId;
            if random(6) == 0 {
                all.forget(id);
                kept.remove(&id);
                continue;
            }
            let tokens: Vec<String> = (0..=random(6)).map(|_| vocabulary[random(3)].to_owned()).collect();
            let start = random(tokens.len());
            let end = start + 1 + random(tokens.len() - start);
            let spans = if random(3) == 0 { vec![] } else { vec![Span::new(types[random(2)], start, end)] };
            let tweet = ReadTweet { id, tokens, spans, finished: random(2) == 0 };
            all.read(&tweet);
            kept.insert(id, tweet);
        }
        let mut anew = Dictionary::default();
        for tweet in kept.values() {
            anew.read(tweet);
        }
        let counts = |dictionary: &Dictionary| {
            let words = |form: &Form| form.iter().map(|n| dictionary.words[*n as usize].clone()).collect::<Vec<_>>();
            let named = |types: &[(u32, u32)]| {
                let mut types: Vec<_> =
                    types.iter().map(|(t, n)| (dictionary.types[*t as usize].clone(), *n)).collect();
                types.sort();
                types
            };
            let entries = dictionary.entries.iter();
            let mut all: Vec<_> = entries.map(|(form, e)| (words(form), named(&e.types), e.without)).collect();
            all.sort();
            all
        };
        assert!(!all.is_empty() && all.len() == anew.len());
        assert_eq!(counts(&all), counts(&anew));
    }
}
