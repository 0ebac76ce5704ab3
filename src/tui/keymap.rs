//! Which key does what: the defaults, replaced action by action by the user's file.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::Path;

use spanlight_models::example::LabelSet;
use toml::Spanned;

use super::action::{Action, Context};
use super::chord::Chord;
use super::key::Key;
use crate::config::{ConfigError, read_optional};

/// The keymap that is built in.
const DEFAULT: &str = include_str!("keymap.toml");

/// Keys per action.
#[derive(Clone, Debug)]
pub struct Keymap {
    keys: BTreeMap<Action, Vec<Chord>>,
    actions: HashMap<(Context, Chord), Action>,
}

/// What the keys that were pressed so far mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// They are the keys of an action.
    Action(Action),
    /// More keys must follow.
    Beginning,
    /// No action's keys begin like this.
    Nothing,
}

/// One line of a keymap file.
struct Entry {
    action: Action,
    keys: Vec<(Chord, Range<usize>)>,
}

impl Keymap {
    /// The defaults with the replacements of `file`, which need not exist, and all that is wrong in it.
    ///
    /// A line that is wrong changes nothing; the others count.
    pub fn load(file: &Path) -> (Self, Vec<ConfigError>) {
        match read_optional(file) {
            Ok(text) => Self::with_user_keys(file, text.as_deref().unwrap_or_default()),
            Err(error) => (Self::built_in(), vec![error]),
        }
    }

    /// The keymap without any user's file.
    pub fn built_in() -> Self {
        Self::with_user_keys(Path::new("keymap.toml"), "").0
    }

    fn with_user_keys(file: &Path, text: &str) -> (Self, Vec<ConfigError>) {
        let (defaults, mut problems) = parse(Path::new("built-in keymap"), DEFAULT);
        let (user, mistakes) = parse(file, text);
        problems.extend(mistakes);
        let mut map = Self { keys: BTreeMap::new(), actions: HashMap::new() };
        // The user's keys are bound first, so that a default gives way to them.
        let chosen: Vec<Action> = user.iter().map(|entry| entry.action).collect();
        for entry in &user {
            map.bind(entry, |place, message| problems.push(ConfigError::at(file, text, Some(place), message)));
        }
        for entry in defaults.iter().filter(|entry| !chosen.contains(&entry.action)) {
            map.bind(entry, |_, message| {
                let message = format!("{message}; give one of them another key");
                problems.push(ConfigError::at(file, text, None, message));
            });
        }
        (map, problems)
    }

    fn bind(&mut self, entry: &Entry, mut conflict: impl FnMut(Range<usize>, String)) {
        let action = entry.action;
        let bound = self.keys.entry(action).or_default();
        for (chord, place) in &entry.keys {
            if chord.keys().len() > 1 && matches!(action.context(), Context::Dialog | Context::Everywhere) {
                // Between two keys of a sequence a dialog would not know whether text is typed.
                conflict(place.clone(), format!("`{action}` works in dialogs and needs a single key, not `{chord}`"));
                continue;
            }
            let taken = self.actions.iter().filter(|((context, other), taken)| {
                other.collides(chord) && context.meets(action.context()) && **taken != action
            });
            if let Some(((_, other), taken)) = taken.min_by_key(|(_, taken)| **taken) {
                let how = if other == chord { "is already the key of" } else { "cannot be told from a key of" };
                conflict(place.clone(), format!("key `{chord}` of `{action}` {how} `{taken}`"));
                continue;
            }
            bound.push(chord.clone());
            self.actions.insert((action.context(), chord.clone()), action);
        }
    }

    /// What a single `key` does in `context`.
    pub fn action(&self, context: Context, key: Key) -> Option<Action> {
        match self.meaning(context, &[key]) {
            Meaning::Action(action) => Some(action),
            Meaning::Beginning | Meaning::Nothing => None,
        }
    }

