//! The scheme of entity types: making, describing, renaming, merging and removing types over the whole project.
//!
//! A change of the scheme and of every label that follows from it is one step of undo. The store holds the new types
//! until `project.toml` has them, so that the file and the labels belong together whatever happens in between.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use rusqlite::{Transaction, params};
use serde::Serialize;
use spanlight_models::example::Span;

use super::export::Stored;
use super::log::{Labelling, json, to_json};
use super::steps::Changes;
use super::{Applied, EntityType, ImportedFile, Project, ProjectError, Role, State};
use crate::corpus::Listed;

/// How many labels a preview shows.
const SAMPLES: usize = 20;

/// A change of the scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeEdit {
    /// A new type, at the end.
    Add(EntityType),
    /// Other looks, another meaning, or another name for a type; labels follow a new name.
    Change {
        /// What it is called now.
        name: String,
        /// What it is to be; what it was called before stays with it whatever stands here.
        to: EntityType,
    },
    /// Types become another one that is there, and so do their labels.
    Merge {
        /// The types that go.
        from: Vec<String>,
        /// The type that stays.
        into: String,
    },
    /// A type goes.
    Remove {
        /// Its name.
        name: String,
        /// What becomes of its labels.
        labels: LabelsOfRemoved,
    },
}

/// What becomes of the labels of a type that is removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelsOfRemoved {
    /// The type is removed only if it has none.
    #[default]
    MustBeNone,
    /// They are taken away.
    Drop,
}

/// What a change of the scheme would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TypePreview {
    /// One line for the history.
    pub summary: String,
    /// Number of labels that would change or go.
    pub labels: usize,
    /// Number of tweets that have them.
    pub tweets: usize,
    /// The same by the state of the tweet, for tweets to be labelled.
    pub states: IndexMap<&'static str, usize>,
    /// The same by what the tweets are for.
    pub roles: IndexMap<&'static str, usize>,
    /// Number of those tweets whose labels a person changed or confirmed.
    pub human: usize,
    /// Some of the labels.
    pub samples: Listed<TypeSample>,
}

/// A label that would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypeSample {
    /// Id of the tweet.
    pub tweet: String,
    /// The words before it.
    pub before: String,
    /// Its words.
    pub words: String,
    /// The words behind it.
    pub behind: String,
    /// Its type now.
    pub from: String,
    /// Its type then; none where the label goes.
    pub to: Option<String>,
}

/// A type with what the project has of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypeUse {
    /// Name, looks, meaning; for a type that only labels have, its name.
    #[serde(flatten)]
    pub entry: EntityType,
    /// Whether the scheme has it.
    pub known: bool,
    /// Number of its labels in tweets to be labelled.
    pub labels: usize,
    /// Number of those in tweets that are done.
    pub done: usize,
    /// The words that were labelled most with it, and how often; those of done tweets where there are any.
    pub examples: Vec<(String, usize)>,
}

/// New names of types; none where labels go.
type Relabel = IndexMap<String, Option<String>>;

/// What follows from a change of the scheme.
struct Plan {
    summary: String,
    types: Vec<EntityType>,
    relabel: Relabel,
    /// Whether there must not be a label to change.
    unused: bool,
}

impl Project {
    /// What a change of the scheme would do; reads every tweet.
    pub fn preview_types(&self, edit: &TypeEdit) -> Result<TypePreview, ProjectError> {
        let plan = self.plan(edit)?;
        let mut preview = TypePreview { summary: plan.summary.clone(), ..TypePreview::default() };
        self.each_relabelled(&plan.relabel, |relabelled| preview.take(self, &plan.relabel, relabelled))?;
        Ok(preview)
    }

