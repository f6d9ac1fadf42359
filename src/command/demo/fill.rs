//! Puts the demo's people into rows.
//!
//! One transaction, the way imports write: what an operation would check holds
//! by how the people are made up.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::{
    domain::{
        account::{Account, AccountStatus, EmailAddress},
        credential::{Credential, CredentialKind, CredentialStatus, Decision, Method},
        id::{AccountId, LocationId, PatientId, PractitionerId, ServiceId},
        location::Location,
        npi::{Npi, check_digit},
        practitioner::{BookingTerms, Origin, Practitioner, ProviderType},
        schedule::{Schedule, WeeklyHours},
        service::{Price, Service},
    },
    operation::register::{self, CreateAdmin, RegisterError},
    secret::{Sealer, TotpSecret},
    store::{
        StoreError, Tx, account, credential, decision, location, patient, place, practitioner, schedule,
        service,
    },
};

use super::{
    dice::Dice,
    profile::{Kind, Paper, Profile, profile},
    towns::{Town, towns},
};

/// The same people at every start.
const SEED: u64 = 20;
/// Where the demo's addresses are; nobody can ever own it (RFC 2606).
const MAIL_DOMAIN: &str = "stillpoint.example";

/// Those who can sign in, and what they sign in with.
#[derive(Debug, Clone)]
pub struct SignIns {
    /// PHC string of the patient's password.
    pub patient_hash: String,
    /// PHC string of the practitioner's password; nobody knows that of the others.
    pub practitioner_hash: String,
    /// PHC string of the admin's password.
    pub admin_hash: String,
    /// The admin's second factor.
    pub totp: TotpSecret,
}

/// A practitioner who can be booked.
#[derive(Debug, Clone, Copy)]
pub struct Bookable {
    /// Who.
    pub practitioner: PractitionerId,
    /// Where.
    pub location: LocationId,
    /// What.
    pub service: ServiceId,
}

/// Whom to introduce.
#[derive(Debug, Clone)]
pub struct Cast {
    /// The practitioner one can sign in as.
    pub star: Bookable,
    /// The others who can be booked.
    pub bookable: Vec<Bookable>,
    /// Patients who have booked already.
    pub guests: Vec<AccountId>,
}

/// The address of somebody in the demo.
pub fn email(name: &str) -> String {
    format!("{name}@{MAIL_DOMAIN}")
}

/// Fills an empty database with `count` practitioners.
pub fn fill(tx: &mut Tx, sealer: &Sealer, sign_ins: &SignIns, count: usize) -> Result<Cast, RegisterError> {
    let towns = towns();
    for town in &towns {
        place::put(tx, &town.place, "demo")?;
    }
    place::raise_edition(tx)?;
    let admin = register::create_admin(tx, sealer, &admin(sign_ins)?)?.id;
    person(tx, "robin", "Robin Ashe", Tz::America__Los_Angeles, &sign_ins.patient_hash)?;
    let mut stage = Stage { admin, hash: &sign_ins.practitioner_hash, today: tx.now().date_naive() };
    let mut dice = Dice::new(SEED);
    let portland = towns.first().ok_or(StoreError::NotFound("town"))?;
    let star = stage.star(tx, &mut dice, portland)?;
    stage.hash = UNUSABLE;
    let mut bookable = Vec::new();
    for number in 1..count {
        let Some(town) = dice.weighted(&towns, Town::weight) else { break };
        let kind = kind(&mut dice, town);
        let one = profile(&mut dice, town, kind, stage.today);
        let made = stage.put(tx, &one, town, number)?;
        bookable.extend(made.filter(|_| kind == Kind::Verified));
    }
    let mut guests = Vec::new();
    for number in 0..GUESTS {
        let name = format!("Guest {}", number + 1);
        guests.push(person(tx, &format!("guest{number}"), &name, Tz::UTC, UNUSABLE)?);
    }
    Ok(Cast { star, bookable, guests })
}

/// No password has this hash.
const UNUSABLE: &str = "unusable";
/// When credentials were handed in.
const SUBMITTED_AGO: Duration = Duration::days(40);
/// When the admin had checked them.
const VERIFIED_AGO: Duration = Duration::days(30);
/// How many patients there are besides.
const GUESTS: usize = 30;

fn admin(sign_ins: &SignIns) -> Result<CreateAdmin, StoreError> {
    Ok(CreateAdmin {
        email: address("alex")?,
        name: "Alex Moreno".to_owned(),
        time_zone: Tz::America__Los_Angeles,
        password_hash: sign_ins.admin_hash.clone(),
        totp: sign_ins.totp.clone(),
    })
}

