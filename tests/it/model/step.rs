//! Steps as they are drawn: small numbers that only the state of the world gives a meaning, so that
//! a case still says something after others of its steps are left out.

use proptest::prelude::*;

use super::{
    ask::{Act, Actor, Verdict},
    world::Stretch,
};

/// Which visit, hold or request: counted round.
pub type Nth = u8;

/// When a visit is to start.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// A start that is free, some days ahead.
    Free { days: u8, nth: u8 },
    /// So many minutes from the start of a visit: with the same practitioner there, or for the same patient.
    Near { visit: Nth, minutes: i8, same_patient: bool },
    /// The very time that is or was held, with whoever it was held with.
    Held(Nth),
    /// Any minute.
    Any { days: u8, minute: u16 },
}

/// With whom, for whom, what, where and when.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub practice: usize,
    pub patient: usize,
    pub service: usize,
    pub place: usize,
    pub when: When,
}

/// Which answers a booking rests on.
#[derive(Debug, Clone, Copy)]
pub enum Answers {
    /// The latest of that patient's; where these do not do, what is missing comes first.
    Good,
    /// The latest, whatever they are.
    Latest,
    None,
    /// Any that were ever given, by anybody.
    Some(Nth),
}

/// How time goes on.
#[derive(Debug, Clone, Copy)]
pub enum Tick {
    Minutes(u8),
    Days(u8),
    /// To the very instant so many minutes from the start of the next visits.
    Visit {
        nth: Nth,
        minutes: i16,
    },
    /// To the very instant at which the next hold lapses.
    Hold,
}

/// Hours of a week: for each weekday a window of the day and one of the evening, which may end in the night.
#[derive(Debug, Clone)]
pub struct Week {
    pub zone: usize,
    pub days: Vec<(Option<Stretch>, Option<Stretch>)>,
    /// Days from now with other hours, or none.
    pub exceptions: Vec<(u8, Option<usize>)>,
}

/// Among what a call may be about: only what it would be done with, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    Possible,
    Any,
}

#[derive(Debug, Clone)]
pub enum Step {
    Book {
        wish: Wish,
        answers: Answers,
        hold: Option<Nth>,
    },
    /// What is held, with the hold.
    BookHeld(Nth),
    Hold(Wish),
    Release {
        hold: Nth,
        by_stranger: bool,
    },
    Series {
        wish: Wish,
        answers: Answers,
        every_weeks: i64,
        count: i64,
        skip: bool,
        hold: Option<Nth>,
    },
    Attend {
        aim: Aim,
        actor: Actor,
        visit: Nth,
        act: Act,
    },
    AttendSeries {
        aim: Aim,
        actor: Actor,
        series: Nth,
        act: Act,
        from: Option<Nth>,
    },
    Move {
        aim: Aim,
        actor: Actor,
        visit: Nth,
        when: When,
        place: Option<usize>,
    },
    Hours {
        practice: usize,
        week: Week,
    },
    Zone {
        practice: usize,
        zone: usize,
    },
    TimeOff {
        practice: usize,
        from: u16,
        minutes: u16,
    },
    GiveBack(Nth),
    Submit {
        practice: usize,
        elsewhere: bool,
        days: Option<i64>,
    },
    Renew {
        licence: Nth,
        days: i64,
    },
    Decide {
        aim: Aim,
        licence: Nth,
        verdict: Verdict,
    },
    Publish,
    Answer {
        patient: usize,
        yes: bool,
        outdated: bool,
    },
    Clear {
        aim: Aim,
        screening: Nth,
    },
    AnswerAgain {
        aim: Aim,
        actor: Actor,
        visit: Nth,
        answers: Answers,
    },
    ReadAnswers(Nth),
    Tick(Tick),
    Restart,
    Chores,
    Repeat(Nth),
    OtherBody(Nth),
    Slots {
        practice: usize,
        service: usize,
        place: usize,
        days: u8,
    },
}