    /// Changes the scheme and all labels that follow, in one durable transaction, which is one step of undo.
    pub fn change_types(&mut self, edit: &TypeEdit) -> Result<Option<Applied>, ProjectError> {
        let plan = self.plan(edit)?;
        let mut step = Changes { types: Some((self.settings.types(), plan.types)), ..Changes::default() };
        let mut found = Vec::new();
        self.each_relabelled(&plan.relabel, |relabelled| {
            found.push((relabelled.stored.id, relabelled.after.to_vec()));
            Ok(())
        })?;
        if plan.unused && !found.is_empty() {
            let tweets = found.len();
            return Err(ProjectError::Type(format!(
                "the type has labels in {tweets} tweets; say what becomes of them: drop them, or merge the type into another"
            )));
        }
        for (tweet, spans) in found {
            let before = self.labelling(tweet)?;
            // Who confirmed what, and how far the work is, does not change with a name.
            let after = Labelling { spans, ..before.clone() };
            step.labels.insert(tweet, (before, after));
        }
        for tweet in self.tweets_with_voices()? {
            let before = self.opinions(tweet)?;
            let mut after = before.clone();
            for spans in after.values_mut() {
                *spans = relabelled(spans, &plan.relabel);
            }
            step.voices.insert(tweet, (before, after));
        }
        let during = format!("the edit “{}”", plan.summary);
        self.write_step(&self.edit_step(&during, &plan.summary, None), step)
    }

    /// The types of the scheme, then those that only labels have, with what was labelled with each; reads every tweet.
    pub fn types_in_use(&self, examples: usize) -> Result<Vec<TypeUse>, ProjectError> {
        let unused = |entry: EntityType| TypeUse { entry, known: true, labels: 0, done: 0, examples: Vec::new() };
        let types = self.settings.types();
        let mut uses: IndexMap<String, TypeUse> =
            types.into_iter().map(|entry| (entry.name.clone(), unused(entry))).collect();
        // Per type: in all tweets, and in done ones.
        let mut words: IndexMap<String, [IndexMap<String, usize>; 2]> = IndexMap::new();
        self.each_stored("counting types", Role::Label, |stored| {
            let (example, spans) = self.spans_of(&stored)?;
            let place = self.index_of(stored.id);
            let done = place.is_some_and(|place| self.queue[place].state == State::Done);
            for span in spans {
                let unknown = || TypeUse { known: false, ..unused(EntityType::named(span.label.as_str())) };
                let entry = uses.entry(span.label.clone()).or_insert_with(unknown);
                entry.labels += 1;
                entry.done += usize::from(done);
                let surface = example.get(span.start..span.end).unwrap_or_default().join(" ");
                let counts = words.entry(span.label.clone()).or_default();
                *counts[0].entry(surface.clone()).or_default() += 1;
                if done {
                    *counts[1].entry(surface).or_default() += 1;
                }
            }
            Ok(())
        })?;
        for (name, [all, done]) in words {
            let mut most: Vec<(String, usize)> = if done.is_empty() { all } else { done }.into_iter().collect();
            most.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
            most.truncate(examples);
            if let Some(entry) = uses.get_mut(&name) {
                entry.examples = most;
            }
        }
        Ok(uses.into_values().collect())
    }

    /// The types and the labels that a change leads to, or why it cannot be made.
    fn plan(&self, edit: &TypeEdit) -> Result<Plan, ProjectError> {
        let types = self.settings.types();
        let place = |name: &str| {
            let unknown = || ProjectError::Type(format!("there is no type `{}`", name.escape_debug()));
            types.iter().position(|entry| entry.name == name).ok_or_else(unknown)
        };
        let mut after = types.clone();
        let mut relabel = Relabel::new();
        let (summary, unused) = match edit {
            TypeEdit::Add(entry) => {
                check(entry, &types)?;
                after.push(entry.clone());
                (format!("add type {}", entry.name), false)
            }
            TypeEdit::Change { name, to } => {
                let place = place(name)?;
                let others: Vec<EntityType> = types.iter().filter(|entry| entry.name != *name).cloned().collect();
                check(to, &others)?;
                let mut was = types[place].was.clone();
                was.retain(|was| *was != to.name);
                let renamed = to.name != *name;
                if renamed {
                    remember(&mut was, name);
                    relabel.insert(name.clone(), Some(to.name.clone()));
                }
                after[place] = EntityType { was, ..to.clone() };
                (if renamed { format!("rename {name} to {}", to.name) } else { format!("change type {name}") }, false)
            }
            TypeEdit::Merge { from, into } => {
                place(into)?;
                for name in from.iter().filter(|name| *name != into) {
                    let gone = types[place(name)?].clone();
                    relabel.insert(name.clone(), Some(into.clone()));
                    after.retain(|entry| entry.name != *name);
                    if let Some(heir) = after.iter_mut().find(|entry| entry.name == *into) {
                        gone.was.iter().chain([name]).for_each(|was| remember(&mut heir.was, was));
                    }
                }
                (format!("merge {} into {into}", from.join(", ")), false)
            }
            TypeEdit::Remove { name, labels } => {
                after.remove(place(name)?);
                relabel.insert(name.clone(), None);
                (format!("remove type {name}"), *labels == LabelsOfRemoved::MustBeNone)
            }
        };
        Ok(Plan { summary, types: after, relabel, unused })
    }

