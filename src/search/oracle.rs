//! The index against the obvious definition: filter everything, sort everything.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

use super::{
    Cursor, Facets, Found, Index, Query, Sort,
    sketch::{Sketch, id, listing, now, plain, query, sketch},
};
use crate::domain::{
    id::{LocationId, PractitionerId},
    listing::{Busy, Listing},
    location::Position,
    period::Period,
    practitioner::ProviderType,
    service::{Price, Service},
    slot::Offer,
    text::folded,
};

/// What is compared of an item.
type Seen = (PractitionerId, LocationId, Option<f64>, bool, bool, Option<DateTime<Utc>>);

/// Whether the word begins so: as typed, or in a long one with the first letter right and one typo after it.
fn nearly_begins(own: &str, typed: &str) -> bool {
    let (own, typed): (Vec<char>, Vec<char>) = (own.chars().collect(), typed.chars().collect());
    let is_near = |a: &[char]| a.first() == typed.first() && typos(a, &typed) <= 1;
    own.starts_with(&typed) || (typed.len() >= 5 && (1..=own.len()).any(|end| is_near(&own[..end])))
}

/// Optimal string alignment distance.
fn typos(a: &[char], b: &[char]) -> usize {
    match (a, b) {
        ([], rest) | (rest, []) => rest.len(),
        ([a1, ar @ ..], [b1, br @ ..]) if a1 == b1 => typos(ar, br),
        ([a1, ar @ ..], [b1, br @ ..]) => {
            let one = typos(ar, br).min(typos(a, br)).min(typos(ar, b));
            let swapped = match (ar, br) {
                ([a2, ar @ ..], [b2, br @ ..]) if a1 == b2 && a2 == b1 => typos(ar, br),
                _ => usize::MAX - 1,
            };
            1 + one.min(swapped)
        }
    }
}

/// The whole answer by the obvious definition.
fn by_definition(listings: &[Listing], query: &Query, now: DateTime<Utc>) -> Vec<Seen> {
    let mut rows: Vec<(i64, f64, [String; 2], Seen)> = Vec::new();
    for listing in listings {
        let person = &listing.practitioner;
        let barred = person.account.is_some() && !listing.account_active;
        for place in
            listing.locations.iter().filter(|l| !l.removed && !person.closed && !person.excluded && !barred)
        {
            let distance = query.origin.map(|origin| origin.distance_km(place.position));
            let today = now.with_timezone(&place.time_zone).date_naive();
            let verified = listing.standing().licensed(place, today);
            let services: Vec<&Service> = listing.services.iter().filter(|s| !s.removed).collect();
            let bookable = listing.standing().blockers(place, today).is_empty()
                && !services.is_empty()
                && listing.schedule.weekly.iter().any(|w| w.location == place.id);
            let start = |within| {
                let first = |s| Offer::new(listing, s).first(Some(place.id), within, now, 1);
                let starts = services.iter().filter_map(|s| first(s).first().map(|slot| slot.visit.start()));
                starts.min().filter(|_| bookable)
            };
            let next = start(Period::new(now, now + Duration::days(90)).unwrap());
            let words = |text: &str| folded(text).split(' ').map(str::to_owned).collect::<Vec<_>>();
            let own = words(&person.full_name());
            let named = |q: &String| {
                !folded(q).is_empty() && words(q).iter().all(|w| own.iter().any(|o| nearly_begins(o, w)))
            };
            let speaks = |asked: &String| {
                let (asked, sub) = (asked.to_lowercase(), format!("{}-", asked.to_lowercase()));
                person.languages.iter().any(|own| *own == asked || own.starts_with(&sub))
            };
            let cheap = |most: Price| {
                let prices = services.iter().filter_map(|s| s.price).filter(|p| p.currency == most.currency);
                prices.map(|p| p.minor).min().is_some_and(|least| least <= most.minor)
            };
            let matches = distance.is_none_or(|d| d <= query.radius_km + 1e-9)
                && (verified || query.include_unverified)
                && (query.provider_types.is_empty() || query.provider_types.contains(&person.provider_type))
                && (query.concerns.is_empty() || query.concerns.iter().any(|c| person.concerns.contains(c)))
                && query.language.as_ref().is_none_or(speaks)
                && (person.accepts_new_patients || !query.accepts_new_patients)
                && query.name.as_ref().is_none_or(named)
                && query.max_price.is_none_or(cheap)
                && query.available.is_none_or(|window| start(window).is_some());
            if matches {
                let seen = (person.id, place.id, distance, verified, bookable, next);
                let names = [folded(&person.family_name), folded(&person.given_name)];
                let soonest = next.map_or(i64::MAX, |t| t.timestamp());
                rows.push((soonest, distance.unwrap_or(0.0), names, seen));
            }
        }
    }
    rows.sort_by(|a, b| {
        let order = match query.sort {
            Sort::Distance => a.1.total_cmp(&b.1),
            Sort::Soonest => a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)),
            Sort::Name => a.2.cmp(&b.2),
        };
        order.then((a.3.0, a.3.1).cmp(&(b.3.0, b.3.1)))
    });
    rows.into_iter().map(|row| row.3).collect()
}