    /// What the keys `pressed` one after another mean in `context`.
    pub fn meaning(&self, context: Context, pressed: &[Key]) -> Meaning {
        let mut meaning = Meaning::Nothing;
        for ((place, chord), action) in &self.actions {
            if *place == context || *place == Context::Everywhere {
                if chord.keys() == pressed {
                    return Meaning::Action(*action);
                }
                if chord.after(pressed).is_some() {
                    meaning = Meaning::Beginning;
                }
            }
        }
        meaning
    }

    /// What can follow the keys `pressed` in `context`: the keys that are left and where they lead, in the order of the help.
    pub fn following<'a>(
        &'a self,
        context: Context,
        pressed: &'a [Key],
    ) -> impl Iterator<Item = (&'a [Key], Action)> + 'a {
        let here = self.keys.iter().filter(move |(action, _)| action.context() == context);
        here.flat_map(move |(action, chords)| {
            chords.iter().filter_map(move |chord| Some((chord.after(pressed)?, *action)))
        })
    }

    /// The keys of an action, the preferred one first.
    pub fn keys(&self, action: Action) -> &[Chord] {
        self.keys.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The preferred key of an action as it is shown.
    pub fn label(&self, action: Action) -> Option<String> {
        self.keys(action).first().map(Chord::to_string)
    }

    /// The keys that assign the types of `labels`, and what is wrong with keys that the project chose.
    pub fn type_keys(&self, labels: &LabelSet) -> (TypeKeys, Vec<String>) {
        TypeKeys::assign(self, labels)
    }

    fn is_free(&self, c: char) -> bool {
        self.meaning(Context::Annotate, &[Key::char(c)]) == Meaning::Nothing
    }
}

fn parse(file: &Path, text: &str) -> (Vec<Entry>, Vec<ConfigError>) {
    type Lines = BTreeMap<Spanned<String>, Spanned<Vec<Spanned<String>>>>;
    let lines: Lines = match toml::from_str(text) {
        Ok(lines) => lines,
        Err(error) => return (Vec::new(), vec![ConfigError::from_toml(file, text, &error)]),
    };
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    for (name, keys) in lines {
        let Some(action) = Action::named(name.get_ref()) else {
            let message = format!("there is no action `{}`; the help lists all", name.get_ref());
            problems.push(ConfigError::at(file, text, Some(name.span()), message));
            continue;
        };
        let mut entry = Entry { action, keys: Vec::new() };
        for key in keys.into_inner() {
            match key.get_ref().parse() {
                Ok(parsed) => entry.keys.push((parsed, key.span())),
                Err(error) => problems.push(ConfigError::at(file, text, Some(key.span()), error.to_string())),
            }
        }
        entries.push(entry);
    }
    (entries, problems)
}

/// The keys that assign entity types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeKeys {
    /// Per type, in the order of the label set: its keys, the preferred one first.
    keys: Vec<Vec<char>>,
}

impl TypeKeys {
    fn assign(keymap: &Keymap, labels: &LabelSet) -> (Self, Vec<String>) {
        let mut keys: Vec<Vec<char>> = vec![Vec::new(); labels.len()];
        let mut problems = Vec::new();
        let taken = |keys: &[Vec<char>], c: char| keys.iter().flatten().any(|key| *key == c);
        for (index, (name, style)) in labels.iter().enumerate() {
            let Some(key) = style.key else { continue };
            let meaning = keymap.meaning(Context::Annotate, &[Key::char(key)]);
            if let Meaning::Action(action) = meaning {
                problems.push(format!("key `{key}` of type `{name}` is already the key of `{action}`"));
            } else if meaning == Meaning::Beginning {
                problems.push(format!("key `{key}` of type `{name}` already begins a key sequence"));
            } else if taken(&keys, key) {
                problems.push(format!("key `{key}` of type `{name}` is already the key of another type"));
            } else {
                keys[index].push(key);
            }
        }
        for (index, digit) in "1234567890".chars().enumerate().take(labels.len()) {
            if keymap.is_free(digit) && !taken(&keys, digit) {
                keys[index].push(digit);
            }
        }
        // Names with the fewest free letters choose first, so that ORG gets its o before OTHER.
        let free = |name: &str| -> Vec<char> {
            name.chars().flat_map(char::to_lowercase).filter(|c| c.is_ascii_lowercase() && keymap.is_free(*c)).collect()
        };
        let mut open: Vec<(usize, Vec<char>)> = (labels.iter().enumerate())
            .filter(|(_, (_, style))| style.key.is_none())
            .map(|(index, (name, _))| (index, free(name)))
            .collect();
        open.sort_by_key(|(_, letters)| letters.len());
        for (index, letters) in open {
            let letter = letters.into_iter().find(|c| !taken(&keys, *c));
            keys[index].extend(letter);
        }
        (Self { keys }, problems)
    }

