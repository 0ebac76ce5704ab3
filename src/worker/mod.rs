//! The thread that owns the model: requests in, events out. Nobody else touches burn.
//!
//! One long job runs and one waits; predictions for the tweet on screen go in between two training steps. A panic or a
//! failure becomes an [`Event::Failed`] and the thread lives on.

mod inbox;
mod inspection;
pub mod lesson;
mod lineage;
pub mod message;
mod session;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use spanlight_models::device::DeviceChoice;

pub use lineage::LineageError;
pub use message::{
    DeviceCard, Event, HeldOutScore, Insight, LearnJob, ModelCard, Outcome, Phase, Progress, Question, Request, Types,
    Verdict, Which, WorkItem,
};

use crate::config::LessonEncoder;
use crate::corpus::MapStore;
use crate::encoders::Encoders;

use inbox::{Inbox, Task};
use session::Session;

/// Name of the worker's thread; the panic hook knows it by this.
pub const THREAD_NAME: &str = "worker";

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is in the program.
    Embedded,
    /// The folder of a checkpoint.
    Checkpoint(PathBuf),
}

impl From<Option<PathBuf>> for Origin {
    fn from(folder: Option<PathBuf>) -> Self {
        folder.map_or(Self::Embedded, Self::Checkpoint)
    }
}

/// What the worker starts with.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// Where to compute.
    pub device: DeviceChoice,
    /// Folder of the checkpoint to start from; the embedded model where it is absent.
    pub model: Option<PathBuf>,
    /// The model that the one in use is compared with; the version before the last accepted step where it is absent.
    pub against: Option<Origin>,
    /// Recorded maps of words over images, beside which a model's can be seen.
    pub maps: Option<MapStore>,
    /// Folder for the checkpoints of accepted steps.
    pub checkpoints: PathBuf,
    /// The entity types of the project; the model's own where there are none.
    pub types: Types,
    /// The encoders that small checkpoints refer to.
    pub encoders: Encoders,
    /// What of a published text encoder a lesson changes.
    pub lesson: LessonEncoder,
    /// Rank of the adapters that a lesson begins.
    pub lesson_rank: usize,
}

/// A handle on the thread; dropping it ends the thread.
#[derive(Debug)]
pub struct Worker {
    requests: Sender<Request>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread; `emit` is called on it with every event.
    pub fn spawn(options: WorkerOptions, emit: impl FnMut(Event) + Send + 'static) -> io::Result<Self> {
        let (requests, inbox) = channel();
        let body = move || run(&options, &inbox, &mut { emit });
        let thread = thread::Builder::new().name(THREAD_NAME.into()).spawn(body)?;
        Ok(Self { requests, thread: Some(thread) })
    }

    /// Asks for something; the answer comes as events.
    pub fn request(&self, request: Request) {
        // A thread that has ended has said so in its last event.
        let _ = self.requests.send(request);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.request(Request::Shutdown);
        if let Some(thread) = self.thread.take() {
            // Its panics were reported as events already.
            let _ = thread.join();
        }
    }
}

fn run(options: &WorkerOptions, requests: &Receiver<Request>, emit: &mut dyn FnMut(Event)) {
    let mut session = match guarded("loading the model", || Session::open(options, emit)) {
        Ok(session) => session,
        Err(failure) => return emit(*failure),
    };
    let mut inbox = Inbox::new(requests);
    loop {
        let task = inbox.next();
        if matches!(task, Task::Shutdown) {
            return;
        }
        let during = task.name();
        if let Err(failure) = guarded(during, || session.work(task, &mut inbox, emit)) {
            emit(*failure);
        }
    }
}

/// Runs `work`, turning an error or a panic into an event.
fn guarded<T>(during: &str, work: impl FnOnce() -> Result<T, String>) -> Result<T, Box<Event>> {
    let failed = |message: String| Box::new(Event::Failed { during: during.to_owned(), message });
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(failed),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
            Err(failed(format!("the model code broke off ({text}); the model in use is unchanged")))
        }
    }
}

#[cfg(test)]
mod tests;
