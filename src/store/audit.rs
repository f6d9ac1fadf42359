//! The trail: who did what to what, when. Rows are only ever added.
//!
//! Rows stand in several chains; each carries a keyed code over its content and
//! the code before it, so that a row changed, removed or put in between shows.
//! The key is not in the database.
//!
//! **Invariant:** an entry is written in the transaction of what it tells of.

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::domain::id::{AccountId, RequestId};

use super::{
    dialect::{Id, Instant, Kept, insert_rows},
    schema::{audit, audit_chain},
    tx::{Conn, Context, StoreError},
};

/// How many chains there are: writers that meet on none of them do not wait for each other.
pub const CHAINS: i32 = 32;

/// Computes the keyed code of a row from its bytes.
pub type Mac = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

/// What is to be written down.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What was done, as `noun.verb`: `appointment.book`.
    pub action: &'static str,
    /// To what kind of thing.
    pub subject_kind: &'static str,
    /// To which.
    pub subject: Option<Uuid>,
    /// More, as JSON; no personal and no health data.
    pub detail: serde_json::Value,
    /// Who, where it is not the caller: a sign-in knows its account only at the end.
    pub actor: Option<AccountId>,
    /// Whether it is nobody's doing, in whoever's request it came to light.
    pub by_itself: bool,
    /// Who asks, where it is another request than the transaction's own: several may share one.
    pub asked: Option<Context>,
}

impl Entry {
    /// An entry about one thing.
    pub fn new(action: &'static str, subject_kind: &'static str, subject: impl Into<Uuid>) -> Self {
        Self {
            action,
            subject_kind,
            subject: Some(subject.into()),
            detail: serde_json::json!({}),
            actor: None,
            by_itself: false,
            asked: None,
        }
    }

    /// With more detail.
    #[must_use]
    pub fn with(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }

    /// Nobody's doing: it follows from the clock, in whoever's request it came to light.
    #[must_use]
    pub fn by_itself(mut self) -> Self {
        self.by_itself = true;
        self
    }

    /// Asked for in that request.
    #[must_use]
    pub fn asked_in(mut self, context: Context) -> Self {
        self.asked = Some(context);
        self
    }

    /// Done by that account.
    #[must_use]
    pub fn by(mut self, actor: AccountId) -> Self {
        self.actor = Some(actor);
        self
    }
}

/// A row of the trail.
#[derive(Debug, Clone)]
pub struct Written {
    /// Which chain.
    pub chain: i32,
    /// Which link.
    pub number: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Option<AccountId>,
    /// In which part.
    pub actor_role: String,
    /// What.
    pub action: String,
    /// To what kind of thing.
    pub subject_kind: String,
    /// To which.
    pub subject: Option<Uuid>,
    /// More, as JSON.
    pub detail: String,
    /// In which request.
    pub request: RequestId,
    /// The keyed code.
    pub mac: Vec<u8>,
}

type AuditRow = (i32, i64, Instant, Option<Id>, String, String, String, Option<Id>, String, Id, Vec<u8>);

impl From<AuditRow> for Written {
    fn from(row: AuditRow) -> Self {
        let (chain, number, at, actor, actor_role, action, subject_kind, subject, detail, request, mac) = row;
        Self {
            chain,
            number,
            at: at.0,
            actor: actor.map(|id| id.0.into()),
            actor_role,
            action,
            subject_kind,
            subject: subject.map(|id| id.0),
            detail,
            request: request.0.into(),
            mac,
        }
    }
}

impl Written {
    /// The bytes the code is computed over: the code before, then every field with its length.
    fn bytes(&self, before: &[u8]) -> Vec<u8> {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let fields = [
            self.chain.to_string(),
            self.number.to_string(),
            self.at.to_rfc3339_opts(SecondsFormat::Micros, true),
            id(self.actor.map(Into::into)),
            self.actor_role.clone(),
            self.action.clone(),
            self.subject_kind.clone(),
            id(self.subject),
            self.detail.clone(),
            self.request.to_string(),
        ];
        let mut bytes = before.to_vec();
        for field in fields {
            bytes.extend((field.len() as u64).to_be_bytes());
            bytes.extend(field.as_bytes());
        }
        bytes
    }
}

/// Writes a transaction's entries to one chain. Holds that chain until the commit, so it comes last.
pub(super) fn append(
    conn: &mut Conn,
    mac: &Mac,
    now: DateTime<Utc>,
    context: &Context,
    entries: Vec<Entry>,
) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let chain = chain_of(context.request);
    // The update takes the row's lock on PostgreSQL, so the code read is the latest.
    let (mut number, mut before): (i64, Vec<u8>) = Kept(
        diesel::update(audit_chain::table.find(chain))
            .set(audit_chain::last_number.eq(audit_chain::last_number + 0))
            .returning((audit_chain::last_number, audit_chain::last_mac)),
    )
    .get_result(conn)?;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        number += 1;
        let context = entry.asked.as_ref().unwrap_or(context);
        let mut row = Written {
            chain,
            number,
            at: now,
            actor: entry.actor.or(context.actor).filter(|_| !entry.by_itself),
            actor_role: if entry.by_itself { "system" } else { context.role }.to_owned(),
            action: entry.action.to_owned(),
            subject_kind: entry.subject_kind.to_owned(),
            subject: entry.subject,
            detail: entry.detail.to_string(),
            request: context.request,
            mac: Vec::new(),
        };
        row.mac = mac(&row.bytes(&before));
        before.clone_from(&row.mac);
        rows.push(row);
    }
    insert(conn, rows)?;
    let _: i32 = Kept(
        diesel::update(audit_chain::table.find(chain))
            .set((audit_chain::last_number.eq(number), audit_chain::last_mac.eq(before)))
            .returning(audit_chain::chain),
    )
    .get_result(conn)?;
    Ok(())
}

