//! People who sign in.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{BoxableExpression, prelude::*, sql_types::Bool};

use crate::domain::{
    account::{Account, AccountStatus},
    id::{AccountId, PatientId, PractitionerId, SessionId},
};

use super::{
    dialect::{Id, Instant, MultiBackend, is_among},
    schema::{account, dependant, patient, practitioner, session},
    tx::{Conn, StoreError, Tx},
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = account)]
struct AccountRow {
    id: Id,
    email: String,
    name: String,
    time_zone: String,
    status: String,
    is_admin: bool,
    created_at: Instant,
    version: i64,
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        let damaged = |why: &str| StoreError::damaged("account", why);
        Ok(Self {
            id: row.id.0.into(),
            email: row.email.parse().map_err(|_| damaged("email"))?,
            name: row.name,
            time_zone: row.time_zone.parse().map_err(|_| damaged("time_zone"))?,
            status: AccountStatus::from_code(&row.status).ok_or_else(|| damaged("status"))?,
            is_admin: row.is_admin,
            created_at: row.created_at.0,
            version: row.version,
        })
    }
}

/// The account with that id.
pub fn find(conn: &mut Conn, id: AccountId) -> Result<Option<Account>, StoreError> {
    let row = account::table.find(Id::of(id)).select(AccountRow::as_select()).first(conn).optional()?;
    row.map(Account::try_from).transpose()
}

/// The account with that address key.
pub fn of_email(conn: &mut Conn, email_key: &str) -> Result<Option<Account>, StoreError> {
    let row = account::table
        .filter(account::email_key.eq(email_key))
        .select(AccountRow::as_select())
        .first(conn)
        .optional()?;
    row.map(Account::try_from).transpose()
}

/// The account with the practitioner record it answers for.
pub fn find_with_practitioner(
    conn: &mut Conn,
    id: AccountId,
) -> Result<Option<(Account, Option<PractitionerId>)>, StoreError> {
    let row: Option<(AccountRow, Option<Id>)> = account::table
        .left_join(practitioner::table)
        .filter(account::id.eq(Id::of(id)))
        .select((AccountRow::as_select(), practitioner::id.nullable()))
        .first(conn)
        .optional()?;
    row.map(|(row, practitioner)| Ok((Account::try_from(row)?, practitioner.map(|id| id.0.into()))))
        .transpose()
}

/// Somebody signed in: by which session, since when, who, and the practitioner record they answer for.
pub type SignedIn = (SessionId, DateTime<Utc>, Account, Option<PractitionerId>);

type SessionRow = (Vec<u8>, Id, Instant, AccountRow, Option<Id>);

/// Who is signed in by the sessions with those tokens, where they have not ended, by the token's hash.
pub fn of_sessions(
    conn: &mut Conn,
    token_hashes: &[Vec<u8>],
    now: DateTime<Utc>,
) -> Result<HashMap<Vec<u8>, SignedIn>, StoreError> {
    // One has one text, so that its prepared form is kept.
    let which: Box<dyn BoxableExpression<_, MultiBackend, SqlType = Bool>> = match token_hashes {
        [one] => Box::new(session::token_hash.eq(one)),
        all => Box::new(session::token_hash.eq_any(all)),
    };
    let rows: Vec<SessionRow> = session::table
        .inner_join(account::table.on(account::id.eq(session::account_id)))
        .left_join(practitioner::table.on(practitioner::account_id.eq(account::id.nullable())))
        .filter(which)
        .filter(session::expires_at.gt(Instant(now)))
        .select((
            session::token_hash,
            session::id,
            session::created_at,
            AccountRow::as_select(),
            practitioner::id.nullable(),
        ))
        .load(conn)?;
    let signed_in = |(hash, session, since, row, practitioner): SessionRow| {
        let practitioner = practitioner.map(|id| id.0.into());
        Ok((hash, (session.0.into(), since.0, Account::try_from(row)?, practitioner)))
    };
    rows.into_iter().map(signed_in).collect()
}

/// Whoever answers for a patient.
#[derive(Debug, Clone)]
pub struct Carer {
    /// Who.
    pub account: Account,
    /// What the patient is called.
    pub patient_name: String,
    /// Whether the patient is in their care now: their own, or not taken out of it.
    pub cares: bool,
}

impl Carer {
    /// Whether that account may ask for something new for the patient. An account that may not be used
    /// acts for nobody.
    #[must_use]
    pub fn may_ask(&self, account: AccountId) -> bool {
        self.cares && self.account.id == account && self.account.status == AccountStatus::Active
    }
}

/// Whoever answers for those patients, with what each is called.
pub fn carers_of(conn: &mut Conn, ids: &[PatientId]) -> Result<HashMap<PatientId, Carer>, StoreError> {
    let rows: Vec<(AccountRow, Id, String, Option<Instant>)> = account::table
        .inner_join(patient::table.on(patient::account_id.eq(account::id)))
        .left_join(dependant::table.on(dependant::patient_id.eq(patient::id)))
        .filter(is_among!(patient::id, ids))
        .select((AccountRow::as_select(), patient::id, patient::name, dependant::removed_at.nullable()))
        .load(conn)?;
    rows.into_iter()
        .map(|(row, patient, patient_name, removed_at)| {
            let cares = removed_at.is_none();
            Ok((patient.0.into(), Carer { account: Account::try_from(row)?, patient_name, cares }))
        })
        .collect()
}

