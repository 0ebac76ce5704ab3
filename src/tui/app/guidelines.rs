//! Showing the guidelines beside the tweet.

use super::App;
use crate::config::FileWatch;
use crate::tui::guidelines::Guidelines;
use crate::tui::message::Message;
use crate::tui::survey::Survey;

impl App {
    /// Shows the guidelines, or takes them away.
    pub(super) fn switch_guidelines(&mut self) {
        if self.guidelines.take().is_some() {
            return;
        }
        let file = self.project.guidelines_file();
        let watch = self.reports.clone().and_then(|reports| {
            let changed = move || drop(reports.send(Message::GuidelinesChanged));
            // Without word of changes they are read anew when they are opened.
            FileWatch::start(&file, changed).inspect_err(|error| tracing::warn!("{error}")).ok()
        });
        self.guidelines = Some(Guidelines::read(file, watch));
        self.survey(Survey::Uses);
    }

    /// The file of the guidelines changed.
    pub(super) fn reload_guidelines(&mut self) {
        if let Some(guidelines) = &mut self.guidelines {
            guidelines.reload();
            self.dirty = true;
        }
    }

    /// The type that the cursor is on.
    pub(in crate::tui) fn type_here(&self) -> Option<&str> {
        let mark = self.page.as_ref()?.current()?;
        Some(mark.span.label.as_str())
    }
}
