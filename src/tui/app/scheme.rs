//! The types of the project: the dialog that changes them, and what follows from a change.

use super::App;
use crate::project::{TypeEdit, TypeUse};
use crate::tui::action::{Action, Context};
use crate::tui::dialog::{Dialog, List};
use crate::tui::key::Key;
use crate::tui::message::Message;
use crate::tui::scheme::{FIELDS, Form, Preview, Scheme};
use crate::tui::survey::{Found, Survey, look};
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::worker::{Request, Types};

impl App {
    /// Opens the list of types, and has their labels counted.
    pub(super) fn show_scheme(&mut self) {
        self.dialog = Some(Dialog::Scheme(Box::new(Scheme::Types(List::default()))));
        self.survey(Survey::Uses);
    }

    /// Has something found out that needs all tweets.
    pub(super) fn survey(&mut self, survey: Survey) {
        let dir = self.project.dir().to_owned();
        self.aside("survey", move || Message::Surveyed(look(&dir, survey)));
    }

    /// Takes in what was found.
    pub(super) fn surveyed(&mut self, found: Found) {
        self.dirty = true;
        match found {
            Found::Preview(found) => {
                let (edit, said) = *found;
                if let Some(Dialog::Scheme(scheme)) = &mut self.dialog
                    && let Scheme::Preview(preview) = scheme.as_mut()
                    && preview.edit == edit
                {
                    preview.said = Some(said);
                }
            }
            Found::Uses(Ok(uses)) => self.uses = uses,
            Found::Uses(Err(reason)) => self.say(Tone::Bad, reason),
        }
    }

    /// The labels of a type, as they were counted last.
    pub(in crate::tui) fn use_of(&self, name: &str) -> Option<&TypeUse> {
        self.uses.iter().find(|known| known.entry.name == name)
    }

    /// Number of rows of the dialog as it stands.
    pub(super) fn scheme_rows(&self, scheme: &Scheme) -> usize {
        match scheme {
            Scheme::Types(list) => self.type_rows(list).len() + 1,
            Scheme::Into { name, list } => self.heirs(name, list).len(),
            Scheme::Form(form) => form.rows(),
            Scheme::Preview(preview) => match &preview.said {
                Some(Ok(preview)) => preview.samples.items().len(),
                _ => 0,
            },
        }
    }

    /// The places of the types that `name` can be merged into.
    pub(in crate::tui) fn heirs(&self, name: &str, list: &List) -> Vec<usize> {
        let others = |index: &usize| self.project.settings().labels.name(*index) != Some(name);
        self.type_rows(list).into_iter().filter(others).collect()
    }

    /// Goes so many rows further.
    pub(super) fn step_scheme(&mut self, by: isize) {
        let Some(Dialog::Scheme(scheme)) = &self.dialog else { return };
        let rows = self.scheme_rows(scheme);
        let Some(Dialog::Scheme(scheme)) = &mut self.dialog else { return };
        match scheme.as_mut() {
            Scheme::Form(form) => form.row = form.row.saturating_add_signed(by).min(rows.saturating_sub(1)),
            other => {
                if let Some(list) = other.list() {
                    list.step(by, rows);
                }
            }
        }
    }

    /// One step back in the dialog; from its list out of it.
    pub(super) fn leave_scheme(&mut self, scheme: &Scheme) {
        self.dialog = match scheme {
            Scheme::Types(_) => None,
            Scheme::Form(_) => Some(Scheme::Types(List::default())),
            Scheme::Into { name, .. } => Some(self.form_of(name)),
            Scheme::Preview(preview) => Some(match &preview.edit {
                TypeEdit::Add(_) => Scheme::Types(List::default()),
                TypeEdit::Change { name, .. } | TypeEdit::Remove { name, .. } => self.form_of(name),
                TypeEdit::Merge { from, .. } => self.form_of(from.first().map_or("", String::as_str)),
            }),
        }
        .map(|scheme| Dialog::Scheme(Box::new(scheme)));
    }

    fn form_of(&self, name: &str) -> Scheme {
        let types = self.project.settings().types();
        Scheme::Form(Form::of(types.iter().find(|entry| entry.name == name)))
    }

