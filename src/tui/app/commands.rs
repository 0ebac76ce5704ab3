//! The list of all commands: the help and the palette in one.

use std::cmp::Reverse;

use super::App;
use super::gallery;
use super::inspect::works_here;
use crate::project::State;
use crate::tui::action::{Action, Context, Group};
use crate::tui::chord::Chord;
use crate::tui::command::{Command, Finder};
use crate::tui::dialog::{CommandList, Dialog, List};
use crate::tui::edit::Mark;
use crate::tui::page::Page;
use crate::tui::theme::Tone;

/// How much more what was chosen lately weighs among equals.
const LATELY: u32 = 8;

impl App {
    /// Opens the list of commands, as the help or as the palette.
    pub(super) fn open_commands(&mut self, palette: bool) {
        self.dialog = Some(Dialog::Commands(CommandList { list: List::default(), palette }));
    }

    /// What the list shows for what was typed, the best first; without that, by chapters or what was chosen last first.
    pub(in crate::tui) fn command_rows(&self, commands: &CommandList) -> Vec<Command> {
        let recent = if commands.palette { &self.recent[..] } else { &[] };
        let typed = commands.list.filter.value();
        let mut rows = self.commands();
        if typed.trim().is_empty() {
            rows.retain(|row| !recent.contains(row));
            rows.splice(0..0, recent.iter().copied());
            return rows;
        }
        let mut finder = Finder::new(typed);
        let mut ranked: Vec<(u32, Command)> = Vec::with_capacity(rows.len());
        for row in rows {
            let lately = recent
                .iter()
                .position(|other| *other == row)
                .map_or(0, |place| LATELY - place.min(LATELY as usize) as u32);
            let score = self.score(row, &mut finder);
            ranked.extend(score.map(|score| (score + lately, row)));
        }
        // A stable order: among equals that of the chapters.
        ranked.sort_by_key(|(score, _)| Reverse(*score));
        ranked.into_iter().map(|(_, row)| row).collect()
    }

    /// All commands in the order of the help; the types stand before the list of types.
    fn commands(&self) -> Vec<Command> {
        let types = || (0..self.project.settings().labels.len()).map(Command::Label);
        let mut rows = Vec::new();
        for action in Action::ALL {
            if *action == Action::PickType {
                rows.extend(types());
            }
            rows.push(Command::Act(*action));
        }
        rows
    }

    fn score(&self, command: Command, finder: &mut Finder) -> Option<u32> {
        let (keys, help, chapter) = (self.keys_shown(command), self.told(command), chapter(command));
        match command {
            Command::Act(action) => finder.score(&keys, &[action.name(), action.hint()], &[&help, chapter]),
            Command::Label(_) => finder.score(&keys, &[&help], &[chapter]),
        }
    }

    /// The keys of a command, the preferred one first.
    pub(in crate::tui) fn keys_shown(&self, command: Command) -> Vec<String> {
        match command {
            Command::Act(action) => self.keymap.keys(action).iter().map(Chord::to_string).collect(),
            Command::Label(index) => self.type_keys.of(index).iter().map(char::to_string).collect(),
        }
    }

    /// What a command does, in a sentence.
    pub(in crate::tui) fn told(&self, command: Command) -> String {
        match command {
            Command::Act(action) => action.help().to_owned(),
            Command::Label(index) => {
                format!("Label as {}", self.project.settings().labels.name(index).unwrap_or_default())
            }
        }
    }

    /// Does what was chosen in the list.
    pub(super) fn choose_command(&mut self, command: Command) {
        self.recent.retain(|other| *other != command);
        self.recent.insert(0, command);
        match self.idle(command) {
            Some(why) => self.say(Tone::Plain, why),
            None => self.perform(command),
        }
    }

    /// Why a command does nothing now, where that is known without trying.
    pub(in crate::tui) fn idle(&self, command: Command) -> Option<&'static str> {
        let page = self.page.as_ref();
        let Command::Act(action) = command else {
            return match () {
                () if self.screen().is_some() => Some("on the annotation screen only"),
                () => page.is_none_or(Page::is_empty).then_some("there is no word to label"),
            };
        };
        let screen = self.screen();
        match (action.context(), screen) {
            (own, Some(screen)) if own == screen => {}
            (Context::Dialog, _) => return Some("in dialogs only"),
            (Context::Inspect, _) => return Some("in the inspector only"),
            (Context::Gallery, _) => return Some("in the gallery of images only"),
            (Context::List, _) => return Some("in the list of tweets only"),
            (Context::Boxing, _) if self.boxing.is_none() => return Some("while a box is drawn"),
            (Context::Adjudicate, _) if self.adjudication.is_none() => return Some("while adjudicating"),
            (Context::Annotate, Some(Context::Inspect)) if !works_here(action) => {
                return Some("on the annotation screen only");
            }
            (Context::Annotate, Some(Context::Gallery)) if !gallery::works_here(action) => {
                return Some("on the annotation screen only");
            }
            _ => {}
        }
        let marks = || page.map_or(&[][..], |page| &page.marks);
        let here = || page.and_then(|page| page.current());
        let (texts, images) =
            page.map_or((0, 0), |page| (page.tweet.example.contexts.len(), page.tweet.example.images.len()));
        let undone = || self.project.queue().len() > self.count(State::Done) + self.count(State::Skipped);
        let (undo, redo) = self.project.undo_depth();
        let of_tweet = matches!(action.group(), Group::Move | Group::Bounds | Group::Label | Group::Suggest);
        match action {
            Action::Clear => None,
            _ if of_tweet && page.is_none() => Some("there is no tweet"),
            Action::NextEntity | Action::PreviousEntity if marks().is_empty() => {
                Some("nothing is labelled or suggested")
            }
            Action::NextHere if page.is_none_or(|page| page.here().len() < 2) => {
                Some("no other entity is under the cursor")
            }
            Action::Remove | Action::RepeatInTweet | Action::RepeatInCorpus if here().is_none() => {
                Some("no label or suggestion under the cursor")
            }
            Action::Accept | Action::AcceptAll if marks().iter().all(Mark::is_label) => Some("nothing is suggested"),
            Action::NextUndone | Action::PreviousUndone if !undone() => Some("every tweet is done or skipped"),
            Action::SearchNext | Action::SearchPrevious if self.hits.is_none() => Some("nothing was searched yet"),
            Action::Undo if undo == 0 => Some("there is nothing to undo"),
            Action::Redo if redo == 0 => Some("there is nothing to redo"),
            Action::Learn if self.model.gone => Some("the model is not there"),
            Action::Learn if self.model.card.is_none() => Some("the model is not loaded yet"),
            Action::Stop if self.model.job.is_none() => Some("the model is not learning"),
            Action::TakeOver | Action::Discard if self.model.candidate.is_none() => {
                Some("there is no new model to decide about")
            }
            Action::RollBack if self.model.version().is_none_or(|version| version == 0) => {
                Some("there is no earlier model")
            }
            Action::NextContext
            | Action::PreviousContext
            | Action::ContextsDown
            | Action::ContextsUp
            | Action::EditContext
            | Action::RemoveContext
            | Action::Influence
                if texts == 0 =>
            {
                Some("no text accompanies this tweet")
            }
            Action::NextImage | Action::PreviousImage | Action::PreferImage if images < 2 => {
                Some("the tweet has no other image")
            }
            _ => None,
        }
    }
}

/// The chapter of a command.
pub fn chapter(command: Command) -> &'static str {
    match command {
        Command::Act(action) => action.group().title(),
        Command::Label(_) => Group::Label.title(),
    }
}
