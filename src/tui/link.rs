//! The way to the model's thread and back.

use std::fmt;
use std::sync::mpsc::Receiver;

use crate::worker::{Event, Request};

/// The screen's end of the connection to the model's thread.
pub struct WorkerLink {
    /// Takes what the screen asks; never waits.
    pub requests: Requests,
    /// What the model's thread says; ends with the thread.
    pub events: Receiver<Event>,
}

impl WorkerLink {
    /// A connection that hands requests to `ask`, which must not wait for an answer.
    pub fn new(ask: impl Fn(Request) + 'static, events: Receiver<Event>) -> Self {
        Self { requests: Requests(Box::new(ask)), events }
    }
}

impl fmt::Debug for WorkerLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerLink").finish_non_exhaustive()
    }
}

/// Takes what the screen asks of the model.
pub struct Requests(Box<dyn Fn(Request)>);

impl Requests {
    /// Hands a request on.
    pub fn send(&self, request: Request) {
        (self.0)(request);
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Requests")
    }
}