    /// Does what the row with the cursor says.
    pub(super) fn accept_scheme(&mut self, scheme: Scheme) {
        let labels = &self.project.settings().labels;
        let next = match scheme {
            Scheme::Types(list) => {
                let index = self.type_rows(&list).get(list.cursor).copied();
                if let Some(name) = index.and_then(|index| labels.name(index)) {
                    self.form_of(name)
                } else {
                    // The row below the last type; what was typed is the beginning of its name.
                    let mut form = Form::of(None);
                    form.fields[0] = list.filter;
                    Scheme::Form(form)
                }
            }
            Scheme::Into { name, list } => {
                let heir = self.heirs(&name, &list).get(list.cursor).and_then(|index| labels.name(*index));
                match heir.map(str::to_owned) {
                    Some(into) => return self.preview_scheme(TypeEdit::Merge { from: vec![name], into }),
                    None => Scheme::Into { name, list },
                }
            }
            Scheme::Form(form) => return self.accept_form(form),
            Scheme::Preview(preview) => return self.accept_preview(preview),
        };
        self.dialog = Some(Dialog::Scheme(Box::new(next)));
    }

    fn accept_form(&mut self, form: Form) {
        let merge = form.row == FIELDS.len();
        if let Some(name) = form.name.clone().filter(|_| merge) {
            self.dialog = Some(Dialog::Scheme(Box::new(Scheme::Into { name, list: List::default() })));
            return;
        }
        let edit = form.edit().and_then(|edit| self.check_looks(edit));
        match edit {
            Ok(TypeEdit::Change { name, to }) if name != to.name => {
                self.preview_scheme(TypeEdit::Change { name, to });
            }
            Ok(edit @ (TypeEdit::Add(_) | TypeEdit::Change { .. })) => {
                if !self.change_types(&edit) {
                    self.dialog = Some(Dialog::Scheme(Box::new(Scheme::Form(form))));
                }
            }
            Ok(edit) => self.preview_scheme(edit),
            Err(reason) => {
                self.say(Tone::Warn, reason);
                self.dialog = Some(Dialog::Scheme(Box::new(Scheme::Form(form))));
            }
        }
    }

    /// Whether the key is free and the colour is one.
    fn check_looks(&self, edit: TypeEdit) -> Result<TypeEdit, String> {
        let (TypeEdit::Add(to) | TypeEdit::Change { to, .. }) = &edit else { return Ok(edit) };
        if let Some(key) = to.key
            && let Some(action) = self.keymap.action(Context::Annotate, Key::char(key))
        {
            return Err(format!("`{key}` is the key of {action}; choose another one"));
        }
        if let Some(color) = &to.color
            && !self.theme.is_color(color)
        {
            return Err(format!("`{}` is no colour; write #rrggbb", text::truncate(color, 20)));
        }
        Ok(edit)
    }

    fn preview_scheme(&mut self, edit: TypeEdit) {
        self.dialog = Some(Dialog::Scheme(Box::new(Scheme::Preview(Box::new(Preview::of(edit.clone()))))));
        self.survey(Survey::Preview(edit));
    }

    fn accept_preview(&mut self, preview: Box<Preview>) {
        let done = match &preview.said {
            None => {
                self.say(Tone::Plain, "wait: the labels are being counted");
                false
            }
            Some(Err(reason)) => {
                self.say(Tone::Warn, reason.clone());
                false
            }
            Some(Ok(_)) => self.change_types(&preview.edit),
        };
        if !done {
            self.dialog = Some(Dialog::Scheme(Box::new(Scheme::Preview(preview))));
        }
    }

    /// Changes the types and goes back to their list; whether that was done.
    fn change_types(&mut self, edit: &TypeEdit) -> bool {
        let applied = self.project.change_types(edit);
        let failed = applied.is_err();
        match self.took_effect(applied) {
            Some(applied) => {
                let undo = self.key_of(Action::Undo);
                let tweets = text::counted(applied.tweets.len(), "tweet");
                self.say(Tone::Good, format!("{}: {tweets} changed; {undo} takes it back", applied.summary));
            }
            None if failed => return false,
            None => self.say(Tone::Plain, "the type is as it was"),
        }
        self.show_scheme();
        true
    }

    /// The types of the project, as the model's thread needs them.
    pub(super) fn types(&self) -> Types {
        let settings = self.project.settings();
        Types { labels: settings.labels.clone(), former: settings.former_names() }
    }

    /// The types of the project are others: keys, suggestions and the model follow.
    pub(super) fn types_changed(&mut self) {
        let (keys, problems) = self.keymap.type_keys(&self.project.settings().labels);
        let types = self.types();
        self.type_keys = keys;
        if let Some(first) = problems.first() {
            self.say(Tone::Warn, first.clone());
        }
        self.suggestions.respell(&types);
        // The model's thread drops it too, since its types are the old ones.
        self.model.candidate = None;
        self.ask(Request::Retype(types));
        self.refresh_marks();
    }
}
