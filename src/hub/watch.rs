//! A download on a thread of its own, so that silence and Ctrl-C are noticed while the network is waited for.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::{HubError, Transfer};

/// How often it is looked after.
const PACE: Duration = Duration::from_millis(100);

/// Where the download says how far it is.
pub type Tell = Sender<Transfer>;

/// Runs `work`, which has to say something at least every `patience`; `observe` ends the wait by returning `false`.
///
/// What is not waited for any more goes on until the process ends, which does no harm: a file in the cache gets its name
/// when it is whole.
pub fn watched<T: Send + 'static>(
    page: &str,
    patience: Duration,
    work: impl FnOnce(&Tell) -> Result<T, HubError> + Send + 'static,
    observe: &mut dyn FnMut(&Transfer) -> bool,
) -> Result<T, HubError> {
    let (tell, hear) = mpsc::channel();
    let thread = thread::Builder::new().name("hub".to_owned()).spawn(move || work(&tell)).map_err(HubError::Thread)?;
    let (mut state, mut heard) = (Transfer::default(), Instant::now());
    loop {
        match hear.recv_timeout(PACE) {
            Ok(news) => (state, heard) = (news, Instant::now()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return thread.join().unwrap_or_else(|_| Err(HubError::Crashed { page: page.to_owned() }));
            }
        }
        if !observe(&state) {
            return Err(HubError::Stopped);
        }
        if heard.elapsed() > patience {
            return Err(HubError::Silent { page: page.to_owned(), seconds: patience.as_secs() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(300);
    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn what_it_says_is_heard() {
        let mut heard = 0;
        let work = |tell: &Tell| {
            for done in 1..=3 {
                let _ = tell.send(Transfer { done, ..Transfer::default() });
            }
            Ok(7)
        };
        let found = watched("page", LONG, work, &mut |transfer| {
            heard = transfer.done;
            true
        });
        assert_eq!((found.expect("done"), heard), (7, 3));
    }

    #[test]
    fn silence_and_a_wish_end_the_wait() {
        let wait = |_: &Tell| {
            thread::sleep(Duration::from_secs(20));
            Ok(())
        };
        let begun = Instant::now();
        let silent = watched("page", SHORT, wait, &mut |_| true).expect_err("silent");
        assert!(matches!(silent, HubError::Silent { .. }), "{silent}");
        let stopped = watched("page", LONG, wait, &mut |_| false).expect_err("stopped");
        assert!(matches!(stopped, HubError::Stopped), "{stopped}");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_crash_is_an_error() {
        let crash = |_: &Tell| -> Result<(), HubError> { panic!("on purpose") };
        let found = watched("page", LONG, crash, &mut |_| true);
        assert!(matches!(found, Err(HubError::Crashed { .. })));
    }
}
