//! All that can happen to the screen, in one queue.

use std::time::Instant;

use crossterm::event::{KeyEvent, MouseEvent};

use super::exporter::Exported;
use super::{finder, survey};
use crate::graphics::Rendered;
use crate::project::progress::Progress;
use crate::project::{Known, TweetId};
use crate::worker;

/// Something that happened.
#[derive(Debug)]
pub enum Message {
    /// A key, and when it was read.
    Key(KeyEvent, Instant),
    /// A button or the wheel of the mouse.
    Mouse(MouseEvent),
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
    /// About which tweets annotators differ.
    Contested(Result<Vec<TweetId>, String>),
    /// How the work goes.
    Progress(Box<Result<Progress, String>>),
    /// A figure was written, and where; or why not.
    Exported(Result<Exported, String>),
    /// The tweets of the project were looked through.
    Surveyed(survey::Found),
    /// The guidelines changed on disk.
    GuidelinesChanged,
    /// The names in a tweet that were labelled before.
    Known(TweetId, Vec<Known>),
    /// What was found in the queue.
    Found(finder::Found),
    /// Settings, keymap or themes changed on disk.
    FilesChanged,
    /// Time passed while something on the screen depends on it.
    Tick,
    /// The terminal is gone or the system asks the program to end.
    Hangup,
}
