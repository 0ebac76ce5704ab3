//! Comments, questions and decisions on tweets and entities; every change of them is a step of the same history as labels.

use std::ops::Range;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::log::{json, now, to_json};
use super::steps::Changes;
use super::{Applied, HistoryEntry, Project, ProjectError, Role, State, TweetId};

/// Number of a comment; never used twice.
pub type CommentId = i64;

/// What a comment is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommentKind {
    /// A remark.
    #[default]
    Comment,
    /// A question that nobody has answered.
    Question,
    /// What was decided, or a question that was answered.
    Decision,
}

impl CommentKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Comment, Self::Question, Self::Decision];

    /// The name on screen, on the command line and in exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Question => "question",
            Self::Decision => "decision",
        }
    }
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentAnswer {
    /// What was said.
    pub text: String,
    /// By whom.
    pub who: String,
    /// When, RFC 3339 in UTC.
    pub at: String,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The tweet.
    pub tweet: TweetId,
    /// First token and one past the last where it is about a part of the tweet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<(usize, usize)>,
    /// What it is.
    pub kind: CommentKind,
    /// What was written.
    pub text: String,
    /// By whom.
    pub who: String,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// What was answered, where it was a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<CommentAnswer>,
    /// Its place among the remarks that the corpus has on the tweet, where it comes from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<usize>,
}

impl Comment {
    /// Whether it is about the whole tweet or about one of these tokens.
    pub fn touches(&self, tokens: &Range<usize>) -> bool {
        self.tokens.is_none_or(|(start, end)| start < tokens.end && tokens.start < end)
    }
}

/// A comment with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredComment {
    /// Its number.
    pub id: CommentId,
    /// What it says.
    pub comment: Comment,
}

/// A comment, or the reason for a flag, as it is listed and exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Number of the comment; none for a flag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CommentId>,
    /// `comment`, `question`, `decision` or `flag`.
    pub kind: String,
    /// First token and one past the last where it is about a part of the tweet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<(usize, usize)>,
    /// What was written.
    pub text: String,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// When, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The answer to a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<CommentAnswer>,
}

impl Remark {
    fn of(StoredComment { id, comment }: StoredComment) -> Self {
        let Comment { tokens, kind, text, who, at, answer, .. } = comment;
        Self { id: Some(id), kind: kind.name().to_owned(), tokens, text, who: Some(who), at: Some(at), answer }
    }

    fn flag(reason: Option<String>) -> Self {
        let (kind, text) = ("flag".to_owned(), reason.unwrap_or_default());
        Self { id: None, kind, tokens: None, text, who: None, at: None, answer: None }
    }
}

/// A remark with its tweet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedRemark {
    /// The tweet's row in the store.
    #[serde(skip)]
    pub row: TweetId,
    /// The tweet's id in the corpus.
    pub tweet: String,
    /// The words it is about, joined by one space.
    pub words: String,
    /// What it says.
    #[serde(flatten)]
    pub remark: Remark,
}

impl Project {
    /// The comments on a tweet, in the order in which they came.
    pub fn comments(&self, tweet: TweetId) -> Result<Vec<StoredComment>, ProjectError> {
        let sql = "SELECT id, content FROM comments WHERE tweet = ? ORDER BY id";
        self.rows("reading comments", sql, [tweet], stored)
    }

    /// One comment; `None` where there is none or it was taken away.
    pub fn comment(&self, id: CommentId) -> Result<Option<Comment>, ProjectError> {
        let read = || {
            let mut select = self.db.prepare_cached("SELECT content FROM comments WHERE id = ?")?;
            select.query_row([id], |row| json(row, 0)).optional()
        };
        read().map_err(self.failed("reading a comment"))
    }

    /// All comments and flags of the project, by tweet.
    pub fn remarks(&self) -> Result<Vec<ListedRemark>, ProjectError> {
        let sql = "SELECT tweet FROM comments UNION SELECT l.tweet FROM labellings l JOIN tweets t ON t.id = l.tweet \
                   JOIN files f ON f.id = t.file WHERE l.state = ? AND f.role = ? ORDER BY 1";
        let flagged = [State::Flagged.name(), Role::Label.name()];
        let tweets: Vec<TweetId> = self.rows("reading comments", sql, flagged, |row| row.get(0))?;
        let mut all = Vec::new();
        for row in tweets {
            let example = self.imported(row)?;
            all.extend(self.remarks_on(row)?.into_iter().map(|remark| {
                let (start, end) = remark.tokens.unwrap_or((0, example.tokens.len()));
                let words = example.tokens.get(start..end).unwrap_or_default().join(" ");
                ListedRemark { row, tweet: example.id.clone(), words, remark }
            }));
        }
        Ok(all)
    }

    /// The comments on a tweet, and why it is flagged.
    pub fn remarks_on(&self, tweet: TweetId) -> Result<Vec<Remark>, ProjectError> {
        let sql = "SELECT note FROM labellings WHERE tweet = ? AND state = ?";
        let flag = self.rows("reading a flag", sql, params![tweet, State::Flagged.name()], |row| row.get(0))?;
        let flag = flag.into_iter().map(Remark::flag);
        Ok(self.comments(tweet)?.into_iter().map(Remark::of).chain(flag).collect())
    }

