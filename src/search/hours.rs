//! The hours of the week in which something is free, as bits.
//!
//! Weeks repeat more than anything else in a calendar: who never works on Sunday nights is told from
//! it without looking at a single date.
//!
//! **Invariant:** a start inside a window falls into one of the hours of that window.

use crate::domain::period::Period;

const HOUR: u32 = 3_600;
const WEEK: u32 = 168;

/// A set of hours of the week, counted in UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hours(pub [u64; 3]);

impl Hours {
    pub const ALL: Self = Self([u64::MAX; 3]);

    /// The hours that a window touches, and the second in which it has ended.
    pub fn of(window: Period) -> Option<(u32, Self)> {
        let first = u32::try_from(window.start().timestamp()).ok()?;
        let last = u32::try_from(window.end().timestamp()).ok()?;
        let mut hours = Self::default();
        (first / HOUR..=last / HOUR).take(WEEK as usize).for_each(|hour| hours.add(hour * HOUR));
        Some((last.checked_add(1)?, hours))
    }

    /// Adds the hour of that second of Unix time.
    pub fn add(&mut self, second: u32) {
        let hour = second / HOUR % WEEK;
        if let Some(word) = self.0.get_mut(hour as usize / 64) {
            *word |= 1 << (hour % 64);
        }
    }
}
