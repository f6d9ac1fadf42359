//! Checks on live data what must never be otherwise.
//!
//! The schema refuses most of it already; this looks at what is there all the
//! same, after a restore, a repair by hand, or a fault nobody thought of.
//!
//! **Invariant:** it only reads, page by page, and names every row it finds fault with.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        appointment::{Appointment, AppointmentStatus},
        attention::Reason,
        credential::{Credential, CredentialKind, CredentialStatus, Decision},
        id::{AccountId, AppointmentId, CredentialId, LocationId, PatientId, PractitionerId, ScreeningId},
        listing::Listing,
        location::Location,
        practitioner::Practitioner,
        schedule::local_date,
        screening::{Outcome, Screening},
    },
    store::{
        Conn, StoreError, appointment, appointment_event,
        attention::{self, Kept},
        busy_time,
        busy_time::Claim,
        calendar_feed, credential, decision, dependant, idempotency, listing, location, patient,
        practitioner, screening,
    },
};

use super::{App, offer_on, once, recall};

/// Rows looked at in one go.
const PAGE: i64 = 1_000;

/// What is wrong with the data; nothing when all is well. Blocks.
pub fn check(app: &App) -> Result<Vec<String>, StoreError> {
    app.store().read_blocking(|conn| {
        let mut faults = app.store().verify_trail(conn)?;
        faults.extend(overlaps(conn)?);
        faults.extend(claims_of_nobody(conn)?);
        faults.extend(bookings(conn, app.now())?);
        faults.extend(offer_on::faults(conn, app.now())?);
        faults.extend(kept_answers(conn, app)?);
        let left_behind = dependant::left_behind(conn)?;
        faults.extend(
            left_behind.iter().map(|id| format!("patient {id}: still in the care of a closed account")),
        );
        let open = calendar_feed::left_behind(conn)?;
        faults.extend(open.iter().map(|id| format!("calendar feed {id}: of a closed account")));
        Ok(faults)
    })
}

/// Two claims on one practitioner's time, or on one patient's.
fn overlaps(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let of_practitioners = each_pair(conn, busy_time::by_practitioner, |one, two| {
        (one.practitioner == two.practitioner && one.busy.busy.overlaps(two.busy.busy))
            .then(|| format!("practitioner {}: {} and {} overlap", one.practitioner, one.id, two.id))
    })?;
    let of_patients = each_pair(conn, busy_time::by_patient, |one, two| {
        (one.patient == two.patient && one.busy.visit.overlaps(two.busy.visit))
            .then(|| format!("patient {}: {} and {} overlap", one.patient, one.id, two.id))
    })?;
    Ok(of_practitioners.into_iter().chain(of_patients).collect())
}

type Pager = fn(&mut Conn, Option<&Claim>, i64) -> Result<Vec<Claim>, StoreError>;

fn each_pair(
    conn: &mut Conn,
    page: Pager,
    fault: impl Fn(&Claim, &Claim) -> Option<String>,
) -> Result<Vec<String>, StoreError> {
    let mut faults = Vec::new();
    let mut last: Option<Claim> = None;
    loop {
        let claims = page(conn, last.as_ref(), PAGE)?;
        if claims.is_empty() {
            return Ok(faults);
        }
        for claim in claims {
            faults.extend(last.as_ref().and_then(|last| fault(last, &claim)));
            last = Some(claim);
        }
    }
}

/// Claims that are neither a booking's nor a hold's.
fn claims_of_nobody(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let mut faults = Vec::new();
    let mut last: Option<Claim> = None;
    loop {
        let claims = busy_time::by_practitioner(conn, last.as_ref(), PAGE)?;
        let Some(end) = claims.last() else { return Ok(faults) };
        last = Some(*end);
        let booked: Vec<AppointmentId> =
            claims.iter().filter(|c| !c.busy.is_hold).map(|c| c.id.into()).collect();
        let known: HashSet<AppointmentId> = appointment::known(conn, &booked)?.into_iter().collect();
        let orphans = booked.into_iter().filter(|id| !known.contains(id));
        faults.extend(orphans.map(|id| format!("the time claimed as {id} belongs to no appointment")));
    }
}

/// Kept answers that could not be given again.
fn kept_answers(conn: &mut Conn, app: &App) -> Result<Vec<String>, StoreError> {
    let sealer = app.secrets().sealer;
    let (mut faults, mut last) = (Vec::new(), None);
    loop {
        let page = idempotency::after(conn, last, PAGE)?;
        let Some(end) = page.last() else { return Ok(faults) };
        last = Some(end.id);
        let damaged = page.iter().filter(|kept| !once::opens(&sealer, kept));
        faults.extend(damaged.map(|kept| format!("the answer kept as {} cannot be read", kept.id)));
    }
}

