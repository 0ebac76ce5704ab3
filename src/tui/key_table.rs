//! The keymap as a table, for those who are not on the screen.

use std::path::Path;

use serde::Serialize;
use spanlight_models::example::LabelSet;

use super::action::{Action, Context};
use super::chord::Chord;
use super::keymap::Keymap;

/// The keys of one action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyRow {
    /// The action's name in the keymap.
    pub action: &'static str,
    /// Its keys as the screen shows them, the preferred one first.
    pub keys: Vec<String>,
    /// Where they are read.
    pub place: &'static str,
    /// Its chapter in the help.
    pub chapter: &'static str,
    /// What it does.
    pub does: &'static str,
}

/// The keys of one type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypeRow {
    /// The type.
    pub label: String,
    /// Its keys, the preferred one first.
    pub keys: Vec<String>,
}

/// The keys in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyTable {
    /// Those of actions, in the order of the help.
    pub actions: Vec<KeyRow>,
    /// Those of types.
    pub types: Vec<TypeRow>,
    /// What is wrong: keys that collide, names of no action, words for no key.
    pub problems: Vec<String>,
}

impl KeyTable {
    /// The built-in keys with those of a keymap file, which need not exist, and those for types.
    pub fn load(file: &Path, labels: &LabelSet) -> Self {
        let (keymap, mistakes) = Keymap::load(file);
        let (type_keys, collisions) = keymap.type_keys(labels);
        let row = |action: &Action| KeyRow {
            action: action.name(),
            keys: keymap.keys(*action).iter().map(Chord::to_string).collect(),
            place: place(action.context()),
            chapter: action.group().title(),
            does: action.help(),
        };
        let of_type = |(index, label): (usize, &str)| TypeRow {
            label: label.to_owned(),
            keys: type_keys.of(index).iter().map(char::to_string).collect(),
        };
        Self {
            actions: Action::ALL.iter().map(row).collect(),
            types: labels.names().enumerate().map(of_type).collect(),
            problems: mistakes.iter().map(ToString::to_string).chain(collisions).collect(),
        }
    }
}

fn place(context: Context) -> &'static str {
    match context {
        Context::Annotate => "annotation",
        Context::Inspect => "inspector",
        Context::Gallery => "gallery of images",
        Context::List => "list of tweets",
        Context::Boxing => "drawing a box",
        Context::Adjudicate => "adjudication",
        Context::Dialog => "dialogs",
        Context::Everywhere => "everywhere",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_action_and_says_what_collides() {
        let dir = tempfile::tempdir().expect("folder");
        let file = dir.path().join("keymap.toml");
        std::fs::write(&file, "done = [\"; d\", \"d\"]\nfly = [\"x\"]\n").expect("keymap");
        let table = KeyTable::load(&file, &LabelSet::new(["PER", "LOC"]));
        assert_eq!(table.actions.len(), Action::ALL.len());
        let done = table.actions.iter().find(|row| row.action == "done").expect("done");
        assert_eq!((done.keys.clone(), done.place), (vec![";d".to_owned(), "d".to_owned()], "annotation"));
        assert_eq!(table.types[0].keys, ["1", "p"]);
        assert_eq!(table.problems.len(), 2, "{:?}", table.problems);
        assert!(table.problems.iter().any(|problem| problem.contains("`d` of `next-token`")), "{:?}", table.problems);
    }
}
