//! The good-faith estimate that US law gives people who pay for care themselves.
//!
//! Source: 45 CFR 149.610(b)(1)(vi), in force since 2022: scheduled at least
//! three business days ahead, the estimate is due one business day after the
//! scheduling; at least ten ahead, three business days after it. Business days
//! are those on which federal offices are open (5 U.S.C. 6103).
//!
//! **Invariant:** dates are those of the place where the visit is.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::{location::Country, service::Price};

/// Whether there is an estimate: the visit is in the United States and its price was agreed.
#[must_use]
pub fn applies(country: Country, price: Option<Price>) -> bool {
    country == Country::US && price.is_some()
}

/// The last day on which the estimate may be handed over; none where the visit is too near for the rule.
#[must_use]
pub fn due_on(scheduled_on: NaiveDate, visit_on: NaiveDate) -> Option<NaiveDate> {
    let ahead = business_days(scheduled_on).take_while(|on| *on < visit_on).take(10).count();
    let days = match ahead {
        0..=2 => return None,
        3..=9 => 0,
        _ => 2,
    };
    business_days(scheduled_on.succ_opt()?).nth(days)
}

/// Business days from a date on, that date included where it is one.
fn business_days(from: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().filter(|on| is_business_day(*on))
}

/// Whether federal offices are open: no weekend, no federal holiday.
#[must_use]
pub fn is_business_day(on: NaiveDate) -> bool {
    let is_weekend = matches!(on.weekday(), Weekday::Sat | Weekday::Sun);
    // The first of January may be kept on the last day of the year before.
    let holidays = holidays(on.year()).into_iter().chain(holidays(on.year() + 1));
    !is_weekend && !holidays.flatten().any(|holiday| observed(holiday) == on)
}

/// The federal holidays of a year, on their own dates.
fn holidays(year: i32) -> [Option<NaiveDate>; 11] {
    let fixed = |month, day| NaiveDate::from_ymd_opt(year, month, day);
    let nth = |month, weekday, n| NaiveDate::from_weekday_of_month_opt(year, month, weekday, n);
    let last_of_may = nth(5, Weekday::Mon, 5).or(nth(5, Weekday::Mon, 4));
    [
        fixed(1, 1),
        nth(1, Weekday::Mon, 3),
        nth(2, Weekday::Mon, 3),
        last_of_may,
        fixed(6, 19),
        fixed(7, 4),
        nth(9, Weekday::Mon, 1),
        nth(10, Weekday::Mon, 2),
        fixed(11, 11),
        nth(11, Weekday::Thu, 4),
        fixed(12, 25),
    ]
}

/// The day on which a holiday is kept: one on Saturday the day before, one on Sunday the day after.
fn observed(holiday: NaiveDate) -> NaiveDate {
    match holiday.weekday() {
        Weekday::Sat => holiday - Days::new(1),
        Weekday::Sun => holiday + Days::new(1),
        _ => holiday,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.trim().parse().unwrap()
    }

    #[test]
    fn federal_offices_are_closed_on_holidays_and_weekends() {
        // As the Office of Personnel Management lists them.
        let closed = "2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-10-12 \
            2026-11-11 2026-11-26 2026-12-25 2027-01-01 2027-01-18 2027-02-15 2027-05-31 2027-06-18 2027-07-05 \
            2027-09-06 2027-10-11 2027-11-11 2027-11-25 2027-12-24 2027-12-31";
        let closed: Vec<NaiveDate> = closed.split_whitespace().map(on).collect();
        for day in on("2026-01-01").iter_days().take_while(|day| day.year() < 2028) {
            let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
            assert_eq!(is_business_day(day), !weekend && !closed.contains(&day), "{day}");
        }
    }

    #[test]
    fn the_estimate_is_due_by_business_days() {
        // Thanksgiving is Thursday, 26 November 2026.
        let table = "
            2022-01-03 | 2022-01-06 | 2022-01-04
            2022-01-03 | 2022-01-05 | -
            2022-01-03 | 2022-01-14 | 2022-01-04
            2022-01-03 | 2022-01-18 | 2022-01-06
            2026-11-24 | 2026-11-30 | 2026-11-25
            2026-11-25 | 2026-11-30 | -
            2026-11-25 | 2026-12-01 | 2026-11-27
            2026-11-24 | 2026-12-09 | 2026-11-30
            2026-11-24 | 2026-12-08 | 2026-11-25
            2026-11-28 | 2026-12-02 | -
            2026-11-28 | 2026-12-03 | 2026-11-30
            2026-12-22 | 2027-01-12 | 2026-12-28
            2026-11-24 | 2026-11-24 | -
            2026-11-24 | 2026-11-20 | -";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let due = due_on(on(cells[0]), on(cells[1])).map_or("-".to_owned(), |due| due.to_string());
            assert_eq!(due, cells[2], "{row}");
        }
    }

    #[test]
    fn estimates_are_for_places_in_the_united_states_with_a_price() {
        let price = Some(Price { minor: 1, currency: "USD".parse().unwrap() });
        assert!(applies(Country::US, price));
        assert!(!applies(Country::US, None));
        assert!(!applies("NZ".parse().unwrap(), price));
    }
}
