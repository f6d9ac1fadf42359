//! The one thread that writes to an embedded database.
//!
//! It runs whatever is waiting, each piece in a savepoint of its own, and
//! commits once for all of them: one `fsync` serves many callers (group
//! commit). A refused piece undoes itself alone.
//!
//! **Invariant:** a caller is answered only after the commit that holds its
//! work; if that commit fails, every caller in it hears so.

use std::{
    error::Error,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    Committed, Edge,
    dialect::{self, Address, AnyConnection, Purpose},
    run,
    tx::{Context, StoreError, Tx},
};

/// Most pieces of work in one commit.
const GROUP: usize = 256;
/// Most pieces waiting; beyond it callers are told to come back.
const WAITING: usize = 4_096;

/// Tells a caller how its work ended, given how the commit ended.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// A piece of work: done inside the group's transaction, answered after its commit.
type Job = Box<dyn FnOnce(&mut AnyConnection) -> Answer + Send>;

/// Hands work to the writing thread. The thread ends when the last handle is gone.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::SyncSender<Job>,
    edge: Edge,
}

impl Writer {
    pub(super) fn start(address: Address, edge: Edge) -> Self {
        let (jobs, waiting) = mpsc::sync_channel(WAITING);
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || serve(&address, &waiting))
            .map_or_else(
                |err| tracing::error!(error = %err, "the writing thread could not be started"),
                drop,
            );
        Self { jobs, edge }
    }

    pub(super) async fn submit<T, E, F>(&self, context: Context, work: F) -> Result<Committed<T>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Error + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let answer = self.send(context, work)?;
        answer.await.unwrap_or_else(|_| Err(gone().into()))
    }

    pub(super) fn submit_blocking<T, E, F>(&self, context: Context, work: F) -> Result<Committed<T>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Error + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let answer = self.send(context, work)?;
        answer.blocking_recv().unwrap_or_else(|_| Err(gone().into()))
    }

    fn send<T, E, F>(
        &self,
        context: Context,
        work: F,
    ) -> Result<oneshot::Receiver<Result<Committed<T>, E>>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Error + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (tell, answer) = oneshot::channel();
        let edge = self.edge.clone();
        let job: Job = Box::new(move |conn| {
            let done = in_savepoint(conn, |conn| run(conn, &edge, context, &work));
            Box::new(move |committed| {
                // A caller that has gone away does not care.
                let _ = tell.send(match committed {
                    Ok(()) => done,
                    Err(err) => done.and(Err(err.into())),
                });
            })
        });
        self.jobs.try_send(job).map_err(|err| match err {
            mpsc::TrySendError::Full(_) => StoreError::Unavailable("too many writes are waiting".into()),
            mpsc::TrySendError::Disconnected(_) => gone(),
        })?;
        Ok(answer)
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the writing thread did not take the work".into())
}

/// Runs a piece of work so that its refusal, or its panic, undoes it alone.
fn in_savepoint<T, E: From<StoreError>>(
    conn: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    dialect::begin_nested(conn).map_err(StoreError::from)?;
    let done = catch_unwind(AssertUnwindSafe(|| work(conn)))
        .unwrap_or_else(|_| Err(StoreError::Unfinished("a write panicked").into()));
    match done {
        Ok(value) => {
            dialect::commit(conn).map_err(StoreError::from)?;
            Ok(value)
        }
        Err(err) => {
            dialect::rollback(conn).map_err(StoreError::from)?;
            Err(err)
        }
    }
}

fn serve(address: &Address, waiting: &mpsc::Receiver<Job>) {
    let mut kept: Option<AnyConnection> = None;
    while let Ok(first) = waiting.recv() {
        let jobs: Vec<Job> = std::iter::once(first).chain(waiting.try_iter().take(GROUP - 1)).collect();
        let mut conn = match kept.take().map_or_else(|| dialect::open(address, Purpose::Write), Ok) {
            Ok(conn) => conn,
            Err(err) => {
                tracing::error!(error = %err, "the database cannot be opened for writing");
                refuse(jobs);
                std::thread::sleep(Duration::from_millis(50));
                continue;
            }
        };
        // A connection whose commit failed may hold a transaction SQLite ended by itself: it is not used again.
        if commit_together(&mut conn, jobs) {
            kept = Some(conn);
        }
    }
}

fn refuse(jobs: Vec<Job>) {
    // Dropping a job drops its sender, and the caller hears that it was not done.
    drop(jobs);
}

/// Runs the jobs in one transaction; whether the connection is still good.
fn commit_together(conn: &mut AnyConnection, jobs: Vec<Job>) -> bool {
    if let Err(err) = dialect::begin_write(conn) {
        let text = err.to_string();
        tracing::warn!(error = %text, "a group of writes could not begin");
        for job in jobs {
            job(conn)(Err(StoreError::Unavailable(text.clone().into())));
        }
        return false;
    }
    let answers: Vec<Answer> = jobs.into_iter().map(|job| job(conn)).collect();
    let committed = dialect::commit(conn);
    let mut good = !dialect::is_broken(conn);
    if let Err(err) = committed {
        let text = err.to_string();
        tracing::error!(error = %text, writes = answers.len(), "a group of writes could not be committed");
        for answer in answers {
            answer(Err(StoreError::Unavailable(text.clone().into())));
        }
        good = false;
    } else {
        for answer in answers {
            answer(Ok(()));
        }
    }
    good
}