    /// Writes a comment on a tweet or on some of its tokens, as a step of undo.
    pub fn add_comment(
        &mut self,
        tweet: TweetId,
        tokens: Option<Range<usize>>,
        kind: CommentKind,
        text: &str,
    ) -> Result<(CommentId, Applied), ProjectError> {
        let example = self.imported(tweet)?;
        let text = written(&example.id, text)?;
        if let Some(tokens) = tokens.as_ref().filter(|it| it.is_empty() || it.end > example.tokens.len()) {
            let (tweet, count) = (example.id, example.tokens.len());
            let what = format!("tokens {}..{} are not in a tweet of {count} tokens", tokens.start, tokens.end);
            return Err(ProjectError::Comment { tweet, what });
        }
        let tokens = tokens.map(|tokens| (tokens.start, tokens.end));
        let comment =
            Comment { tweet, tokens, kind, text, who: self.who.clone(), at: now(), answer: None, place: None };
        let id = self.next_comment()?;
        let applied = self.change_comment(&format!("add {}", kind.name()), id, None, Some(comment))?;
        // A comment that was not there is a change.
        let applied = applied.ok_or_else(|| self.corrupt(format!("comment {id} is there already")))?;
        Ok((id, applied))
    }

    /// Answers a question, which makes it a decision.
    pub fn answer_comment(&mut self, id: CommentId, text: &str) -> Result<Option<Applied>, ProjectError> {
        let before = self.known_comment(id)?;
        let tweet = self.imported(before.tweet)?.id;
        if before.kind != CommentKind::Question {
            let what = format!("number {id} is a {}, and only questions are answered", before.kind.name());
            return Err(ProjectError::Comment { tweet, what });
        }
        let answer = CommentAnswer { text: written(&tweet, text)?, who: self.who.clone(), at: now() };
        let after = Comment { kind: CommentKind::Decision, answer: Some(answer), ..before.clone() };
        self.change_comment("answer a question", id, Some(before), Some(after))
    }

    /// Writes something else in a comment.
    pub fn edit_comment(&mut self, id: CommentId, text: &str) -> Result<Option<Applied>, ProjectError> {
        let before = self.known_comment(id)?;
        let text = written(&self.imported(before.tweet)?.id, text)?;
        let summary = format!("edit {}", before.kind.name());
        let after = Comment { text, ..before.clone() };
        self.change_comment(&summary, id, Some(before), Some(after))
    }

    /// Takes a comment away; the log keeps it.
    pub fn remove_comment(&mut self, id: CommentId) -> Result<Option<Applied>, ProjectError> {
        let before = self.known_comment(id)?;
        let summary = format!("remove {}", before.kind.name());
        self.change_comment(&summary, id, Some(before), None)
    }

    /// Everything that ever happened to a comment, oldest first.
    pub fn comment_history(&self, id: CommentId) -> Result<Vec<HistoryEntry<Option<Comment>>>, ProjectError> {
        let sql = "SELECT at, who, kind, summary, before, after FROM project_edits \
                   WHERE subject = 'comment' AND id = ? ORDER BY seq";
        self.rows("reading a comment's history", sql, [id], HistoryEntry::read)
    }

    fn known_comment(&self, id: CommentId) -> Result<Comment, ProjectError> {
        self.comment(id)?.ok_or(ProjectError::NoSuchComment(id))
    }

    pub(super) fn next_comment(&self) -> Result<CommentId, ProjectError> {
        let sql =
            "SELECT COALESCE(MAX(id), 0) + 1 FROM (SELECT id FROM comments UNION ALL SELECT id FROM project_edits)";
        let read = || self.db.query_row(sql, [], |row| row.get(0));
        read().map_err(self.failed("reading comments"))
    }

    fn change_comment(
        &mut self,
        summary: &str,
        id: CommentId,
        before: Option<Comment>,
        after: Option<Comment>,
    ) -> Result<Option<Applied>, ProjectError> {
        let mut step = Changes::default();
        step.comments.insert(id, (before, after));
        let during = format!("the edit “{summary}”");
        self.write_step(&self.edit_step(&during, summary, None), step)
    }
}

/// What is written on a tweet, which must be something.
fn written(tweet: &str, text: &str) -> Result<String, ProjectError> {
    let text = text.trim();
    let empty = || ProjectError::Comment { tweet: tweet.to_owned(), what: "a comment needs a word".to_owned() };
    if text.is_empty() { Err(empty()) } else { Ok(text.to_owned()) }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredComment> {
    Ok(StoredComment { id: row.get(0)?, comment: json(row, 1)? })
}

/// Moves what is current on.
pub(super) fn write(db: &Transaction<'_>, id: CommentId, after: Option<&Comment>) -> rusqlite::Result<()> {
    match after {
        Some(comment) => {
            let sql = "INSERT OR REPLACE INTO comments (id, tweet, content) VALUES (?, ?, ?)";
            db.prepare_cached(sql)?.execute(params![id, comment.tweet, to_json(comment)?]).map(drop)
        }
        None => db.prepare_cached("DELETE FROM comments WHERE id = ?")?.execute([id]).map(drop),
    }
}

/// Takes in what annotators wrote, in a project that is being merged.
pub(super) fn insert(db: &Transaction<'_>, comment: &Comment) -> rusqlite::Result<()> {
    let sql = "INSERT INTO comments (tweet, content) VALUES (?, ?)";
    db.prepare_cached(sql)?.execute(params![comment.tweet, to_json(comment)?]).map(drop)
}