    /// Goes through all tweets whose labels would change, whatever they are for.
    fn each_relabelled(
        &self,
        relabel: &Relabel,
        mut take: impl FnMut(&Relabelled<'_>) -> Result<(), ProjectError>,
    ) -> Result<(), ProjectError> {
        if relabel.is_empty() {
            return Ok(());
        }
        for role in Role::ALL {
            self.each_stored("looking for labels", role, |stored| {
                let (tokens, before) = self.spans_of(&stored)?;
                if before.iter().any(|span| relabel.contains_key(&span.label)) {
                    let after = relabelled(&before, relabel);
                    let (before, after) = (before.as_slice(), after.as_slice());
                    take(&Relabelled { stored: &stored, role, tokens: &tokens, before, after })?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Tokens and current labels of a stored tweet.
    pub(super) fn spans_of(&self, stored: &Stored) -> Result<(Vec<String>, Vec<Span>), ProjectError> {
        let ImportedFile { format, layout, .. } = self.file(stored.file)?;
        let failed = |cause| ProjectError::Tweet { tweet: stored.name.clone(), cause };
        let (example, _) = format.read_tweet(&stored.source, *layout).map_err(failed)?;
        Ok((example.tokens, stored.spans.clone().unwrap_or(example.spans)))
    }

    /// Takes the types of a step into use and writes them into `project.toml`.
    pub(super) fn types_changed(&mut self, types: &[EntityType]) {
        self.settings.set_types(types);
        self.write_types();
    }

    /// Takes in types that the store has and `project.toml` has not: the program ended between the two.
    pub(super) fn take_unwritten_types(&mut self) -> Result<(), ProjectError> {
        let unwritten = self.rows("reading the types", "SELECT types FROM types_to_write", [], |row| json(row, 0))?;
        if let Some(types) = unwritten.into_iter().next() {
            let types: Vec<EntityType> = types;
            self.settings.set_types(&types);
            if !self.is_read_only() {
                self.write_types();
            }
        }
        Ok(())
    }

    /// A failure is only noted: the store has the types until the file does.
    fn write_types(&mut self) {
        let written = self.settings.write(&self.dir.join(super::SETTINGS));
        let done = written.and_then(|()| {
            self.casually("noting that the types are written", |db| db.execute("DELETE FROM types_to_write", []))
        });
        if let Err(error) = done {
            tracing::warn!("{error}; the store keeps the types until the file can be written");
        }
    }
}

/// A tweet whose labels change.
struct Relabelled<'a> {
    stored: &'a Stored,
    role: Role,
    tokens: &'a [String],
    before: &'a [Span],
    after: &'a [Span],
}

impl TypePreview {
    fn take(&mut self, project: &Project, relabel: &Relabel, relabelled: &Relabelled<'_>) -> Result<(), ProjectError> {
        let Relabelled { stored, role, tokens, before, .. } = relabelled;
        self.tweets += 1;
        *self.roles.entry(role.name()).or_default() += 1;
        if let Some(place) = project.index_of(stored.id) {
            *self.states.entry(project.queue[place].state.name()).or_default() += 1;
        }
        self.human += usize::from(project.labelling(stored.id)?.human);
        let words = |start: usize, end: usize| tokens.get(start..end.min(tokens.len())).unwrap_or_default().join(" ");
        for span in *before {
            let Some(to) = relabel.get(&span.label) else { continue };
            self.labels += 1;
            if self.labels <= SAMPLES {
                self.samples.push(TypeSample {
                    tweet: stored.name.clone(),
                    before: words(span.start.saturating_sub(4), span.start),
                    words: words(span.start, span.end),
                    behind: words(span.end, span.end + 4),
                    from: span.label.clone(),
                    to: to.clone(),
                });
            }
        }
        Ok(())
    }
}

/// The labels with new names, without those that go and those that are there twice then.
fn relabelled(spans: &[Span], relabel: &Relabel) -> Vec<Span> {
    let renamed = spans.iter().filter_map(|span| match relabel.get(&span.label) {
        Some(None) => None,
        Some(Some(to)) => Some(Span { label: to.clone(), ..span.clone() }),
        None => Some(span.clone()),
    });
    renamed.collect::<BTreeSet<Span>>().into_iter().collect()
}

fn remember(was: &mut Vec<String>, name: &str) {
    if !was.iter().any(|known| known == name) {
        was.push(name.to_owned());
    }
}

/// Whether a type can stand beside others.
fn check(entry: &EntityType, others: &[EntityType]) -> Result<(), ProjectError> {
    let name = entry.name.as_str();
    let what = if name.trim().is_empty() {
        "a type needs a name".to_owned()
    } else if name.trim() != name || name.chars().any(char::is_control) {
        format!(
            "`{}` is no name for a type: it begins or ends with a space or holds control characters",
            name.escape_debug()
        )
    } else if others.iter().any(|other| other.name == name) {
        format!("there is a type `{name}` already; merge into it, or choose another name")
    } else if let Some(other) = others.iter().find(|other| entry.key.is_some() && other.key == entry.key) {
        format!("key `{}` is already that of `{}`", entry.key.unwrap_or_default(), other.name)
    } else {
        return Ok(());
    };
    Err(ProjectError::Type(what))
}

/// The types as `to` had them, with what came to be besides since they were as in `from`.
///
/// An import may have added types, and a person may have edited the file, without a step of undo.
pub(super) fn restored(current: &[EntityType], from: &[EntityType], to: &[EntityType]) -> Vec<EntityType> {
    let find = |types: &[EntityType], name: &str| types.iter().find(|entry| entry.name == name).cloned();
    let of_step = to.iter().map(|entry| {
        // What the step left as it was is as it is now.
        let untouched = find(from, &entry.name).is_some_and(|old| old == *entry);
        if untouched { find(current, &entry.name).unwrap_or_else(|| entry.clone()) } else { entry.clone() }
    });
    let besides = current.iter().filter(|entry| find(from, &entry.name).is_none() && find(to, &entry.name).is_none());
    of_step.chain(besides.cloned()).collect()
}

/// Holds the types until `project.toml` has them.
pub(super) fn write(db: &Transaction<'_>, types: &[EntityType]) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO types_to_write (only, types) VALUES (0, ?)";
    db.prepare_cached(sql)?.execute(params![to_json(&types)?]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(names: &[&str]) -> Vec<EntityType> {
        names.iter().map(|name| EntityType::named(*name)).collect()
    }

    #[test]
    fn what_a_step_did_is_restored_and_what_came_besides_stays() {
        let (from, to) = (types(&["PERSON", "LOC"]), types(&["PER", "LOC"]));
        let mut current = types(&["PERSON", "LOC", "IMPORTED"]);
        current[1].color = Some("red".to_owned());
        let names = |types: &[EntityType]| types.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
        let after = restored(&current, &from, &to);
        assert_eq!(names(&after), ["PER", "LOC", "IMPORTED"]);
        assert_eq!(after[1].color.as_deref(), Some("red"));
        assert_eq!(names(&restored(&current, &to, &from)), ["PERSON", "LOC", "IMPORTED"]);
    }

    #[test]
    fn labels_follow_the_names_once_each() {
        let relabel = [("A".to_owned(), Some("B".to_owned())), ("C".to_owned(), None)].into();
        let spans = [Span::new("A", 0, 1), Span::new("B", 0, 1), Span::new("C", 1, 2), Span::new("D", 2, 3)];
        assert_eq!(relabelled(&spans, &relabel), [Span::new("B", 0, 1), Span::new("D", 2, 3)]);
    }
}