fn counts_by_definition(listings: &[Listing], query: &Query) -> (u64, Facets) {
    let count = |query: &Query| by_definition(listings, query, now()).len() as u64;
    let people = || listings.iter().map(|l| &l.practitioner);
    let kept = |pairs: Vec<(String, u64)>| pairs.into_iter().filter(|p| p.1 > 0).collect::<BTreeMap<_, _>>();
    let languages = ["en", "es", "es-mx", "es-es"].map(str::to_owned);
    let concerns: BTreeSet<String> = people().flat_map(|p| p.concerns.clone()).collect();
    let facets = Facets {
        provider_type: kept(
            ProviderType::ALL
                .map(|t| (t.code().to_owned(), count(&Query { provider_types: vec![t], ..query.clone() })))
                .into(),
        ),
        language: kept(
            languages.map(|l| (l.clone(), count(&Query { language: Some(l), ..query.clone() }))).into(),
        ),
        concern: kept(
            concerns
                .into_iter()
                .map(|c| (c.clone(), count(&Query { concerns: vec![c], ..query.clone() })))
                .collect(),
        ),
    };
    (count(query), facets)
}

fn seen(found: &Found) -> Vec<Seen> {
    let item = |item: &super::Item| {
        (
            item.practitioner,
            item.location().unwrap(),
            item.distance_km,
            item.verified,
            item.bookable,
            item.next_available_at,
        )
    };
    found.items.iter().map(item).collect()
}

/// The last sketch of each id, as the index would hold it.
fn kept(sketches: &[Sketch]) -> Vec<Listing> {
    let last: BTreeMap<u8, &Sketch> = sketches.iter().map(|sketch| (sketch.id, sketch)).collect();
    last.into_values().map(listing).collect()
}

/// Page after page; `between` is called after each.
fn pages(index: &Index, query: &Query, mut between: impl FnMut(usize)) -> Vec<Seen> {
    let (mut query, mut all) = (query.clone(), Vec::new());
    for page in 0..200 {
        let found = index.find(&query, now() + Duration::seconds(page));
        assert!(found.items.len() <= query.limit);
        all.extend(seen(&found));
        let Some(next) = found.next else { return all };
        query.after = Some(Cursor::parse(&next.encode(), &query).unwrap());
        between(usize::try_from(page).unwrap());
    }
    panic!("pages without end")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A search gives what filtering and sorting everything gives, in pages or at once, and counts it.
    #[test]
    fn find_keeps_to_the_definition(
        before in prop::collection::vec(sketch(), 0..10),
        after in prop::collection::vec(sketch(), 0..10),
        query in query(),
        settled in any::<bool>(),
    ) {
        let index = Index::new();
        index.replace_all(before.iter().map(listing));
        // Ask in between, so that nothing remembered outlives an edit.
        let _ = index.find(&Query { sort: Sort::Soonest, include_unverified: true, ..Query::default() }, now());
        after.iter().for_each(|sketch| index.replace(listing(sketch)));
        if settled {
            index.settle(now());
        }
        let listings = kept(&[before, after].concat());
        prop_assert_eq!(index.len(), listings.len());

        let want = by_definition(&listings, &query, now());
        let found = index.find(&Query { limit: 100, ..query.clone() }, now());
        prop_assert_eq!(seen(&found), &want[..]);
        prop_assert!(found.next.is_none());
        let counted = found.total.zip(found.facets);
        prop_assert_eq!(counted, query.facets.then(|| counts_by_definition(&listings, &query)));

        let later = now() + Duration::minutes(95);
        let found = index.find(&Query { limit: 100, ..query.clone() }, later);
        prop_assert_eq!(seen(&found), by_definition(&listings, &query, later));

        let identity = |seen: &Seen| (seen.0, seen.1);
        let paged = pages(&index, &query, |_| {});
        prop_assert_eq!(paged.iter().map(identity).collect::<Vec<_>>(), want.iter().map(identity).collect::<Vec<_>>());
    }

    /// Who is not touched between pages is seen exactly once, in the order of before.
    #[test]
    fn pages_hold_while_others_change(
        sketches in prop::collection::vec(sketch(), 5..16),
        edits in prop::collection::vec((sketch(), any::<bool>()), 1..6),
        query in query(),
    ) {
        let index = Index::new();
        index.replace_all(sketches.iter().map(listing));
        let touched: BTreeSet<PractitionerId> = edits.iter().map(|(sketch, _)| id(sketch, 0)).collect();
        let paged = pages(&index, &query, |page| match edits.get(page) {
            Some((sketch, true)) => index.replace(listing(sketch)),
            Some((sketch, false)) => index.remove(id(sketch, 0)),
            None => {}
        });
        let still = |all: Vec<Seen>| -> Vec<_> {
            all.into_iter().map(|s| (s.0, s.1)).filter(|s| !touched.contains(&s.0)).collect()
        };
        prop_assert_eq!(still(paged), still(by_definition(&kept(&sketches), &query, now())));
    }
}

