//! Where bookings are asked for: those that come while others are being written are decided and
//! written together, in one transaction.
//!
//! A booking alone waits for nothing. Under load one journey to the database, one commit and one
//! lock of the trail serve many.
//!
//! **Invariant:** each is answered after the commit that holds it; what is refused to one keeps nothing
//! from another, and what one breaks is tried again for each alone.

use std::{
    collections::{HashSet, VecDeque},
    error::Error,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, mpsc},
};

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::{
    domain::id::{RequestId, TypedId},
    store::{Committed, Context, Store, StoreError},
};

use super::{
    Secrets,
    book::{self, Asked, Book, BookError, Made},
    directory::Follower,
};

/// Most bookings in one transaction.
const TOGETHER: usize = 64;
/// Most bookings waiting; beyond it callers are told to come back.
const WAITING: usize = 4_096;

/// A booking made, and the ticket by which the follower of the directory knows it.
pub type Answer = Result<(Made, u64), BookError>;

struct Ask {
    asked: Asked,
    tell: oneshot::Sender<Answer>,
}

/// Takes bookings. Its threads end when it is dropped.
pub struct Desk(mpsc::SyncSender<Ask>);

impl Desk {
    /// Opens it.
    pub fn open(store: &Store, secrets: &Secrets, follower: &Arc<Follower>) -> std::io::Result<Self> {
        let (asks, waiting) = mpsc::sync_channel(WAITING);
        let queue = Arc::new(Mutex::new(Queue { waiting, put_off: VecDeque::new() }));
        for _ in 0..desks(store) {
            let clerk = Clerk {
                store: store.clone(),
                secrets: secrets.clone(),
                follower: Arc::clone(follower),
                queue: Arc::clone(&queue),
            };
            std::thread::Builder::new().name("booking-desk".to_owned()).spawn(move || clerk.serve())?;
        }
        Ok(Self(asks))
    }

    /// Asks for a booking; answered after its commit.
    pub async fn book(&self, context: Context, wish: Book) -> Answer {
        let (tell, answer) = oneshot::channel();
        self.0.try_send(Ask { asked: Asked { context, wish }, tell }).map_err(|err| match err {
            mpsc::TrySendError::Full(_) => StoreError::Unavailable("too many bookings are waiting".into()),
            mpsc::TrySendError::Disconnected(_) => gone(),
        })?;
        answer.await.unwrap_or_else(|_| Err(gone().into()))
    }
}

/// How many transactions are under way at once. With a server one is decided while another waits for it;
/// an embedded database has one writer, whom a second would only give less to do at once.
fn desks(store: &Store) -> usize {
    if store.is_embedded() { 1 } else { 2 }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the booking was not taken up".into())
}

struct Queue {
    waiting: mpsc::Receiver<Ask>,
    /// Those who want a time of somebody already in the transaction before.
    put_off: VecDeque<Ask>,
}

impl Queue {
    /// The next to be decided together: no two with one practitioner or for one patient. None at the end.
    fn next(&mut self) -> Option<Vec<Ask>> {
        let first = match self.put_off.pop_front() {
            Some(first) => first,
            None => self.waiting.recv().ok()?,
        };
        let mut taken: HashSet<Uuid> = HashSet::from(parties(&first));
        let mut together = vec![first];
        let mut put_off = VecDeque::new();
        let earlier = std::mem::take(&mut self.put_off);
        for ask in earlier.into_iter().chain(self.waiting.try_iter().take(TOGETHER - 1)) {
            let [practitioner, patient] = parties(&ask);
            if together.len() < TOGETHER && !taken.contains(&practitioner) && !taken.contains(&patient) {
                taken.extend([practitioner, patient]);
                together.push(ask);
            } else {
                put_off.push_back(ask);
            }
        }
        self.put_off = put_off;
        Some(together)
    }
}

fn parties(ask: &Ask) -> [Uuid; 2] {
    let wish = &ask.asked.wish.wish;
    [wish.practitioner.into(), wish.patient.into()]
}

struct Clerk {
    store: Store,
    secrets: Secrets,
    follower: Arc<Follower>,
    queue: Arc<Mutex<Queue>>,
}

impl Clerk {
    fn serve(&self) {
        loop {
            let next = self.queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(asks) = next else { return };
            // Should it panic, those who asked hear that nothing was done, and the next are served.
            if catch_unwind(AssertUnwindSafe(|| self.serve_together(asks))).is_err() {
                tracing::error!("bookings were not finished");
            }
        }
    }

    fn serve_together(&self, asks: Vec<Ask>) {
        let asked: Vec<Asked> = asks.iter().map(|ask| ask.asked.clone()).collect();
        match self.write(asked) {
            Ok(done) => {
                let ticket = self.follower.hear(done.changes);
                for (ask, answer) in asks.into_iter().zip(done.value) {
                    // A caller that has gone away does not care.
                    let _ = ask.tell.send(answer.map(|made| (made, ticket)));
                }
            }
            Err(err) if is_lasting(&err) || asks.len() == 1 => {
                let words = err.to_string();
                let mut first = Some(err);
                for ask in asks {
                    let again = || StoreError::Unavailable(words.clone().into()).into();
                    let _ = ask.tell.send(Err(first.take().unwrap_or_else(again)));
                }
            }
            Err(err) => {
                tracing::warn!(error = %err, bookings = asks.len(), "bookings are tried again one by one");
                asks.into_iter().for_each(|ask| self.serve_together(vec![ask]));
            }
        }
    }

    /// A name for what several asked for. It says in which chain of the trail that is told, so that no
    /// two transactions under way should have the same.
    fn request(&self) -> RequestId {
        let mut random = [0; 10];
        random
            .iter_mut()
            .zip(Uuid::new_v4().into_bytes().into_iter().rev())
            .for_each(|(to, from)| *to = from);
        RequestId::at(self.store.now(), random)
    }

    fn write(&self, asked: Vec<Asked>) -> Result<Committed<Vec<Result<Made, BookError>>>, BookError> {
        let context = match asked.as_slice() {
            [only] => only.context.clone(),
            _ => Context { actor: None, role: "system", request: self.request(), claim: None },
        };
        let secrets = self.secrets.clone();
        self.store.write_blocking(context, move |tx| book::book_together(tx, &secrets, &asked))
    }
}

/// Whether trying again now would end the same way.
fn is_lasting(err: &BookError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(err);
    while let Some(err) = cause {
        if matches!(err.downcast_ref(), Some(StoreError::Unavailable(_))) {
            return true;
        }
        cause = err.source();
    }
    false
}
