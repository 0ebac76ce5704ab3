//! Doing something again: the last edit, so many times, or a row of commands that was recorded.

use super::App;
use crate::tui::action::{Action, Group};
use crate::tui::command::Command;
use crate::tui::text;
use crate::tui::theme::Tone;

/// Most commands of a macro.
const LONGEST: usize = 200;

/// How often a command is done at most.
const MOST_TIMES: usize = 999;

/// What was done and may be done again.
#[derive(Debug, Default)]
pub struct Habits {
    /// The last command that changed the tweet.
    last: Option<Command>,
    /// What was done since recording began.
    recording: Option<Vec<Command>>,
    /// What was recorded last.
    recorded: Vec<Command>,
}

impl Habits {
    /// Whether commands are being recorded.
    pub fn is_recording(&self) -> bool {
        self.recording.is_some()
    }

    fn note(&mut self, command: Command) {
        if changes(command) {
            self.last = Some(command);
        }
        if let Some(recording) = self.recording.as_mut().filter(|recording| recording.len() < LONGEST)
            && recordable(command)
        {
            recording.push(command);
        }
    }
}

/// Whether a command changes the tweet, so that doing it again makes sense by itself.
fn changes(command: Command) -> bool {
    match command {
        Command::Label(_) => true,
        Command::Act(action) => {
            let of_group = matches!(action.group(), Group::Bounds | Group::Label | Group::Suggest);
            let of_queue = matches!(action, Action::Done | Action::Skip);
            (of_group || of_queue)
                && !repeats(action)
                && !matches!(
                    action,
                    Action::Clear
                        | Action::PickType
                        | Action::EditTypes
                        | Action::DrawBox
                        | Action::Comment
                        | Action::Comments
                )
        }
    }
}

/// Whether a command may be part of a macro: all but those that ask something, that open another screen, or that repeat.
fn recordable(command: Command) -> bool {
    match command {
        Command::Label(_) => true,
        Command::Act(action) => {
            let known = matches!(
                action.group(),
                Group::Move | Group::Bounds | Group::Label | Group::Suggest | Group::Queue | Group::History
            );
            let asks = matches!(
                action,
                Action::PickType
                    | Action::RepeatInCorpus
                    | Action::Flag
                    | Action::EditTypes
                    | Action::DrawBox
                    | Action::Comment
                    | Action::Comments
                    | Action::Jump
                    | Action::Search
                    | Action::SwitchOrder
                    | Action::WriteFilter
                    | Action::ChooseView
                    | Action::ChooseOrder
                    | Action::OpenList
                    | Action::WalkSuspects
                    | Action::TweetHistory
                    | Action::Versions
                    | Action::Progress
            );
            known && !asks && !repeats(action)
        }
    }
}

/// Whether an action does others again.
fn repeats(action: Action) -> bool {
    matches!(action, Action::Repeat | Action::Record | Action::Play)
}

impl App {
    /// Does a command on the screen that one is on, and remembers it.
    pub(in crate::tui) fn perform(&mut self, command: Command) {
        self.habits.note(command);
        self.dirty = true;
        match command {
            _ if self.gallery.is_some() => self.perform_in_gallery(command),
            _ if self.inspector.is_some() => self.perform_in_inspector(command),
            Command::Act(action) if self.batch.is_some() => self.act_on_batch(action),
            Command::Act(action) => self.act(action),
            Command::Label(index) => self.assign_type(index),
        }
    }

    /// Does a command so many times; ends early where it asks something or finds nothing to do.
    pub(super) fn perform_times(&mut self, command: Command, times: usize) {
        for done in 0..times.min(MOST_TIMES) {
            if done > 0
                && (self.dialog.is_some() || self.quit || self.unsaved.is_some() || self.idle(command).is_some())
            {
                return;
            }
            self.perform(command);
        }
    }

    /// Does the last edit again.
    pub(super) fn repeat_last(&mut self) {
        match self.habits.last {
            Some(command) => self.perform(command),
            None => self.say(Tone::Plain, "nothing was labelled or marked yet, so there is nothing to repeat"),
        }
    }

    /// Begins to record commands, or ends that.
    pub(super) fn record(&mut self) {
        let (record, play) = (self.key_of(Action::Record), self.key_of(Action::Play));
        match self.habits.recording.take() {
            None => {
                self.habits.recording = Some(Vec::new());
                self.say(Tone::Warn, format!("recording what you do; {record} ends it"));
            }
            Some(commands) if commands.is_empty() => self.say(Tone::Plain, "nothing was recorded"),
            Some(commands) => {
                let count = text::counted(commands.len(), "command");
                self.habits.recorded = commands;
                self.say(Tone::Good, format!("recorded {count}; {play} does them again"));
            }
        }
    }

    /// Does again what was recorded; stops where an edit is not saved.
    pub(super) fn play(&mut self) {
        if self.habits.is_recording() {
            self.record();
        }
        let commands = self.habits.recorded.clone();
        if commands.is_empty() {
            let record = self.key_of(Action::Record);
            return self.say(Tone::Plain, format!("nothing is recorded yet; {record} begins"));
        }
        for command in commands {
            self.perform(command);
            if self.dialog.is_some() || self.unsaved.is_some() || self.quit {
                return;
            }
        }
    }
}
