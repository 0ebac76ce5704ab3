//! How the work goes: time per tweet, labels an hour, and how many of the model's suggestions are right.
//!
//! All is told by the log of edits. An edit's time runs from the same person's edit before it; a longer time than a
//! pause is no work, and neither is one that runs backwards, since every machine has a clock of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Row};
use serde::Serialize;

use super::steps::{StepId, Steps};
use super::{MERGED, ProjectError, STORE, State, TweetId, schema};

/// A longer time without an edit is a pause, unless said otherwise.
pub const PAUSE: Duration = Duration::from_mins(5);

/// A step over more tweets than this is no hand's work, as when a version is restored.
const BULK: usize = 100;

/// How the work goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    /// Seconds without an edit after which the time no longer counts as work.
    pub pause_seconds: u64,
    /// All that was done.
    pub total: Pace,
    /// What each person did, by name.
    pub people: Vec<Part>,
    /// What was done on each day in UTC, `2026-01-31`.
    pub days: Vec<Part>,
    /// What was done in each hour in UTC, `2026-01-31T14`; hours without work are left out.
    pub hours: Vec<Part>,
    /// What became of the suggestions of each version of the model.
    pub models: Vec<ModelPart>,
    /// How often a clock ran backwards from one edit of a person to the next.
    pub backwards: usize,
}

/// A part of the work.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Part {
    /// Of whom or when.
    pub name: String,
    /// How it went.
    #[serde(flatten)]
    pub pace: Pace,
}

/// How fast the work went.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Pace {
    /// Tweets that came to be done and still are.
    pub tweets: usize,
    /// Their entities.
    pub labels: usize,
    /// Time at work, in seconds.
    pub seconds: f64,
    /// Median time of those of the tweets whose time is known, in seconds.
    pub seconds_per_tweet: Option<f64>,
    /// Tweets in an hour of work.
    pub tweets_per_hour: Option<f64>,
    /// Entities of these tweets in an hour of work.
    pub labels_per_hour: Option<f64>,
}

/// What became of the suggestions of one version of the model, over the tweets that were finished beside them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ModelPart {
    /// Version of the model; 0 has not learned in this project.
    pub model: u64,
    /// When it was taken over, RFC 3339 in UTC; version 0 was there from the beginning.
    pub since: Option<String>,
    /// Finished tweets.
    pub tweets: usize,
    /// Suggestions for them.
    pub suggestions: usize,
    /// Suggestions that became labels as they were made.
    pub kept: usize,
    /// Suggestions that became labels with another type or other borders.
    pub changed: usize,
    /// Suggestions that became no label.
    pub refused: usize,
    /// Labels where nothing was suggested.
    pub missed: usize,
    /// Share of the suggestions that were kept.
    pub acceptance: Option<f64>,
}

/// An edit as far as it counts here.
struct Edit {
    at: Option<Timestamp>,
    who: String,
    step: StepId,
    tweet: TweetId,
    was_done: bool,
    done: bool,
    labels: usize,
}

impl Progress {
    /// Reads it from the project in `dir`, which may be open in another program.
    pub fn read(dir: &Path, pause: Duration) -> Result<Self, ProjectError> {
        let store = dir.join(STORE);
        let failed = |cause| ProjectError::store(&store, "reading how the work goes", cause);
        let db = schema::open(&store, true)?;
        let edits = edits(&db).map_err(failed)?;
        let mut work = Work { pause, ..Work::default() };
        for step in edits.chunk_by(|one, next| one.step == next.step) {
            work.take(step);
        }
        let models = models(&db).map_err(failed)?;
        Ok(Self { models, ..work.summed_up() })
    }
}

fn edits(db: &Connection) -> rusqlite::Result<Vec<Edit>> {
    let sql = "SELECT at, who, step, tweet, before ->> 'state', after ->> 'state', json_array_length(after, '$.spans') \
               FROM edits WHERE slot IS NULL AND summary NOT LIKE ?1 || '%' ORDER BY seq";
    let row = |row: &Row<'_>| {
        let done = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str()? == State::Done.name());
        let (who, step, tweet) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let at = row.get_ref(0)?.as_str()?.parse().ok();
        Ok(Edit { at, who, step, tweet, was_done: done(4)?, done: done(5)?, labels: row.get(6)? })
    };
    db.prepare(sql)?.query_map([MERGED], row)?.collect()
}