/// Those of the accounts that exist.
pub fn among(conn: &mut Conn, ids: &[AccountId]) -> Result<HashMap<AccountId, Account>, StoreError> {
    let rows: Vec<AccountRow> =
        account::table.filter(is_among!(account::id, ids)).select(AccountRow::as_select()).load(conn)?;
    rows.into_iter().map(|row| Ok((row.id.0.into(), Account::try_from(row)?))).collect()
}

/// The account that answers for a patient.
pub fn of_patient(conn: &mut Conn, id: PatientId) -> Result<Option<Account>, StoreError> {
    let row = account::table
        .inner_join(patient::table.on(patient::account_id.eq(account::id)))
        .filter(patient::id.eq(Id::of(id)))
        .select(AccountRow::as_select())
        .first(conn)
        .optional()?;
    row.map(Account::try_from).transpose()
}

/// Those of the accounts that have that status.
pub fn with_status(
    conn: &mut Conn,
    ids: &[AccountId],
    status: AccountStatus,
) -> Result<HashSet<AccountId>, StoreError> {
    let found: Vec<Id> = account::table
        .filter(is_among!(account::id, ids))
        .filter(account::status.eq(status.code()))
        .select(account::id)
        .load(conn)?;
    Ok(found.into_iter().map(|id| id.0.into()).collect())
}

/// Adds an account with its password's hash. Fails with `account_email_key_key` where the address is taken.
pub fn insert(
    tx: &mut Tx,
    new: &Account,
    password_hash: &str,
    totp_sealed: Option<Vec<u8>>,
) -> Result<(), StoreError> {
    let confirmed = totp_sealed.as_ref().map(|_| Instant(new.created_at));
    diesel::insert_into(account::table)
        .values((
            account::id.eq(Id::of(new.id)),
            account::email.eq(new.email.as_str()),
            account::email_key.eq(new.email.key()),
            account::name.eq(&new.name),
            account::time_zone.eq(new.time_zone.name()),
            account::password_hash.eq(password_hash),
            account::status.eq(new.status.code()),
            account::is_admin.eq(new.is_admin),
            account::totp_sealed.eq(totp_sealed),
            account::totp_confirmed_at.eq(confirmed),
            account::created_at.eq(Instant(new.created_at)),
            account::version.eq(new.version),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// What an account proves itself by.
#[derive(Clone, PartialEq, Eq)]
pub struct Proofs {
    /// PHC string.
    pub password_hash: String,
    /// The shared secret of the second factor, sealed.
    pub totp_sealed: Option<Vec<u8>>,
    /// Whether the owner has shown that the authenticator works.
    pub totp_confirmed: bool,
    /// The last step whose code was accepted.
    pub totp_last_step: Option<i64>,
}

type ProofsRow = (String, Option<Vec<u8>>, Option<Instant>, Option<i64>);

/// What that account proves itself by.
pub fn proofs(conn: &mut Conn, id: AccountId) -> Result<Option<Proofs>, StoreError> {
    let row: Option<ProofsRow> = account::table
        .find(Id::of(id))
        .select((
            account::password_hash,
            account::totp_sealed,
            account::totp_confirmed_at,
            account::totp_last_step,
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(|(password_hash, totp_sealed, confirmed_at, totp_last_step)| Proofs {
        password_hash,
        totp_confirmed: confirmed_at.is_some() && totp_sealed.is_some(),
        totp_sealed,
        totp_last_step,
    }))
}

/// Replaces what an account shows of itself; its version must be the one before.
pub fn update(tx: &mut Tx, changed: &Account) -> Result<(), StoreError> {
    let rows = diesel::update(
        account::table
            .filter(account::id.eq(Id::of(changed.id)))
            .filter(account::version.eq(changed.version - 1)),
    )
    .set((
        account::email.eq(changed.email.as_str()),
        account::email_key.eq(changed.email.key()),
        account::name.eq(&changed.name),
        account::time_zone.eq(changed.time_zone.name()),
        account::status.eq(changed.status.code()),
        account::is_admin.eq(changed.is_admin),
        account::version.eq(changed.version),
    ))
    .execute(&mut **tx)?;
    if rows == 1 { Ok(()) } else { Err(StoreError::NotFound("account at that version")) }
}

/// Sets the password's hash.
pub fn update_password_hash(tx: &mut Tx, id: AccountId, password_hash: &str) -> Result<(), StoreError> {
    diesel::update(account::table.find(Id::of(id)))
        .set(account::password_hash.eq(password_hash))
        .execute(&mut **tx)?;
    Ok(())
}

/// Sets or takes away the shared secret of the second factor; it is not yet confirmed.
pub fn update_totp(tx: &mut Tx, id: AccountId, sealed: Option<&[u8]>) -> Result<(), StoreError> {
    diesel::update(account::table.find(Id::of(id)))
        .set((
            account::totp_sealed.eq(sealed),
            account::totp_confirmed_at.eq(None::<Instant>),
            account::totp_last_step.eq(None::<i64>),
            account::version.eq(account::version + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Notes that the second factor works.
pub fn update_totp_confirmed(tx: &mut Tx, id: AccountId) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    diesel::update(account::table.find(Id::of(id)))
        .set((account::totp_confirmed_at.eq(Some(now)), account::version.eq(account::version + 1)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Uses up the code of a step; false where that step or a later one was used before.
pub fn use_totp_step(tx: &mut Tx, id: AccountId, step: i64) -> Result<bool, StoreError> {
    let used = diesel::update(
        account::table
            .filter(account::id.eq(Id::of(id)))
            .filter(account::totp_last_step.is_null().or(account::totp_last_step.lt(Some(step)))),
    )
    .set(account::totp_last_step.eq(Some(step)))
    .execute(&mut **tx)?;
    Ok(used == 1)
}
