//! Books the same time every few weeks: all of the visits, or none, or all that can be had.
//!
//! **Invariant:** each visit is asked for and made as a single booking is; nothing
//! is kept unless the whole answer stands.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::json;

use crate::{
    domain::{
        appointment::Appointment,
        id::{AppointmentId, PractitionerId},
        series::{Rhythm, Series},
    },
    store::{StoreError, Tx, audit::Entry, practitioner, schedule, series},
};

use super::{
    Secrets,
    book::{self, Book, BookError},
    offered::Wish,
    tell_both::{News, tell_of_all},
};

/// What is to become of the others where a date cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCollision {
    /// None of them is booked.
    Refuse,
    /// They are booked without it.
    Skip,
}

/// What a patient asks for.
#[derive(Debug, Clone)]
pub struct BookSeries {
    /// The first visit. A hold named is on this one.
    pub first: Book,
    /// How the others follow.
    pub rhythm: Rhythm,
    /// Where one cannot be had.
    pub on_collision: OnCollision,
}

/// A date that cannot be had.
#[derive(Debug)]
pub struct Collision {
    /// When that visit would begin.
    pub starts_at: DateTime<Utc>,
    /// The zone of the practice.
    pub time_zone: Tz,
    /// What a single booking of it would be told.
    pub why: BookError,
}

/// What was booked.
#[derive(Debug)]
pub struct Booked {
    /// The series.
    pub series: Series,
    /// Its visits by start.
    pub visits: Vec<Appointment>,
    /// The dates left out.
    pub skipped: Vec<Collision>,
}

/// Why a series was refused.
#[derive(Debug, thiserror::Error)]
pub enum BookSeriesError {
    /// Dates that cannot be had, all of them.
    #[error("{} of the dates cannot be booked", .0.len())]
    Collisions(Vec<Collision>),
    /// No single visit could be booked either, whatever its date.
    #[error(transparent)]
    Book(#[from] BookError),
}

impl From<StoreError> for BookSeriesError {
    fn from(err: StoreError) -> Self {
        Self::Book(err.into())
    }
}

/// Books a series, or says which dates stand against it.
pub fn book_series(tx: &mut Tx, secrets: &Secrets, wish: &BookSeries) -> Result<Booked, BookSeriesError> {
    let asked = wish.first.wish;
    // From here on nobody else takes one of the dates.
    tx.serialise(&[asked.practitioner.into(), asked.patient.into()])?;
    let time_zone = zone_of(tx, asked.practitioner)?;
    let (mut visits, mut skipped) = (Vec::new(), Vec::new());
    for starts_at in wish.rhythm.starts(time_zone, asked.starts_at) {
        let hold = wish.first.hold.filter(|_| starts_at == asked.starts_at);
        let one = Book { wish: Wish { starts_at, ..asked }, hold, ..wish.first.clone() };
        match book::check(tx, secrets, &one) {
            Ok(allowed) => visits.push(book::keep(tx, secrets, &one, &allowed)?),
            Err(why) if is_of_the_date(&why) => skipped.push(Collision { starts_at, time_zone, why }),
            Err(why) => return Err(why.into()),
        }
    }
    if visits.is_empty() || (wish.on_collision == OnCollision::Refuse && !skipped.is_empty()) {
        return Err(BookSeriesError::Collisions(skipped));
    }
    let series = Series {
        id: tx.new_id(),
        practitioner: asked.practitioner,
        patient: asked.patient,
        every_weeks: wish.rhythm.every_weeks,
        created_at: tx.now(),
    };
    let ids: Vec<AppointmentId> = visits.iter().map(|visit| visit.id).collect();
    series::insert(tx, &series, &ids)?;
    tell_of_all(tx, &secrets.sealer, &visits, News::Made).map_err(BookError::from)?;
    tx.audit(Entry::new("series.book", "series", series.id).with(json!({
        "practitioner": series.practitioner, "visits": ids.len(), "skipped": skipped.len(),
    })));
    Ok(Booked { series, visits, skipped })
}

/// The zone in which the practice keeps its hours.
fn zone_of(tx: &mut Tx, id: PractitionerId) -> Result<Tz, BookError> {
    let record = practitioner::find(tx, id)?.ok_or(BookError::NotFound)?;
    let hours = schedule::of(tx, &[id])?.pop();
    Ok(hours.map_or(record.time_zone, |(_, hours)| hours.time_zone))
}

/// Whether another date might have been had.
fn is_of_the_date(why: &BookError) -> bool {
    match why {
        BookError::NotBookable(_)
        | BookError::SlotTaken(_)
        | BookError::NotOffered(_)
        | BookError::PatientDoubleBooked => true,
        BookError::NotFound
        | BookError::ScreeningRequired
        | BookError::ScreeningInvalid(_)
        | BookError::ClearanceRequired
        | BookError::Secret(_)
        | BookError::Store(_) => false,
    }
}
