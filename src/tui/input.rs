//! Threads that turn keys, signals and the model's words into messages.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, MouseEventKind};

use super::message::Message;
use crate::worker;

/// How often the thread looks whether it shall end.
const PATIENCE: Duration = Duration::from_millis(200);

/// Reads the terminal until dropped.
#[derive(Debug)]
pub struct Keys {
    ended: Arc<AtomicBool>,
}

impl Keys {
    /// Starts the reading thread.
    pub fn read(messages: Sender<Message>) -> io::Result<Self> {
        // The first look begins to mind the terminal's size: a change before the thread runs must be heard of as well.
        event::poll(Duration::ZERO)?;
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        thread::Builder::new().name("keys".into()).spawn(move || {
            while !end.load(Ordering::Relaxed) {
                let message = match event::poll(PATIENCE) {
                    Ok(false) => continue,
                    Ok(true) => event::read().map_or(Some(Message::Hangup), translate),
                    // The terminal is gone.
                    Err(_) => Some(Message::Hangup),
                };
                let hangup = matches!(message, Some(Message::Hangup));
                if message.is_some_and(|message| messages.send(message).is_err()) || hangup {
                    return;
                }
            }
        })?;
        Ok(Self { ended })
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

fn translate(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) => Some(Message::Key(key, Instant::now())),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(..) => Some(Message::Resized),
        // Where the mouse goes with no button pressed is of no interest.
        Event::Mouse(event) if event.kind == MouseEventKind::Moved => None,
        Event::Mouse(event) => Some(Message::Mouse(event)),
        Event::FocusGained | Event::FocusLost => None,
    }
}

/// Passes the model's words on until its thread ends.
pub fn listen(events: Receiver<worker::Event>, messages: Sender<Message>) -> io::Result<()> {
    thread::Builder::new().name("model events".into()).spawn(move || {
        for event in events {
            if messages.send(Message::Worker(event)).is_err() {
                return;
            }
        }
        // The screen may have ended first.
        let _ = messages.send(Message::WorkerGone);
    })?;
    Ok(())
}

/// Ends the screen in order when the system asks the program to end or the terminal is closed.
#[cfg(unix)]
pub fn mind_signals(messages: Sender<Message>) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGTERM])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for _ in signals.forever() {
            if messages.send(Message::Hangup).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

/// Other systems have no such signals.
#[cfg(not(unix))]
pub fn mind_signals(_messages: Sender<Message>) -> io::Result<()> {
    Ok(())
}
