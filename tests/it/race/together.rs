//! Bookings written together: each is answered for itself.

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use stillpoint::{
    domain::id::RequestId,
    operation::{
        book::{Book, BookError},
        offered::Wish,
    },
    store::Context,
};

use super::NINE;
use crate::common::{Bookable, Person, TestApp, each_backend, new_id};

const MANY: usize = 12;

fn wish(dana: &Bookable, person: &Person, screening: &str, starts_at: DateTime<Utc>) -> Book {
    Book {
        wish: Wish {
            practitioner: dana.id,
            patient: uuid::Uuid::from(person.id).into(),
            service: dana.service,
            location: dana.location,
            starts_at,
        },
        account: person.id,
        screening: Some(screening.parse::<uuid::Uuid>().expect("an id").into()),
        hold: None,
        note: None,
    }
}

fn context(app: &TestApp, person: &Person) -> Context {
    Context { actor: Some(person.id), role: "patient", request: new_id::<RequestId>(app), claim: None }
}

/// Practitioners, each with a patient who wants their nine o'clock.
async fn asked(app: &TestApp) -> Vec<(Context, Book)> {
    let nine: DateTime<Utc> = NINE.parse().expect("an instant");
    let mut asked = Vec::new();
    for n in 0..MANY {
        let dana = app.bookable(&format!("P{n} Reyes")).await;
        let person = app.patient("Ana").await;
        let screening = app.screening(&person).await;
        asked.push((context(app, &person), wish(&dana, &person, &screening, nine)));
    }
    asked
}

/// One is refused without a screening, one gets a time that was never on offer; the others are booked,
/// and the trail names for each who asked, and in which request.
#[actix_web::test]
async fn what_is_refused_to_one_keeps_nothing_from_the_others() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        app.set_now("2026-11-28T12:00:00Z");
        let mut asked = asked(&app).await;
        asked[3].1.screening = None;
        asked[7].1.wish.starts_at += chrono::Duration::minutes(1);
        let answers =
            join_all(asked.iter().map(|(context, wish)| app.app.book(context.clone(), wish.clone()))).await;
        for (n, answer) in answers.iter().enumerate() {
            match (n, answer) {
                (3, Err(BookError::ScreeningRequired)) | (7, Err(BookError::NotOffered(_))) => {}
                (_, Ok(made)) if n != 3 && n != 7 => {
                    assert_eq!(made.appointment.practitioner, asked[n].1.wish.practitioner);
                    assert_eq!(made.appointment.account, asked[n].1.account);
                }
                (n, other) => panic!("{backend:?} {n}: {other:?}"),
            }
        }
        let admin = app.admin("Zoe").await;
        let trail =
            app.get_as(&admin.token, "/v1/admin/audit?action=appointment.book&limit=100").await.expect(200);
        let items = trail["items"].as_array().expect("items");
        assert_eq!(items.len(), MANY - 2, "{backend:?}");
        for (context, wish) in asked.iter().filter(|(_, wish)| wish.screening.is_some()) {
            let theirs: Vec<_> =
                items.iter().filter(|item| item["actor"] == wish.account.to_string()).collect();
            let expected = usize::from(wish.wish.starts_at.to_rfc3339() == NINE.replace('Z', "+00:00"));
            assert_eq!(theirs.len(), expected, "{backend:?}");
            assert!(theirs.iter().all(|item| item["request_id"] == context.request.to_string()));
            assert!(theirs.iter().all(|item| item["actor_role"] == "patient"));
        }
    }
}

/// One asks for an instant at which no calendar can be read: all of them are tried again, each alone.
#[actix_web::test]
async fn what_breaks_for_one_is_tried_again_for_each_alone() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        app.set_now("2026-11-28T12:00:00Z");
        let mut asked = asked(&app).await;
        asked[5].1.wish.starts_at = DateTime::<Utc>::MAX_UTC;
        let answers = join_all(asked.into_iter().map(|(context, wish)| app.app.book(context, wish))).await;
        for (n, answer) in answers.iter().enumerate() {
            match (n, answer) {
                (5, Err(BookError::NotFound)) => {}
                (_, Ok(_)) if n != 5 => {}
                (n, other) => panic!("{backend:?} {n}: {other:?}"),
            }
        }
    }
}

/// Twelve patients want the same time of one practitioner: they are decided one after the other.
#[actix_web::test]
async fn those_who_want_the_same_time_are_not_decided_together() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        app.set_now("2026-11-28T12:00:00Z");
        let mut asked = asked(&app).await;
        let first = asked[0].1.wish;
        for (_, wish) in &mut asked {
            wish.wish = Wish { patient: wish.wish.patient, ..first };
        }
        let answers = join_all(asked.into_iter().map(|(context, wish)| app.app.book(context, wish))).await;
        let made = answers.iter().filter(|answer| answer.is_ok()).count();
        let taken = answers.iter().filter(|answer| matches!(answer, Err(BookError::SlotTaken(_)))).count();
        assert_eq!((made, taken), (1, MANY - 1), "{backend:?}: {answers:?}");
    }
}
