//! What filters have to know, read from the store.

use std::collections::{HashMap, HashSet};

use rusqlite::{Params, Row};
use spanlight_models::example::{Example, Span};
use spanlight_models::prediction::ScoredSpan;

use super::log::json;
use super::scores::{Scores, scores_of};
use super::{Project, ProjectError, Role, State, TweetId};
use crate::filter::{Facts, Filter, FilterError, ImageFact, Label, Vocabulary, World};

/// In a merged project labels that several share stand under all of their names.
const JOINT: &str = ", ";

/// What a row of the store says before its tweet was read.
struct Raw {
    tweet: TweetId,
    file: i64,
    name: String,
    source: Vec<u8>,
    state: State,
    spans: Option<Vec<Span>>,
    note: Option<String>,
    scores: Option<Scores>,
    suggested: Option<Vec<ScoredSpan>>,
}

/// Who edited a tweet, and its last edit.
#[derive(Default)]
struct Edits {
    people: Vec<u16>,
    last: Option<(i64, Box<str>)>,
}

impl Project {
    /// The names that filters can use.
    pub fn vocabulary(&self) -> Result<Vocabulary, ProjectError> {
        let types = self.settings.labels.names().map(str::to_owned).collect();
        Ok(Vocabulary { types, people: self.world()?.people })
    }

    /// What filters have to know beside the tweets.
    pub fn world(&self) -> Result<World, ProjectError> {
        let sql = "SELECT DISTINCT who FROM edits UNION SELECT name FROM annotators ORDER BY 1";
        let names = self.rows("reading who edited what", sql, [], |row| row.get::<_, String>(0))?;
        let sql = "SELECT version, through FROM learned ORDER BY version";
        let learned = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?));
        let learned = self.rows("reading what the model learned", sql, [], learned)?;
        let mut world = World { people: Vec::new(), learned };
        for name in names.iter().flat_map(|names| names.split(JOINT)) {
            world.place_of(name);
        }
        Ok(world)
    }

    /// Goes through what filters have to know about all tweets, in order of import, until `take` says no.
    pub fn each_fact(&self, mut take: impl FnMut(Facts, &World) -> bool) -> Result<(), ProjectError> {
        let mut world = self.world()?;
        let mut edits = self.edits_of(&mut world, &edits_sql("", ""), [])?;
        let roles: HashMap<i64, Role> = self.files.iter().map(|file| (file.id, file.role)).collect();
        let failed = self.failed("reading the tweets");
        let transaction = self.db.unchecked_transaction().map_err(&failed)?;
        let mut select = transaction.prepare(&raw_sql("ORDER BY t.id")).map_err(&failed)?;
        let mut rows = select.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let raw = raw(row).map_err(&failed)?;
            let edits = edits.remove(&raw.tweet).unwrap_or_default();
            let role = roles.get(&raw.file).copied().unwrap_or_default();
            if !take(self.fact(raw, role, edits)?, &world) {
                break;
            }
        }
        Ok(())
    }

    /// What filters have to know about one tweet.
    pub fn facts(&self, tweet: TweetId, world: &mut World) -> Result<Facts, ProjectError> {
        let sql = edits_sql("AND tweet = ?1", "AND v.tweet = ?1");
        let edits = self.edits_of(world, &sql, [tweet])?.remove(&tweet).unwrap_or_default();
        let found = self.rows("reading a tweet", &raw_sql("WHERE t.id = ?"), [tweet], raw)?.pop();
        let raw = found.ok_or(ProjectError::NoSuchTweet(tweet))?;
        let role = self.file(raw.file)?.role;
        self.fact(raw, role, edits)
    }

    fn fact(&self, raw: Raw, role: Role, edits: Edits) -> Result<Facts, ProjectError> {
        let Raw { tweet, file, name, source, state, spans, note, scores, suggested } = raw;
        let mut example = self.imported_from(file, &name, &source)?;
        if let Some(spans) = spans {
            example.spans = spans;
        }
        let suggestions = suggested.map(|suggested| {
            let known: HashSet<&Span> = example.spans.iter().collect();
            suggested.iter().filter(|scored| !known.contains(&scored.span)).count()
        });
        Ok(Facts {
            tweet,
            name: name.into(),
            role,
            text: example.tokens.join(" ").into(),
            tokens: example.tokens.len(),
            state,
            labels: labels(&example),
            image: self.image_fact(&example),
            uncertainty: scores.map(|scores| scores.uncertainty),
            models: scores.and_then(|scores| scores.models),
            contradiction: scores.and_then(|scores| scores.labels),
            suggestions,
            note: note.map(Into::into),
            people: edits.people,
            edited: edits.last,
        })
    }

    fn image_fact(&self, example: &Example) -> ImageFact {
        if example.images.is_empty() {
            ImageFact::No
        } else if self.images.path_of(example).is_some() {
            ImageFact::Yes
        } else {
            ImageFact::Missing
        }
    }

    fn edits_of(
        &self,
        world: &mut World,
        sql: &str,
        values: impl Params,
    ) -> Result<HashMap<TweetId, Edits>, ProjectError> {
        let mut edits: HashMap<TweetId, Edits> = HashMap::new();
        let row = |row: &Row<'_>| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, String>(3)?))
        };
        for (tweet, who, seq, at) in self.rows("reading who edited what", sql, values, row)? {
            let edits = edits.entry(tweet).or_default();
            for name in who.split(JOINT) {
                let place = world.place_of(name);
                if !edits.people.contains(&place) {
                    edits.people.push(place);
                }
            }
            if seq > edits.last.as_ref().map_or(0, |(last, _)| *last) {
                edits.last = Some((seq, at.into()));
            }
        }
        Ok(edits)
    }

    /// The tweets, of any role, that fit a filter, in order of import.
    pub fn filtered(&self, filter: &Filter) -> Result<Vec<TweetId>, ProjectError> {
        let mut fitting = Vec::new();
        self.each_fact(|facts, world| {
            if filter.admits(&facts, world) {
                fitting.push(facts.tweet);
            }
            true
        })?;
        Ok(fitting)
    }

    /// Reads a filter's line with the names of this project.
    pub fn read_filter(&self, line: &str) -> Result<Result<Filter, FilterError>, ProjectError> {
        Ok(Filter::parse(line, &self.vocabulary()?))
    }

    /// From now on exports and counts leave out all tweets but these.
    pub fn narrow(&mut self, tweets: &[TweetId]) -> Result<(), ProjectError> {
        let fill = || -> rusqlite::Result<()> {
            let transaction = self.db.unchecked_transaction()?;
            transaction.execute_batch(
                "CREATE TEMP TABLE IF NOT EXISTS narrowed (tweet INTEGER PRIMARY KEY); DELETE FROM temp.narrowed;",
            )?;
            let mut insert = transaction.prepare("INSERT OR IGNORE INTO temp.narrowed (tweet) VALUES (?)")?;
            tweets.iter().try_for_each(|tweet| insert.execute([tweet]).map(drop))?;
            drop(insert);
            transaction.commit()
        };
        fill().map_err(self.failed("choosing tweets"))?;
        self.narrowed = Some(tweets.iter().copied().collect());
        Ok(())
    }

    /// The same for a query whose tweets are in `column`: a condition that goes on with `AND`.
    pub(super) fn concerned(&self, column: &str) -> String {
        if self.narrowed.is_some() { format!(" AND {column} IN temp.narrowed") } else { String::new() }
    }

    /// Whether exports and counts are about this tweet.
    pub(super) fn concerns(&self, tweet: TweetId) -> bool {
        self.narrowed.as_ref().is_none_or(|tweets| tweets.contains(&tweet))
    }
}

