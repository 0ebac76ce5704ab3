//! The terminal: taken over for the screen, given back whatever happens.

use std::io::{self, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::Terminal;

use super::backend::Output;

/// Whether the terminal is taken over now.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal as long as the screen is on it.
#[derive(Debug)]
pub struct Guard {
    /// Where frames are drawn.
    pub terminal: Terminal<Output>,
}

impl Guard {
    /// Takes the terminal over, and sees to it that a panic gives it back before it is told.
    pub fn take() -> io::Result<Self> {
        hook_panics();
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let screen = execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide);
        let terminal = screen.and_then(|()| Terminal::new(Output::standard()));
        if terminal.is_err() {
            give_back();
        }
        Ok(Self { terminal: terminal? })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Has the terminal send what the mouse does, or keep it for its own selection.
pub fn send_mouse(out: &mut impl Write, sent: bool) -> io::Result<()> {
    if sent { execute!(out, EnableMouseCapture) } else { execute!(out, DisableMouseCapture) }
}

/// Leaves the terminal as it was found; does nothing the second time.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // There is nobody left to tell a failure to.
        let mut out = io::stdout();
        let _ = execute!(out, DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}

/// A panic of the screen's thread restores the terminal and is then told as usual; one of another thread goes to the log,
/// because that thread answers for it and the screen lives on.
fn hook_panics() {
    let screen = thread::current().id();
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == screen {
            give_back();
            tell(info);
        } else if TAKEN.load(Ordering::SeqCst) {
            tracing::error!(thread = thread::current().name().unwrap_or("unnamed"), "{info}");
        } else {
            tell(info);
        }
    }));
}
