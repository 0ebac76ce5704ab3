//! What is said anew of a tweet takes the place of what came from the same source before.

use spanlight_models::example::{Context, ContextKind};

use super::{ContextChange, ContextRecord, StoredContext};
use crate::corpus::contexts::Said;
use crate::project::TweetId;

/// Which older contexts give way.
#[derive(Clone, Debug)]
pub(super) struct Giving<'a> {
    /// Those of these kinds.
    pub kinds: &'a [ContextKind],
    /// Those from there; all where it is absent.
    pub source: Option<&'a str>,
}

impl Giving<'_> {
    fn gives(&self, old: &Context) -> bool {
        self.kinds.contains(&old.kind) && (self.source.is_none() || old.source.as_deref() == self.source)
    }
}

/// Puts `new` in the places of what gives way, the first in the first place.
pub(super) fn replacements(
    tweet: TweetId,
    current: &[StoredContext],
    new: Vec<ContextRecord>,
    giving: &Giving<'_>,
) -> Vec<ContextChange> {
    let mut changes = Vec::new();
    let mut old = current.iter().filter(|stored| giving.gives(&stored.record.context));
    for record in new {
        match old.next() {
            Some(stored) if same(&stored.record, &record) => {}
            Some(stored) => changes.push(ContextChange::Set(stored.id, record)),
            None => changes.push(ContextChange::Add(tweet, record)),
        }
    }
    changes.extend(old.map(|stored| ContextChange::Remove(stored.id)));
    changes
}

/// Says how similar image and text are to the contexts of these kinds.
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

/// Whether nothing but the time differs.
fn same(old: &ContextRecord, new: &ContextRecord) -> bool {
    old.context == new.context && old.key == new.key
}