/// Everything a page of bookings rests on.
struct Grounds {
    claims: HashMap<AppointmentId, Claim>,
    screenings: HashMap<ScreeningId, Screening>,
    practitioners: HashMap<PractitionerId, Practitioner>,
    places: HashMap<LocationId, Location>,
    carers: HashMap<PatientId, AccountId>,
    credentials: Vec<Credential>,
    decisions: HashMap<CredentialId, Vec<Decision>>,
    listings: HashMap<PractitionerId, Listing>,
    attention: HashMap<(AppointmentId, Reason), Kept>,
    /// When each was asked for, moved or confirmed: the rule of eligibility was asked at one of these times.
    agreed: HashMap<AppointmentId, Vec<DateTime<Utc>>>,
    now: DateTime<Utc>,
}

fn bookings(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
    let mut faults = Vec::new();
    let mut last = None;
    loop {
        let page = appointment::after(conn, last, PAGE)?;
        let Some(end) = page.last() else { return Ok(faults) };
        last = Some(end.id);
        let grounds = Grounds::of(conn, &page, now)?;
        for booked in &page {
            let found = [
                grounds.claim_fault(booked),
                grounds.carer_fault(booked),
                grounds.screening_fault(booked),
                grounds.licence_fault(booked),
                grounds.attention_fault(booked),
            ];
            faults.extend(found.into_iter().flatten().map(|why| format!("appointment {}: {why}", booked.id)));
        }
    }
}

impl Grounds {
    fn of(conn: &mut Conn, page: &[Appointment], now: DateTime<Utc>) -> Result<Self, StoreError> {
        let ids: Vec<uuid::Uuid> = page.iter().map(|a| a.id.into()).collect();
        let screenings: Vec<ScreeningId> = distinct(page.iter().map(|a| a.screening));
        let practitioners: Vec<PractitionerId> = distinct(page.iter().map(|a| a.practitioner));
        let places: Vec<LocationId> = distinct(page.iter().map(|a| a.location));
        let patients: Vec<PatientId> = distinct(page.iter().map(|a| a.patient));
        let credentials = credential::of(conn, &practitioners)?;
        let credential_ids: Vec<CredentialId> = credentials.iter().map(|c| c.id).collect();
        let mut decisions: HashMap<CredentialId, Vec<Decision>> = HashMap::new();
        for decision in decision::of(conn, &credential_ids)? {
            decisions.entry(decision.credential).or_default().push(decision);
        }
        Ok(Self {
            claims: busy_time::among(conn, &ids)?.into_iter().map(|c| (c.id.into(), c)).collect(),
            screenings: screening::among(conn, &screenings)?.into_iter().map(|s| (s.id, s)).collect(),
            practitioners: practitioner::among(conn, &practitioners)?
                .into_iter()
                .map(|p| (p.id, p))
                .collect(),
            carers: patient::accounts_of(conn, &patients)?,
            places: location::among(conn, &places)?.into_iter().map(|l| (l.id, l)).collect(),
            credentials,
            decisions,
            listings: unclaimed(conn, &practitioners, now)?,
            attention: attention::kept(conn, &page.iter().map(|a| a.id).collect::<Vec<_>>())?,
            agreed: agreed(conn, page)?,
            now,
        })
    }

    /// A booking that stands claims exactly its own time; one that does not claims none.
    fn claim_fault(&self, booked: &Appointment) -> Option<String> {
        match (booked.status.is_active(), self.claims.get(&booked.id)) {
            (true, None) => Some("it stands, but its time is not claimed".to_owned()),
            (false, Some(_)) => Some("it does not stand, but its time is still claimed".to_owned()),
            (true, Some(claim)) => {
                let same = claim.practitioner == booked.practitioner
                    && claim.patient == booked.patient
                    && claim.busy.visit == booked.visit
                    && claim.busy.busy == booked.busy
                    && claim.busy.location == booked.location
                    && !claim.busy.is_hold
                    && claim.busy.held_until == booked.lapses_at;
                (!same).then(|| "its claim is not for its own time".to_owned())
            }
            (false, None) => None,
        }
    }

    /// Whoever booked it booked for themselves or for somebody in their care.
    fn carer_fault(&self, booked: &Appointment) -> Option<String> {
        let carer = self.carers.get(&booked.patient);
        (carer != Some(&booked.account)).then(|| "its patient is not in the care of who booked it".to_owned())
    }

    /// Its screening was the patient's own, stood when it was booked, and was cleared where it had to be.
    fn screening_fault(&self, booked: &Appointment) -> Option<String> {
        let Some(screening) = self.screenings.get(&booked.screening) else {
            return Some("its screening is gone".to_owned());
        };
        if screening.patient != booked.patient {
            return Some("its screening is another patient's".to_owned());
        }
        // Answers given later were attached later, and stood then.
        let stood = screening.created_at > booked.created_at || booked.created_at < screening.valid_until;
        if !stood {
            return Some("its screening did not stand when it was booked".to_owned());
        }
        let uncleared = screening.outcome == Outcome::NeedsClearance && !screening.has_clearance;
        uncleared.then(|| "its screening needs a clearance and has none".to_owned())
    }