/// The end of the work on a tweet.
struct End {
    who: String,
    at: Timestamp,
    labels: usize,
}

#[derive(Default)]
struct Work {
    pause: Duration,
    /// Each person's last edit.
    last: HashMap<String, Timestamp>,
    /// Time at work, with whose it is and when it ended.
    spans: Vec<(String, Timestamp, f64)>,
    of_tweet: HashMap<TweetId, f64>,
    ends: BTreeMap<TweetId, End>,
    backwards: usize,
}

impl Work {
    /// Takes in the edits of one step.
    fn take(&mut self, step: &[Edit]) {
        let Some(first) = step.first() else { return };
        if let Some(at) = first.at {
            let seconds = self.seconds_since_last(&first.who, at);
            self.spans.push((first.who.clone(), at, seconds));
            if step.iter().all(|edit| edit.tweet == first.tweet) {
                *self.of_tweet.entry(first.tweet).or_default() += seconds;
            }
        }
        for edit in step {
            match (edit.was_done, edit.done, edit.at) {
                (false, true, Some(at)) if step.len() <= BULK => {
                    let who = edit.who.clone();
                    self.ends.insert(edit.tweet, End { who, at, labels: edit.labels });
                }
                (true, false, _) => drop(self.ends.remove(&edit.tweet)),
                _ => {}
            }
        }
    }

    /// Seconds of work that end with an edit.
    fn seconds_since_last(&mut self, who: &str, at: Timestamp) -> f64 {
        let Some(last) = self.last.insert(who.to_owned(), at) else { return 0.0 };
        let seconds = at.duration_since(last).as_secs_f64();
        self.backwards += usize::from(seconds < 0.0);
        if (0.0..=self.pause.as_secs_f64()).contains(&seconds) { seconds } else { 0.0 }
    }

    fn summed_up(self) -> Progress {
        let by = |key: &dyn Fn(&str, Timestamp) -> String| -> Vec<Part> {
            let names = self.spans.iter().map(|(who, at, _)| key(who, *at));
            let names: BTreeSet<String> = names.chain(self.ends.values().map(|end| key(&end.who, end.at))).collect();
            let mut sums: BTreeMap<String, Sum> = names.into_iter().map(|name| (name, Sum::default())).collect();
            for (who, at, seconds) in &self.spans {
                sums.entry(key(who, *at)).or_default().seconds += seconds;
            }
            for (tweet, end) in &self.ends {
                let sum = sums.entry(key(&end.who, end.at)).or_default();
                sum.labels += end.labels;
                sum.tweets.push(self.of_tweet.get(tweet).copied().unwrap_or(0.0));
            }
            sums.into_iter().map(|(name, sum)| Part { name, pace: sum.pace() }).collect()
        };
        let (people, days) = (by(&|who, _| who.to_owned()), by(&|_, at| at.strftime("%Y-%m-%d").to_string()));
        let hours = by(&|_, at| at.strftime("%Y-%m-%dT%H").to_string());
        let total = by(&|_, _| String::new()).pop().map(|all| all.pace).unwrap_or_default();
        let (pause_seconds, backwards) = (self.pause.as_secs(), self.backwards);
        Progress { pause_seconds, total, people, days, hours, models: Vec::new(), backwards }
    }
}

/// What goes into a pace.
#[derive(Default)]
struct Sum {
    seconds: f64,
    labels: usize,
    /// Seconds of each tweet; 0 where its time is not known.
    tweets: Vec<f64>,
}

