//! Taking a corpus into a project.

use rusqlite::params;
use serde::Serialize;
use spanlight_models::example::TypeStyle;

use super::log::now;
use super::remarks_of_corpus::comments_in;
use super::text::TextIndex;
use super::{ImportedFile, Project, ProjectError, QueueItem, Role};
use crate::corpus::{Corpus, Listed, RepairedTag, SkippedTweet};
use crate::hash::stable_hash;

/// What became of an import.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportReport {
    /// Number of tweets taken in.
    pub tweets: usize,
    /// Entity types that the settings did not have.
    pub new_types: Vec<String>,
    /// Tags that are read differently from how they stand; an export of unedited tweets keeps them.
    pub repairs: Listed<RepairedTag>,
    /// Tweets that were left out because of malformed lines.
    pub skipped: Listed<SkippedTweet>,
    /// Number of comments that the corpus has on its tweets and that are comments of the project now.
    pub comments: usize,
    /// Ids of the corpus that the project now holds more than once.
    pub repeated_ids: Listed<String>,
}

impl Project {
    /// Takes in a corpus, in one transaction; new entity types are added to the settings.
    ///
    /// The same bytes are not taken in twice, and labels that the project does not admit are not taken in at all
    /// ([`Corpus::fitted`] leaves them out).
    pub fn import(&mut self, corpus: &Corpus, role: Role) -> Result<ImportReport, ProjectError> {
        let during = format!("the import of {}", corpus.name());
        let failed = self.failed(&during);
        let digest = stable_hash(&[corpus.bytes()]).cast_signed();
        if let Some(file) = self.files.iter().find(|file| file.digest == digest) {
            let (at, role) = (file.at.clone(), file.role.name());
            return Err(ProjectError::AlreadyImported { file: corpus.name().to_owned(), at, role });
        }
        self.check_corpus(corpus)?;
        let mut settings = self.settings.clone();
        let known: Vec<&str> = self.settings.labels.names().collect();
        let new: Vec<&str> = corpus.labels().names().filter(|name| !known.contains(name)).collect();
        for name in &new {
            settings.labels.insert(*name, TypeStyle::default());
        }
        let new_types = new.into_iter().map(str::to_owned).collect::<Vec<_>>();

        let mut file = ImportedFile {
            id: 0,
            name: corpus.name().to_owned(),
            role,
            format: corpus.format(),
            layout: corpus.layout(),
            tweets: corpus.len(),
            at: now(),
            first: 0,
            digest,
        };
        let mut comments = self.next_comment()?..;
        let mut taken_comments = 0;
        let (mut queue, mut text) = (Vec::new(), TextIndex::default());
        let transaction = self.db.transaction().map_err(&failed)?;
        let mut write = || -> rusqlite::Result<Listed<String>> {
            let layout = serde_json::to_string(&file.layout).unwrap_or_default();
            transaction.execute(
                "INSERT INTO files (name, role, format, layout, prologue, digest, at, who) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                params![file.name, role.name(), file.format.name(), layout, corpus.prologue(), digest, file.at, self.who],
            )?;
            file.id = transaction.last_insert_rowid();
            let sql = "INSERT INTO tweets (file, name, source, text) VALUES (?, ?, ?, ?)";
            let mut insert = transaction.prepare(sql)?;
            let mut first = None;
            for (index, example) in corpus.examples().enumerate() {
                let words = example.tokens.join(" ");
                let id = insert.insert(params![file.id, example.id, corpus.source(index), words])?;
                first.get_or_insert(id);
                let remarks = corpus.remarks(index);
                let of_corpus = comments_in(&remarks, id, example.tokens.len(), &self.who, &file.at);
                // The comments first: a number that finds none of them would be passed over.
                for (comment, number) in of_corpus.into_iter().zip(comments.by_ref()) {
                    super::comments::write(&transaction, number, Some(&comment))?;
                    taken_comments += 1;
                }
                if role == Role::Label {
                    queue.push(QueueItem::new(id));
                    text.push(&words);
                }
            }
            let sql = "SELECT name FROM tweets GROUP BY name HAVING COUNT(*) > 1 AND MAX(id) >= ?";
            file.first = first.unwrap_or_default();
            transaction.prepare(sql)?.query_map([file.first], |row| row.get(0))?.collect()
        };
        let repeated_ids = write().map_err(&failed)?;
        // Settings first: types too many do no harm, tweets whose types are unknown would.
        if !new_types.is_empty() {
            settings.write(&self.dir.join(super::SETTINGS))?;
        }
        transaction.commit().map_err(&failed)?;
        self.settle_and_trim();
        self.settings = settings;
        self.files.push(file);
        self.queue.append(&mut queue);
        self.text.append(&text);
        let (repairs, skipped) = (corpus.repairs().clone(), corpus.skipped().clone());
        let comments = taken_comments;
        Ok(ImportReport { tweets: corpus.len(), new_types, repairs, skipped, comments, repeated_ids })
    }
}
