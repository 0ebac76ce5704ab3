//! Keys as people write them in a keymap.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers; for characters the shift is in the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Names of keys that are no characters.
const NAMED: [(&str, &str, KeyCode); 15] = [
    ("space", "Space", KeyCode::Char(' ')),
    ("enter", "Enter", KeyCode::Enter),
    ("esc", "Esc", KeyCode::Esc),
    ("tab", "Tab", KeyCode::Tab),
    ("backspace", "Bksp", KeyCode::Backspace),
    ("delete", "Del", KeyCode::Delete),
    ("insert", "Ins", KeyCode::Insert),
    ("up", "↑", KeyCode::Up),
    ("down", "↓", KeyCode::Down),
    ("left", "←", KeyCode::Left),
    ("right", "→", KeyCode::Right),
    ("home", "Home", KeyCode::Home),
    ("end", "End", KeyCode::End),
    ("pageup", "PgUp", KeyCode::PageUp),
    ("pagedown", "PgDn", KeyCode::PageDown),
];

/// Text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key; write a character, `space`, `enter`, `f1`, `ctrl-l`, `shift-left` or the like")]
pub struct KeyError(String);

impl Key {
    /// The key of one typed character.
    pub fn char(c: char) -> Self {
        Self { code: KeyCode::Char(c), modifiers: KeyModifiers::NONE }
    }

    /// The key whose character a terminal sent.
    pub fn sent(c: char) -> Self {
        let plain = |code| Self { code, modifiers: KeyModifiers::NONE };
        match c {
            '\r' | '\n' => plain(KeyCode::Enter),
            '\t' => plain(KeyCode::Tab),
            '\x7f' => plain(KeyCode::Backspace),
            '\x01'..='\x1a' => {
                Self { code: KeyCode::Char((b'a' + c as u8 - 1).into()), modifiers: KeyModifiers::CONTROL }
            }
            c => Self::char(c),
        }
    }

    /// The event that a terminal sends for the key.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }

    /// Whether it is this key without modifiers.
    pub fn is(self, code: KeyCode) -> bool {
        self.code == code && self.modifiers.is_empty()
    }

    /// The typed character, where the key is one without control or alt.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let known = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let modifiers = event.modifiers & known;
        match event.code {
            // Terminals differ in whether they tell the shift of a character, and in the case that goes with control.
            KeyCode::Char(c) if modifiers.contains(KeyModifiers::CONTROL) => {
                Self { code: KeyCode::Char(c.to_ascii_lowercase()), modifiers: modifiers - KeyModifiers::SHIFT }
            }
            KeyCode::Char(_) => Self { code: event.code, modifiers: modifiers - KeyModifiers::SHIFT },
            KeyCode::BackTab => Self { code: KeyCode::Tab, modifiers: modifiers | KeyModifiers::SHIFT },
            code => Self { code, modifiers },
        }
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let error = || KeyError(text.to_owned());
        let mut rest = text;
        let mut modifiers = KeyModifiers::NONE;
        for (prefix, modifier) in
            [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)]
        {
            if let Some(stripped) = rest.strip_prefix(prefix) {
                (rest, modifiers) = (stripped, modifiers | modifier);
            }
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_control() => KeyCode::Char(c),
            _ => named(rest).ok_or_else(error)?,
        };
        let shifted_character = matches!(code, KeyCode::Char(_)) && modifiers.contains(KeyModifiers::SHIFT);
        if shifted_character { Err(error()) } else { Ok(Self { code, modifiers }) }
    }
}

fn named(name: &str) -> Option<KeyCode> {
    let function =
        name.strip_prefix('f').and_then(|number| number.parse().ok()).filter(|number| (1..=12).contains(number));
    function.map(KeyCode::F).or_else(|| NAMED.iter().find(|known| known.0 == name).map(|known| known.2))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in
            [(KeyModifiers::CONTROL, "Ctrl-"), (KeyModifiers::ALT, "Alt-"), (KeyModifiers::SHIFT, "Shift-")]
        {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match (NAMED.iter().find(|known| known.2 == self.code), self.code) {
            (Some(known), _) => f.write_str(known.1),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, code) => write!(f, "{code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Key {
        KeyEvent::new(code, modifiers).into()
    }

    #[test]
    fn keys_are_read_as_terminals_send_them() {
        let key = |text: &str| text.parse::<Key>().expect("key");
        assert_eq!(key("D"), pressed(KeyCode::Char('D'), KeyModifiers::SHIFT));
        assert_eq!(key("?"), pressed(KeyCode::Char('?'), KeyModifiers::SHIFT));
        assert_eq!(key("shift-tab"), pressed(KeyCode::BackTab, KeyModifiers::SHIFT));
        assert_eq!(key("ctrl-l"), pressed(KeyCode::Char('L'), KeyModifiers::CONTROL | KeyModifiers::SHIFT));
        assert_eq!(key("space"), pressed(KeyCode::Char(' '), KeyModifiers::NONE));
        assert_eq!(key("f10"), pressed(KeyCode::F(10), KeyModifiers::NONE));
        assert_eq!(key("-"), pressed(KeyCode::Char('-'), KeyModifiers::NONE));
        assert_eq!(key("ctrl--"), pressed(KeyCode::Char('-'), KeyModifiers::CONTROL));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "ctrl-", "shift-d", "f13", "f0", "entre", "ctrl-ctrl-", "\u{1b}"] {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn keys_are_shown_short() {
        for (text, shown) in
            [("ctrl-l", "Ctrl-l"), ("pageup", "PgUp"), ("shift-left", "Shift-←"), ("space", "Space"), ("F", "F")]
        {
            assert_eq!(text.parse::<Key>().expect("key").to_string(), shown);
        }
    }
}
