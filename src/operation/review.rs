//! Shows credentials with the story of their checking.
//!
//! **Invariant:** only the owner and admins see a credential's file; the public
//! profile shows what is verified and nothing else.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    domain::{
        credential::{Credential, CredentialStatus, Decision},
        id::{CredentialId, PractitionerId},
        practitioner::Practitioner,
    },
    store::{
        Conn, StoreError, credential,
        credential::{Queue, QueueKey},
        decision,
        document::{self, Document},
        practitioner,
    },
};

use super::manage_practitioner::{Keeper, kept};

/// How many rows are read at once while a page is filled.
const AT_ONCE: i64 = 200;

/// A credential with all that belongs to it.
#[derive(Debug, Clone)]
pub struct Filed {
    /// The facts.
    pub credential: Credential,
    /// The status as it stands today at the practitioner's.
    pub status: CredentialStatus,
    /// Whose it is.
    pub practitioner: Practitioner,
    /// Every step of the checking, oldest first.
    pub history: Vec<Decision>,
    /// The evidence handed in.
    pub documents: Vec<Document>,
}

/// The date at a practitioner's.
#[must_use]
pub fn today_of(practitioner: &Practitioner, now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&practitioner.time_zone).date_naive()
}

/// All credentials of a practitioner, for its keeper; none where it is not theirs.
pub fn of_practitioner(
    conn: &mut Conn,
    id: PractitionerId,
    keeper: Keeper,
    now: DateTime<Utc>,
) -> Result<Option<Vec<Filed>>, StoreError> {
    let Some(practitioner) = kept(conn, id, keeper)? else { return Ok(None) };
    let credentials = credential::of(conn, &[practitioner.id])?;
    filed(conn, credentials, now).map(Some)
}

/// One credential of a practitioner, for its keeper.
pub fn of_keeper(
    conn: &mut Conn,
    practitioner: PractitionerId,
    id: CredentialId,
    keeper: Keeper,
    now: DateTime<Utc>,
) -> Result<Option<Filed>, StoreError> {
    let all = of_practitioner(conn, practitioner, keeper, now)?;
    Ok(all.and_then(|all| all.into_iter().find(|filed| filed.credential.id == id)))
}

/// One credential, for an admin.
pub fn find(conn: &mut Conn, id: CredentialId, now: DateTime<Utc>) -> Result<Option<Filed>, StoreError> {
    let Some(credential) = credential::find(conn, id)? else { return Ok(None) };
    Ok(filed(conn, vec![credential], now)?.pop())
}

/// A page of the review queue, oldest first, at most `most`.
pub fn queue(
    conn: &mut Conn,
    wanted: &Queue,
    mut after: Option<QueueKey>,
    most: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Filed>, StoreError> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    loop {
        let read = credential::queue(conn, wanted, now.date_naive(), after, AT_ONCE)?;
        let Some(last) = read.last() else { break };
        after = Some((last.submitted_at, last.id));
        // Here each practitioner's own date decides.
        found.extend(filed(conn, read, now)?.into_iter().filter(|filed| filed.status == wanted.status));
        if found.len() >= most {
            break;
        }
    }
    found.truncate(most);
    Ok(found)
}

/// The credentials with all that belongs to them, in the order given: four queries, however many.
fn filed(
    conn: &mut Conn,
    credentials: Vec<Credential>,
    now: DateTime<Utc>,
) -> Result<Vec<Filed>, StoreError> {
    let ids: Vec<CredentialId> = credentials.iter().map(|credential| credential.id).collect();
    let mut owners: Vec<PractitionerId> = credentials.iter().map(|held| held.practitioner).collect();
    owners.sort_unstable();
    owners.dedup();
    let owners: HashMap<PractitionerId, Practitioner> =
        practitioner::among(conn, &owners)?.into_iter().map(|owner| (owner.id, owner)).collect();
    let mut history = grouped(decision::of(conn, &ids)?, |decision| decision.credential);
    let mut documents = grouped(document::of(conn, &ids)?, |document| document.credential);
    let file = |credential: Credential| {
        let owner = owners.get(&credential.practitioner)?.clone();
        Some(Filed {
            status: credential.status_on(today_of(&owner, now)),
            history: history.remove(&credential.id).unwrap_or_default(),
            documents: documents.remove(&credential.id).unwrap_or_default(),
            practitioner: owner,
            credential,
        })
    };
    Ok(credentials.into_iter().filter_map(file).collect())
}

fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> CredentialId) -> HashMap<CredentialId, Vec<T>> {
    let mut groups: HashMap<CredentialId, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
