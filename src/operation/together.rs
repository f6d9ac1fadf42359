//! Questions that come while others are being answered, put together as one.
//!
//! A question alone waits for nothing. Under load one journey to the database answers many.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, mpsc},
};

use tokio::sync::oneshot;

use crate::store::StoreError;

/// Most questions put together.
const MOST: usize = 64;
/// Most questions waiting; beyond it callers are told to come back.
const WAITING: usize = 4_096;
/// How many are under way at once.
const THREADS: usize = 2;

type Ask<Q, A> = (Q, oneshot::Sender<A>);

/// Takes questions. Its threads end when it is dropped.
pub struct Together<Q, A>(mpsc::SyncSender<Ask<Q, A>>);

impl<Q: Send + 'static, A: Send + 'static> Together<Q, A> {
    /// Begins to answer. `answer` gives one answer for each question, in their order.
    pub fn open(
        name: &str,
        answer: impl Fn(Vec<Q>) -> Vec<A> + Clone + Send + 'static,
    ) -> std::io::Result<Self> {
        let (asks, waiting) = mpsc::sync_channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..THREADS {
            let (waiting, answer) = (Arc::clone(&waiting), answer.clone());
            std::thread::Builder::new().name(name.to_owned()).spawn(move || serve(&waiting, answer))?;
        }
        Ok(Self(asks))
    }

    /// Asks; answered together with whoever asks meanwhile.
    pub async fn ask(&self, question: Q) -> Result<A, StoreError> {
        let (tell, answer) = oneshot::channel();
        self.0.try_send((question, tell)).map_err(|err| match err {
            mpsc::TrySendError::Full(_) => StoreError::Unavailable("too many questions are waiting".into()),
            mpsc::TrySendError::Disconnected(_) => unanswered(),
        })?;
        answer.await.map_err(|_| unanswered())
    }
}

fn unanswered() -> StoreError {
    StoreError::Unavailable("the question was not answered".into())
}

fn serve<Q, A>(waiting: &Mutex<mpsc::Receiver<Ask<Q, A>>>, answer: impl Fn(Vec<Q>) -> Vec<A>) {
    loop {
        let asks: Vec<Ask<Q, A>> = {
            let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let Ok(first) = waiting.recv() else { return };
            std::iter::once(first).chain(waiting.try_iter().take(MOST - 1)).collect()
        };
        let (questions, tell): (Vec<Q>, Vec<_>) = asks.into_iter().unzip();
        // Should it panic, those who asked hear that they got no answer, and the next are served.
        let Ok(answers) = catch_unwind(AssertUnwindSafe(|| answer(questions))) else { continue };
        for (tell, answer) in tell.into_iter().zip(answers) {
            // A caller that has gone away does not care.
            let _ = tell.send(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn each_gets_the_answer_to_its_own_question() {
        let doubled = Together::open("doubling", |numbers: Vec<u32>| {
            numbers.into_iter().map(|number| number * 2).collect()
        });
        let doubled = Arc::new(doubled.expect("threads"));
        let asked: Vec<_> = (0..500)
            .map(|number| {
                let doubled = Arc::clone(&doubled);
                actix_web::rt::spawn(async move { (number, doubled.ask(number).await) })
            })
            .collect();
        for asked in asked {
            let (number, answer) = asked.await.expect("it ends");
            assert_eq!(answer.expect("an answer"), number * 2);
        }
    }

    #[actix_web::test]
    async fn a_panic_is_told_and_survived() {
        let picky = Together::open("picky", |numbers: Vec<u32>| {
            assert!(!numbers.contains(&13), "unlucky");
            numbers
        });
        let picky = picky.expect("threads");
        for _ in 0..4 {
            assert!(picky.ask(13).await.is_err());
        }
        assert_eq!(picky.ask(12).await.expect("an answer"), 12);
    }
}
