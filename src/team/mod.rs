//! Several annotators of the same tweets: their labels side by side, how far they agree, one project made of all.
//!
//! Tweets are the same where id and tokens are. Times decide nothing anywhere, because every machine has a clock of its own.

mod assign;
mod box_policy;
mod error;
mod gather;
mod labeller;
mod merge;
mod settle;
mod stage;

pub use assign::{Assignment, Share, assign};
pub use box_policy::{BoxPolicy, DifferentBoxes};
pub use error::TeamError;
pub use gather::{Gathered, Side, Team};
pub use labeller::{Counting, Labeller, Rename};
pub use merge::{DecidedTweet, MergeReport, OpenTweet, Policy, merge};
pub use settle::{Judge, SettleReport, settle};
pub use stage::{Stage, Watch};