    /// When its time was agreed, a licence (and where needed a certification) verified at that time covered its date.
    fn licence_fault(&self, booked: &Appointment) -> Option<String> {
        let (Some(practitioner), Some(place)) =
            (self.practitioners.get(&booked.practitioner), self.places.get(&booked.location))
        else {
            return Some("its practitioner or its place is gone".to_owned());
        };
        let on = local_date(place.time_zone, booked.visit.start());
        let counted = |kind: CredentialKind, agreed_at: DateTime<Utc>| {
            self.credentials.iter().any(|c| {
                let in_force = c.issued_on <= on && c.expires_on.is_none_or(|last| on <= last);
                let there =
                    kind != CredentialKind::Licence || c.jurisdiction.covers(place.country, &place.region);
                c.practitioner == booked.practitioner
                    && c.kind == kind
                    && self.was_verified(c, agreed_at)
                    && (self.was_edited_since(c, agreed_at) || (in_force && there))
            })
        };
        let times = self.agreed.get(&booked.id).map_or(&[][..], Vec::as_slice);
        let ever = |kind| times.iter().chain([&booked.created_at]).any(|at| counted(kind, *at));
        if !ever(CredentialKind::Licence) {
            return Some("no licence verified when it was booked covers its place and date".to_owned());
        }
        let certified = !practitioner.provider_type.needs_certification()
            || ever(CredentialKind::CraniosacralCertification);
        (!certified).then(|| "no certification verified when it was booked covers its date".to_owned())
    }

    /// An appointment ahead whose practitioner may not be booked there then is frozen for it, or was
    /// let pass; a frozen one did not take place.
    fn attention_fault(&self, booked: &Appointment) -> Option<String> {
        let of = |reason: Reason| self.attention.get(&(booked.id, reason));
        if booked.status == AppointmentStatus::Fulfilled {
            let frozen = Reason::ALL.into_iter().find(|reason| of(*reason).is_some_and(|kept| kept.standing));
            return frozen.map(|reason| format!("it took place and is frozen for {}", reason.code()));
        }
        if !booked.status.is_active() || booked.visit.end() <= self.now {
            return None;
        }
        let listing = self.listings.get(&booked.practitioner)?;
        let stands = recall::standing_reasons(listing, &self.places, booked);
        let seen = |reason: Reason| of(reason).is_some_and(|k| k.standing || k.resolved_against.is_some());
        let missed = stands.into_iter().find(|reason| !seen(*reason));
        missed.map(|reason| format!("it is not frozen for {}", reason.code()))
    }

    /// The status a credential had then, by its decisions; by what is stored where there are none.
    fn was_verified(&self, credential: &Credential, at: DateTime<Utc>) -> bool {
        match self.decisions.get(&credential.id) {
            Some(decisions) => decisions
                .iter()
                .rfind(|decision| decision.decided_at <= at)
                .is_some_and(|decision| decision.to == CredentialStatus::Verified),
            None => credential.status == CredentialStatus::Verified,
        }
    }

    /// Whether its facts may have been others then: it has been handed in again since.
    fn was_edited_since(&self, credential: &Credential, at: DateTime<Utc>) -> bool {
        self.decisions.get(&credential.id).is_some_and(|decisions| {
            decisions.iter().any(|d| d.decided_at > at && d.to == CredentialStatus::Submitted)
        })
    }
}

fn agreed(
    conn: &mut Conn,
    page: &[Appointment],
) -> Result<HashMap<AppointmentId, Vec<DateTime<Utc>>>, StoreError> {
    let mut agreed: HashMap<AppointmentId, Vec<DateTime<Utc>>> = HashMap::new();
    for booked in page.chunks(200) {
        let ids: Vec<AppointmentId> = booked.iter().map(|a| a.id).collect();
        for (id, step) in appointment_event::of(conn, &ids)? {
            if matches!(step.to, AppointmentStatus::Pending | AppointmentStatus::Booked) {
                agreed.entry(id).or_default().push(step.at);
            }
        }
    }
    Ok(agreed)
}

fn unclaimed(
    conn: &mut Conn,
    ids: &[PractitionerId],
    now: DateTime<Utc>,
) -> Result<HashMap<PractitionerId, Listing>, StoreError> {
    let mut found = HashMap::new();
    for id in ids {
        found.extend(listing::find_unclaimed(conn, *id, now)?.map(|listing| (*id, listing)));
    }
    Ok(found)
}

fn distinct<I: std::hash::Hash + Eq>(ids: impl Iterator<Item = I>) -> Vec<I> {
    ids.collect::<HashSet<I>>().into_iter().collect()
}
