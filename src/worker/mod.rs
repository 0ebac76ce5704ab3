//! The thread that owns the model: requests in, events out.

pub mod message;

pub use message::{
    DeviceCard, Event, HeldOutScore, LearnJob, ModelCard, Outcome, Phase, Progress, Request, Verdict, WorkItem,
};
