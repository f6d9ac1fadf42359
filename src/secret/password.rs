//! Passwords to argon2id hashes (RFC 9106) and back to yes or no.
//!
//! Hashing takes tens of milliseconds and tens of mebibytes on purpose, so the
//! functions here block, and callers run them where blocking is allowed. They
//! are also bounded: a flood of sign-ins waits its turn, and is turned away
//! when that takes too long, instead of taking all the memory there is.
//!
//! **Invariant:** an unknown account costs the same work as a known one, so
//! that time does not tell who is registered.

use std::{
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Version,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use super::{SecretError, random_bytes};
use crate::domain::account::Password;

/// Longest text taken at sign-in, in bytes. No password can be longer: 128 characters of at most 4 bytes.
const MOST_BYTES: usize = 1024;

/// How long a caller waits for its turn.
const PATIENCE: Duration = Duration::from_secs(4);

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Memory, in kibibytes.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Default for Params {
    /// 19 MiB, two passes, one lane: the least that the OWASP password storage cheat sheet advises.
    fn default() -> Self {
        Self { memory_kib: 19_456, iterations: 2, parallelism: 1 }
    }
}

/// The answer about a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The password is the account's.
    pub matches: bool,
    /// It is, and its hash is weaker than what is configured now: store a new one.
    pub rehash: bool,
}

impl Verified {
    const NO: Self = Self { matches: false, rehash: false };
}

/// Hashes and verifies, a few at once.
pub struct Hasher {
    argon2: Argon2<'static>,
    params: Params,
    /// Stands in for the hash of an account that does not exist. Nobody knows its password.
    dummy: PasswordHash,
    gate: Gate,
}

impl Hasher {
    /// Hashes with `params`, at most `most_at_once` at a time (at least one).
    ///
    /// # Errors
    /// [`SecretError::Parameters`] for costs outside RFC 9106, and what making one hash can give.
    pub fn new(params: Params, most_at_once: usize) -> Result<Self, SecretError> {
        let costs = argon2::Params::new(params.memory_kib, params.iterations, params.parallelism, None)
            .map_err(SecretError::Parameters)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, costs);
        let nobody: [u8; 32] = random_bytes()?;
        let dummy = salted(&argon2, &nobody)?;
        Ok(Self { argon2, params, dummy, gate: Gate::new(most_at_once.max(1), PATIENCE) })
    }

    /// The PHC string to store: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, with a salt of its own. Blocks.
    ///
    /// # Errors
    /// [`SecretError::Busy`] after a few seconds in the queue; [`SecretError::Random`] or
    /// [`SecretError::Hashing`] when the machine fails.
    pub fn hash(&self, password: &Password) -> Result<String, SecretError> {
        let _turn = self.gate.enter()?;
        Ok(salted(&self.argon2, password.reveal().as_bytes())?.to_string())
    }

    /// Whether `password` is the one that `phc` was made from; without `phc`, the same work and "no".
    /// Takes the text as it was typed at sign-in, without the rules for choosing one. Blocks.
    ///
    /// # Errors
    /// [`SecretError::Busy`] as above; [`SecretError::StoredHash`] when `phc` is no argon2 hash;
    /// [`SecretError::Hashing`] when the machine fails.
    pub fn verify(&self, password: &str, phc: Option<&str>) -> Result<Verified, SecretError> {
        // Whatever the account, such a text is not its password; saying so at once tells nothing.
        if password.len() > MOST_BYTES {
            return Ok(Verified::NO);
        }
        let stored = phc.map(read).transpose()?;
        let _turn = self.gate.enter()?;
        let matches = self.matches(password, stored.as_ref().unwrap_or(&self.dummy))?;
        Ok(match stored {
            Some(stored) if matches => Verified { matches, rehash: self.is_weaker(&stored) },
            _ => Verified::NO,
        })
    }

    fn matches(&self, password: &str, stored: &PasswordHash) -> Result<bool, SecretError> {
        match self.argon2.verify_password(password.as_bytes(), stored) {
            Ok(()) => Ok(true),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(failed @ (password_hash::Error::Internal | password_hash::Error::OutOfMemory)) => {
                Err(SecretError::Hashing(failed))
            }
            Err(_) => Err(SecretError::StoredHash),
        }
    }

    /// Less memory, fewer passes, or not argon2id of version 1.3. Lanes are a matter of speed, not of strength.
    fn is_weaker(&self, stored: &PasswordHash) -> bool {
        let current = Algorithm::Argon2id.ident() == stored.algorithm
            && stored.version == Some(u32::from(Version::V0x13));
        let strong = argon2::Params::try_from(stored).is_ok_and(|costs| {
            costs.m_cost() >= self.params.memory_kib && costs.t_cost() >= self.params.iterations
        });
        !(current && strong)
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("params", &self.params).finish_non_exhaustive()
    }
}

/// A stored hash. A PHC string may leave out the hash, which no password would match.
fn read(phc: &str) -> Result<PasswordHash, SecretError> {
    PasswordHash::new(phc)
        .ok()
        .filter(|stored| stored.salt.is_some() && stored.hash.is_some())
        .ok_or(SecretError::StoredHash)
}

/// The hash of `password` with a fresh salt of 16 bytes (RFC 9106 §3.1).
fn salted(argon2: &Argon2<'_>, password: &[u8]) -> Result<PasswordHash, SecretError> {
    let salt: [u8; 16] = random_bytes()?;
    argon2.hash_password_with_salt(password, &salt).map_err(SecretError::Hashing)
}

/// Lets a number of callers through at a time; the others wait, but not for ever.
struct Gate {
    free: Mutex<usize>,
    freed: Condvar,
    patience: Duration,
}

