//! Settings, keymap and themes: read at the start, and again when they change.

use super::App;
use crate::tui::colors::ColorDepth;
use crate::tui::keymap::Keymap;
use crate::tui::theme::{Theme, Tone};

impl App {
    /// Reads keymap and theme; what is wrong is listed and does not stop anything.
    pub(super) fn load_files(&mut self) {
        let theme = self.config.settings.theme.clone();
        self.read_files(&theme);
    }

    /// Reads everything again after a change on disk.
    pub(super) fn reload_files(&mut self) {
        let before = self.config.settings.clone();
        self.config.reload();
        let after = self.config.settings.clone();
        if before.colors != after.colors {
            self.colors = ColorDepth::detect(after.colors);
        }
        if before.graphics != after.graphics {
            self.looks.graphics = after.graphics;
            self.graphics_chosen();
        }
        if before.plan() != after.plan() {
            self.take_plan(self.project.settings().queue.over(after.plan()));
        }
        // A theme that was chosen by key stays until the settings name another one.
        let theme = if before.theme == after.theme { self.theme.name.clone() } else { after.theme };
        let known = self.problems.len();
        self.read_files(&theme);
        if known > 0 && self.problems.is_empty() {
            self.say(Tone::Good, "settings, keymap and themes are in order again");
        }
    }

    fn read_files(&mut self, theme: &str) {
        self.problems.clear();
        self.problems.extend(self.config.problem.as_ref().map(ToString::to_string));
        let (keymap, problems) = Keymap::load(&self.config.folders.keymap_file());
        self.problems.extend(problems.iter().map(ToString::to_string));
        let (type_keys, problems) = keymap.type_keys(&self.project.settings().labels);
        self.problems.extend(problems);
        (self.keymap, self.type_keys) = (keymap, type_keys);
        self.use_theme(theme);
        if let Some(first) = self.problems.first().cloned() {
            let more = self.problems.len() - 1;
            let list = self.key_of(crate::tui::action::Action::Problems);
            let rest = if more == 0 { String::new() } else { format!(" (and {more} more; {list} lists them)") };
            self.say(Tone::Bad, format!("{first}{rest}"));
        }
        self.dirty = true;
    }

    /// Takes a theme into use; a broken one leaves the one in use.
    fn use_theme(&mut self, name: &str) {
        match Theme::load(&self.config.folders.themes(), name) {
            Ok(theme) => self.theme = if self.colors == ColorDepth::None { theme.without_color() } else { theme },
            Err(error) => {
                self.problems.push(error.to_string());
                if self.colors == ColorDepth::None {
                    self.theme = self.theme.clone().without_color();
                }
            }
        }
    }

    /// Switches to the next theme there is.
    pub(super) fn next_theme(&mut self) {
        let names = Theme::names(&self.config.folders.themes());
        let here = names.iter().position(|name| *name == self.theme.name).unwrap_or(0);
        let next = names[(here + 1) % names.len()].clone();
        let before = self.problems.len();
        self.use_theme(&next);
        if self.problems.len() > before {
            let problem = self.problems.pop().unwrap_or_default();
            // The broken theme is passed over the next time by its name.
            self.theme.name = next;
            self.say(Tone::Bad, problem);
        } else {
            self.say(Tone::Plain, format!("theme {next}; `theme = \"{next}\"` in settings.toml keeps it"));
        }
    }
}
