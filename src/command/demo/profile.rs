//! One practitioner of the demo, made up from chance; nothing is written here.

use chrono::{Duration, NaiveDate, NaiveTime, Weekday};

use crate::domain::{
    credential::CredentialStatus, guidance::concern::CONCERNS, location::Position,
    practitioner::ProviderType, service::BookingRules,
};

use super::{
    dice::Dice,
    towns::Town,
    words::{BIOS, NAMES, PRACTICES, STREETS},
};

/// How far the record has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Everything verified.
    Verified,
    /// Handed in, not yet looked at.
    Submitted,
    /// The licence ran out.
    Expired,
    /// From the registry; nobody has claimed it.
    Imported,
}

/// A licence or a certificate.
#[derive(Debug, Clone)]
pub struct Paper {
    /// Whether it is the certificate.
    pub is_certificate: bool,
    /// Who issued it.
    pub issuer: String,
    /// Where it is good.
    pub jurisdiction: String,
    /// Its number.
    pub number: String,
    /// First day.
    pub issued_on: NaiveDate,
    /// Last day.
    pub expires_on: Option<NaiveDate>,
    /// As stored.
    pub status: CredentialStatus,
}

/// A window of the week.
#[derive(Debug, Clone, Copy)]
pub struct Hours {
    /// Day on which it starts.
    pub weekday: Weekday,
    /// From.
    pub start: NaiveTime,
    /// To; at or before `start` on the next day.
    pub end: NaiveTime,
    /// Every how many weeks.
    pub every_weeks: u32,
}

/// What can be booked.
#[derive(Debug, Clone)]
pub struct Offered {
    /// What it is called.
    pub name: &'static str,
    /// When.
    pub rules: BookingRules,
    /// In minor units of the town's currency.
    pub price_minor: i64,
    /// Waits for the practitioner's word.
    pub requires_confirmation: bool,
}

/// A made-up practitioner.
#[derive(Debug, Clone)]
pub struct Profile {
    /// How far the record has come.
    pub kind: Kind,
    /// Profession.
    pub provider_type: ProviderType,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// In their own words.
    pub bio: String,
    /// Spoken.
    pub languages: Vec<String>,
    /// Worked with.
    pub concerns: Vec<String>,
    /// Takes new patients.
    pub accepts_new_patients: bool,
    /// The practice's name.
    pub practice: String,
    /// Street and number.
    pub address_line: String,
    /// Where in the town.
    pub position: Position,
    /// The week.
    pub hours: Vec<Hours>,
    /// What can be booked.
    pub services: Vec<Offered>,
    /// Licence and certificate.
    pub papers: Vec<Paper>,
}

/// How far from the middle of a town its people work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Within some five kilometres.
    Town,
    /// All over the country around it, the denser the nearer.
    Country,
}

/// Somebody who works in or around that town.
pub fn profile(dice: &mut Dice, town: &Town, spread: Spread, kind: Kind, today: NaiveDate) -> Profile {
    let provider_type = profession(dice);
    let (given_name, family_name, language) = name(dice);
    let imported = kind == Kind::Imported;
    Profile {
        kind,
        provider_type,
        given_name: given_name.to_owned(),
        family_name: family_name.to_owned(),
        bio: if imported { String::new() } else { bio(dice) },
        languages: if imported { Vec::new() } else { languages(dice, town, language) },
        concerns: if imported { Vec::new() } else { concerns(dice) },
        accepts_new_patients: imported || dice.chance(90),
        practice: match imported {
            true => format!("Practice in {}", town.place.name),
            false => dice.word(PRACTICES).replace("{}", &town.place.name),
        },
        address_line: format!("{} {}", dice.between(1, 990), dice.word(STREETS)),
        position: nearby(dice, town.place.position, spread),
        hours: if imported { Vec::new() } else { hours(dice) },
        services: if imported { Vec::new() } else { services(dice, town) },
        papers: if imported { Vec::new() } else { papers(dice, town, kind, provider_type, today) },
    }
}

fn profession(dice: &mut Dice) -> ProviderType {
    let shares = ProviderType::ALL.into_iter().zip([22, 14, 18, 12, 34]).collect::<Vec<_>>();
    dice.weighted(&shares, |share| share.1).map_or(ProviderType::MassageTherapist, |share| share.0)
}

fn name(dice: &mut Dice) -> (&'static str, &'static str, &'static str) {
    let Some(names) = dice.weighted(NAMES, |names| names.weight) else { return ("", "", "en") };
    (dice.word(names.given), dice.word(names.family), names.language)
}

fn bio(dice: &mut Dice) -> String {
    let sentences: Vec<&str> = BIOS.iter().map(|choices| dice.word(choices)).collect();
    sentences.join(" ").trim().to_owned()
}

fn languages(dice: &mut Dice, town: &Town, own: &str) -> Vec<String> {
    let mut spoken: Vec<&str> = town.customs().languages.to_vec();
    if !spoken.contains(&own) && dice.chance(70) {
        spoken.push(own);
    }
    if !spoken.contains(&"en") && dice.chance(80) {
        spoken.push("en");
    }
    spoken.into_iter().map(str::to_owned).collect()
}

fn concerns(dice: &mut Dice) -> Vec<String> {
    let codes: Vec<&str> = CONCERNS.iter().map(|concern| concern.code).collect();
    let most = usize::try_from(dice.between(2, 6)).unwrap_or(2);
    dice.some(&codes, most).into_iter().map(str::to_owned).collect()
}