#[test]
fn near_the_pole_each_finds_the_other() {
    let index = Index::new();
    for (number, at) in [(1, (89.9, 0.0)), (2, (89.9, 180.0)), (3, (-90.0, 12.0))] {
        index.replace(listing(&plain(number, at)));
    }
    let table = "
        89.9,0   | 25    | 2
        89.9,180 | 25    | 2
        89.9,180 | 22    | 1
        89.9,-180| 0     | 1
        90,77    | 11.2  | 2
        90,0     | 20020 | 3
        -90,0    | 0     | 1
        0,0      | 20020 | 3
        0,0      | 0     | 0";
    for row in table.trim().lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (origin, radius_km) = (cells[0].parse().ok(), cells[1].parse().unwrap());
        for sort in [Sort::Distance, Sort::Soonest, Sort::Name] {
            let query = Query { origin, radius_km, sort, ..Query::default() };
            assert_eq!(index.find(&query, now()).items.len().to_string(), cells[2], "{row}");
        }
    }
}

#[test]
fn many_at_one_address_are_paged_while_they_are_edited() {
    let index = Index::new();
    index.replace_all((0..=255).map(|number| listing(&plain(number, (45.5, -122.7)))));
    let origin = Position::new(45.5, -122.7).ok();
    for sort in [Sort::Distance, Sort::Soonest, Sort::Name] {
        let query = Query { origin, sort, ..Query::default() };
        let all = pages(&index, &query, |page| {
            let number = u8::try_from(page * 11).unwrap();
            index.replace(listing(&Sketch { treats: 1, ..plain(number, (45.5, -122.7)) }));
        });
        assert_eq!(all.len(), 256);
        assert_eq!(all.iter().map(|s| s.0).collect::<BTreeSet<_>>().len(), 256);
    }
}

#[test]
fn a_time_that_passes_between_pages_brings_nobody_back() {
    let index = Index::new();
    index.replace_all((0..48).map(|number| listing(&plain(number, (0.0, 0.0)))));
    let mut query = Query { sort: Sort::Soonest, limit: 5, ..Query::default() };
    let mut all = Vec::new();
    for page in 0..10 {
        let at = now() + Duration::minutes(100 * page);
        let found = index.find(&query, at);
        // What is shown is free from now on, whatever the rank was made of.
        assert!(found.items.iter().all(|item| item.next_available_at.is_some_and(|next| next > at)));
        all.extend(found.items.iter().map(|item| item.practitioner));
        query.after = found.next;
    }
    assert!(query.after.is_none());
    assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (48, 48));
}

#[test]
fn a_claim_is_seen_at_once_and_a_lapsed_hold_no_more() {
    let index = Index::new();
    let sketch = plain(1, (0.0, 0.0));
    index.replace(listing(&sketch));
    let query = Query { sort: Sort::Soonest, ..Query::default() };
    let next = |at: DateTime<Utc>| index.find(&query, at).items.first().and_then(|i| i.next_available_at);
    let free = next(now()).unwrap();
    let busy = Period::new(free, free + Duration::hours(1)).unwrap();
    let held_until = Some(now() + Duration::minutes(10));
    index.set_busy(
        id(&sketch, 0),
        vec![Busy { visit: busy, busy, location: id(&sketch, 1), is_hold: true, held_until }],
    );
    assert_eq!(next(now()), Some(free + Duration::days(1)));
    assert_eq!(next(now() + Duration::minutes(9)), Some(free + Duration::days(1)));
    assert_eq!(next(now() + Duration::minutes(10)), Some(free));
    index.set_busy(
        id(&sketch, 0),
        vec![Busy { visit: busy, busy, location: id(&sketch, 1), is_hold: false, held_until: None }],
    );
    assert_eq!(next(now() + Duration::minutes(10)), Some(free + Duration::days(1)));
    assert_eq!(index.listing(id(&sketch, 0)).map(|l| l.busy.len()), Some(1));
    index.remove(id(&sketch, 0));
    assert!(index.is_empty() && next(now()).is_none());
}

#[test]
fn a_cursor_of_another_query_finds_nothing() {
    let index = Index::new();
    (0..9).for_each(|number| index.replace(listing(&plain(number, (1.0, 1.0)))));
    let query = Query { limit: 2, ..Query::default() };
    let after = index.find(&query, now()).next;
    assert_eq!(index.find(&Query { after: after.clone(), ..query.clone() }, now()).items.len(), 2);
    let other = Query { after, name: Some("dana".into()), ..query };
    let found = index.find(&other, now());
    assert!(found.items.is_empty() && found.next.is_none());
}