pub fn step() -> impl Strategy<Value = Step> {
    let visit = 0..8u8;
    prop_oneof![
        24 => (wish(), answers(), prop::option::weighted(0.1, any::<Nth>()))
            .prop_map(|(wish, answers, hold)| Step::Book { wish, answers, hold }),
        4 => any::<Nth>().prop_map(Step::BookHeld),
        6 => wish().prop_map(Step::Hold),
        2 => (any::<Nth>(), prop::bool::weighted(0.2))
            .prop_map(|(hold, by_stranger)| Step::Release { hold, by_stranger }),
        6 => (wish(), answers(), 1..4i64, 2..6i64, any::<bool>(), prop::option::weighted(0.3, any::<Nth>()))
            .prop_map(|(wish, answers, every_weeks, count, skip, hold)| {
                Step::Series { wish, answers, every_weeks, count, skip, hold }
            }),
        24 => (aim(), actor(), visit.clone(), act())
            .prop_map(|(aim, actor, visit, act)| Step::Attend { aim, actor, visit, act }),
        4 => (aim(), actor(), any::<Nth>(), together(), prop::option::weighted(0.4, any::<Nth>()))
            .prop_map(|(aim, actor, series, act, from)| Step::AttendSeries { aim, actor, series, act, from }),
        8 => (aim(), actor(), visit.clone(), when(), prop::option::weighted(0.2, 0..2usize))
            .prop_map(|(aim, actor, visit, when, place)| Step::Move { aim, actor, visit, when, place }),
        1 => (0..2usize, week()).prop_map(|(practice, week)| Step::Hours { practice, week }),
        1 => (0..2usize, 0..7usize).prop_map(|(practice, zone)| Step::Zone { practice, zone }),
        2 => (0..2usize, 0..20_000u16, 1..1_500u16)
            .prop_map(|(practice, from, minutes)| Step::TimeOff { practice, from, minutes }),
        1 => any::<Nth>().prop_map(Step::GiveBack),
        1 => (0..2usize, prop::bool::weighted(0.2), prop::option::weighted(0.8, 5..80i64))
            .prop_map(|(practice, elsewhere, days)| Step::Submit { practice, elsewhere, days }),
        1 => (any::<Nth>(), 5..80i64).prop_map(|(licence, days)| Step::Renew { licence, days }),
        8 => (aim(), any::<Nth>(), verdict())
            .prop_map(|(aim, licence, verdict)| Step::Decide { aim, licence, verdict }),
        2 => Just(Step::Publish),
        4 => (0..4usize, prop::bool::weighted(0.3), prop::bool::weighted(0.1))
            .prop_map(|(patient, yes, outdated)| Step::Answer { patient, yes, outdated }),
        2 => (aim(), any::<Nth>()).prop_map(|(aim, screening)| Step::Clear { aim, screening }),
        6 => (aim(), actor(), visit.clone(), answers())
            .prop_map(|(aim, actor, visit, answers)| Step::AnswerAgain { aim, actor, visit, answers }),
        3 => visit.prop_map(Step::ReadAnswers),
        12 => tick().prop_map(Step::Tick),
        1 => Just(Step::Restart),
        1 => Just(Step::Chores),
        5 => any::<Nth>().prop_map(Step::Repeat),
        2 => any::<Nth>().prop_map(Step::OtherBody),
        2 => (0..2usize, 0..3usize, 0..2usize, prop_oneof![0..8u8, 0..50u8])
            .prop_map(|(practice, service, place, days)| Step::Slots { practice, service, place, days }),
    ]
}

fn wish() -> impl Strategy<Value = Wish> {
    (0..2usize, 0..4usize, 0..3usize, 0..2usize, when()).prop_map(
        |(practice, patient, service, place, when)| Wish { practice, patient, service, place, when },
    )
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        6 => (0..12u8, 0..20u8).prop_map(|(days, nth)| When::Free { days, nth }),
        1 => (12..92u8, 0..20u8).prop_map(|(days, nth)| When::Free { days, nth }),
        7 => (0..8u8, -75..=75i8, any::<bool>()).prop_map(|(visit, minutes, same_patient)| {
            // Mostly on the grid.
            let minutes = if minutes % 4 == 0 { minutes / 5 * 5 } else { minutes / 15 * 15 };
            When::Near { visit, minutes, same_patient }
        }),
        2 => (0..3u8).prop_map(When::Held),
        1 => (0..95u8, 0..1_440u16).prop_map(|(days, minute)| When::Any { days, minute }),
    ]
}

fn answers() -> impl Strategy<Value = Answers> {
    prop_oneof![
        20 => Just(Answers::Good),
        2 => Just(Answers::Latest),
        1 => Just(Answers::None),
        1 => any::<Nth>().prop_map(Answers::Some),
    ]
}

fn aim() -> impl Strategy<Value = Aim> {
    prop_oneof![3 => Just(Aim::Possible), 1 => Just(Aim::Any)]
}

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        6 => Just(Actor::Practitioner),
        5 => Just(Actor::Patient),
        1 => Just(Actor::Stranger),
        1 => Just(Actor::Admin),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => Just(Act::Cancel),
        3 => Just(Act::Confirm),
        1 => Just(Act::Decline),
        4 => Just(Act::Arrive),
        4 => Just(Act::Fulfil),
        2 => Just(Act::NoShow),
    ]
}

/// What can be done to a whole series.
fn together() -> impl Strategy<Value = Act> {
    prop_oneof![3 => Just(Act::Cancel), 1 => Just(Act::Confirm), 1 => Just(Act::Decline)]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        8 => Just(Verdict::Verify),
        2 => Just(Verdict::Suspend),
        8 => Just(Verdict::Reinstate),
        1 => Just(Verdict::Revoke),
    ]
}

fn tick() -> impl Strategy<Value = Tick> {
    let around = vec![-1_440, -120, -60, 0, 0, 15, 30, 60];
    prop_oneof![
        3 => (1..=240u8).prop_map(Tick::Minutes),
        1 => (1..6u8).prop_map(Tick::Days),
        6 => (0..3u8, prop::sample::select(around)).prop_map(|(nth, minutes)| Tick::Visit { nth, minutes }),
        3 => Just(Tick::Hold),
    ]
}

fn week() -> impl Strategy<Value = Week> {
    let quarter = |n: std::ops::Range<i64>| n.prop_map(|n| n * 15);
    let day = (quarter(20..40), quarter(44..62), 0..2usize);
    // Often to an hour that clocks skip or repeat.
    let end = prop_oneof![quarter(90..111), quarter(100..110)];
    let evening = (quarter(64..84), end, 0..2usize);
    let both = (prop::option::weighted(0.8, day), prop::option::weighted(0.5, evening));
    let exceptions = prop::collection::vec((0..20u8, prop::option::of(0..2usize)), 0..3);
    (0..7usize, prop::collection::vec(both, 7), exceptions).prop_map(|(zone, days, exceptions)| Week {
        zone,
        days,
        exceptions,
    })
}
