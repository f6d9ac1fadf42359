//! What can be booked.

use diesel::prelude::*;

use crate::domain::{
    id::{PractitionerId, ServiceId},
    service::{BookingRules, Price, Service},
};

use super::{
    dialect::{Id, is_among},
    schema::service,
    tx::{Conn, StoreError, Tx},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = service)]
#[diesel(treat_none_as_null = true)]
struct ServiceRow {
    id: Id,
    practitioner_id: Id,
    name: String,
    duration_minutes: i32,
    buffer_before_minutes: i32,
    buffer_after_minutes: i32,
    minimum_notice_minutes: i32,
    horizon_days: i32,
    start_interval_minutes: i32,
    price_minor: Option<i64>,
    currency: Option<String>,
    requires_confirmation: bool,
    cancellation_notice_minutes: i32,
    removed: bool,
    version: i64,
}

/// A price from its two columns.
pub(super) fn price_of(minor: Option<i64>, currency: Option<&str>) -> Result<Option<Price>, StoreError> {
    let (Some(minor), Some(currency)) = (minor, currency) else { return Ok(None) };
    let currency = currency.parse().map_err(|_| StoreError::damaged("price", "currency"))?;
    Ok(Some(Price { minor, currency }))
}

/// A length from its column.
pub(super) fn minutes_of(stored: i32) -> Result<u32, StoreError> {
    u32::try_from(stored).map_err(|_| StoreError::damaged("service", "a negative length"))
}

/// A length as its column. What the domain allows fits.
pub(super) fn minutes_in(length: u32) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

impl TryFrom<ServiceRow> for Service {
    type Error = StoreError;

    fn try_from(row: ServiceRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.0.into(),
            practitioner: row.practitioner_id.0.into(),
            name: row.name,
            rules: BookingRules {
                duration_minutes: minutes_of(row.duration_minutes)?,
                buffer_before_minutes: minutes_of(row.buffer_before_minutes)?,
                buffer_after_minutes: minutes_of(row.buffer_after_minutes)?,
                minimum_notice_minutes: minutes_of(row.minimum_notice_minutes)?,
                horizon_days: minutes_of(row.horizon_days)?,
                start_interval_minutes: minutes_of(row.start_interval_minutes)?,
            },
            price: price_of(row.price_minor, row.currency.as_deref())?,
            requires_confirmation: row.requires_confirmation,
            cancellation_notice_minutes: minutes_of(row.cancellation_notice_minutes)?,
            removed: row.removed,
            version: row.version,
        })
    }
}

fn row_of(service: &Service) -> ServiceRow {
    ServiceRow {
        id: Id::of(service.id),
        practitioner_id: Id::of(service.practitioner),
        name: service.name.clone(),
        duration_minutes: minutes_in(service.rules.duration_minutes),
        buffer_before_minutes: minutes_in(service.rules.buffer_before_minutes),
        buffer_after_minutes: minutes_in(service.rules.buffer_after_minutes),
        minimum_notice_minutes: minutes_in(service.rules.minimum_notice_minutes),
        horizon_days: minutes_in(service.rules.horizon_days),
        start_interval_minutes: minutes_in(service.rules.start_interval_minutes),
        price_minor: service.price.map(|price| price.minor),
        currency: service.price.map(|price| price.currency.code().to_owned()),
        requires_confirmation: service.requires_confirmation,
        cancellation_notice_minutes: minutes_in(service.cancellation_notice_minutes),
        removed: service.removed,
        version: service.version,
    }
}

/// The service with that id, if it is that practitioner's; removed ones too.
pub fn find(
    conn: &mut Conn,
    practitioner: PractitionerId,
    id: ServiceId,
) -> Result<Option<Service>, StoreError> {
    let row = service::table
        .filter(service::id.eq(Id::of(id)))
        .filter(service::practitioner_id.eq(Id::of(practitioner)))
        .select(ServiceRow::as_select())
        .first(conn)
        .optional()?;
    row.map(Service::try_from).transpose()
}

/// Services of those practitioners that are not removed, by practitioner and in the order they were made.
pub fn of(conn: &mut Conn, practitioners: &[PractitionerId]) -> Result<Vec<Service>, StoreError> {
    let rows: Vec<ServiceRow> = service::table
        .filter(is_among!(service::practitioner_id, practitioners))
        .filter(service::removed.eq(false))
        .order((service::practitioner_id, service::id))
        .select(ServiceRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Service::try_from).collect()
}

/// Adds a service.
pub fn insert(tx: &mut Tx, service: &Service) -> Result<(), StoreError> {
    diesel::insert_into(service::table).values(row_of(service)).execute(&mut **tx)?;
    Ok(())
}

/// Replaces a service that is still at the version before; `NotFound` where somebody was quicker.
pub fn update(tx: &mut Tx, service: &Service) -> Result<(), StoreError> {
    let changed = diesel::update(
        service::table
            .filter(service::id.eq(Id::of(service.id)))
            .filter(service::version.eq(service.version - 1)),
    )
    .set(row_of(service))
    .execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound("service at that version")) }
}
