//! Thousands of random steps, each answered by the server and by a model of it that is simple enough
//! to be read: they must agree, and the doctor must have no objection.
//!
//! A case begins with a server and a database of its own, and a clock that stands where it is put. After
//! every step that did something the answer and all that patients see of their visits are compared;
//! that takes about as long as a look of the doctor's at all the data, who therefore comes after every
//! fourth step and at the end of each case. What fails is made as short as it can be and told; its seed is
//! kept in `model.regressions` and tried first from then on.
//!
//! `STILLPOINT_MODEL_SEED` sets the seed that cases are drawn from, `STILLPOINT_MODEL_CASES` how many;
//! where nothing is said, as many as make up enough steps.

mod ask;
mod choose;
mod judge;
mod look;
mod offer;
mod play;
mod step;
mod talk;
mod town;
mod world;

use std::{
    cell::{Cell, RefCell},
    time::Instant,
};

use proptest::{
    prelude::*,
    test_runner::{Config, FileFailurePersistence, RngSeed, TestCaseError, TestError, TestRunner},
};

use self::{
    choose::morning,
    play::Differs,
    step::{Step, step},
    town::{Tally, Town},
};
use crate::common::{Backend, each_backend};

/// Steps that did something, on each database, where nobody says how many cases.
const ENOUGH: usize = 2_000;
/// A case is some groups of some steps each: enough for a visit to be booked, moved, frozen, released
/// and to take place. In groups, because a whole group is left out as quickly as a single step.
const GROUPS: usize = 10;
const STEPS: usize = 16;
/// Cases of which those are drawn; what is more than enough is passed over.
const MOST_CASES: u32 = 500;
/// After how many steps the doctor comes.
const DOCTOR: usize = 4;
/// How long a case that failed is tried with less of it, in milliseconds.
const SHRINKING: u32 = 180_000;

/// Where cases begin: an ordinary week, and before clocks change in autumn and in spring.
const BEGINNINGS: [&str; 3] = ["2026-11-24", "2026-10-28", "2027-03-10"];

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/model.regressions");

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().ok().unwrap_or_else(|| panic!("{name} is a number, not {text}")))
}

/// Takes the steps in a world of their own; how many did something and what was answered, or what differed.
async fn play(backend: Backend, beginning: &str, steps: &[Step]) -> Result<(usize, Tally), Differs> {
    let mut town = Town::build(backend, morning(beginning)).await;
    let told = agree(&mut town, steps).await.map(|done| (done, std::mem::take(&mut town.tally)));
    // What differs is told by the case, not by the end of its server.
    town.app.leave_unchecked();
    town.app.stop().await;
    told
}

async fn agree(town: &mut Town, steps: &[Step]) -> Result<usize, Differs> {
    let mut done = 0;
    for (n, step) in steps.iter().enumerate() {
        let at = town.world.now;
        let here = |differs: Differs| format!("step {n}, {step:?}, at {at}: {differs}");
        if town.step(step).await.map_err(here)? {
            done += 1;
            town.compare_visits().await.map_err(here)?;
            if done % DOCTOR == 0 {
                town.ask_the_doctor().map_err(here)?;
            }
        }
    }
    town.ask_the_doctor()?;
    Ok(done)
}

fn agree_on(backend: Backend) {
    if !each_backend().contains(&backend) {
        return;
    }
    let seed = setting("STILLPOINT_MODEL_SEED");
    let seed = seed.unwrap_or_else(|| u64::from(uuid::Uuid::new_v4().as_fields().0));
    let wanted: Option<u32> = setting("STILLPOINT_MODEL_CASES");
    let config = Config {
        cases: wanted.unwrap_or(MOST_CASES),
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_time: SHRINKING,
        // Otherwise that follows from the number of cases.
        max_shrink_iters: u32::MAX - 1,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..Config::default()
    };
    println!("{backend:?}: STILLPOINT_MODEL_SEED={seed}");
    let (system, began) = (actix_web::rt::System::new(), Instant::now());
    let (taken, cases, has_failed) = (Cell::new(0), Cell::new(0), Cell::new(false));
    let answered = RefCell::new(Tally::new());
    let steps = prop::collection::vec(prop::collection::vec(step(), 1..=STEPS), 1..=GROUPS);
    let drawn = (prop::sample::select(&BEGINNINGS[..]), steps);
    let told = TestRunner::new(config).run(&drawn, |(beginning, groups)| {
        if wanted.is_none() && taken.get() >= ENOUGH && !has_failed.get() {
            return Ok(());
        }
        let told = system.block_on(play(backend, beginning, &groups.concat()));
        has_failed.set(has_failed.get() || told.is_err());
        let (done, tally) = told.map_err(TestCaseError::fail)?;
        for (answer, times) in tally {
            *answered.borrow_mut().entry(answer).or_default() += times;
        }
        taken.set(taken.get() + done);
        cases.set(cases.get() + 1);
        Ok(())
    });
    let (taken, cases) = (taken.get(), cases.get());
    println!("{backend:?}: {taken} steps of {cases} cases in {:.1} s", began.elapsed().as_secs_f64());
    println!("{backend:?}: {:?}", answered.borrow());
    match told {
        Ok(()) => {}
        Err(TestError::Fail(why, (beginning, groups))) => {
            let steps: Vec<String> = groups.iter().flatten().map(|step| format!("  {step:?}")).collect();
            let steps = steps.join("\n");
            panic!("{backend:?}, STILLPOINT_MODEL_SEED={seed}, from {beginning}:\n{steps}\n{why}")
        }
        Err(TestError::Abort(why)) => panic!("{backend:?}, STILLPOINT_MODEL_SEED={seed}: {why}"),
    }
}

#[test]
fn the_server_and_the_model_agree_on_sqlite() {
    agree_on(Backend::Sqlite);
}

#[test]
fn the_server_and_the_model_agree_on_postgresql() {
    agree_on(Backend::Postgres);
}
