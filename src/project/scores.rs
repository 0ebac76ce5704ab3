//! What the model makes of the tweets of the queue.

use std::collections::HashMap;

use indexmap::IndexMap;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use spanlight_models::example::{Flatten, Span};
use spanlight_models::prediction::ScoredSpan;
use spanlight_models::uncertainty::{Scored, Uncertainty, disagreement};

use super::log::{Labelling, json, to_json};
use super::steps::Pair;
use super::{Project, ProjectError, State, TweetId};

/// What the model makes of a tweet, as far as orders go by it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// Version of the model; `None` for scores of an older spanlight, which knew least confidence only.
    pub version: Option<u64>,
    /// How unsure the model is.
    pub uncertainty: Uncertainty,
    /// How far it differs from the model that it was compared with, `0..=1`.
    pub models: Option<f32>,
    /// How far it contradicts the labels of a done tweet, `0..=1`; more where it is sure.
    pub labels: Option<f32>,
}

/// What a model suggested for a tweet when it was scored.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredTweet {
    /// Version of the model.
    pub version: u64,
    /// Its entities.
    pub spans: Vec<ScoredSpan>,
}

impl Project {
    /// Takes in what version `version` of the model makes of tweets; those that are not in the queue are passed over.
    pub fn record_scores(&mut self, version: u64, scores: &[(TweetId, Scored)]) -> Result<(), ProjectError> {
        let mut known = Vec::with_capacity(scores.len());
        for (tweet, scored) in scores {
            let Some(index) = self.index_of(*tweet).filter(|_| scored.uncertainty.is_finite()) else { continue };
            let labels = if self.queue[index].state == State::Done {
                Some(contradiction(
                    scored.uncertainty.least_confidence,
                    &scored.labels(),
                    &self.labelling(*tweet)?.spans,
                ))
            } else {
                None
            };
            let models = self.against_the_other(index, version, scored)?;
            let scores = Scores { version: Some(version), uncertainty: scored.uncertainty, models, labels };
            known.push((index, *tweet, scores, &scored.spans));
        }
        let sql = "INSERT OR REPLACE INTO scores \
                   (tweet, uncertainty, entity, entropy, margin, version, spans, models, labels) \
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        self.casually("saving what the model makes of tweets", |db| {
            let mut insert = db.prepare_cached(sql)?;
            for (_, tweet, scores, spans) in &known {
                let Uncertainty { least_confidence, entity, entropy, margin } = scores.uncertainty;
                let (version, spans) = (version.cast_signed(), to_json(spans)?);
                let (models, labels) = (scores.models, scores.labels);
                let values = params![tweet, least_confidence, entity, entropy, margin, version, spans, models, labels];
                insert.execute(values)?;
            }
            Ok(())
        })?;
        for (index, _, scores, _) in known {
            self.queue[index].scores = Some(scores);
        }
        Ok(())
    }

    /// How far the model differs from the one it was compared with, or else from the version that scored before it.
    fn against_the_other(&self, index: usize, version: u64, scored: &Scored) -> Result<Option<f32>, ProjectError> {
        if let Some(other) = &scored.other {
            return Ok(Some(disagreement(&scored.labels(), other)));
        }
        let Some(before) = self.queue[index].scores else { return Ok(None) };
        if before.version == Some(version) {
            return Ok(before.models);
        }
        let earlier = self.suggested(self.queue[index].id)?;
        let labels =
            |suggested: &ScoredTweet| suggested.spans.iter().map(|scored| scored.span.clone()).collect::<Vec<_>>();
        Ok(earlier.map(|earlier| disagreement(&scored.labels(), &labels(&earlier))))
    }

    /// What the model suggested for a tweet when it was scored last.
    pub fn suggested(&self, tweet: TweetId) -> Result<Option<ScoredTweet>, ProjectError> {
        let sql = "SELECT version, spans FROM scores WHERE tweet = ? AND version IS NOT NULL AND spans IS NOT NULL";
        let row =
            |row: &Row<'_>| Ok(ScoredTweet { version: row.get::<_, i64>(0)?.cast_unsigned(), spans: json(row, 1)? });
        let read = || self.db.prepare_cached(sql)?.query_row([tweet], row).optional();
        read().map_err(self.failed("reading what the model suggests"))
    }

    /// All scores of the store.
    pub(super) fn stored_scores(&self) -> Result<Vec<(TweetId, Scores)>, ProjectError> {
        let sql = "SELECT tweet, uncertainty, entity, entropy, margin, version, models, labels FROM scores";
        self.rows("reading what the model makes of tweets", sql, [], |row| Ok((row.get(0)?, scores_of(row, 1)?)))
    }
}

/// Reads the columns `uncertainty, entity, entropy, margin, version, models, labels` from `first` on.
pub(super) fn scores_of(row: &Row<'_>, first: usize) -> rusqlite::Result<Scores> {
    let least_confidence: f32 = row.get(first)?;
    let other = |place: usize| row.get::<_, Option<f32>>(first + place);
    let uncertainty = Uncertainty {
        least_confidence,
        entity: other(1)?.unwrap_or(least_confidence),
        entropy: other(2)?.unwrap_or(least_confidence),
        margin: other(3)?.unwrap_or(least_confidence),
    };
    let version = row.get::<_, Option<i64>>(first + 4)?.map(i64::cast_unsigned);
    Ok(Scores { version, uncertainty, models: other(5)?, labels: other(6)? })
}

/// How far a model contradicts labels: the more, the surer it is. Of labels that overlap it could suggest the outermost only.
fn contradiction(least_confidence: f32, suggested: &[Span], labels: &[Span]) -> f32 {
    disagreement(suggested, &Flatten::Outermost.split(labels).0) * (1.0 + (1.0 - least_confidence)) / 2.0
}

/// Notes how far the model contradicts the labels of tweets that were changed; those that are done get a number.
pub(super) fn contradict(
    db: &Transaction<'_>,
    changed: &IndexMap<TweetId, Pair<Labelling>>,
) -> rusqlite::Result<HashMap<TweetId, f32>> {
    let mut contradictions = HashMap::new();
    let mut select =
        db.prepare_cached("SELECT uncertainty, spans FROM scores WHERE tweet = ? AND spans IS NOT NULL")?;
    let mut update = db.prepare_cached("UPDATE scores SET labels = ? WHERE tweet = ?")?;
    for (tweet, (_, after)) in changed {
        let row = |row: &Row<'_>| Ok((row.get::<_, f32>(0)?, json::<Vec<ScoredSpan>>(row, 1)?));
        let Some((least_confidence, spans)) = select.query_row([tweet], row).optional()? else { continue };
        let suggested: Vec<Span> = spans.into_iter().map(|scored| scored.span).collect();
        let done = after.state == State::Done;
        let labels = done.then(|| contradiction(least_confidence, &suggested, &after.spans));
        update.execute(params![labels, tweet])?;
        contradictions.extend(labels.map(|labels| (*tweet, labels)));
    }
    Ok(contradictions)
}
