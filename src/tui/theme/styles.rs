//! What a theme makes of every part of the screen; without colours by weight, slant, lines and reversal.

use ratatui::style::{Color, Modifier, Style};

use super::{Theme, Tone};
use crate::graphics::Rgb;

/// Share of the background in the colour of a suggestion.
pub(super) const SUGGESTION_FADE: f32 = 0.28;
/// Share of the type's colour behind a labelled token.
const LABEL_TINT: f32 = 0.16;

impl Theme {
    fn style(&self, text: Rgb, behind: Rgb) -> Style {
        if self.colored { Style::new().fg(color(text)).bg(color(behind)) } else { Style::new() }
    }

    /// A colour on whatever is behind.
    pub fn on(&self, text: Rgb) -> Style {
        if self.colored { Style::new().fg(color(text)) } else { Style::new() }
    }

    /// Text on a ground of any colour, black or white as can be read on it.
    pub fn on_ground(&self, ground: Rgb) -> Style {
        let light = ground.iter().zip([299, 587, 114]).map(|(channel, share)| u32::from(*channel) * share).sum::<u32>();
        self.style(if light > 128_000 { [0; 3] } else { [255; 3] }, ground)
    }

    /// Text on the background.
    pub fn base(&self) -> Style {
        self.style(self.ui.text, self.ui.background)
    }

    /// Dialogs and the status line.
    pub fn raised(&self) -> Style {
        let style = self.style(self.ui.text, self.ui.raised);
        if self.colored { style } else { style.add_modifier(Modifier::REVERSED) }
    }

    /// Text of less weight.
    pub fn dim(&self) -> Style {
        let style = self.on(self.ui.dim);
        if self.colored { style } else { style.add_modifier(Modifier::DIM) }
    }

    /// Lines between panes.
    pub fn border(&self) -> Style {
        self.on(self.ui.border)
    }

    /// Titles.
    pub fn title(&self) -> Style {
        self.on(self.ui.accent).add_modifier(Modifier::BOLD)
    }

    /// Keys in hints and help.
    pub fn key(&self) -> Style {
        self.on(self.ui.key).add_modifier(Modifier::BOLD)
    }

    /// The row under the cursor of a list.
    pub fn chosen(&self) -> Style {
        let style = if self.colored { Style::new().bg(color(self.ui.raised)) } else { Style::new() };
        if self.colored {
            style.add_modifier(Modifier::BOLD)
        } else {
            style.add_modifier(Modifier::BOLD | Modifier::REVERSED)
        }
    }

    /// The token under the cursor.
    pub fn cursor(&self) -> Style {
        let style = self.style(self.ui.cursor_text, self.ui.cursor);
        if self.colored { style } else { style.add_modifier(Modifier::REVERSED) }
    }

    /// What selected tokens have behind them.
    pub fn selection(&self) -> Style {
        let style = if self.colored { Style::new().bg(color(self.ui.selection)) } else { Style::new() };
        if self.colored { style } else { style.add_modifier(Modifier::REVERSED) }
    }

    /// A message.
    pub fn tone(&self, tone: Tone) -> Style {
        let text = match tone {
            Tone::Plain => self.ui.text,
            Tone::Good => self.ui.good,
            Tone::Warn => self.ui.warn,
            Tone::Bad => self.ui.bad,
        };
        let style = self.on(text);
        if matches!(tone, Tone::Warn | Tone::Bad) { style.add_modifier(Modifier::BOLD) } else { style }
    }

    /// A labelled token of a type with the colour `of_type`.
    pub fn label(&self, of_type: Rgb) -> Style {
        let style = if self.colored {
            // No colour of its own for the underline: terminals that do not know it take the numbers for other attributes.
            Style::new().fg(color(of_type)).bg(color(tint(self.ui.background, of_type)))
        } else {
            Style::new()
        };
        style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    }

    /// A suggested token of a type with the colour `of_type`: less bright, slanted, without anything behind it.
    pub fn suggestion(&self, of_type: Rgb) -> Style {
        let faint = mix(of_type, self.ui.background, SUGGESTION_FADE);
        self.on(faint).add_modifier(Modifier::ITALIC | Modifier::UNDERLINED)
    }
}

pub(super) fn tint(background: Rgb, of_type: Rgb) -> Rgb {
    mix(background, of_type, LABEL_TINT)
}

pub(super) fn mix(from: Rgb, to: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|i| (f32::from(from[i]) * (1.0 - share) + f32::from(to[i]) * share).round() as u8)
}

/// The colour as the terminal library knows it.
pub fn color([red, green, blue]: Rgb) -> Color {
    Color::Rgb(red, green, blue)
}
