//! The doctor finds what was broken on purpose behind the server's back.

use diesel::{Connection, PgConnection, SqliteConnection, connection::SimpleConnection};
use stillpoint::store::dialect::Address;

use crate::common::{TestApp, each_backend};

/// Runs statements as somebody with the database's password might, rules switched off.
fn behind_its_back(app: &TestApp, sql: &str) {
    match &app.database {
        Address::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(path).expect("a connection");
            conn.batch_execute("pragma foreign_keys = off; pragma ignore_check_constraints = on")
                .expect("settings");
            let triggers = "drop trigger if exists appointment_no_overlap_update; drop trigger if exists patient_no_overlap_update; drop trigger if exists audit_no_update; drop trigger if exists audit_no_delete;";
            conn.batch_execute(triggers).expect("no triggers");
            conn.batch_execute(sql).expect(sql);
        }
        Address::Postgres(url) => {
            let mut conn = PgConnection::establish(url).expect("a connection");
            conn.batch_execute(
                "alter table busy_time drop constraint if exists appointment_no_overlap;
                 alter table busy_time drop constraint if exists patient_no_overlap;
                 set session_replication_role = replica",
            )
            .expect("no rules");
            conn.batch_execute(sql).expect(sql);
        }
    }
}

/// An hour earlier, as each database writes it.
fn an_hour_earlier(app: &TestApp, column: &str) -> String {
    match app.database {
        Address::Sqlite(_) => format!("{column} = {column} - 3600000000"),
        Address::Postgres(_) => format!("{column} = {column} - interval '1 hour'"),
    }
}

async fn two_bookings(app: &TestApp) {
    let dana = app.bookable("Dana Reyes").await;
    for at in ["2026-12-02T17:00:00Z", "2026-12-02T18:30:00Z"] {
        let (person, wish) = app.ready("Ana", &dana, at).await;
        app.post_as(&person.token, "/v1/appointments", &wish).await.expect(201);
    }
    assert_eq!(app.faults(), Vec::<String>::new());
}

#[actix_web::test]
async fn every_kind_of_damage_is_named() {
    for backend in each_backend() {
        let columns = ["starts_at", "ends_at", "busy_from", "busy_until"];
        let later_half = "where starts_at = (select max(starts_at) from busy_time)";
        let table = [
            ("overlap", format!("update busy_time set {{columns}} {later_half}")),
            ("is not claimed", "delete from busy_time".to_owned()),
            ("still claimed", "update appointment set status = 'cancelled', busy_id = null".to_owned()),
            ("belongs to no appointment", "delete from appointment_event; delete from appointment".to_owned()),
            ("another patient's", "update screening set patient_id = (select a.patient_id from appointment a where a.screening_id <> screening.id limit 1)".to_owned()),
            ("in the care of who booked", "update appointment set account_id = (select p.account_id from patient p where p.id <> appointment.patient_id limit 1)".to_owned()),
            ("care of a closed account", "insert into dependant (patient_id, relation, sealed, version) select id, 'other', (select sealed from screening limit 1), 1 from patient; update account set status = 'closed'".to_owned()),
            ("of a closed account", "insert into calendar_feed (id, account_id, kind, token_hash, created_at) select id, id, 'patient', (select sealed from screening limit 1), created_at from account limit 1; update account set status = 'closed'".to_owned()),
            ("needs a clearance", "update screening set outcome = 'needs_clearance'".to_owned()),
            ("did not stand", "update screening set valid_until = created_at".to_owned()),
            ("no licence", "update credential set jurisdiction = 'US-WA'".to_owned()),
            ("was altered", "update audit set action = 'nothing' where number = (select min(number) from audit where action = 'appointment.book')".to_owned()),
            ("does not match", "delete from audit".to_owned()),
        ];
        for (fault, sql) in table {
            let mut app = TestApp::start(backend).await;
            two_bookings(&app).await;
            app.leave_unchecked();
            let moved = columns.map(|column| an_hour_earlier(&app, column)).join(", ");
            behind_its_back(&app, &sql.replace("{columns}", &moved));
            let faults = app.faults();
            assert!(faults.iter().any(|found| found.contains(fault)), "{backend:?} {fault}: {faults:?}");
        }
    }
}