fn address(name: &str) -> Result<EmailAddress, StoreError> {
    email(name).parse().map_err(|err| StoreError::damaged("address", err))
}

fn person(tx: &mut Tx, mailbox: &str, name: &str, zone: Tz, hash: &str) -> Result<AccountId, StoreError> {
    let id: AccountId = tx.new_id();
    let created_at = tx.now();
    let new = Account {
        id,
        email: address(mailbox)?,
        name: name.to_owned(),
        time_zone: zone,
        status: AccountStatus::Active,
        is_admin: false,
        created_at,
        version: 1,
    };
    account::insert(tx, &new, hash, None)?;
    patient::insert(tx, PatientId::from(uuid::Uuid::from(id)), id, name, created_at)?;
    Ok(id)
}

/// Most are what one hopes for; registry imports only where the registry is.
fn kind(dice: &mut Dice, town: &Town) -> Kind {
    match dice.between(1, 100) {
        1..=14 if town.place.country.code() == "US" => Kind::Imported,
        15..=22 => Kind::Submitted,
        23..=27 => Kind::Expired,
        _ => Kind::Verified,
    }
}

/// What all practitioners have in common.
struct Stage<'a> {
    admin: AccountId,
    hash: &'a str,
    today: NaiveDate,
}

impl Stage<'_> {
    /// The one to sign in as: always there, always bookable.
    fn star(&self, tx: &mut Tx, dice: &mut Dice, town: &Town) -> Result<Bookable, StoreError> {
        loop {
            let mut one = profile(dice, town, Kind::Verified, self.today);
            let lasts =
                |paper: &Paper| paper.expires_on.is_none_or(|on| on > self.today + Duration::days(200));
            let is_weekday_worker =
                one.hours.len() == 5 && !one.services.iter().any(|s| s.requires_confirmation);
            let fits = one.provider_type == ProviderType::MassageTherapist
                && one.papers.len() == 2
                && one.papers.iter().all(lasts)
                && is_weekday_worker;
            if fits {
                one.given_name = "Dana".to_owned();
                one.family_name = "Reyes".to_owned();
                one.accepts_new_patients = true;
                let made = self.put(tx, &one, town, 0)?;
                return made.ok_or(StoreError::NotFound("service"));
            }
        }
    }

    fn put(
        &self,
        tx: &mut Tx,
        one: &Profile,
        town: &Town,
        number: usize,
    ) -> Result<Option<Bookable>, StoreError> {
        let id: PractitionerId = tx.new_id();
        let account = match one.kind {
            Kind::Imported => None,
            _ => {
                let mailbox = if number == 0 { "dana".to_owned() } else { format!("practitioner{number}") };
                let name = format!("{} {}", one.given_name, one.family_name);
                Some(person(tx, &mailbox, &name, town.zone, self.hash)?)
            }
        };
        practitioner::insert(tx, &record(one, id, account, town, number), tx.now())?;
        let place: LocationId = tx.new_id();
        location::insert(tx, &practice(one, id, place, town))?;
        let Some(account) = account else { return Ok(None) };
        let mut first = None;
        for offered in services(tx, one, id, town) {
            service::insert(tx, &offered)?;
            first = first.or(Some(offered.id));
        }
        schedule::put(tx, id, &hours(one, place, town, self.today), 1)?;
        for paper in &one.papers {
            self.file(tx, paper, one.provider_type, id, account)?;
        }
        Ok(first.map(|service| Bookable { practitioner: id, location: place, service }))
    }

    /// A credential with the steps that led to its status.
    fn file(
        &self,
        tx: &mut Tx,
        paper: &Paper,
        provider_type: ProviderType,
        practitioner: PractitionerId,
        owner: AccountId,
    ) -> Result<(), StoreError> {
        let filed = filed(tx, paper, provider_type, practitioner)?;
        credential::insert(tx, &filed)?;
        let first = step(tx, &filed, filed.submitted_at, owner, CredentialStatus::Submitted);
        decision::insert(tx, &first)?;
        if filed.verified_on.is_some() {
            let verified_at = tx.now() - VERIFIED_AGO;
            decision::insert(tx, &step(tx, &filed, verified_at, self.admin, CredentialStatus::Verified))?;
        }
        Ok(())
    }
}

