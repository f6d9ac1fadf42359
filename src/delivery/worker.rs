//! Takes what is due out of the outbox and sends it, again and again.
//!
//! Messages are claimed before they are sent, so that of several processes one
//! sends each. What fails is tried again after a minute, then after ever longer
//! waits up to six hours; what can never be sent is parked and logged.
//!
//! **Invariant:** a message is never lost; should the process end between
//! sending and noting it, the second copy has the same `Message-ID`.

use std::{
    error::Error,
    time::{Duration as StdDuration, Instant},
};

use chrono::{DateTime, Duration, Utc};

use crate::{
    domain::id::{OutboxId, RequestId, TypedId},
    operation::{App, manage_sessions, rounds::Rounds},
    store::{Context, StoreError, outbox},
};

use super::{
    Content, context,
    send::{SendError, Sender},
};

/// How often the outbox is looked at.
const PAUSE: StdDuration = StdDuration::from_millis(150);
/// How long one process has to send the messages it has claimed.
const CLAIM: Duration = Duration::minutes(5);
/// Longest that sending one may take.
const LONGEST_SEND: Duration = Duration::minutes(1);
/// How long what went out may wait to be noted, so that little is sent twice should the process end.
const NOTE_EVERY: StdDuration = StdDuration::from_secs(1);
/// Messages taken at once.
const AT_ONCE: i64 = 20;
/// Tries after which a message is parked: about four days.
const MOST_ATTEMPTS: i32 = 25;
/// How often what has lapsed is removed.
const FORGET_EVERY: Duration = Duration::hours(1);
/// How long sent messages are remembered, without their content.
const REMEMBER_SENT: Duration = Duration::days(7);

/// Starts sending what is in the outbox, in a thread of its own.
pub fn start(app: App) -> std::io::Result<Rounds> {
    let mut delivery = Delivery { app, sender: None, forgot_at: None };
    Rounds::start("delivery", PAUSE, move || delivery.round())
}

/// What became of one attempt.
struct Outcome {
    id: OutboxId,
    attempts: i32,
    /// When to try again, if ever, and what was said.
    failure: Option<(Option<DateTime<Utc>>, String)>,
}

struct Delivery {
    app: App,
    sender: Option<Sender>,
    forgot_at: Option<DateTime<Utc>>,
}

impl Delivery {
    /// Sends all that is due now. Failures are logged; the next round tries again.
    fn round(&mut self) {
        if let Err(err) = self.forget() {
            tracing::warn!(error = %chain(&err), "what has lapsed could not be removed");
        }
        let now = self.app.now();
        let due = self.app.store().read_blocking(|conn| outbox::due(conn, now, AT_ONCE));
        let due = match due {
            Ok(due) => due,
            Err(err) => return tracing::warn!(error = %chain(&err), "the outbox could not be read"),
        };
        if let Err(err) = self.deliver(&due) {
            tracing::warn!(error = %chain(&err), "the outbox could not be written");
        }
    }

    /// Sends those that no other process takes. All are claimed at once, and noted together.
    fn deliver(&mut self, due: &[outbox::Waiting]) -> Result<(), StoreError> {
        if due.is_empty() {
            return Ok(());
        }
        let (claimed, until) = (due.to_vec(), self.app.now() + CLAIM);
        let ours = self
            .app
            .store()
            .write_blocking(system(&self.app), move |tx| outbox::claim(tx, &claimed, until))?
            .value;
        let (mut outcomes, mut noted_at) = (Vec::with_capacity(ours.len()), Instant::now());
        for waiting in due.iter().filter(|waiting| ours.contains(&waiting.id)) {
            // Those a slow server leaves no time for are taken up again when the claim has lapsed.
            if self.app.now() + LONGEST_SEND > until {
                break;
            }
            outcomes.push(self.attempt(waiting));
            if noted_at.elapsed() >= NOTE_EVERY {
                self.note(std::mem::take(&mut outcomes))?;
                noted_at = Instant::now();
            }
        }
        self.note(outcomes)
    }

    fn note(&self, outcomes: Vec<Outcome>) -> Result<(), StoreError> {
        self.app.store().write_blocking(system(&self.app), move |tx| {
            let went_out = outcomes.iter().filter(|outcome| outcome.failure.is_none());
            outbox::update_sent(tx, &went_out.map(|outcome| outcome.id).collect::<Vec<_>>())?;
            for outcome in &outcomes {
                if let Some((next, words)) = &outcome.failure {
                    outbox::update_failed(tx, outcome.id, outcome.attempts, *next, words)?;
                }
            }
            Ok::<_, StoreError>(())
        })?;
        Ok(())
    }

    fn attempt(&mut self, waiting: &outbox::Waiting) -> Outcome {
        let (id, attempts) = (waiting.id, waiting.attempts.saturating_add(1));
        let Err(err) = self.send(waiting) else {
            tracing::info!(outbox_id = %id, "a message was sent");
            return Outcome { id, attempts, failure: None };
        };
        let next = (!err.is_final() && attempts < MOST_ATTEMPTS).then(|| self.app.now() + backoff(attempts));
        // The error's own words only: what a server answers may quote the address.
        let words = err.to_string();
        tracing::warn!(outbox_id = %id, attempts, parked = next.is_none(), error = %words, "a message was not sent");
        Outcome { id, attempts, failure: Some((next, words)) }
    }

    fn send(&mut self, waiting: &outbox::Waiting) -> Result<(), SendError> {
        let unsendable = |err: &dyn Error| SendError::Unsendable(err.to_string());
        let plain = self
            .app
            .secrets()
            .sealer
            .open(&context(waiting.id), &waiting.sealed)
            .map_err(|err| unsendable(&err))?;
        let content: Content = serde_json::from_slice(&plain).map_err(|err| unsendable(&err))?;
        let sender = match self.sender.take() {
            Some(sender) => sender,
            None => Sender::new(self.app.config())?,
        };
        let sent = sender.send(waiting.id, waiting.created_at, content);
        self.sender = Some(sender);
        sent
    }

    /// Removes what has lapsed, now and then.
    fn forget(&mut self) -> Result<(), StoreError> {
        let now = self.app.now();
        if self.forgot_at.is_some_and(|at| now - at < FORGET_EVERY) {
            return Ok(());
        }
        self.forgot_at = Some(now);
        self.app.store().write_blocking(system(&self.app), move |tx| {
            manage_sessions::forget_lapsed(tx)?;
            outbox::delete_sent_before(tx, now - REMEMBER_SENT)
        })?;
        Ok(())
    }
}

/// One minute, then twice as long each time, at most six hours.
fn backoff(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(9);
    Duration::minutes(1_i64 << doublings).min(Duration::hours(6))
}

fn system(app: &App) -> Context {
    Context { actor: None, role: "system", request: RequestId::at(app.now(), *b"delivering"), claim: None }
}

fn chain(err: &dyn Error) -> String {
    let mut words = err.to_string();
    let mut cause = err.source();
    while let Some(err) = cause {
        words = format!("{words}: {err}");
        cause = err.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_six_hours() {
        let minutes: Vec<i64> = (1..=11).map(|n| backoff(n).num_minutes()).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
    }
}
