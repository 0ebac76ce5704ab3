//! All that can happen to the screen, in one queue.

use std::path::PathBuf;
use std::time::Instant;

use crossterm::event::KeyEvent;

use super::finder::Found;
use crate::graphics::Rendered;
use crate::worker;

/// Something that happened.
#[derive(Debug)]
pub enum Message {
    /// A key, and when it was read.
    Key(KeyEvent, Instant),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size or was uncovered.
    Resized,
    /// The model's thread said something.
    Worker(worker::Event),
    /// The model's thread has ended.
    WorkerGone,
    /// A picture is ready.
    Picture(Rendered),
    /// A figure was written, and where; or why not.
    Exported(Result<PathBuf, String>),
    /// What was found in the queue.
    Found(Found),
    /// Settings, keymap or themes changed on disk.
    FilesChanged,
    /// Time passed while something on the screen depends on it.
    Tick,
    /// The terminal is gone or the system asks the program to end.
    Hangup,
}
