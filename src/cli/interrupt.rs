//! Ctrl-C as a wish that long work looks at, not as the end of the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::CliError;

/// Whether the person pressed Ctrl-C.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Takes the next Ctrl-C for a wish; the one after it ends the process as usual.
    pub fn watch() -> Result<Self, CliError> {
        let wished = Arc::new(AtomicBool::new(false));
        register(&wished).map_err(CliError::Thread)?;
        Ok(Self(wished))
    }

    /// Whether it was pressed.
    pub fn wished(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(unix)]
fn register(wished: &Arc<AtomicBool>) -> std::io::Result<()> {
    use signal_hook::consts::SIGINT;
    // In this order: at the first signal the flag is still down when the default is considered.
    signal_hook::flag::register_conditional_default(SIGINT, Arc::clone(wished))?;
    signal_hook::flag::register(SIGINT, Arc::clone(wished)).map(drop)
}

/// Elsewhere Ctrl-C ends the process at once.
#[cfg(not(unix))]
fn register(_wished: &Arc<AtomicBool>) -> std::io::Result<()> {
    Ok(())
}
