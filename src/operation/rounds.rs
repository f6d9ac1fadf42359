//! A thread that does something again and again until it is dropped.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

/// A thread at work; dropping it ends it after the round in hand.
#[must_use = "dropping it ends it"]
pub struct Rounds {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Rounds {
    /// Starts one: a round, then a pause, and so on.
    pub fn start(
        name: &str,
        pause: Duration,
        mut round: impl FnMut() + Send + 'static,
    ) -> std::io::Result<Self> {
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let signal = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            loop {
                round();
                let (stopped, bell) = &*signal;
                let stopped = stopped.lock().unwrap_or_else(PoisonError::into_inner);
                let (stopped, _) = bell
                    .wait_timeout_while(stopped, pause, |stopped| !*stopped)
                    .unwrap_or_else(PoisonError::into_inner);
                if *stopped {
                    return;
                }
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Rounds {
    fn drop(&mut self) {
        let (stopped, bell) = &*self.stop;
        *stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        bell.notify_all();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to do either.
            let _ = thread.join();
        }
    }
}