    /// The place of the type that `c` assigns.
    pub fn index_of(&self, c: char) -> Option<usize> {
        self.keys.iter().position(|keys| keys.contains(&c))
    }

    /// The preferred key of the type at `index`.
    pub fn preferred(&self, index: usize) -> Option<char> {
        self.keys.get(index).and_then(|keys| keys.first()).copied()
    }

    /// All keys of the type at `index` as they are shown.
    pub fn shown(&self, index: usize) -> String {
        let keys = self.keys.get(index).map_or(&[][..], Vec::as_slice);
        keys.iter().map(char::to_string).collect::<Vec<_>>().join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spanlight_models::example::TypeStyle;

    fn user(text: &str) -> (Keymap, Vec<String>) {
        let (map, problems) = Keymap::with_user_keys(Path::new("keymap.toml"), text);
        (map, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_built_in_keymap_binds_every_action_without_conflict() {
        let (map, problems) = user("");
        assert_eq!(problems, Vec::<String>::new());
        for action in Action::ALL {
            assert!(!map.keys(*action).is_empty(), "{action} has no key");
        }
    }

    #[test]
    fn user_keys_replace_those_of_the_actions_they_name() {
        let (map, problems) = user("next-token = [\"l\"]\nquit = []\n");
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(map.action(Context::Annotate, Key::char('l')), Some(Action::NextToken));
        assert_eq!(map.action(Context::Annotate, Key::char('d')), None);
        assert_eq!(map.action(Context::Annotate, Key::char('q')), None);
        assert_eq!(map.label(Action::Quit), None);
    }

    #[test]
    fn mistakes_are_told_with_their_lines_and_the_rest_counts() {
        let (map, problems) = user("learn = [\"l\"]\nfly = [\"y\"]\nskip = [\"hyper-x\", \"k\"]\n");
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("keymap.toml:2: there is no action `fly`"), "{problems:?}");
        assert!(problems[1].starts_with("keymap.toml:3: `hyper-x` is no key"), "{problems:?}");
        assert_eq!(map.action(Context::Annotate, Key::char('l')), Some(Action::Learn));
        assert_eq!(map.action(Context::Annotate, Key::char('k')), Some(Action::Skip));
        let (map, problems) = user("learn = [");
        assert!(problems[0].starts_with("keymap.toml:1: "), "{problems:?}");
        assert_eq!(map.action(Context::Annotate, Key::char('L')), Some(Action::Learn));
    }

    #[test]
    fn conflicts_are_told_and_the_users_key_wins() {
        let (map, problems) = user("done = [\"d\"]\n");
        assert_eq!(map.action(Context::Annotate, Key::char('d')), Some(Action::Done));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("`d` of `next-token` is already the key of `done`"), "{problems:?}");
        let (_, problems) = user("done = [\"y\"]\nskip = [\"y\"]\n");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("keymap.toml:2: key `y` of `skip`"), "{problems:?}");
    }

