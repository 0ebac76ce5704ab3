//! Remarks that a corpus has on its tweets: taken in as comments, written back as they stood unless somebody changed them.

use std::collections::BTreeSet;

use rusqlite::params;
use serde_json::Value;

use super::comments::{Comment, CommentKind, Remark};
use super::log::json;
use super::{Project, ProjectError, TweetId};
use crate::corpus::{Format, RemarkChanges};

/// The comments among the remarks on a tweet of so many tokens. What lacks an author or a time gets those of the import; what
/// is no comment, as a flag is none, stays in the corpus alone.
pub(super) fn comments_in(remarks: &[Value], tweet: TweetId, tokens: usize, who: &str, at: &str) -> Vec<Comment> {
    let comment = |(place, value): (usize, &Value)| {
        let remark: Remark = serde_json::from_value(value.clone()).ok()?;
        let kind = CommentKind::ALL.into_iter().find(|kind| kind.name() == remark.kind)?;
        let fits = remark.tokens.is_none_or(|(start, end)| start < end && end <= tokens);
        (fits && !remark.text.trim().is_empty()).then(|| Comment {
            tweet,
            tokens: remark.tokens,
            kind,
            text: remark.text,
            who: remark.who.unwrap_or_else(|| who.to_owned()),
            at: remark.at.unwrap_or_else(|| at.to_owned()),
            answer: remark.answer,
            place: Some(place),
        })
    };
    remarks.iter().enumerate().filter_map(comment).collect()
}

/// Whether a remark of a corpus says what the comment says.
fn says(value: &Value, comment: &Comment) -> bool {
    serde_json::from_value::<Remark>(value.clone()).is_ok_and(|remark| {
        let Comment { tokens, kind, text, who, at, answer, .. } = comment;
        let given = |said: &Option<String>, own: &String| said.as_ref().is_none_or(|said| said == own);
        (remark.kind.as_str(), &remark.tokens, &remark.text, &remark.answer) == (kind.name(), tokens, text, answer)
            && given(&remark.who, who)
            && given(&remark.at, at)
    })
}

impl Project {
    /// What becomes of the remarks in the bytes of a tweet when they are written.
    pub(super) fn remark_changes(
        &self,
        tweet: TweetId,
        format: Format,
        source: &[u8],
    ) -> Result<RemarkChanges, ProjectError> {
        let (old, comments) = (format.remarks(source), self.comments(tweet)?);
        let failed = |error: serde_json::Error| self.corrupt(error.to_string());
        let mut changes = RemarkChanges::default();
        let mut gone = if old.is_empty() { BTreeSet::new() } else { self.places_taken_in(tweet)? };
        for remark in self.remarks_on(tweet)? {
            let comment = comments.iter().find(|stored| Some(stored.id) == remark.id).map(|stored| &stored.comment);
            let place = comment.and_then(|comment| comment.place).filter(|place| *place < old.len());
            let known = comment.is_some_and(|comment| match place {
                Some(place) => says(&old[place], comment),
                None => old.iter().any(|value| says(value, comment)),
            });
            if let Some(place) = place {
                gone.remove(&place);
            }
            let now = serde_json::to_value(&remark).map_err(failed)?;
            match place {
                _ if known => {}
                Some(place) => changes.changed.push((place, Some(now))),
                None => changes.added.push(now),
            }
        }
        changes.changed.extend(gone.into_iter().map(|place| (place, None)));
        Ok(changes)
    }

    /// Places of the remarks on a tweet that were taken in as comments and edited since, as far as the log tells.
    fn places_taken_in(&self, tweet: TweetId) -> Result<BTreeSet<usize>, ProjectError> {
        let sql = "SELECT before FROM project_edits WHERE subject = 'comment' AND tweet = ?";
        let before = self.rows("reading comments", sql, params![tweet], |row| json::<Option<Comment>>(row, 0))?;
        Ok(before.into_iter().flatten().filter_map(|comment| comment.place).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_a_comment_is_taken_and_the_rest_stays() {
        let full = json!({"id": 9, "kind": "decision", "tokens": [0, 1], "text": "who?", "who": "ann",
            "at": "2026-01-02T03:04:05.000Z", "answer": {"text": "Ada", "who": "bo", "at": "2026-01-03T00:00:00.000Z"}});
        let bare = json!({"kind": "question", "text": "why?"});
        let others =
            [json!("free text"), json!({"kind": "flag", "text": "x"}), json!({"kind": "comment", "text": "  "})];
        let outside = json!({"kind": "comment", "tokens": [1, 3], "text": "x"});
        let remarks = [&[full.clone()][..], &others[..], &[outside, bare.clone()][..]].concat();
        let taken = comments_in(&remarks, 7, 2, "me", "now");
        assert_eq!(taken.iter().map(|comment| comment.place).collect::<Vec<_>>(), [Some(0), Some(5)]);
        assert_eq!((taken[0].who.as_str(), taken[0].tokens, taken[0].tweet), ("ann", Some((0, 1)), 7));
        assert_eq!(taken[0].answer.as_ref().map(|answer| answer.who.as_str()), Some("bo"));
        assert_eq!((taken[1].who.as_str(), taken[1].at.as_str()), ("me", "now"));
        assert!(says(&full, &taken[0]) && says(&bare, &taken[1]) && !says(&bare, &taken[0]));
        assert!(!says(&full, &Comment { text: "other".into(), ..taken[0].clone() }));
    }
}