/// Who edited which tweets, and when last; voices of a merged project count as people without an edit.
fn edits_sql(edits: &str, voices: &str) -> String {
    format!(
        "SELECT tweet, who, MAX(seq), at FROM edits WHERE slot IS NULL {edits} GROUP BY tweet, who UNION ALL \
         SELECT v.tweet, a.name, 0, '' FROM voices v JOIN annotators a ON a.id = v.annotator WHERE v.counts {voices}"
    )
}

fn labels(example: &Example) -> Vec<Label> {
    let label = |span: &Span| Label {
        name: span.label.as_str().into(),
        words: example.tokens.get(span.start..span.end).unwrap_or_default().join(" ").into(),
    };
    example.spans.iter().map(label).collect()
}

fn raw_sql(rest: &str) -> String {
    format!(
        "SELECT t.id, t.file, t.name, t.source, l.state, l.spans, l.note, s.spans, \
         s.uncertainty, s.entity, s.entropy, s.margin, s.version, s.models, s.labels \
         FROM tweets t LEFT JOIN labellings l ON l.tweet = t.id LEFT JOIN scores s ON s.tweet = t.id {rest}"
    )
}

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    let state = row.get_ref(4)?.as_str_or_null()?.and_then(State::from_name).unwrap_or_default();
    let present = |column: usize| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str_or_null()?.is_some());
    Ok(Raw {
        tweet: row.get(0)?,
        file: row.get(1)?,
        name: row.get(2)?,
        source: row.get(3)?,
        state,
        spans: if present(5)? { Some(json(row, 5)?) } else { None },
        note: row.get(6)?,
        suggested: if present(7)? { Some(json(row, 7)?) } else { None },
        scores: if row.get::<_, Option<f32>>(8)?.is_some() { Some(scores_of(row, 8)?) } else { None },
    })
}