    #[test]
    fn sequences_are_told_from_single_keys() {
        let (map, problems) = user("done = [\"; d\", \"space\"]\nskip = [\"; z\"]\n");
        assert_eq!(problems, Vec::<String>::new());
        let keys = |text: &str| text.parse::<Chord>().expect("chord").keys().to_vec();
        assert_eq!(map.meaning(Context::Annotate, &keys(";")), Meaning::Beginning);
        assert_eq!(map.meaning(Context::Annotate, &keys("; d")), Meaning::Action(Action::Done));
        assert_eq!(map.meaning(Context::Annotate, &keys("; ;")), Meaning::Nothing);
        assert_eq!(map.action(Context::Annotate, Key::char(';')), None);
        let start = keys(";");
        let following: Vec<Action> = map.following(Context::Annotate, &start).map(|(_, action)| action).collect();
        assert!(following.starts_with(&[Action::Done, Action::Skip]), "{following:?}");

        let (map, problems) = user("done = [\"; d\"]\nskip = [\"; d x\", \"k\"]\nleave = [\"; q\"]\n");
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("keymap.toml:3: `leave` works in dialogs"), "{problems:?}");
        assert!(problems[1].starts_with("keymap.toml:2: key `;dx` of `skip` cannot be told"), "{problems:?}");
        assert_eq!(map.action(Context::Annotate, Key::char('k')), Some(Action::Skip));
        let mut labels = LabelSet::default();
        labels.insert("PER", TypeStyle { key: Some(';'), color: None });
        let (keys, problems) = map.type_keys(&labels);
        assert!(problems[0].contains("`;` of type `PER` already begins"), "{problems:?}");
        assert_eq!(keys.preferred(0), Some('1'));
    }

    #[test]
    fn the_same_key_may_do_different_things_in_dialogs() {
        let map = Keymap::built_in();
        let esc = "esc".parse().expect("key");
        assert_eq!(map.action(Context::Annotate, esc), Some(Action::Clear));
        assert_eq!(map.action(Context::Dialog, esc), Some(Action::DialogClose));
        let redraw = "ctrl-l".parse().expect("key");
        assert_eq!(map.action(Context::Dialog, redraw), Some(Action::Redraw));
        assert_eq!(map.action(Context::Dialog, Key::char('q')), None);
    }

    #[test]
    fn types_get_digits_and_free_letters_of_their_names() {
        let (keys, problems) = Keymap::built_in().type_keys(&LabelSet::new(["PER", "LOC", "OTHER", "ORG", "gen/re"]));
        assert!(problems.is_empty());
        assert_eq!((0..5).map(|i| keys.shown(i)).collect::<Vec<_>>(), ["1/p", "2/l", "3/h", "4/o", "5"]);
        assert_eq!(keys.index_of('o'), Some(3));
        assert_eq!(keys.index_of('z'), None);
    }

    #[test]
    fn keys_of_the_project_come_first_and_may_not_take_those_of_actions() {
        let mut labels = LabelSet::default();
        labels.insert("PER", TypeStyle { key: Some('k'), color: None });
        labels.insert("LOC", TypeStyle { key: Some('d'), color: None });
        labels.insert("ORG", TypeStyle { key: Some('k'), color: None });
        let (keys, problems) = Keymap::built_in().type_keys(&labels);
        assert_eq!((0..3).map(|i| keys.shown(i)).collect::<Vec<_>>(), ["k/1", "2", "3"]);
        assert_eq!(problems.len(), 2);
        assert!(problems[0].contains("`d` of type `LOC` is already the key of `next-token`"));
    }

    #[test]
    fn more_types_than_keys_still_have_a_place() {
        let (keys, _) = Keymap::built_in().type_keys(&LabelSet::new((0..60).map(|i| format!("TYPE{i}"))));
        assert_eq!(keys.preferred(59), None);
        assert_eq!(keys.shown(59), "");
    }
}