impl Gate {
    fn new(most: usize, patience: Duration) -> Self {
        Self { free: Mutex::new(most), freed: Condvar::new(), patience }
    }

    fn enter(&self) -> Result<Turn<'_>, SecretError> {
        let (mut free, _) = self
            .freed
            .wait_timeout_while(self.count(), self.patience, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1).ok_or(SecretError::Busy)?;
        Ok(Turn { gate: self })
    }

    /// A panic elsewhere cannot leave a number half written: a poisoned lock is as good as any.
    fn count(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One caller inside the gate; leaving frees the place, also on the way out of a panic.
struct Turn<'a> {
    gate: &'a Gate,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.gate.count() += 1;
        self.gate.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        thread,
        time::Instant,
    };

    use super::*;

    const CHEAP: Params = Params { memory_kib: 64, iterations: 1, parallelism: 1 };
    const DEARER: Params = Params { memory_kib: 128, iterations: 1, parallelism: 1 };

    fn password(text: &str) -> Password {
        text.parse().unwrap()
    }

    #[test]
    fn a_password_verifies_exactly_as_sent() {
        let hasher = Hasher::new(CHEAP, 2).unwrap();
        let long = "x".repeat(99);
        let phc = hasher.hash(&password(&format!("{long}A"))).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{phc}");
        let yes = Verified { matches: true, rehash: false };
        assert_eq!(hasher.verify(&format!("{long}A"), Some(&phc)).unwrap(), yes);
        for wrong in [format!("{long}B"), format!("{long}a"), format!("{long}A "), long, String::new()] {
            assert_eq!(hasher.verify(&wrong, Some(&phc)).unwrap(), Verified::NO, "{wrong}");
        }
        let with_nul = hasher.hash(&password("before\0after-it")).unwrap();
        assert_eq!(hasher.verify("before\0after-it", Some(&with_nul)).unwrap(), yes);
        assert_eq!(hasher.verify("before\0after-is", Some(&with_nul)).unwrap(), Verified::NO);
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        let hasher = Hasher::new(CHEAP, 2).unwrap();
        let password = password("mango-violin-harbour-27");
        assert_ne!(hasher.hash(&password).unwrap(), hasher.hash(&password).unwrap());
    }

    #[test]
    fn weaker_hashes_are_renewed_and_stronger_ones_kept() {
        let text = "mango-violin-harbour-27";
        let cheap = Hasher::new(CHEAP, 1).unwrap();
        let dearer = Hasher::new(DEARER, 1).unwrap();
        let weak = cheap.hash(&password(text)).unwrap();
        let strong = dearer.hash(&password(text)).unwrap();
        assert_eq!(dearer.verify(text, Some(&weak)).unwrap(), Verified { matches: true, rehash: true });
        assert_eq!(cheap.verify(text, Some(&strong)).unwrap(), Verified { matches: true, rehash: false });
        assert_eq!(dearer.verify("something else", Some(&weak)).unwrap(), Verified::NO);
        let other_kind =
            Argon2::new(Algorithm::Argon2i, Version::V0x13, argon2::Params::new(128, 1, 1, None).unwrap());
        let other_kind = salted(&other_kind, text.as_bytes()).unwrap().to_string();
        assert!(dearer.verify(text, Some(&other_kind)).unwrap().rehash);
    }

    #[test]
    fn an_unknown_account_gets_no_after_the_same_work() {
        let params = Params { memory_kib: 4096, iterations: 3, parallelism: 1 };
        let hasher = Hasher::new(params, 1).unwrap();
        let phc = hasher.hash(&password("mango-violin-harbour-27")).unwrap();
        let time = |phc: Option<&str>| {
            let start = Instant::now();
            assert_eq!(hasher.verify("not the password", phc).unwrap(), Verified::NO);
            start.elapsed()
        };
        // The quickest of several: what is measured is the work, not the neighbours on the machine.
        let known = (0..8).map(|_| time(Some(&phc))).min().unwrap();
        let unknown = (0..8).map(|_| time(None)).min().unwrap();
        assert!(unknown * 3 > known && known * 3 > unknown, "known {known:?}, unknown {unknown:?}");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let hasher = Hasher::new(CHEAP, 1).unwrap();
        for broken in ["", "plain text", "$argon2id$v=19$m=64", "$2b$12$abcdefghijklmnopqrstuv"] {
            let answer = hasher.verify("any password", Some(broken));
            assert!(matches!(answer, Err(SecretError::StoredHash)), "{broken}: {answer:?}");
        }
        assert_eq!(hasher.verify(&"x".repeat(1025), Some("plain text")).unwrap(), Verified::NO);
        let absurd = Params { memory_kib: 1, iterations: 0, parallelism: 0 };
        assert!(matches!(Hasher::new(absurd, 1), Err(SecretError::Parameters(_))));
    }

    #[test]
    fn no_more_than_the_bound_are_inside() {
        let gate = Gate::new(3, Duration::from_secs(60));
        let (inside, highest) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..24 {
                scope.spawn(|| {
                    let _turn = gate.enter().unwrap();
                    highest.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(2));
                    inside.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert!(highest.into_inner() <= 3);
        assert_eq!(*gate.count(), 3);
    }

    #[test]
    fn waiting_ends_in_busy_and_a_place_freed_is_taken() {
        let gate = Gate::new(1, Duration::from_millis(20));
        let turn = gate.enter().unwrap();
        assert!(matches!(gate.enter(), Err(SecretError::Busy)));
        drop(turn);
        assert!(gate.enter().is_ok());
    }
}
