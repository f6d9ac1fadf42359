//! Offers times that became free to those who wait, one at a time, in order.
//!
//! Whatever frees a time looks at once, in its own transaction, so that nobody
//! comes in between. What is freed by the clock or by new hours is found by the
//! chore, which looks again at least every minute.
//!
//! **Invariant:** an offer claims its time as a hold does, so the schema lets
//! nobody else have it; when it ends the claim has lapsed for everybody, whether
//! or not anybody has looked since.

use std::{borrow::Cow, collections::HashMap};

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use crate::{
    delivery::{self, letter},
    domain::{
        account::{Account, AccountStatus},
        appointment::Appointment,
        change::Change,
        id::{PractitionerId, WaitlistId},
        listing::{Busy, Listing},
        period::Period,
        slot::{Offer, Slot},
        waitlist::{Entry, HeldOffer, OfferStatus, is_by_day},
    },
    secret::Sealer,
    store::{
        Conn, StoreError, Tx, account, appointment, audit::Entry as Line, busy_time, claims_near,
        contraindication, listing, patient, screening, waitlist, waitlist_offer,
    },
};

use super::{
    App,
    chores::{self, ChoreError},
    join_waitlist, lapse, offered,
    tell_both::TellError,
};

/// After how long those who wait are looked at again at the latest.
const LOOK_AGAIN: Duration = Duration::minutes(1);
/// How many rows one round of the chore takes up.
const AT_ONCE: i64 = 200;

/// Looks whose time has come and offers them what became free.
pub(super) fn chore(app: &App) -> Result<(), ChoreError> {
    let now = app.now();
    let due = app.store().read_blocking(|conn| waitlist::due(conn, now, AT_ONCE))?;
    for practitioner in due {
        let sealer = app.secrets().sealer;
        app.write_alone(chores::system(app), move |tx| {
            tx.serialise(&[practitioner.into()])?;
            look(tx, &sealer, practitioner)
        })?;
    }
    Ok(())
}

/// Offers what is free to those who wait for the practitioner's time. Nobody else may be changing
/// this practitioner's calendar meanwhile.
pub(super) fn look(tx: &mut Tx, sealer: &Sealer, practitioner: PractitionerId) -> Result<(), TellError> {
    let now = tx.now();
    let waiting = waitlist::waiting_for(tx, practitioner, now)?;
    if waiting.is_empty() {
        return Ok(());
    }
    waitlist_offer::lapse(tx, practitioner)?;
    let Some(mut found) = listing::load(tx, &[practitioner], now)?.pop() else { return Ok(()) };
    let ids: Vec<WaitlistId> = waiting.iter().map(|entry| entry.id).collect();
    let mut before: HashMap<WaitlistId, Vec<HeldOffer>> = HashMap::new();
    for offer in waitlist_offer::of_entries(tx, &ids)? {
        before.entry(offer.entry).or_default().push(offer);
    }
    for entry in waiting {
        let before = before.remove(&entry.id).unwrap_or_default();
        if before.iter().any(|offer| offer.status == OfferStatus::Open) {
            continue;
        }
        let Some(to) = awake(tx, &entry)? else { continue };
        let Some((slot, claim)) = fitting(tx, &found, &entry, &before)? else { continue };
        offer(tx, sealer, &found, &entry, &to, (slot, claim))?;
        found.busy.push(claim);
    }
    let lapses = found.busy.iter().filter_map(|busy| busy.held_until).filter(|at| *at > now).min();
    let again = now + LOOK_AGAIN;
    waitlist::update_look_at(tx, practitioner, lapses.map_or(again, |at| at.min(again)))?;
    Ok(())
}

/// When an offer made now would end.
fn until(entry: &Entry, now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::minutes(i64::from(entry.offer_minutes))
}

/// Who is to be told, if they could accept now: not at night, in good standing, with a screening that
/// carries a booking to the end of the offer.
fn awake(tx: &mut Tx, entry: &Entry) -> Result<Option<Account>, StoreError> {
    let now = tx.now();
    let ends = until(entry, now);
    let to = account::find(tx, entry.account)?.filter(|to| to.status == AccountStatus::Active);
    let by_day = |to: &Account| Period::new(now, ends).is_some_and(|offer| is_by_day(to.time_zone, offer));
    let Some(to) = to.filter(by_day) else { return Ok(None) };
    if !patient::is_in_care_of(tx, entry.patient, entry.account)? {
        return Ok(None);
    }
    let version = contraindication::current_version(tx)?;
    let answered = screening::find(tx, entry.screening)?;
    let carries = answered.is_some_and(|answered| answered.carries(entry.patient, version, ends).is_ok());
    Ok(carries.then_some(to))
}

