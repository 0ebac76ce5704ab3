//! What is said anew of a tweet takes the place of what came from the same source before.

use indexmap::IndexMap;
use spanlight_models::example::{Context, ContextKind};

use super::{ContextChange, ContextRecord, StoredContext};
use crate::corpus::contexts::Said;
use crate::project::TweetId;

/// What is said anew, in groups that each take the place of what is of the same kind and from the same source.
#[derive(Debug)]
pub(super) struct Anew {
    groups: IndexMap<(ContextKind, Option<String>), Vec<ContextRecord>>,
    /// Whether older contexts of the kind give way whatever their source.
    any_source: bool,
}

impl Anew {
    /// Takes the place of what comes from the sources that `records` name; with `any_source`, of all of their kinds.
    pub fn new(records: impl IntoIterator<Item = ContextRecord>, any_source: bool) -> Self {
        let mut anew = Self { groups: IndexMap::new(), any_source };
        for record in records {
            let source = record.context.source.clone().filter(|_| !any_source);
            anew.groups.entry((record.context.kind, source)).or_default().push(record);
        }
        anew
    }

    /// Takes the place of this, too, even if there is nothing new of it.
    pub fn instead_of(mut self, kind: ContextKind, source: &str) -> Self {
        self.groups.entry((kind, Some(source.to_owned()))).or_default();
        self
    }

    /// What changes for a tweet that has `current`: the first of a group takes the first place, and so on.
    pub fn changes(self, tweet: TweetId, current: &[StoredContext]) -> Vec<ContextChange> {
        let mut changes = Vec::new();
        for ((kind, source), records) in self.groups {
            let gives = |old: &Context| old.kind == kind && (self.any_source || old.source == source);
            let mut old = current.iter().filter(|stored| gives(&stored.record.context));
            for mut record in records {
                let Some(stored) = old.next() else {
                    changes.push(ContextChange::Add(tweet, record));
                    continue;
                };
                keep_similarity(&stored.record.context, &mut record.context);
                if !same(&stored.record, &record) {
                    changes.push(ContextChange::Set(stored.id, record));
                }
            }
            changes.extend(old.map(|stored| ContextChange::Remove(stored.id)));
        }
        changes
    }
}

/// Says how similar image and text are to the contexts of this kind, or to all.
pub(super) fn scored(current: &[StoredContext], kind: Option<ContextKind>, said: &Said) -> Vec<ContextChange> {
    let Some(similarity) = said.similarity else { return Vec::new() };
    let meant = |stored: &&StoredContext| {
        let context = &stored.record.context;
        kind.is_none_or(|kind| context.kind == kind) && context.similarity != Some(similarity)
    };
    let score = |stored: &StoredContext| {
        let context = Context { similarity: Some(similarity), ..stored.record.context.clone() };
        ContextChange::Set(stored.id, ContextRecord { key: stored.record.key.clone(), ..ContextRecord::new(context) })
    };
    current.iter().filter(meant).map(score).collect()
}

/// What was measured on the same words still holds.
fn keep_similarity(old: &Context, new: &mut Context) {
    if new.similarity.is_none() && (&new.text, &new.items) == (&old.text, &old.items) {
        new.similarity = old.similarity;
    }
}

/// Whether nothing but the time differs.
fn same(old: &ContextRecord, new: &ContextRecord) -> bool {
    old.context == new.context && old.key == new.key
}