impl Sum {
    fn pace(mut self) -> Pace {
        let hours = self.seconds / 3600.0;
        let hourly = |count: usize| (hours > 0.0).then(|| count as f64 / hours);
        let (tweets, labels) = (self.tweets.len(), self.labels);
        self.tweets.retain(|seconds| *seconds > 0.0);
        let (tweets_per_hour, labels_per_hour) = (hourly(tweets), hourly(labels));
        let seconds_per_tweet = median(&mut self.tweets);
        Pace { tweets, labels, seconds: self.seconds, seconds_per_tweet, tweets_per_hour, labels_per_hour }
    }
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

/// What became of the suggestions of every version that suggested or was taken over.
fn models(db: &Connection) -> rusqlite::Result<Vec<ModelPart>> {
    let standing: HashSet<StepId> = Steps::load(db)?.undo.into_iter().collect();
    let sql = "SELECT step, tweet, model, kept, changed, refused, missed FROM suggested WHERE finished ORDER BY step";
    // A tweet that was finished more than once counts as it was finished last.
    let mut tweets: HashMap<TweetId, ModelPart> = HashMap::new();
    let mut select = db.prepare(sql)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        if standing.contains(&row.get(0)?) {
            let model = row.get::<_, i64>(2)?.cast_unsigned();
            let (kept, changed, refused, missed) = (row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
            tweets.insert(row.get(1)?, ModelPart { model, kept, changed, refused, missed, ..ModelPart::default() });
        }
    }
    let mut parts: BTreeMap<u64, ModelPart> = BTreeMap::new();
    let mut select = db.prepare("SELECT version, at FROM learned")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let model = row.get::<_, i64>(0)?.cast_unsigned();
        parts.insert(model, ModelPart { model, since: Some(row.get(1)?), ..ModelPart::default() });
    }
    for tweet in tweets.into_values() {
        let part = parts.entry(tweet.model).or_insert_with(|| ModelPart { model: tweet.model, ..ModelPart::default() });
        part.tweets += 1;
        part.suggestions += tweet.kept + tweet.changed + tweet.refused;
        part.kept += tweet.kept;
        part.changed += tweet.changed;
        part.refused += tweet.refused;
        part.missed += tweet.missed;
    }
    for part in parts.values_mut() {
        part.acceptance = (part.suggestions > 0).then(|| part.kept as f64 / part.suggestions as f64);
    }
    Ok(parts.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(step: StepId, who: &str, second: i64, tweet: TweetId, [was_done, done]: [bool; 2], labels: usize) -> Edit {
        let at = Timestamp::from_second(1_700_000_000 + second).ok();
        Edit { at, who: who.to_owned(), step, tweet, was_done, done, labels }
    }

    fn taken(edits: &[Edit]) -> Progress {
        let mut work = Work { pause: PAUSE, ..Work::default() };
        edits.chunk_by(|one, next| one.step == next.step).for_each(|step| work.take(step));
        work.summed_up()
    }

    #[test]
    fn pauses_and_clocks_that_run_backwards_are_no_work() {
        let progress = taken(&[
            edit(1, "ann", 0, 1, [false, false], 1),
            edit(2, "ann", 10, 1, [false, true], 2),
            // Lunch.
            edit(3, "ann", 4000, 2, [false, false], 1),
            edit(4, "ann", 4030, 2, [false, true], 3),
            // Her other machine is an hour behind.
            edit(5, "ann", 440, 3, [false, true], 0),
            edit(6, "bo", 445, 4, [false, true], 1),
        ]);
        assert_eq!((progress.total.tweets, progress.total.labels, progress.backwards), (4, 6, 1));
        assert!((progress.total.seconds - 40.0).abs() < 1e-9, "{progress:?}");
        assert_eq!(progress.total.seconds_per_tweet, Some(20.0), "of the two tweets whose time is known");
        assert_eq!(progress.total.labels_per_hour, Some(540.0));
        let bo = &progress.people[1];
        assert_eq!((bo.name.as_str(), bo.pace.tweets, bo.pace.labels_per_hour), ("bo", 1, None));
        assert_eq!(progress.days.iter().map(|day| day.pace.tweets).sum::<usize>(), 4);
    }

    #[test]
    fn what_is_undone_was_not_done_and_a_version_is_no_handiwork() {
        let mut edits = vec![edit(1, "ann", 0, 1, [false, true], 2), edit(2, "ann", 5, 1, [true, false], 2)];
        assert_eq!(taken(&edits).total.tweets, 0);
        edits.extend((0..200).map(|tweet| edit(3, "ann", 9, tweet, [false, true], 1)));
        let progress = taken(&edits);
        assert_eq!((progress.total.tweets, progress.total.seconds), (0, 9.0));
    }
}
