//! The `spanlight` program.

use std::ffi::c_long;
use std::process::ExitCode;

use libmimalloc_sys::{mi_option_get, mi_option_set, mi_option_t, mi_option_use_numa_nodes};

/// Tensors are mapped and freed all the time; mimalloc keeps their pages and halves the time of a training step.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The option for how long freed pages are kept; the crate names only its neighbour.
const PURGE_DELAY: mi_option_t = mi_option_use_numa_nodes - 1;

/// What it is unless somebody says otherwise, in milliseconds.
const USUAL_DELAY: c_long = 1000;

/// Longer than a training step and what lies between two of them.
const LONG_DELAY: c_long = 30_000;

fn main() -> ExitCode {
    keep_pages();
    spanlight::cli::main()
}

/// Has the allocator keep freed pages through a training: the kernel clears every page that it is asked for anew, which took
/// a tenth of each step.
#[allow(unsafe_code, reason = "the options of the allocator, a C library")]
fn keep_pages() {
    // SAFETY: both read or write one number of the allocator's own, for any option.
    unsafe {
        // Anything else is another option or the wish of `MIMALLOC_PURGE_DELAY`.
        if mi_option_get(PURGE_DELAY) == USUAL_DELAY {
            mi_option_set(PURGE_DELAY, LONG_DELAY);
        }
    }
}
