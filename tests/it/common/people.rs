//! People by name, put into the rows directly: tests of something else do not
//! wait for password hashing and mail.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::{Value, json};
use stillpoint::{
    domain::{
        account::{Account, AccountStatus},
        change::Change,
        credential::{Credential, CredentialKind, CredentialStatus, Decision, Method},
        id::{
            AccountId, CredentialId, DecisionId, LocationId, PatientId, PractitionerId, RequestId,
            ScreeningId, ServiceId, SessionId, TypedId,
        },
        location::{Location, Position},
        practitioner::{BookingTerms, Origin, Practitioner, ProviderType},
        schedule::{Schedule, WeeklyHours},
        screening::{Outcome, Screening},
        service::{BookingRules, Price, Service},
    },
    secret::Token,
    store::{
        Context, Tx, account, credential, decision, location, patient, practitioner, schedule, screening,
        service, session,
    },
    store::{StoreError, session::Session},
};

use super::TestApp;

/// Somebody signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: AccountId,
    pub token: String,
}

/// A practitioner whom anybody may book: Portland, Oregon, weekdays 09:00 to 17:00, an hour each.
#[derive(Debug, Clone)]
pub struct Bookable {
    pub person: Person,
    pub id: PractitionerId,
    pub location: LocationId,
    pub service: ServiceId,
    pub licence: CredentialId,
}

impl Bookable {
    /// The practitioner's path, with more behind it.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/practitioners/{}{rest}", self.id)
    }

    /// What a patient asks for when holding a time.
    pub fn wish_for_hold(&self, starts_at: &str) -> Value {
        let mut wish = self.wish(starts_at, "");
        wish.as_object_mut().expect("an object").remove("screening_id");
        wish
    }

    /// What a patient asks for when booking.
    pub fn wish(&self, starts_at: &str, screening: &str) -> Value {
        json!({
            "practitioner_id": self.id,
            "service_id": self.service,
            "location_id": self.location,
            "starts_at": starts_at,
            "screening_id": screening,
        })
    }
}

/// A fresh identifier, later than those before.
pub fn new_id<I: TypedId>(app: &TestApp) -> I {
    let mut random = [0; 10];
    random.copy_from_slice(&uuid::Uuid::new_v4().as_bytes()[..10]);
    I::at(app.now(), random)
}

impl TestApp {
    /// The system at work.
    pub fn system(&self) -> Context {
        Context { actor: None, role: "system", request: new_id::<RequestId>(self), claim: None }
    }

    /// Writes rows directly.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.app.write(self.system(), work).await.expect("the rows can be written")
    }

    /// Somebody with an account, signed in.
    pub async fn patient(&self, name: &str) -> Person {
        self.person(name, false).await
    }

    /// An admin, signed in.
    pub async fn admin(&self, name: &str) -> Person {
        self.person(name, true).await
    }

    async fn person(&self, name: &str, is_admin: bool) -> Person {
        let id: AccountId = new_id(self);
        let session: SessionId = new_id(self);
        let token = Token::generate().expect("randomness");
        // Some names hold what no address may.
        let plain: String =
            name.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ').collect();
        let words: Vec<&str> = plain.split_whitespace().collect();
        let email = format!("{}.{}@example.org", words.join("."), uuid::Uuid::new_v4().simple());
        let now = self.now();
        let account = Account {
            id,
            email: email.parse().expect("an address"),
            name: name.to_owned(),
            time_zone: chrono_tz::America::Los_Angeles,
            status: AccountStatus::Active,
            is_admin,
            created_at: now,
            version: 1,
        };
        let signed_in = Session {
            id: session,
            account: id,
            created_at: now,
            expires_at: now + Duration::days(365),
            client: "test".to_owned(),
        };
        let hash = token.hash();
        let name = name.to_owned();
        self.write(move |tx| {
            account::insert(tx, &account, "no password", is_admin.then(|| b"sealed".to_vec()))?;
            patient::insert(tx, PatientId::from(uuid::Uuid::from(id)), id, &name, now)?;
            session::insert(tx, &signed_in, hash.as_bytes())
        })
        .await;
        Person { id, token: token.reveal() }
    }

    /// A practitioner whom anybody may book.
    pub async fn bookable(&self, name: &str) -> Bookable {
        self.bookable_with(name, |_, _| {}).await
    }

    /// The same with other rules or hours.
    pub async fn bookable_with(
        &self,
        name: &str,
        set: impl Fn(&mut Service, &mut Schedule) + Send + 'static,
    ) -> Bookable {
        let person = self.patient(name).await;
        let (id, location, service, licence) = (new_id(self), new_id(self), new_id(self), new_id(self));
        let (given, family) = name.split_once(' ').unwrap_or(("", name));
        let practitioner = Practitioner {
            id,
            account: Some(person.id),
            npi: None,
            provider_type: ProviderType::Chiropractor,
            given_name: given.to_owned(),
            family_name: family.to_owned(),
            time_zone: chrono_tz::America::Los_Angeles,
            bio: String::new(),
            languages: vec!["en".to_owned()],
            concerns: vec!["headache".to_owned()],
            accepts_new_patients: true,
            terms: BookingTerms::default(),
            excluded: false,
            origin: Origin::Registered,
            closed: false,
            version: 1,
        };
        let (now, person_id) = (self.now(), person.id);
        self.write(move |tx| {
            let mut offered = hourly(id, service);
            let mut hours = weekdays(location);
            set(&mut offered, &mut hours);
            practitioner::insert(tx, &practitioner, now)?;
            location::insert(tx, &portland(id, location))?;
            service::insert(tx, &offered)?;
            schedule::put(tx, id, &hours, 1)?;
            credential::insert(tx, &oregon_licence(id, licence, now))?;
            decision::insert(tx, &verified(licence, person_id, tx.new_id()))?;
            tx.announce(Change::Profile(id));
            Ok(())
        })
        .await;
        Bookable { person, id, location, service, licence }
    }

    /// Answers every question with no; the id of the screening.
    pub async fn screening(&self, person: &Person) -> String {
        self.screening_with(person, Outcome::Clear).await.to_string()
    }

    /// A screening with that outcome.
    pub async fn screening_with(&self, person: &Person, outcome: Outcome) -> ScreeningId {
        let (id, account, now) = (new_id::<ScreeningId>(self), person.id, self.now());
        let answered = Screening {
            id,
            patient: uuid::Uuid::from(account).into(),
            version: 1,
            outcome,
            created_at: now,
            valid_until: Screening::valid_until(now),
            text_sha256: "0".repeat(64),
            has_clearance: false,
        };
        self.write(move |tx| screening::insert(tx, &answered, outcome, account, b"sealed")).await;
        id
    }

    /// A patient with a valid screening, and a wish for that practitioner's time.
    pub async fn ready(&self, name: &str, with: &Bookable, starts_at: &str) -> (Person, Value) {
        let person = self.patient(name).await;
        let screening = self.screening(&person).await;
        let wish = with.wish(starts_at, &screening);
        (person, wish)
    }
}

