//! How many colours the terminal has, and how a finished frame gets by with fewer.

use std::env;

use ratatui::buffer::Buffer;
use ratatui::style::Color;

use crate::config::ColorChoice;

/// Levels of one channel in the colour cube of xterm.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Colours that a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorDepth {
    /// All of them.
    True,
    /// The 256 of xterm.
    Ansi256,
    /// None.
    None,
}

impl ColorDepth {
    /// The depth by the user's choice and the environment.
    pub fn detect(choice: ColorChoice) -> Self {
        let set = |name| env::var(name).is_ok_and(|value| !value.is_empty());
        let term = env::var("COLORTERM").unwrap_or_default();
        Self::decide(choice, set("NO_COLOR"), &term)
    }

    fn decide(choice: ColorChoice, no_color: bool, colorterm: &str) -> Self {
        match choice {
            ColorChoice::True => Self::True,
            ColorChoice::None => Self::None,
            ColorChoice::Auto if no_color => Self::None,
            ColorChoice::Auto if colorterm.contains("truecolor") || colorterm.contains("24bit") => Self::True,
            ColorChoice::Ansi256 | ColorChoice::Auto => Self::Ansi256,
        }
    }

    /// Replaces colours that the terminal does not have.
    pub fn reduce(self, buffer: &mut Buffer) {
        let replace: fn(Color) -> Color = match self {
            Self::True => return,
            Self::Ansi256 => nearest,
            Self::None => |_| Color::Reset,
        };
        for cell in &mut buffer.content {
            cell.fg = replace(cell.fg);
            cell.bg = replace(cell.bg);
        }
    }
}

/// The nearest colour of xterm's cube and greys.
fn nearest(color: Color) -> Color {
    let Color::Rgb(red, green, blue) = color else { return color };
    let channels = [red, green, blue];
    let cube = channels.map(|channel| (0..6).min_by_key(|level: &usize| CUBE[*level].abs_diff(channel)).unwrap_or(0));
    let grey = ((u32::from(red) + u32::from(green) + u32::from(blue)) / 3).saturating_sub(3).min(233) / 10;
    let distance = |candidate: [u8; 3]| -> u32 {
        channels.iter().zip(candidate).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    let of_grey = [(8 + 10 * grey) as u8; 3];
    if distance(of_grey) < distance(cube.map(|level| CUBE[level])) {
        Color::Indexed(232 + grey as u8)
    } else {
        Color::Indexed((16 + 36 * cube[0] + 6 * cube[1] + cube[2]) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_choice_is_stronger_than_the_environment() {
        assert_eq!(ColorDepth::decide(ColorChoice::Auto, true, "truecolor"), ColorDepth::None);
        assert_eq!(ColorDepth::decide(ColorChoice::Auto, false, "truecolor"), ColorDepth::True);
        assert_eq!(ColorDepth::decide(ColorChoice::Auto, false, ""), ColorDepth::Ansi256);
        assert_eq!(ColorDepth::decide(ColorChoice::True, true, ""), ColorDepth::True);
    }

    #[test]
    fn colours_go_to_the_nearest_of_the_256() {
        assert_eq!(nearest(Color::Rgb(255, 0, 0)), Color::Indexed(196));
        assert_eq!(nearest(Color::Rgb(0, 0, 0)), Color::Indexed(16));
        assert_eq!(nearest(Color::Rgb(18, 18, 18)), Color::Indexed(233));
        assert_eq!(nearest(Color::Rgb(255, 255, 255)), Color::Indexed(231));
        assert_eq!(nearest(Color::Reset), Color::Reset);
    }
}