fn filed(
    tx: &Tx,
    paper: &Paper,
    provider_type: ProviderType,
    practitioner: PractitionerId,
) -> Result<Credential, StoreError> {
    let is_verified = paper.status == CredentialStatus::Verified;
    Ok(Credential {
        id: tx.new_id(),
        practitioner,
        kind: match paper.is_certificate {
            true => CredentialKind::CraniosacralCertification,
            false => CredentialKind::Licence,
        },
        provider_type,
        issuer: paper.issuer.clone(),
        jurisdiction: paper.jurisdiction.parse().map_err(|err| StoreError::damaged("jurisdiction", err))?,
        number: paper.number.clone(),
        issued_on: paper.issued_on,
        expires_on: paper.expires_on,
        status: paper.status,
        submitted_at: tx.now() - SUBMITTED_AGO,
        verified_on: is_verified.then(|| (tx.now() - VERIFIED_AGO).date_naive()),
        method: is_verified.then_some(Method::PrimarySource),
        source_url: is_verified.then(|| "https://board.example/lookup".to_owned()),
        version: 1,
    })
}

fn step(
    tx: &Tx,
    filed: &Credential,
    decided_at: DateTime<Utc>,
    actor: AccountId,
    to: CredentialStatus,
) -> Decision {
    let is_check = to == CredentialStatus::Verified;
    Decision {
        id: tx.new_id(),
        credential: filed.id,
        decided_at,
        actor,
        from: is_check.then_some(CredentialStatus::Submitted),
        to,
        method: filed.method.filter(|_| is_check),
        source_url: filed.source_url.clone().filter(|_| is_check),
        checked_on: is_check.then(|| decided_at.date_naive()),
        note: if is_check { "found with the board".to_owned() } else { String::new() },
    }
}

fn record(
    one: &Profile,
    id: PractitionerId,
    account: Option<AccountId>,
    town: &Town,
    number: usize,
) -> Practitioner {
    let in_registry = town.place.country.code() == "US";
    Practitioner {
        id,
        account,
        npi: in_registry.then(|| made_up_npi(number)).flatten(),
        provider_type: one.provider_type,
        given_name: one.given_name.clone(),
        family_name: one.family_name.clone(),
        time_zone: town.zone,
        bio: one.bio.clone(),
        languages: one.languages.clone(),
        concerns: one.concerns.clone(),
        accepts_new_patients: one.accepts_new_patients,
        terms: BookingTerms::default(),
        excluded: false,
        origin: if one.kind == Kind::Imported { Origin::Nppes } else { Origin::Registered },
        closed: false,
        version: 1,
    }
}

/// A number with the right check digit from below the first that was ever given to anybody.
fn made_up_npi(number: usize) -> Option<Npi> {
    let first_nine = 100_000_000 + u64::try_from(number).ok()?;
    format!("{first_nine}{}", check_digit(first_nine)).parse().ok()
}

fn practice(one: &Profile, practitioner: PractitionerId, id: LocationId, town: &Town) -> Location {
    Location {
        id,
        practitioner,
        name: one.practice.clone(),
        address_line: one.address_line.clone(),
        city: town.place.name.clone(),
        region: town.place.region.clone(),
        postal_code: town.place.postal_code.clone(),
        country: town.place.country,
        position: one.position,
        time_zone: town.zone,
        removed: false,
        version: 1,
    }
}

fn services(tx: &Tx, one: &Profile, practitioner: PractitionerId, town: &Town) -> Vec<Service> {
    let currency = town.customs().currency.parse().ok();
    let made = |offered: &super::profile::Offered| Service {
        id: tx.new_id(),
        practitioner,
        name: offered.name.to_owned(),
        rules: offered.rules,
        price: currency.map(|currency| Price { minor: offered.price_minor, currency }),
        requires_confirmation: offered.requires_confirmation,
        cancellation_notice_minutes: 1_440,
        removed: false,
        version: 1,
    };
    one.services.iter().map(made).collect()
}

fn hours(one: &Profile, location: LocationId, town: &Town, today: NaiveDate) -> Schedule {
    let window = |hours: &super::profile::Hours| WeeklyHours {
        weekday: hours.weekday,
        start: hours.start,
        end: hours.end,
        location,
        services: None,
        valid_from: None,
        valid_until: None,
        every_weeks: hours.every_weeks,
        anchor_on: (hours.every_weeks > 1).then_some(today),
    };
    Schedule { time_zone: town.zone, weekly: one.hours.iter().map(window).collect(), exceptions: Vec::new() }
}
