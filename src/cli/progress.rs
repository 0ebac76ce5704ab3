//! One line about long work, kept up to date on a terminal; elsewhere only what is worth a line of its own.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use super::output;

/// How often the line changes.
const PACE: Duration = Duration::from_millis(100);

/// Takes the line away again.
const CLEAR: &str = "\r\x1b[2K";

/// The line.
#[derive(Debug)]
pub struct Progress {
    terminal: bool,
    shown: Option<Instant>,
}

impl Progress {
    /// Nothing is shown yet.
    pub fn new() -> Self {
        Self { terminal: io::stderr().is_terminal(), shown: None }
    }

    /// Whether there is a terminal to show it on.
    pub fn is_shown(&self) -> bool {
        self.terminal
    }

    /// Shows the line as it is now, if there is a terminal and the last time is long enough ago.
    pub fn update(&mut self, line: impl FnOnce() -> String) {
        if !self.terminal || self.shown.is_some_and(|shown| shown.elapsed() < PACE) {
            return;
        }
        // A terminal that does not know its size says 0.
        let size = crossterm::terminal::size().ok().filter(|(columns, _)| *columns > 0);
        let width = size.map_or(80, |(columns, _)| usize::from(columns));
        let line: String = line().chars().take(width.saturating_sub(1)).collect();
        // A line less is no loss.
        let _ = write!(io::stderr(), "{CLEAR}{line}").and_then(|()| io::stderr().flush());
        self.shown = Some(Instant::now());
    }

    /// Prints something that stays.
    pub fn note(&mut self, line: &str) {
        self.clear();
        output::note(line);
    }

    fn clear(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(io::stderr(), "{CLEAR}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A time that is left, as people say it.
pub fn left(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        let said = [7, 67, 3_725].map(|seconds| left(Duration::from_secs(seconds)));
        assert_eq!(said, ["7 s", "1 min 07 s", "1 h 02 min"]);
    }
}
