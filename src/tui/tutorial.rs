//! A tutorial on the screen itself: steps that are done by doing, seen by what became of it and not by the keys.

use std::fs;
use std::path::{Path, PathBuf};

use spanlight_models::example::Span;

use super::app::App;
use super::dialog::Dialog;
use super::edit::Origin;
use crate::project::{State, TweetId};

/// Where one left off, in the folder of the project that the tutorial works on.
const PLACE: &str = "tutorial.toml";

/// One thing to learn.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What it is about.
    pub title: &'static str,
    /// What to do; `{action}` stands for the action's key.
    text: &'static str,
    /// Whether it was done since the step began.
    done: fn(&Seen, &App) -> bool,
}

/// The steps in order.
pub const STEPS: &[Step] = &[
    Step {
        title: "move",
        text: "A tweet is shown in words, and one of them is under the cursor. {next-token} and {previous-token} go from \
               word to word, {line-down} and {line-up} from line to line. Put the cursor on a name.",
        done: |seen, app| seen.cursor_moved(app),
    },
    Step {
        title: "label a word",
        text: "Below the tweet are the types with their keys. A type's key labels the word under the cursor. Label the \
               word; if it is not quite right, do not mind.",
        done: |seen, app| seen.new_labels(app).next().is_some(),
    },
    Step {
        title: "take back",
        text: "Every edit is saved at once, and {undo} takes it back, even next week; {redo} does it again. Take the \
               label back.",
        done: |_, app| app.project.undo_depth().1 > 0,
    },
    Step {
        title: "label several words",
        text: "{extend-right} and {extend-left} select words. Select a name of two words or more, then press the key of \
               its type. Where this tweet has none, {next-tweet} goes to the next.",
        done: |seen, app| seen.new_labels(app).any(|span| span.end - span.start > 1),
    },
    Step {
        title: "move an end",
        text: "A label need not be deleted to be made longer or shorter. With the cursor on it {start-left} {start-right} \
               move its start, {end-left} {end-right} its end. Move an end of your label.",
        done: |seen, app| {
            let resized = |new: &Span| {
                let old = |old: &&Span| old.label == new.label && old.overlaps(new);
                seen.labels.iter().any(|label| old(&label))
            };
            seen.new_labels(app).any(resized)
        },
    },
    Step {
        title: "change the type",
        text: "The key of another type changes the label under the cursor in place. Give your label another type.",
        done: |seen, app| {
            seen.new_labels(app).any(|new| seen.labels.iter().any(|old| (old.start, old.end) == (new.start, new.end)))
        },
    },
    Step {
        title: "the model's suggestions",
        text: "◇ marks what the model suggests. {next-entity} goes to the next mark, {accept} accepts, {remove} rejects. \
               {next-tweet} goes on until there is a suggestion. Accept one.",
        done: |seen, app| {
            seen.labels_of(app).is_some_and(|labels| labels.iter().any(|label| seen.offered.contains(label)))
        },
    },
    Step {
        title: "finish a tweet",
        text: "{done} marks a tweet as done and goes to the one that the model is least sure of. {accept-all-done} also \
               accepts all its suggestions first. Finish a tweet.",
        done: |seen, app| app.count(State::Done) > seen.done,
    },
    Step {
        title: "find and go back",
        text: "{search} searches the texts, {search-next} goes to the next match; {previous-tweet} goes one tweet back and \
               {jump} to a number or id. Search for Golden.",
        done: |_, app| app.hits.is_some(),
    },
    Step {
        title: "label every occurrence",
        text: "Label a name, stay on it and press {repeat-in-corpus}: all its places are listed with their contexts. \
               {dialog-tick} takes the tick from what is something else, {dialog-accept} labels the rest as one edit.",
        done: |seen, app| seen.listed && app.dialog.is_none() && app.project.undo_depth().0 > seen.undo,
    },
    Step {
        title: "where the model looked",
        text: "{heat-map} shows on the picture where the model looked for the name under the cursor; {inspect} opens the \
               inspector for more. Switch the heat map on or off.",
        done: |seen, app| app.looks.heat != seen.heat,
    },
    Step {
        title: "let the model learn",
        text: "{learn} lets the model learn from your corrections while you go on labelling; {stop} stops it. It is only \
               used where it did not become worse. Let it learn.",
        done: |seen, app| app.model.job.is_some() || app.model.version() > seen.version,
    },
    Step {
        title: "all the rest",
        text: "{palette} finds every command by a few letters of its name, with its key; {help} lists them all. Open one \
               of them and close it with {dialog-close}.",
        done: |seen, app| seen.commands && app.dialog.is_none(),
    },
];

