//! Editing entities as pure functions: marks on a tweet, the selection, and what a key does to the spans.

mod marks;
mod selection;
mod spans;

pub use marks::{Mark, Origin, lanes, mark_at, marks, marks_at, next_mark, previous_mark};
pub use selection::{Edge, Selection, Toward};
pub use spans::{assign, move_edge, remove};
