//! Practitioners' records.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::domain::{
    id::{AccountId, PractitionerId},
    npi::Npi,
    practitioner::{BookingTerms, Origin, Practitioner, ProviderType},
};

use super::{
    dialect::{Id, Instant, is_among},
    schema::practitioner,
    service::{minutes_in, minutes_of},
    tx::{Conn, StoreError, Tx},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = practitioner)]
#[diesel(treat_none_as_null = true)]
struct PractitionerRow {
    id: Id,
    account_id: Option<Id>,
    npi: Option<String>,
    provider_type: String,
    given_name: String,
    family_name: String,
    time_zone: String,
    bio: String,
    languages: String,
    concerns: String,
    accepts_new_patients: bool,
    travel_minutes: i32,
    daily_limit: Option<i32>,
    weekly_limit: Option<i32>,
    same_day_booking: bool,
    request_lapse_minutes: i32,
    excluded: bool,
    origin: String,
    closed: bool,
    version: i64,
}

impl TryFrom<PractitionerRow> for Practitioner {
    type Error = StoreError;

    fn try_from(row: PractitionerRow) -> Result<Self, StoreError> {
        let damaged = |why: &str| StoreError::damaged("practitioner", why);
        let npi = row.npi.map(|npi| npi.parse::<Npi>()).transpose().map_err(|_| damaged("npi"))?;
        Ok(Self {
            id: row.id.0.into(),
            account: row.account_id.map(|id| id.0.into()),
            npi,
            provider_type: ProviderType::from_code(&row.provider_type)
                .ok_or_else(|| damaged("provider_type"))?,
            given_name: row.given_name,
            family_name: row.family_name,
            time_zone: row.time_zone.parse().map_err(|_| damaged("time_zone"))?,
            bio: row.bio,
            languages: serde_json::from_str(&row.languages).map_err(|_| damaged("languages"))?,
            concerns: serde_json::from_str(&row.concerns).map_err(|_| damaged("concerns"))?,
            accepts_new_patients: row.accepts_new_patients,
            terms: BookingTerms {
                travel_minutes: minutes_of(row.travel_minutes)?,
                daily_limit: row.daily_limit.map(minutes_of).transpose()?,
                weekly_limit: row.weekly_limit.map(minutes_of).transpose()?,
                same_day_booking: row.same_day_booking,
                request_lapse_minutes: minutes_of(row.request_lapse_minutes)?,
            },
            excluded: row.excluded,
            origin: Origin::from_code(&row.origin).ok_or_else(|| damaged("origin"))?,
            closed: row.closed,
            version: row.version,
        })
    }
}

fn row_of(practitioner: &Practitioner) -> PractitionerRow {
    PractitionerRow {
        id: Id::of(practitioner.id),
        account_id: practitioner.account.map(Id::of),
        npi: practitioner.npi.map(|npi| npi.to_string()),
        provider_type: practitioner.provider_type.code().to_owned(),
        given_name: practitioner.given_name.clone(),
        family_name: practitioner.family_name.clone(),
        time_zone: practitioner.time_zone.name().to_owned(),
        bio: practitioner.bio.clone(),
        languages: serde_json::json!(practitioner.languages).to_string(),
        concerns: serde_json::json!(practitioner.concerns).to_string(),
        accepts_new_patients: practitioner.accepts_new_patients,
        travel_minutes: minutes_in(practitioner.terms.travel_minutes),
        daily_limit: practitioner.terms.daily_limit.map(minutes_in),
        weekly_limit: practitioner.terms.weekly_limit.map(minutes_in),
        same_day_booking: practitioner.terms.same_day_booking,
        request_lapse_minutes: minutes_in(practitioner.terms.request_lapse_minutes),
        excluded: practitioner.excluded,
        origin: practitioner.origin.code().to_owned(),
        closed: practitioner.closed,
        version: practitioner.version,
    }
}

/// The record with that id.
pub fn find(conn: &mut Conn, id: PractitionerId) -> Result<Option<Practitioner>, StoreError> {
    let row =
        practitioner::table.find(Id::of(id)).select(PractitionerRow::as_select()).first(conn).optional()?;
    row.map(Practitioner::try_from).transpose()
}

/// Another value with every change of what the directory shows of it; the schema sees to that.
pub fn listing_marks(
    conn: &mut Conn,
    ids: &[PractitionerId],
) -> Result<Vec<(PractitionerId, Uuid)>, StoreError> {
    let marks: Vec<(Id, Id)> = practitioner::table
        .filter(is_among!(practitioner::id, ids))
        .select((practitioner::id, practitioner::listing_mark))
        .load(conn)?;
    Ok(marks.into_iter().map(|(id, mark)| (id.0.into(), mark.0)).collect())
}