fn chain_of(request: RequestId) -> i32 {
    let (_, low) = Uuid::from(request).as_u64_pair();
    i32::try_from(low % u64::from(CHAINS.unsigned_abs())).unwrap_or(0)
}

/// Most rows in one statement.
const AT_ONCE: usize = 500;

fn insert(conn: &mut Conn, rows: Vec<Written>) -> Result<(), StoreError> {
    let row = |row: &Written| {
        (
            audit::chain.eq(row.chain),
            audit::number.eq(row.number),
            audit::at.eq(Instant(row.at)),
            audit::actor_id.eq(row.actor.map(Id::of)),
            audit::actor_role.eq(row.actor_role.clone()),
            audit::action.eq(row.action.clone()),
            audit::subject_kind.eq(row.subject_kind.clone()),
            audit::subject_id.eq(row.subject.map(Id)),
            audit::detail.eq(row.detail.clone()),
            audit::request_id.eq(Id::of(row.request)),
            audit::mac.eq(row.mac.clone()),
        )
    };
    for some in rows.chunks(AT_ONCE) {
        insert_rows!(&mut *conn, audit::table, some.iter().map(row).collect::<Vec<_>>())?;
    }
    Ok(())
}

/// Which rows of the trail are asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// By whom.
    pub actor: Option<AccountId>,
    /// About which thing.
    pub subject: Option<Uuid>,
    /// Which action.
    pub action: Option<String>,
    /// From then on.
    pub from: Option<DateTime<Utc>>,
    /// Before then.
    pub until: Option<DateTime<Utc>>,
    /// Older than this row of the page before: its instant, chain and number.
    pub after: Option<(DateTime<Utc>, i32, i64)>,
}

/// Rows of the trail, newest first, at most `most`.
pub fn list(conn: &mut Conn, filter: &Filter, most: i64) -> Result<Vec<Written>, StoreError> {
    let mut query = audit::table.into_boxed();
    if let Some(actor) = filter.actor {
        query = query.filter(audit::actor_id.eq(Id::of(actor)));
    }
    if let Some(subject) = filter.subject {
        query = query.filter(audit::subject_id.eq(Id(subject)));
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit::action.eq(action.clone()));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit::at.ge(Instant(from)));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit::at.lt(Instant(until)));
    }
    if let Some((at, chain, number)) = filter.after {
        query = query.filter(
            audit::at.lt(Instant(at)).or(audit::at
                .eq(Instant(at))
                .and(audit::chain.lt(chain).or(audit::chain.eq(chain).and(audit::number.lt(number))))),
        );
    }
    let rows: Vec<AuditRow> = query
        .order((audit::at.desc(), audit::chain.desc(), audit::number.desc()))
        .limit(most)
        .select(audit::all_columns)
        .load(conn)?;
    Ok(rows.into_iter().map(Written::from).collect())
}

/// Whether the latest row of some chain was written with this key; true where there is none yet.
pub fn is_ours(conn: &mut Conn, mac: &Mac) -> Result<bool, StoreError> {
    let head: Option<(i32, i64)> = audit_chain::table
        .filter(audit_chain::last_number.gt(0))
        .select((audit_chain::chain, audit_chain::last_number))
        .first(conn)
        .optional()?;
    let Some((chain, last)) = head else { return Ok(true) };
    let rows: Vec<AuditRow> = audit::table
        .filter(audit::chain.eq(chain).and(audit::number.ge(last - 1)))
        .order(audit::number.desc())
        .select(audit::all_columns)
        .load(conn)?;
    let mut rows = rows.into_iter().map(Written::from);
    let Some(latest) = rows.next() else { return Ok(true) };
    let before = rows.next().map(|row| row.mac).unwrap_or_default();
    Ok(mac(&latest.bytes(&before)) == latest.mac)
}

/// Checks every chain from its beginning to its head; says what is wrong, row by row.
pub fn verify(conn: &mut Conn, mac: &Mac) -> Result<Vec<String>, StoreError> {
    let heads: Vec<(i32, i64, Vec<u8>)> = audit_chain::table.order(audit_chain::chain).load(conn)?;
    let mut faults = Vec::new();
    for (chain, last_number, last_mac) in heads {
        let mut before = Vec::new();
        let mut expected = 1;
        loop {
            let rows: Vec<AuditRow> = audit::table
                .filter(audit::chain.eq(chain).and(audit::number.ge(expected)))
                .order(audit::number)
                .limit(1_000)
                .select(audit::all_columns)
                .load(conn)?;
            if rows.is_empty() {
                break;
            }
            for row in rows.into_iter().map(Written::from) {
                if row.number != expected {
                    faults.push(format!("audit chain {chain}: {expected} to {} is missing", row.number - 1));
                } else if mac(&row.bytes(&before)) != row.mac {
                    faults.push(format!("audit chain {chain}: row {} was altered", row.number));
                }
                expected = row.number + 1;
                before = row.mac;
            }
        }
        if expected - 1 != last_number || before != last_mac {
            faults.push(format!(
                "audit chain {chain}: its end does not match, {last_number} rows were written"
            ));
        }
    }
    Ok(faults)
}
