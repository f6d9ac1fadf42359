//! Licences and certifications.

use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel::prelude::*;

use crate::domain::{
    credential::{Credential, CredentialKind, CredentialStatus, Jurisdiction, Method},
    id::{CredentialId, PractitionerId},
    practitioner::ProviderType,
};

use super::{
    dialect::{Id, Instant, is_among},
    schema::credential,
    tx::{Conn, StoreError, Tx},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = credential)]
#[diesel(treat_none_as_null = true)]
pub(super) struct CredentialRow {
    id: Id,
    practitioner_id: Id,
    kind: String,
    provider_type: String,
    issuer: String,
    jurisdiction: String,
    number: String,
    issued_on: NaiveDate,
    expires_on: Option<NaiveDate>,
    status: String,
    submitted_at: Instant,
    verified_on: Option<NaiveDate>,
    method: Option<String>,
    source_url: Option<String>,
    version: i64,
}

impl TryFrom<CredentialRow> for Credential {
    type Error = StoreError;

    fn try_from(row: CredentialRow) -> Result<Self, StoreError> {
        let damaged = |why: &'static str| move || StoreError::damaged("credential", why);
        let method = match row.method.as_deref() {
            Some(code) => Some(Method::from_code(code).ok_or_else(damaged("method"))?),
            None => None,
        };
        Ok(Self {
            id: row.id.0.into(),
            practitioner: row.practitioner_id.0.into(),
            kind: CredentialKind::from_code(&row.kind).ok_or_else(damaged("kind"))?,
            provider_type: ProviderType::from_code(&row.provider_type)
                .ok_or_else(damaged("provider_type"))?,
            issuer: row.issuer,
            jurisdiction: row.jurisdiction.parse().map_err(|_| damaged("jurisdiction")())?,
            number: row.number,
            issued_on: row.issued_on,
            expires_on: row.expires_on,
            status: CredentialStatus::from_code(&row.status).ok_or_else(damaged("status"))?,
            submitted_at: row.submitted_at.0,
            verified_on: row.verified_on,
            method,
            source_url: row.source_url,
            version: row.version,
        })
    }
}

fn row_of(credential: &Credential) -> CredentialRow {
    CredentialRow {
        id: Id::of(credential.id),
        practitioner_id: Id::of(credential.practitioner),
        kind: credential.kind.code().to_owned(),
        provider_type: credential.provider_type.code().to_owned(),
        issuer: credential.issuer.clone(),
        jurisdiction: credential.jurisdiction.to_string(),
        number: credential.number.clone(),
        issued_on: credential.issued_on,
        expires_on: credential.expires_on,
        status: credential.status.code().to_owned(),
        submitted_at: Instant(credential.submitted_at),
        verified_on: credential.verified_on,
        method: credential.method.map(|method| method.code().to_owned()),
        source_url: credential.source_url.clone(),
        version: credential.version,
    }
}

/// The credential with that id.
pub fn find(conn: &mut Conn, id: CredentialId) -> Result<Option<Credential>, StoreError> {
    let row = credential::table.find(Id::of(id)).select(CredentialRow::as_select()).first(conn).optional()?;
    row.map(Credential::try_from).transpose()
}

/// All credentials of those practitioners, by practitioner and in the order they were handed in.
pub fn of(conn: &mut Conn, practitioners: &[PractitionerId]) -> Result<Vec<Credential>, StoreError> {
    let rows: Vec<CredentialRow> = credential::table
        .filter(is_among!(credential::practitioner_id, practitioners))
        .order((credential::practitioner_id, credential::id))
        .select(CredentialRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Credential::try_from).collect()
}

/// Adds a credential.
pub fn insert(tx: &mut Tx, credential: &Credential) -> Result<(), StoreError> {
    diesel::insert_into(credential::table).values(row_of(credential)).execute(&mut **tx)?;
    Ok(())
}

/// Replaces a credential that is still at the version before; `NotFound` where somebody was quicker.
pub fn update(tx: &mut Tx, credential: &Credential) -> Result<(), StoreError> {
    let changed = diesel::update(
        credential::table
            .filter(credential::id.eq(Id::of(credential.id)))
            .filter(credential::version.eq(credential.version - 1)),
    )
    .set(row_of(credential))
    .execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound("credential at that version")) }
}

/// How many credentials a practitioner has.
pub fn count(conn: &mut Conn, practitioner: PractitionerId) -> Result<i64, StoreError> {
    Ok(credential::table
        .filter(credential::practitioner_id.eq(Id::of(practitioner)))
        .count()
        .get_result(conn)?)
}

/// Which credentials an admin asks for.
#[derive(Debug, Clone)]
pub struct Queue {
    /// With that status, as it stands on the day at the practitioner's.
    pub status: CredentialStatus,
    /// Good there: a bare country takes in all its regions.
    pub jurisdiction: Option<Jurisdiction>,
    /// Whose last day is before that.
    pub expires_before: Option<NaiveDate>,
}

/// Where a page of the queue ended.
pub type QueueKey = (DateTime<Utc>, CredentialId);

/// Credentials of the queue after `after`, oldest first, at most `most`. The day is not the same
/// everywhere, so those that expire within a day of `today` come under both statuses: the caller
/// knows each practitioner's zone and drops the others.
pub fn queue(
    conn: &mut Conn,
    wanted: &Queue,
    today: NaiveDate,
    after: Option<QueueKey>,
    most: i64,
) -> Result<Vec<Credential>, StoreError> {
    let stored = match wanted.status {
        CredentialStatus::Expired => CredentialStatus::Verified,
        status => status,
    };
    let mut query = credential::table.filter(credential::status.eq(stored.code())).into_boxed();
    match wanted.status {
        CredentialStatus::Expired => {
            query = query.filter(credential::expires_on.lt(today + Days::new(1)));
        }
        CredentialStatus::Verified => {
            let not_over = credential::expires_on.ge(today - Days::new(1));
            query = query.filter(credential::expires_on.is_null().or(not_over));
        }
        _ => {}
    }
    if let Some(jurisdiction) = &wanted.jurisdiction {
        let code = jurisdiction.to_string();
        let regions = if code.contains('-') { code.clone() } else { format!("{code}-%") };
        query = query.filter(credential::jurisdiction.eq(code).or(credential::jurisdiction.like(regions)));
    }
    if let Some(before) = wanted.expires_before {
        query = query.filter(credential::expires_on.lt(before));
    }
    if let Some((at, id)) = after {
        let same_instant = credential::submitted_at.eq(Instant(at)).and(credential::id.gt(Id::of(id)));
        query = query.filter(credential::submitted_at.gt(Instant(at)).or(same_instant));
    }
    let rows: Vec<CredentialRow> = query
        .order((credential::submitted_at, credential::id))
        .limit(most)
        .select(CredentialRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Credential::try_from).collect()
}
