//! A machine for the pickles of `torch.save`: dictionaries, lists, numbers, strings and tensors, nothing else.
//!
//! It calls nothing. The few constructors a state dictionary needs are known by name and only describe tensors; any
//! other name is refused as soon as it is mentioned. Objects live in one list and refer to each other by place, so that
//! nesting and sharing, however deep, cost neither stack nor copies.

mod known;
mod machine;
mod object;
mod stream;

pub(super) use machine::parse;
pub(super) use object::{Object, Objects, Storage, View};

/// Why a pickle is not read.
#[derive(Debug)]
pub(super) enum PickleError {
    /// It breaks the format; how.
    Damaged(String),
    /// It mentions a function; which.
    Code(String),
}

impl PickleError {
    fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged(reason.into())
    }
}
