//! Everything that happened to a tweet, as a list of points that one can go back to.

use rusqlite::Row;
use serde::Serialize;

use super::contexts::ContextRecord;
use super::log::{Applied, EditKind, Labelling, json, kind_of};
use super::{Project, ProjectError, TweetId};

/// Something that happened to a tweet, with its labelling from then on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Its number in the log; 0: the tweet as it was before the first edit.
    pub number: i64,
    /// When, RFC 3339 in UTC, by the clock of the machine it was done on.
    pub at: String,
    /// Who.
    pub who: String,
    /// Edit, undo or redo; `None`: the import.
    pub kind: Option<EditKind>,
    /// What was done.
    pub summary: String,
    /// Whether an accompanying text was changed and the labelling stayed as it was.
    pub context: bool,
    /// Number of suggestions that became labels with it, and the version of the model that made them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<(usize, u64)>,
    /// The labelling from then on.
    pub labelling: Labelling,
}

/// A row of the log.
struct Logged {
    point: Point,
    before: Option<Labelling>,
}

impl Project {
    /// Everything that ever happened to a tweet, oldest first; the first point is its import.
    pub fn timeline(&self, tweet: TweetId) -> Result<Vec<Point>, ProjectError> {
        let during = "reading a tweet's history";
        let sql = "SELECT e.seq, e.at, e.who, e.kind, e.summary, e.slot, e.before, e.after, s.taken, s.model \
                   FROM edits e LEFT JOIN suggested s ON s.step = e.step AND s.tweet = e.tweet AND e.slot IS NULL \
                   WHERE e.tweet = ? ORDER BY e.seq";
        let logged = self.rows(during, sql, [tweet], logged)?;
        let import = "SELECT f.at, f.who FROM tweets t JOIN files f ON f.id = t.file WHERE t.id = ?";
        let import = self.rows(during, import, [tweet], |row| Ok((row.get(0)?, row.get(1)?)))?.pop();
        let (at, who) = import.ok_or(ProjectError::NoSuchTweet(tweet))?;
        // What stood before the first edit; where there is none, what stands now.
        let first = logged.iter().find_map(|logged| logged.before.clone());
        let mut labelling = first.map_or_else(|| self.labelling(tweet), Ok)?;
        let summary = "import".to_owned();
        let (kind, context, accepted) = (None, false, None);
        let mut points =
            vec![Point { number: 0, at, who, kind, summary, context, accepted, labelling: labelling.clone() }];
        for Logged { mut point, before } in logged {
            if before.is_none() {
                point.labelling.clone_from(&labelling);
            }
            labelling.clone_from(&point.labelling);
            points.push(point);
        }
        Ok(points)
    }

    /// Goes back to the labelling of a point of a tweet's history, as a new step that can be undone.
    pub fn restore_point(&mut self, tweet: TweetId, number: i64) -> Result<Option<Applied>, ProjectError> {
        let point = self.timeline(tweet)?.into_iter().find(|point| point.number == number);
        let Some(point) = point else {
            return Err(ProjectError::NoSuchPoint { tweet: self.imported(tweet)?.id, number });
        };
        let what = if point.kind.is_none() { "the import".to_owned() } else { format!("“{}”", point.summary) };
        self.restore(&format!("back to {what}"), vec![(tweet, point.labelling)])
    }
}

fn logged(row: &Row<'_>) -> rusqlite::Result<Logged> {
    let context = row.get::<_, Option<i64>>(5)?.is_some();
    let (labelling, before) = if context {
        // Checked like any other row, though only its place in time counts.
        json::<Option<ContextRecord>>(row, 7)?;
        (Labelling::default(), None)
    } else {
        (json(row, 7)?, Some(json(row, 6)?))
    };
    let (taken, model): (Option<usize>, Option<i64>) = (row.get(8)?, row.get(9)?);
    let accepted = taken.filter(|taken| *taken > 0).zip(model.map(i64::cast_unsigned));
    let (number, at, who) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (kind, summary) = (Some(kind_of(row, 3)?), row.get(4)?);
    let point = Point { number, at, who, kind, summary, context, accepted, labelling };
    Ok(Logged { point, before })
}