fn portland(practitioner: PractitionerId, id: LocationId) -> Location {
    Location {
        id,
        practitioner,
        name: "Eastside Bodywork".to_owned(),
        address_line: "1 Main Street".to_owned(),
        city: "Portland".to_owned(),
        region: "OR".to_owned(),
        postal_code: "97201".to_owned(),
        country: "US".parse().expect("a country"),
        position: Position::new(45.51, -122.68).expect("a position"),
        time_zone: chrono_tz::America::Los_Angeles,
        removed: false,
        version: 1,
    }
}

fn hourly(practitioner: PractitionerId, id: ServiceId) -> Service {
    Service {
        id,
        practitioner,
        name: "Craniosacral session".to_owned(),
        rules: BookingRules { start_interval_minutes: 30, ..BookingRules::lasting(60) },
        price: Some(Price { minor: 11_000, currency: "USD".parse().expect("a currency") }),
        requires_confirmation: false,
        cancellation_notice_minutes: 1_440,
        removed: false,
        version: 1,
    }
}

fn weekdays(location: LocationId) -> Schedule {
    use chrono::Weekday::{Fri, Mon, Thu, Tue, Wed};
    let at = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
    let day = |weekday| WeeklyHours {
        weekday,
        start: at(9),
        end: at(17),
        location,
        services: None,
        valid_from: None,
        valid_until: None,
        every_weeks: 1,
        anchor_on: None,
    };
    Schedule {
        time_zone: chrono_tz::America::Los_Angeles,
        weekly: [Mon, Tue, Wed, Thu, Fri].map(day).to_vec(),
        exceptions: Vec::new(),
    }
}

/// Long ago, so that a test may put its clock back.
fn verified(licence: CredentialId, by: AccountId, id: DecisionId) -> Decision {
    let at: DateTime<Utc> = "1980-01-02T12:00:00Z".parse().expect("an instant");
    Decision {
        id,
        credential: licence,
        decided_at: at,
        actor: by,
        from: Some(CredentialStatus::Submitted),
        to: CredentialStatus::Verified,
        method: Some(Method::PrimarySource),
        source_url: Some("https://example.org/board".to_owned()),
        checked_on: Some(at.date_naive()),
        note: "found in the register".to_owned(),
    }
}

fn oregon_licence(practitioner: PractitionerId, id: CredentialId, now: DateTime<Utc>) -> Credential {
    let on = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).expect("a date");
    Credential {
        id,
        practitioner,
        kind: CredentialKind::Licence,
        provider_type: ProviderType::Chiropractor,
        issuer: "Oregon Board of Chiropractic Examiners".to_owned(),
        jurisdiction: "US-OR".parse().expect("a jurisdiction"),
        number: "1234".to_owned(),
        issued_on: on(1980, 1, 1),
        expires_on: Some(on(2027, 10, 31)),
        status: CredentialStatus::Verified,
        submitted_at: now,
        verified_on: Some(on(2026, 11, 2)),
        method: Some(Method::PrimarySource),
        source_url: Some("https://example.org/board".to_owned()),
        version: 1,
    }
}