/// The earliest visit that this entry waits for, can be booked until the offer ends, and meets no time
/// the entry has let go before.
fn fitting(
    tx: &mut Tx,
    found: &Listing,
    entry: &Entry,
    before: &[HeldOffer],
) -> Result<Option<(Slot, Busy)>, StoreError> {
    let now = tx.now();
    let Some(service) = found.services.iter().find(|service| service.id == entry.service) else {
        return Ok(None);
    };
    let given_up = match entry.replaces {
        Some(id) => appointment::find(tx, id)?,
        None => None,
    };
    let given_up = given_up.filter(|booked| join_waitlist::stands_ahead(booked, entry.patient, now));
    let latest =
        given_up.as_ref().map_or(entry.window.end(), |booked| booked.visit.start().min(entry.window.end()));
    let earliest = (until(entry, now) + service.rules.minimum_notice()).max(entry.window.start());
    let Some(within) = Period::new(earliest, latest) else { return Ok(None) };
    // What is given up for it does not count for the day or the week; its own time is never offered.
    let others = match &given_up {
        Some(booked) => Cow::Owned(without(found, booked)),
        None => Cow::Borrowed(found),
    };
    let (choice, ends) = (Offer::new(&others, service), until(entry, now));
    for slot in choice.slots(entry.location, within, now) {
        let let_go = before.iter().any(|offer| offer.visit.overlaps(slot.visit));
        if let_go || !entry.wants(slot.visit) {
            continue;
        }
        // It has to be good until the offer ends: midnight may come in between.
        if !choice.explain(Some(slot.location), slot.visit.start(), ends).is_empty() {
            continue;
        }
        let Some(claim) = offered::claim(service, slot.location, slot.visit.start()) else { continue };
        if given_up.as_ref().is_some_and(|booked| booked.busy.overlaps(claim.busy)) {
            continue;
        }
        if !claims_near::patient_is_busy(tx, entry.patient, slot.visit, now)? {
            return Ok(Some((slot, Busy { is_hold: true, held_until: Some(ends), ..claim })));
        }
    }
    Ok(None)
}

/// The listing as it is once that booking is given up.
fn without(found: &Listing, booked: &Appointment) -> Listing {
    let mut others = found.clone();
    others.busy.retain(|claim| claim.busy != booked.busy);
    others
}

fn offer(
    tx: &mut Tx,
    sealer: &Sealer,
    found: &Listing,
    entry: &Entry,
    to: &Account,
    (slot, claim): (Slot, Busy),
) -> Result<(), TellError> {
    let now = tx.now();
    // The schema knows no clock: what has lapsed goes before it is claimed anew.
    lapse::tidy(tx, sealer, &[(entry.practitioner, entry.patient)])?;
    let made = HeldOffer {
        id: tx.new_id(),
        entry: entry.id,
        practitioner: entry.practitioner,
        patient: entry.patient,
        location: slot.location,
        visit: slot.visit,
        made_at: now,
        expires_at: until(entry, now),
        status: OfferStatus::Open,
    };
    waitlist_offer::insert(tx, &made, claim)?;
    let text = words(found, &made, to);
    let mail = letter::letter("waitlist.offer", &to.email, "A time is kept for you", &text);
    delivery::post(tx, sealer, &mail)?;
    let detail = json!({"entry": entry.id, "practitioner": entry.practitioner});
    tx.audit(Line::new("waitlist.offer", "offer", made.id).with(detail));
    tx.announce(Change::Times(entry.practitioner, claim.busy));
    Ok(())
}

/// Time, place and the other side; nothing about health.
fn words(found: &Listing, made: &HeldOffer, to: &Account) -> String {
    let mut text = format!(
        "A time with {} that you are waiting for is free.\n\nTime: {}\n",
        found.practitioner.full_name(),
        letter::told(made.visit.start(), to.time_zone)
    );
    if let Some(place) = found.locations.iter().find(|place| place.id == made.location) {
        let address = [place.name.as_str(), &place.address_line, &place.city].join(", ");
        text.push_str(&format!("Place: {address}\n"));
    }
    text.push_str(&format!(
        "\nIt is kept for you until {}.\n\
         Sign in to take it, or to say that you do not want it.\n\
         After that it is offered to whoever is next, and you go on waiting.\n",
        letter::told(made.expires_at, to.time_zone)
    ));
    text
}

/// Open offers whose time is not claimed as they say.
pub(super) fn faults(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
    let open = waitlist_offer::open(conn, now)?;
    let ids: Vec<uuid::Uuid> = open.iter().map(|offer| offer.id.into()).collect();
    let claims = busy_time::among(conn, &ids)?;
    let is_kept = |offer: &HeldOffer| {
        claims.iter().any(|claim| {
            claim.id == uuid::Uuid::from(offer.id)
                && claim.practitioner == offer.practitioner
                && claim.patient == offer.patient
                && claim.busy.visit == offer.visit
                && claim.busy.held_until == Some(offer.expires_at)
        })
    };
    let loose = open.iter().filter(|offer| !is_kept(offer));
    Ok(loose.map(|offer| format!("offer {}: its time is not kept", offer.id)).collect())
}