/// Those of the ids that exist, by id.
pub fn among(conn: &mut Conn, ids: &[PractitionerId]) -> Result<Vec<Practitioner>, StoreError> {
    let rows: Vec<PractitionerRow> = practitioner::table
        .filter(is_among!(practitioner::id, ids))
        .order(practitioner::id)
        .select(PractitionerRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Practitioner::try_from).collect()
}

/// Ids after one, in order, at most `most`.
pub fn ids_after(
    conn: &mut Conn,
    after: Option<PractitionerId>,
    most: i64,
) -> Result<Vec<PractitionerId>, StoreError> {
    let mut query = practitioner::table.into_boxed();
    if let Some(after) = after {
        query = query.filter(practitioner::id.gt(Id::of(after)));
    }
    let ids: Vec<Id> = query.order(practitioner::id).limit(most).select(practitioner::id).load(conn)?;
    Ok(ids.into_iter().map(|id| id.0.into()).collect())
}

/// The record an account answers for.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<Option<Practitioner>, StoreError> {
    let row = practitioner::table
        .filter(practitioner::account_id.eq(Id::of(account)))
        .select(PractitionerRow::as_select())
        .first(conn)
        .optional()?;
    row.map(Practitioner::try_from).transpose()
}

/// The record with that NPI.
pub fn of_npi(conn: &mut Conn, npi: Npi) -> Result<Option<Practitioner>, StoreError> {
    let row = practitioner::table
        .filter(practitioner::npi.eq(npi.to_string()))
        .select(PractitionerRow::as_select())
        .first(conn)
        .optional()?;
    row.map(Practitioner::try_from).transpose()
}

/// The record with that NPI and, for an imported one, the registry's own date of it.
pub fn with_source_date(
    conn: &mut Conn,
    npi: Npi,
) -> Result<Option<(Practitioner, Option<NaiveDate>)>, StoreError> {
    let row: Option<(PractitionerRow, Option<NaiveDate>)> = practitioner::table
        .filter(practitioner::npi.eq(npi.to_string()))
        .select((PractitionerRow::as_select(), practitioner::source_updated_on))
        .first(conn)
        .optional()?;
    row.map(|(row, on)| Ok((Practitioner::try_from(row)?, on))).transpose()
}

/// The NPIs of records not closed, each with whether the record has an account. In no order.
pub fn open_npis(conn: &mut Conn) -> Result<Vec<(Npi, bool)>, StoreError> {
    let rows: Vec<(Option<String>, Option<Id>)> = practitioner::table
        .filter(practitioner::npi.is_not_null().and(practitioner::closed.eq(false)))
        .select((practitioner::npi, practitioner::account_id))
        .load(conn)?;
    let npi = |text: String| text.parse::<Npi>().map_err(|_| StoreError::damaged("practitioner", "npi"));
    rows.into_iter()
        .filter_map(|(text, account)| Some(npi(text?).map(|npi| (npi, account.is_some()))))
        .collect()
}

/// Adds a record. Fails with `practitioner_account_id_key` or `practitioner_npi_key` where there is one already.
pub fn insert(tx: &mut Tx, practitioner: &Practitioner, created_at: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::insert_into(practitioner::table)
        .values((row_of(practitioner), practitioner::created_at.eq(Instant(created_at))))
        .execute(&mut **tx)?;
    Ok(())
}

/// Replaces a record that is still at the version before; `NotFound` where somebody was quicker.
pub fn update(tx: &mut Tx, practitioner: &Practitioner) -> Result<(), StoreError> {
    let changed = diesel::update(
        practitioner::table
            .filter(practitioner::id.eq(Id::of(practitioner.id)))
            .filter(practitioner::version.eq(practitioner.version - 1)),
    )
    .set(row_of(practitioner))
    .execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound("practitioner at that version")) }
}

/// Notes the registry's own date of an imported record.
pub fn update_source_date(tx: &mut Tx, id: PractitionerId, on: Option<NaiveDate>) -> Result<(), StoreError> {
    diesel::update(practitioner::table.find(Id::of(id)))
        .set(practitioner::source_updated_on.eq(on))
        .execute(&mut **tx)?;
    Ok(())
}

/// The NPI a record states while an unclaimed import still has it.
pub fn claimed_npi(conn: &mut Conn, id: PractitionerId) -> Result<Option<Npi>, StoreError> {
    let npi: Option<Option<String>> =
        practitioner::table.find(Id::of(id)).select(practitioner::claims_npi).first(conn).optional()?;
    let npi = npi.flatten().map(|npi| npi.parse()).transpose();
    npi.map_err(|_| StoreError::damaged("practitioner", "claims_npi"))
}

/// Notes which import a record lays claim to; none for none.
pub fn update_claimed_npi(tx: &mut Tx, id: PractitionerId, npi: Option<Npi>) -> Result<(), StoreError> {
    diesel::update(practitioner::table.find(Id::of(id)))
        .set(practitioner::claims_npi.eq(npi.map(|npi| npi.to_string())))
        .execute(&mut **tx)?;
    Ok(())
}