fn nearby(dice: &mut Dice, centre: Position, spread: Spread) -> Position {
    let degrees = match spread {
        Spread::Town => 0.04,
        Spread::Country => dice.weighted(&RINGS, |ring| ring.1).map_or(0.04, |ring| ring.0),
    };
    let latitude = centre.latitude() + dice.swing() * degrees;
    let longitude = centre.longitude() + dice.swing() * degrees * 1.25;
    let rounded = |degrees: f64| (degrees * 10_000.0).round() / 10_000.0;
    Position::new(rounded(latitude), rounded(longitude)).unwrap_or(centre)
}

/// Degrees around a large town, and how many of a hundred work within: the city, its suburbs, the land.
const RINGS: [(f64, u64); 4] = [(0.06, 25), (0.25, 35), (0.9, 25), (2.5, 15)];

/// Weeks as people keep them: `days from-to`, `/2` for every second week.
const WEEKS: [(&str, u64); 8] = [
    ("mon tue wed thu fri 9:00-17:00", 30),
    ("tue wed thu fri sat 10:00-18:00", 18),
    ("mon wed fri 8:00-12:00; mon wed fri 13:00-18:00", 16),
    ("mon tue thu 12:00-20:00; sat 9:00-13:00", 12),
    ("mon tue wed thu 7:30-13:30", 10),
    ("tue thu 15:00-21:00; sat sun 10:00-16:00", 8),
    ("mon wed fri 9:00-17:00; sat 9:00-15:00/2", 5),
    ("wed thu fri 16:00-21:00; fri 22:00-2:00", 1),
];

fn hours(dice: &mut Dice) -> Vec<Hours> {
    let week = dice.weighted(&WEEKS, |week| week.1).map_or("", |week| week.0);
    week.split(';').flat_map(windows).collect()
}

fn windows(text: &str) -> Vec<Hours> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some((span, days)) = words.split_last() else { return Vec::new() };
    let (span, every_weeks) = match span.strip_suffix("/2") {
        Some(span) => (span, 2),
        None => (*span, 1),
    };
    let time = |text| NaiveTime::parse_from_str(text, "%H:%M").ok();
    let Some((start, end)) = span.split_once('-').and_then(|(a, b)| Some((time(a)?, time(b)?))) else {
        return Vec::new();
    };
    let window = |day: &&str| Some(Hours { weekday: day.parse().ok()?, start, end, every_weeks });
    days.iter().filter_map(window).collect()
}

fn services(dice: &mut Dice, town: &Town) -> Vec<Offered> {
    let hourly = town.customs().hourly * dice.between(75, 135) / 100;
    let requires_confirmation = dice.chance(10);
    let horizon_days = u32::try_from(dice.between(4, 17) * 7).unwrap_or(90);
    let offered = |name, minutes: u32| Offered {
        name,
        rules: BookingRules { start_interval_minutes: 30, horizon_days, ..BookingRules::lasting(minutes) },
        // To the nearest five.
        price_minor: (hourly * i64::from(minutes) / 60 / 5).max(1) * 500,
        requires_confirmation,
    };
    let mut services = vec![offered("Craniosacral session", 60)];
    if dice.chance(55) {
        services.push(offered("First visit", 90));
    }
    if dice.chance(30) {
        services.push(offered("Short session", 45));
    }
    services
}

fn papers(
    dice: &mut Dice,
    town: &Town,
    kind: Kind,
    provider_type: ProviderType,
    today: NaiveDate,
) -> Vec<Paper> {
    let jurisdiction = if town.licenses_by_region() {
        format!("{}-{}", town.place.country, town.place.region)
    } else {
        town.place.country.to_string()
    };
    let (status, last) = match kind {
        Kind::Submitted => (CredentialStatus::Submitted, dice.between(60, 700)),
        Kind::Expired => (CredentialStatus::Verified, -dice.between(5, 200)),
        _ => (CredentialStatus::Verified, dice.between(40, 700)),
    };
    let issued_on = today - Duration::days(dice.between(250, 4_000));
    let mut papers = vec![Paper {
        is_certificate: false,
        issuer: format!("{} ({jurisdiction})", board(provider_type)),
        jurisdiction: jurisdiction.clone(),
        number: format!("DEMO-{}", dice.between(1_000, 99_999)),
        issued_on,
        expires_on: Some(today + Duration::days(last)),
        status,
    }];
    if provider_type.needs_certification() && dice.chance(92) {
        papers.push(Paper {
            is_certificate: true,
            issuer: "Craniosacral Training Institute (demo)".to_owned(),
            jurisdiction: town.place.country.to_string(),
            number: format!("CST-{}", dice.between(100, 9_999)),
            issued_on,
            expires_on: None,
            status,
        });
    }
    papers
}

fn board(provider_type: ProviderType) -> &'static str {
    match provider_type {
        ProviderType::Chiropractor => "Board of Chiropractic Examiners",
        ProviderType::Osteopath => "Board of Osteopathic Medicine",
        ProviderType::PhysicalTherapist => "Board of Physical Therapy",
        ProviderType::OccupationalTherapist => "Board of Occupational Therapy",
        ProviderType::MassageTherapist => "Board of Massage Therapy",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_week_reads() {
        for (week, _) in WEEKS {
            let days = week.split_whitespace().filter(|w| w.parse::<Weekday>().is_ok()).count();
            assert_eq!(week.split(';').flat_map(windows).count(), days, "{week}");
        }
    }
}