/// What the screen was like when the step began, and what was seen since.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    tweet: Option<TweetId>,
    cursor: usize,
    labels: Vec<Span>,
    /// Suggestions of the open tweet as they were before the last message.
    offered: Vec<Span>,
    undo: usize,
    done: usize,
    heat: bool,
    version: Option<u64>,
    /// Whether the list of occurrences was open.
    listed: bool,
    /// Whether the list of commands was open.
    commands: bool,
}

impl Seen {
    fn at(app: &App) -> Self {
        let mut seen = Self {
            undo: app.project.undo_depth().0,
            done: app.count(State::Done),
            heat: app.looks.heat,
            version: app.model.version(),
            ..Self::default()
        };
        seen.turn_to(app);
        seen
    }

    /// Another tweet is open: what is new is new there.
    fn turn_to(&mut self, app: &App) {
        if let Some(page) = app.page.as_ref().filter(|page| self.tweet != Some(page.tweet.id)) {
            self.tweet = Some(page.tweet.id);
            self.cursor = page.cursor;
            self.labels.clone_from(&page.tweet.example.spans);
            self.offered.clear();
        }
    }

    fn look(&mut self, app: &App) {
        self.turn_to(app);
        let marks = app.page.as_ref().map_or(&[][..], |page| &page.marks);
        let suggested = marks.iter().filter(|mark| matches!(mark.origin, Origin::Suggestion { .. }));
        self.offered.extend(suggested.map(|mark| mark.span.clone()));
        if matches!(app.dialog, Some(Dialog::Occurrences(_))) {
            // What was edited before the list was seen is not what it does.
            (self.listed, self.undo) = (true, app.project.undo_depth().0);
        }
        self.commands |= matches!(app.dialog, Some(Dialog::Commands(_)));
    }

    fn cursor_moved(&self, app: &App) -> bool {
        app.page.as_ref().is_some_and(|page| self.tweet == Some(page.tweet.id) && page.cursor != self.cursor)
    }

    fn labels_of<'a>(&self, app: &'a App) -> Option<&'a [Span]> {
        let page = app.page.as_ref().filter(|page| self.tweet == Some(page.tweet.id))?;
        Some(&page.tweet.example.spans)
    }

    /// Labels of the open tweet that it did not have when the step or the tweet began.
    fn new_labels<'a>(&'a self, app: &'a App) -> impl Iterator<Item = &'a Span> {
        self.labels_of(app).unwrap_or_default().iter().filter(|span| !self.labels.contains(span))
    }
}

/// The tutorial while it is on the screen.
#[derive(Clone, Debug)]
pub struct Tutorial {
    /// Number of steps that are done.
    pub step: usize,
    seen: Seen,
    place: PathBuf,
}

impl Tutorial {
    /// Goes on where one left off in the project of `app`.
    pub fn resume(app: &App) -> Self {
        let place = app.project.dir().join(PLACE);
        Self { step: step_in(&place).min(STEPS.len()), seen: Seen::at(app), place }
    }

    /// The current step; nothing after the last.
    pub fn current(&self) -> Option<&'static Step> {
        STEPS.get(self.step)
    }

    /// Looks at what became of the last key or message; whether a step was done by it.
    pub fn observe(&mut self, app: &App) -> bool {
        let done = self.current().is_some_and(|step| (step.done)(&self.seen, app));
        if done {
            self.next(app);
        } else {
            self.seen.look(app);
        }
        done
    }

    /// Goes on to the next step.
    pub fn next(&mut self, app: &App) {
        self.step = (self.step + 1).min(STEPS.len());
        self.seen = Seen::at(app);
        self.seen.look(app);
        // Where it cannot be kept the tutorial begins anew the next time.
        if let Err(error) = fs::write(&self.place, format!("step = {}\n", self.step)) {
            tracing::warn!("{}: {error}", self.place.display());
        }
    }

    /// What is to be done, with the keys as they are.
    pub fn text(&self, app: &App) -> String {
        let text = self.current().map_or(
            "That is all it takes. Your own tweets: `spanlight annotate --corpus FILE`. {tutorial} leaves the tutorial; \
             what you labelled in it is thrown away when it begins anew.",
            |step| step.text,
        );
        app.with_keys(text)
    }
}

/// Number of steps that are done in the tutorial of a project.
fn step_in(place: &Path) -> usize {
    #[derive(serde::Deserialize)]
    struct Place {
        step: usize,
    }
    fs::read_to_string(place).ok().and_then(|text| toml::from_str::<Place>(&text).ok()).map_or(0, |place| place.step)
}

/// Whether the tutorial in a project's folder was begun and not finished.
pub fn is_under_way(project: &Path) -> bool {
    (1..STEPS.len()).contains(&step_in(&project.join(PLACE)))
}
