//! Saved views of the queue.

use super::App;
use crate::filter::Filter;
use crate::project::View;
use crate::tui::dialog::{Dialog, List};
use crate::tui::theme::Tone;

/// A row of the list of views.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewRow {
    /// Saves what is in use under the name that was typed.
    Save(String),
    /// A view.
    View(View),
}

impl App {
    /// Opens the list of saved views.
    pub(super) fn choose_view(&mut self) {
        match self.project.views() {
            Ok(views) => self.dialog = Some(Dialog::Views(List::default(), views)),
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }

    /// The rows for what was typed: fitting views, then the offer to save.
    pub(in crate::tui) fn view_rows(list: &List, views: &[View]) -> Vec<ViewRow> {
        let typed = list.filter.value().trim();
        let fits = |view: &&View| list.admits(&format!("{} {}", view.name, view.filter));
        let mut rows: Vec<ViewRow> = views.iter().filter(fits).cloned().map(ViewRow::View).collect();
        if !typed.is_empty() {
            rows.push(ViewRow::Save(typed.to_owned()));
        }
        rows
    }

    /// Uses the chosen view, or saves one.
    pub(super) fn accept_view(&mut self, list: &List, views: &[View]) {
        match Self::view_rows(list, views).into_iter().nth(list.cursor) {
            Some(ViewRow::View(view)) => self.use_view(view),
            Some(ViewRow::Save(name)) => self.save_view(&name),
            None => {}
        }
    }

    fn use_view(&mut self, view: View) {
        let vocabulary = match self.project.vocabulary() {
            Ok(vocabulary) => vocabulary,
            Err(error) => return self.say(Tone::Bad, error.to_string()),
        };
        match Filter::parse(&view.filter, &vocabulary) {
            Ok(filter) if filter.is_empty() => {
                if self.sift.applied.is_some() {
                    self.drop_filter();
                }
                if let Some(order) = view.order {
                    self.use_order(order);
                }
            }
            Ok(filter) => {
                self.sift.found = None;
                self.use_filter(filter, Some((view.name, view.order)));
            }
            Err(error) => self.say(Tone::Bad, format!("the view `{}` cannot be used: {error}", view.name)),
        }
    }

    fn save_view(&mut self, name: &str) {
        let filter = self.sift.applied.as_ref().map_or("", |applied| applied.filter.text()).to_owned();
        match self.project.save_view(name, &filter, Some(self.course.plan.order)) {
            Ok(()) => {
                if let Some(applied) = &mut self.sift.applied {
                    applied.view = Some(name.to_owned());
                }
                let all = if filter.is_empty() { "all tweets".to_owned() } else { format!("`{filter}`") };
                self.say(Tone::Good, format!("saved {all}, {} as `{name}`", self.course.plan.order.title()));
            }
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }

    /// Forgets the view under the cursor.
    pub(super) fn remove_view(&mut self) {
        let Some(Dialog::Views(list, views)) = &mut self.dialog else { return };
        let Some(ViewRow::View(view)) = Self::view_rows(list, views).into_iter().nth(list.cursor) else { return };
        match self.project.remove_view(&view.name) {
            Ok(_) => {
                views.retain(|known| known.name != view.name);
                list.cursor = list.cursor.min(views.len().saturating_sub(1));
            }
            Err(error) => self.say(Tone::Bad, error.to_string()),
        }
    }
}
