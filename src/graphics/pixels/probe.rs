//! What a terminal can show; asked once, before anybody else reads from it.

use std::env;
use std::io;
use std::time::Duration;

use super::{PixelFormat, Protocol};

/// How long the first answer may take; a terminal that gives none shows half blocks.
const FIRST: Duration = Duration::from_millis(400);

/// How long the second one may take, from a terminal that has answered before.
const SECOND: Duration = Duration::from_secs(2);

/// Pixels of a cell where the terminal does not tell.
const USUAL_CELL: (u16, u16) = (10, 20);

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ability {
    /// Pictures in pixels, where they can be shown.
    pub pixels: Option<PixelFormat>,
    /// Pixels of a cell, as told or as usual.
    pub cell: (u16, u16),
    /// Why so, in a few words.
    pub reason: String,
    /// What a person typed meanwhile.
    pub typed: String,
}

impl Ability {
    /// Of a terminal that nobody asked.
    pub fn unasked() -> Self {
        none(USUAL_CELL, "the terminal was not asked".into())
    }
}

/// Asks the terminal, which must be in raw mode and have no other reader.
///
/// Everything that it is asked is followed by a question that all terminals answer, so that no answer comes late, as if it
/// were typed.
pub fn probe() -> Ability {
    if let Some(name) = multiplexer() {
        return none(USUAL_CELL, format!("half blocks in {name}"));
    }
    let mut typed = String::new();
    let kitty = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c";
    let mut asked = |question: &[u8], patience| {
        let heard = ask(question, patience).unwrap_or_default();
        typed += &typed_in(&heard);
        answered(&heard).then_some(heard)
    };
    let answers = asked(b"\x1b[c", FIRST).and_then(|first| Some((first, asked(kitty, SECOND)?)));
    let found = match answers {
        Some((first, second)) => judge(&first, &second, in_environment()),
        None => none(USUAL_CELL, "the terminal does not say what it can".into()),
    };
    Ability { typed, ..found }
}

fn none(cell: (u16, u16), reason: String) -> Ability {
    Ability { pixels: None, cell, reason, typed: String::new() }
}

/// A program between this one and the terminal, which passes no pictures on.
fn multiplexer() -> Option<&'static str> {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let term = env::var("TERM").unwrap_or_default();
    if set("TMUX") || term.starts_with("tmux") {
        Some("tmux")
    } else if set("STY") || term.starts_with("screen") {
        Some("screen")
    } else {
        None
    }
}

/// Whether the environment names a terminal with the protocol of iTerm2, which cannot be asked for.
fn in_environment() -> bool {
    viuer::is_iterm_supported()
}

/// What the answers mean.
fn judge(first: &str, second: &str, iterm: bool) -> Ability {
    let cell = cell_of(second).or_else(cell_of_window).unwrap_or(USUAL_CELL);
    let sixel = first.split("\x1b[?").skip(1).any(|part| {
        part.split_once('c').is_some_and(|(attributes, _)| attributes.split(';').any(|attribute| attribute == "4"))
    });
    let protocol = match () {
        () if second.contains("\x1b_Gi=31;OK") => Protocol::Kitty,
        () if iterm => Protocol::Iterm,
        () if sixel => Protocol::Sixel,
        () => return none(cell, "half blocks: the terminal knows no pictures".into()),
    };
    let pixels = Some(PixelFormat { protocol, cell });
    Ability { pixels, ..none(cell, format!("the terminal knows {protocol}")) }
}

/// Whether the last answer is there: that on the terminal's attributes.
fn answered(heard: &str) -> bool {
    heard.split("\x1b[?").skip(1).any(|part| part.contains('c'))
}

/// What is left of what was heard without the terminal's answers and without keys that are no characters.
fn typed_in(heard: &str) -> String {
    let mut typed = String::new();
    let mut rest = heard.chars();
    while let Some(c) = rest.next() {
        match c {
            '\x1b' => match rest.next() {
                // Up to the letter or sign that ends a control sequence, or to the end of a string.
                Some('[') => drop(rest.find(|c| ('@'..='~').contains(c))),
                Some('_' | ']' | 'P') => drop(rest.find(|c| matches!(c, '\\' | '\x07'))),
                _ => {}
            },
            c => typed.push(c),
        }
    }
    typed
}

/// Width and height of a cell from the answer `CSI 6 ; height ; width t`.
fn cell_of(answers: &str) -> Option<(u16, u16)> {
    let (sizes, _) = answers.split_once("\x1b[6;")?.1.split_once('t')?;
    let (height, width) = sizes.split_once(';')?;
    usable((width.parse().ok()?, height.parse().ok()?))
}

/// Width and height of a cell from the size of the window, where the system knows that in pixels.
fn cell_of_window() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    usable((size.width.checked_div(size.columns)?, size.height.checked_div(size.rows)?))
}

fn usable(cell: (u16, u16)) -> Option<(u16, u16)> {
    let sane = 3..=200;
    (sane.contains(&cell.0) && sane.contains(&cell.1)).then_some(cell)
}

/// Sends a question that ends with that for the terminal's attributes, and gives what is heard up to their answer, or until
/// patience ends.
#[cfg(unix)]
fn ask(question: &[u8], patience: Duration) -> io::Result<String> {
    use std::fs::OpenOptions;
    use std::io::{Read, Write};
    use std::time::Instant;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    terminal.write_all(question)?;
    let end = Instant::now() + patience;
    let (mut heard, mut part) = (Vec::new(), [0; 256]);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        let silent = poll(&mut [PollFd::new(&terminal, PollFlags::IN)], Some(&left))? == 0;
        let read = if silent { 0 } else { terminal.read(&mut part)? };
        heard.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&heard);
        if read == 0 || answered(&text) {
            return Ok(text.into_owned());
        }
    }
}

/// Elsewhere terminals are not asked.
#[cfg(not(unix))]
fn ask(_: &[u8], _: Duration) -> io::Result<String> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const VT220: &str = "\x1b[?62;22c";

    #[test]
    fn answers_are_understood() {
        let kitty = judge(VT220, "\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[?62;c", false);
        assert_eq!(kitty.pixels, Some(PixelFormat { protocol: Protocol::Kitty, cell: (9, 18) }));
        let sixel = judge("\x1b[?63;1;2;4;6c", "\x1b[6;20;10t\x1b[?63;1;2;4;6c", false);
        assert_eq!(sixel.pixels, Some(PixelFormat { protocol: Protocol::Sixel, cell: (10, 20) }));
        let refused = "\x1b_Gi=31;EINVAL:no\x1b\\\x1b[?62;22c";
        assert_eq!(judge(VT220, refused, true).pixels.map(|format| format.protocol), Some(Protocol::Iterm));
        assert_eq!(judge(VT220, refused, false).pixels, None);
        assert_eq!(judge("\x1b[?64;14;44c", VT220, false).pixels, None, "44 is not 4");
    }

    #[test]
    fn what_is_typed_meanwhile_is_kept_and_answers_are_not() {
        let heard = "s\x1b_Gi=31;OK\x1b\\g\x1b[6;18;9t\x1b[?62;4cé\r\x1b[A";
        assert!(answered(heard) && !answered("\x1b[6;18;9t") && !answered("c"));
        assert_eq!(typed_in(heard), "sgé\r");
        assert_eq!(typed_in("\x1b"), "");
    }

    #[test]
    fn nonsense_for_the_size_of_a_cell_is_not_believed() {
        for answer in ["\x1b[6;0;0t", "\x1b[6;9000;1t", "\x1b[6;xt", "\x1b[6;12"] {
            assert_eq!(cell_of(answer), None, "{answer:?}");
        }
    }
}
