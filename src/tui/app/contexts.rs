//! The texts that accompany the tweet: choosing, writing, taking away, and what they do to the labels.

use spanlight_models::example::{Context, ContextKind};
use tui_input::Input;

use super::App;
use crate::project::contexts::StoredContext;
use crate::tui::action::Action;
use crate::tui::dialog::{Dialog, List, TextEdit};
use crate::tui::influence::Influence;
use crate::tui::theme::Tone;
use crate::worker::Request;

impl App {
    pub(super) fn act_on_contexts(&mut self, action: Action) {
        match action {
            Action::ContextPane => {
                self.looks.panes.contexts = Some(self.panes.is_none_or(|panes| panes.contexts.is_none()));
            }
            Action::NextContext => self.choose_context(1),
            Action::PreviousContext => self.choose_context(-1),
            Action::ContextsDown => self.scroll_contexts(1),
            Action::ContextsUp => self.scroll_contexts(-1),
            Action::EditContext => self.edit_context(),
            Action::AddContext if self.page.is_some() => self.dialog = Some(Dialog::Kinds(List::default())),
            Action::RemoveContext => self.remove_context(),
            Action::Influence => self.show_influence(),
            Action::NextImage => self.show_image(1),
            Action::PreviousImage => self.show_image(-1),
            Action::PreferImage => self.prefer_image(),
            // The keys of dialogs are read in dialogs only.
            _ => {}
        }
    }

    fn choose_context(&mut self, by: isize) {
        if self.panes.is_some_and(|panes| panes.contexts.is_none()) {
            // Which one is chosen must be seen.
            self.looks.panes.contexts = Some(true);
        }
        match &mut self.page {
            Some(page) if !page.tweet.example.contexts.is_empty() => page.choose_text(by),
            _ => self.say(Tone::Plain, "no text accompanies this tweet"),
        }
    }

    /// Scrolls by half of what is visible; the guidelines where they are on the screen.
    fn scroll_contexts(&mut self, by: isize) {
        if let Some(guidelines) = &mut self.guidelines {
            return guidelines.scroll_by(by);
        }
        let visible = self.panes.and_then(|panes| panes.contexts).map_or(0, |area| area.height.saturating_sub(1));
        if let Some(page) = &mut self.page {
            page.texts.scroll = page.texts.scroll.saturating_add_signed(by * (visible as isize / 2).max(1));
        }
    }

    /// The chosen text as the store has it; says so where there is none.
    fn chosen_context(&mut self) -> Option<StoredContext> {
        let (tweet, chosen) = self.page.as_ref().map(|page| (page.tweet.id, page.texts.chosen))?;
        match self.project.contexts(tweet) {
            Ok(contexts) => {
                let found = contexts.into_iter().nth(chosen);
                if found.is_none() {
                    let add = self.key_of(Action::AddContext);
                    self.say(Tone::Plain, format!("no text accompanies this tweet; {add} adds one"));
                }
                found
            }
            Err(error) => {
                self.say(Tone::Bad, error.to_string());
                None
            }
        }
    }

    fn edit_context(&mut self) {
        let Some(StoredContext { id, record }) = self.chosen_context() else { return };
        let before = written(&record.context);
        let input = Input::new(before.clone());
        let kind = record.context.kind;
        self.dialog = Some(Dialog::Text(TextEdit { place: Some(id), kind, before, input }));
    }

    /// Begins a new text of a kind.
    pub(super) fn begin_context(&mut self, kind: ContextKind) {
        let edit = TextEdit { place: None, kind, before: String::new(), input: Input::default() };
        self.dialog = Some(Dialog::Text(edit));
    }

    /// Saves what was written; what could not be saved stays to be saved once more.
    pub(super) fn save_context(&mut self, edit: TextEdit) {
        let Some(page) = &self.page else { return };
        let (tweet, text) = (page.tweet.id, edit.input.value().trim().to_owned());
        if text.is_empty() {
            let remove = self.key_of(Action::RemoveContext);
            self.say(Tone::Warn, format!("a text needs a word; {remove} takes a text away"));
            self.dialog = Some(Dialog::Text(edit));
            return;
        }
        if text == edit.before.trim() {
            self.say(Tone::Plain, "the text is as it was");
            return;
        }
        let applied = if let Some(place) = edit.place {
            self.project.edit_context(place, &text)
        } else {
            let source = Some(self.project.who().to_owned());
            self.project.put_context(tweet, Context { source, ..Context::new(edit.kind, text) })
        };
        if self.took_effect(applied).is_none() {
            self.dialog = self.unsaved.is_some().then_some(Dialog::Text(edit));
            return;
        }
        if let Some(page) = &mut self.page {
            if edit.place.is_none() {
                page.texts.chosen = page.tweet.example.contexts.len().saturating_sub(1);
            }
            page.texts.follow = true;
        }
        let reads = self.model.card.as_ref().is_some_and(|card| card.uses_contexts);
        let then = if reads { "; the model reads the tweet anew" } else { "" };
        self.say(Tone::Good, format!("{} saved{then}", edit.kind));
    }

    fn remove_context(&mut self) {
        let Some(StoredContext { id, record }) = self.chosen_context() else { return };
        let applied = self.project.remove_contexts(&[id]);
        if self.took_effect(applied).is_some() {
            let undo = self.key_of(Action::Undo);
            self.say(Tone::Plain, format!("{} taken away; {undo} brings it back", record.context.kind));
        }
    }

    /// The kinds that the list of kinds shows for what was typed.
    pub(in crate::tui) fn kind_rows(list: &List) -> Vec<ContextKind> {
        ContextKind::ALL.into_iter().filter(|kind| list.admits(kind.name())).collect()
    }

    fn show_influence(&mut self) {
        let Some(page) = &self.page else { return };
        if page.tweet.example.contexts.is_empty() {
            return self.say(Tone::Plain, "no text accompanies this tweet");
        }
        let nothing = match &self.model.card {
            _ if self.model.gone => Some("the model's thread has ended".to_owned()),
            None => Some("the model is not loaded yet".to_owned()),
            Some(card) if !card.uses_contexts => Some(format!("{} reads no texts: they change no label", card.system)),
            Some(_) => None,
        };
        if let Some(why) = nothing {
            return self.say(Tone::Plain, why);
        }
        self.dialog = Some(Dialog::Influence(List::default()));
        self.ask_influence();
    }

    /// Asks what the texts do, unless the model in use has said so.
    pub(super) fn ask_influence(&mut self) {
        let (Some(page), Some(version)) = (&self.page, self.model.version()) else { return };
        let tweet = page.tweet.id;
        let known =
            |asked: &Influence| (asked.tweet, asked.version) == (tweet, version) && !matches!(asked.said, Some(Err(_)));
        if self.influence.as_ref().is_some_and(known) {
            return;
        }
        if let Some(item) = self.work_item(tweet) {
            self.influence = Some(Influence { tweet, version, said: None });
            self.ask(Request::Ablate(item));
        }
    }
}

/// A text as it is written, a list with commas.
fn written(context: &Context) -> String {
    let items = context.items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>().join(", ");
    [context.text.as_str(), &items].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}
