//! Puts the demo's people into rows.
//!
//! In few transactions, the way imports write: what an operation would check holds
//! by how the people are made up.

use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::{
    domain::{
        account::{Account, AccountStatus, EmailAddress},
        credential::{Credential, CredentialKind, CredentialStatus, Decision, Method},
        id::{AccountId, LocationId, PatientId, PractitionerId, ServiceId},
        practitioner::ProviderType,
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
    profile::{Kind, Paper, Profile, Spread, profile},
    rows::{hours, practice, record, services},
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

/// A demo in the making: a copy goes on from where the last transaction ended.
#[derive(Debug, Clone)]
pub struct Filling {
    towns: Arc<[Town]>,
    dice: Dice,
    admin: AccountId,
    /// The number of the next practitioner.
    number: usize,
    count: usize,
}

impl Filling {
    /// Towns, the admin, the patient and the star of an empty database that is to have `count` practitioners.
    pub fn begin(
        tx: &mut Tx,
        sealer: &Sealer,
        sign_ins: &SignIns,
        count: usize,
    ) -> Result<(Self, Bookable), RegisterError> {
        let towns = towns();
        for town in &towns {
            place::put(tx, &town.place, "demo")?;
        }
        place::raise_edition(tx)?;
        let admin = register::create_admin(tx, sealer, &admin(sign_ins)?)?.id;
        person(tx, "robin", "Robin Ashe", Tz::America__Los_Angeles, &sign_ins.patient_hash)?;
        let stage = Stage { admin, hash: &sign_ins.practitioner_hash, today: tx.now().date_naive() };
        let mut dice = Dice::new(SEED);
        let portland = towns.first().ok_or(StoreError::NotFound("town"))?;
        let star = stage.star(tx, &mut dice, portland)?;
        Ok((Self { towns: towns.into(), dice, admin, number: 1, count }, star))
    }

    /// Whether everybody is there.
    pub fn is_done(&self) -> bool {
        self.number >= self.count
    }

    /// Puts the next practitioners in; who of them can be booked.
    pub fn go_on(mut self, tx: &mut Tx) -> Result<(Self, Vec<Bookable>), StoreError> {
        let stage = Stage { admin: self.admin, hash: UNUSABLE, today: tx.now().date_naive() };
        let is_national = self.count > LIVELY;
        let spread = if is_national { Spread::Country } else { Spread::Town };
        let weight = |town: &Town| if is_national && !town.is_in_registry() { 0 } else { town.weight() };
        let mut bookable = Vec::new();
        let end = self.count.min(self.number.saturating_add(AT_ONCE));
        for number in self.number..end {
            let Some(town) = self.dice.weighted(&self.towns, weight) else { break };
            let kind = if is_national { national(&mut self.dice) } else { kind(&mut self.dice, town) };
            let one = profile(&mut self.dice, town, spread, kind, stage.today);
            let made = stage.put(tx, &one, town, number)?;
            bookable.extend(made.filter(|_| kind == Kind::Verified));
        }
        self.number = end;
        Ok((self, bookable))
    }
}

/// Those who have visits already.
pub fn guests(tx: &mut Tx) -> Result<Vec<AccountId>, StoreError> {
    let guest = |number| {
        let name = format!("Guest {}", number + 1);
        person(tx, &format!("guest{number}"), &name, Tz::UTC, UNUSABLE)
    };
    (0..GUESTS).map(guest).collect()
}

/// Most practitioners of a demo in which nearly everybody can be booked; a larger one is like a registry,
/// of which a fifth can.
const LIVELY: usize = 2_000;
/// Practitioners written in one transaction.
const AT_ONCE: usize = 5_000;
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

/// As in a whole country: nearly all come from the registry and are unclaimed.
fn national(dice: &mut Dice) -> Kind {
    match dice.between(1, 100) {
        1..=20 => Kind::Verified,
        21..=22 => Kind::Submitted,
        23 => Kind::Expired,
        _ => Kind::Imported,
    }
}

/// Most are what one hopes for; registry imports only where the registry is.
fn kind(dice: &mut Dice, town: &Town) -> Kind {
    match dice.between(1, 100) {
        1..=14 if town.is_in_registry() => Kind::Imported,
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
            let mut one = profile(dice, town, Spread::Town, Kind::Verified, self.today);
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
