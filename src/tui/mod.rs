//! The annotation screen: one queue of messages, one state, one frame when something changed.

mod action;
mod app;
mod backend;
mod chord;
mod colors;
mod dialog;
mod draw;
mod edit;
mod exporter;
mod frame_log;
mod influence;
mod input;
mod inspect;
mod key;
mod keymap;
mod layout;
mod link;
mod message;
mod model;
mod page;
mod pictures;
mod reading;
mod scoring;
mod suggestions;
mod terminal;
mod text;
mod theme;
mod typed;
mod views;
mod wrap;

#[cfg(test)]
mod tests;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use ratatui::Terminal;
use ratatui::backend::Backend;

use self::app::App;
pub use self::colors::ColorDepth;
use self::frame_log::FrameLog;
use self::input::Keys;
use self::key::Key;
pub use self::keymap::Keymap;
pub use self::link::WorkerLink;
use self::message::Message;
use self::terminal::Guard;
pub use self::theme::Theme;
use crate::config::{Config, Watch};
use crate::graphics::{self, Ability, Loader};
use crate::project::Project;

/// Most messages that are taken in between two frames, so that a flood of them does not freeze the screen.
const FLOOD: usize = 512;

/// How the screen is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A file for the time from key to frame; the benchmark reads it.
    pub frame_log: Option<PathBuf>,
    /// Whether there is the inspector alone.
    pub inspector: bool,
}

/// The screen cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// Standard output or input is a file or a pipe.
    #[error("labelling needs a terminal; standard input and output must not be redirected")]
    NoTerminal,
    /// The terminal does not obey.
    #[error("the terminal cannot be used: {0}")]
    Terminal(io::Error),
    /// Drawing failed.
    #[error("the screen cannot be drawn: {0}")]
    Draw(String),
    /// A thread cannot be started.
    #[error("a thread of the screen cannot be started: {0}")]
    Thread(io::Error),
    /// The log of frames cannot be written.
    #[error("{}: the log of frames cannot be written: {reason}", .file.display())]
    FrameLog {
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
}

/// Runs the screen on the program's terminal until the person leaves.
pub fn run(project: Project, worker: WorkerLink, config: Config, options: &Options) -> Result<(), TuiError> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(TuiError::NoTerminal);
    }
    let mut log =
        options.frame_log.as_ref().map(|file| FrameLog::create(file).map_err(|reason| frame_log_error(file, reason)));
    let log = log.take().transpose()?;
    let (messages, received) = channel();
    let pictures = messages.clone();
    let memory = config.settings.image_memory.saturating_mul(1 << 20);
    let loader = Loader::spawn(memory, move |rendered| drop(pictures.send(Message::Picture(rendered))))
        .map_err(TuiError::Thread)?;
    let changes = messages.clone();
    let watch = Watch::start(&config.folders, move || drop(changes.send(Message::FilesChanged)));
    if let Err(error) = &watch {
        tracing::warn!("{error}");
    }
    input::listen(worker.events, messages.clone()).map_err(TuiError::Thread)?;
    let mut app = App::new(project, worker.requests, Some(loader), config);
    app.report_to(messages.clone());
    if options.inspector {
        app.open_inspector(true);
    }
    let mut guard = Guard::take().map_err(TuiError::Terminal)?;
    // Before anybody else reads what the terminal says.
    let ability = if app.wants_pixels() { graphics::probe() } else { Ability::unasked() };
    for sent in ability.typed.chars() {
        // The receiver is in this very function.
        let _ = messages.send(Message::Key(Key::sent(sent).event(), Instant::now()));
    }
    app.can_show(ability);
    input::mind_signals(messages.clone()).map_err(TuiError::Thread)?;
    let keys = Keys::read(messages).map_err(TuiError::Thread)?;
    let log = log.zip(options.frame_log.clone());
    let mut result = event_loop(&mut guard.terminal, &mut app, &received, &mut io::stdout(), log);
    result = result.and(app.forget_pixels(&mut io::stdout()).map_err(TuiError::Terminal));
    // The terminal is given back first: the model may need the rest of a step to end.
    drop((keys, guard));
    app.dismiss_worker();
    result
}

fn frame_log_error(file: &std::path::Path, reason: io::Error) -> TuiError {
    TuiError::FrameLog { file: file.to_path_buf(), reason }
}

/// Takes in all messages there are, then draws once if anything changed.
fn event_loop<B: Backend>(
    terminal: &mut Terminal<B>,
    app: &mut App,
    messages: &Receiver<Message>,
    pixels: &mut impl Write,
    mut log: Option<(FrameLog, PathBuf)>,
) -> Result<(), TuiError> {
    let drawing_failed = |error: B::Error| TuiError::Draw(error.to_string());
    let mut first_key = None;
    while !app.quits() {
        if app.take_redraw() {
            app.forget_pixels(pixels).map_err(TuiError::Terminal)?;
            terminal.clear().map_err(drawing_failed)?;
        }
        if app.take_dirty() {
            let begun = Instant::now();
            terminal.draw(|frame| app.draw(frame)).map_err(drawing_failed)?;
            app.show_pixels(pixels).map_err(TuiError::Terminal)?;
            app.want_picture();
            if let (Some((log, file)), Some(key)) = (&mut log, first_key) {
                log.note(key, begun.elapsed()).map_err(|reason| frame_log_error(file, reason))?;
            }
        }
        first_key = None;
        let first = match app.sleep() {
            Some(patience) => match messages.recv_timeout(patience) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => Message::Tick,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            },
            None => match messages.recv() {
                Ok(message) => message,
                Err(_) => return Ok(()),
            },
        };
        for message in std::iter::once(first).chain(messages.try_iter().take(FLOOD)) {
            if let Message::Key(_, read) = &message {
                first_key.get_or_insert(*read);
            }
            app.update(message);
        }
    }
    Ok(())
}
