//! What has to happen by itself as time passes, done again and again.
//!
//! **Invariant:** nothing that must never happen is kept out by a chore alone:
//! whatever has lapsed has lapsed for every check before a chore tidies it up.

use std::{error::Error, time::Duration};

use crate::{
    domain::id::{RequestId, TypedId},
    store::{Context, StoreError},
};

use super::{App, lapse, offer_on, once, recall, rounds::Rounds, tell_both::TellError};

/// How long after one round the next begins.
const PAUSE: Duration = Duration::from_millis(500);

/// One chore. It does what is due now, in transactions of its own; what is not due costs it a query.
type Chore = fn(&App) -> Result<(), ChoreError>;

/// All of them, by name.
const ALL: &[(&str, Chore)] = &[
    ("lapse", lapse::chore),
    ("recall.tell", recall::tell),
    ("waitlist", offer_on::chore),
    ("answers", once::forget),
];

/// Why a chore was not done; the next round tries again.
#[derive(Debug, thiserror::Error)]
pub enum ChoreError {
    /// The store failed.
    #[error("the rows could not be read or written")]
    Store(#[from] StoreError),
    /// A mail could not be written.
    #[error("a mail could not be written")]
    Tell(#[from] TellError),
}

/// Does everything that is due now. A chore that fails is logged and does not keep the others from theirs. Blocks.
pub fn run(app: &App) {
    for (name, chore) in ALL {
        if let Err(err) = chore(app) {
            let cause = err.source().map(ToString::to_string).unwrap_or_default();
            tracing::warn!(chore = name, error = %err, cause, "a chore was not done");
        }
    }
}

/// Starts doing what is due, in a thread of its own.
pub fn start(app: App) -> std::io::Result<Rounds> {
    Rounds::start("chores", PAUSE, move || run(&app))
}

/// In whose name chores are done.
#[must_use]
pub fn system(app: &App) -> Context {
    let mut random = [0; 10];
    random.iter_mut().zip(uuid::Uuid::new_v4().into_bytes()).for_each(|(to, from)| *to = from);
    Context { actor: None, role: "system", request: RequestId::at(app.now(), random), claim: None }
}
