//! One row of the registry: what it says about one provider.
//!
//! **Invariant:** a row is a listing only when the number is right, the provider
//! is a person, active, of one of the five professions, and has a place to practise.

use chrono::NaiveDate;
use csv::StringRecord;

use crate::domain::{location::Country, npi::Npi, text};

use super::{
    ImportError,
    header::{Header, cell},
    nppes::{ImportedLicence, ImportedListing, SkipReason},
    taxonomy::{Claim, NotListed, TaxonomyChoice, classify},
    written,
};

/// Taxonomies in a row.
const GROUPS: usize = 15;
/// Longest name or address line, in characters; the registry's own limits are below it.
const CHARACTERS: usize = 200;
/// Stands where the registry withholds a value.
const WITHHELD: &str = "<UNAVAIL>";

/// What a row comes to.
#[derive(Debug)]
pub(super) enum Read {
    Keep(Box<ImportedListing>),
    /// Deactivated.
    Closed,
    Skip(SkipReason),
}

/// Where to look in a row.
#[derive(Debug)]
pub(super) struct Columns {
    npi: usize,
    entity_type: usize,
    family_name: usize,
    given_name: usize,
    credential: usize,
    street: [usize; 2],
    city: usize,
    state: usize,
    postal_code: usize,
    country: usize,
    updated_on: usize,
    deactivated_on: usize,
    reactivated_on: usize,
    groups: Vec<Group>,
}

/// The columns of one taxonomy.
#[derive(Debug)]
struct Group {
    code: usize,
    number: usize,
    state: usize,
    is_primary: usize,
}

impl Columns {
    /// Finds all that is needed, or names the first column that is missing.
    pub fn of(header: &Header<'_>) -> Result<Self, ImportError> {
        Ok(Self {
            npi: header.require("NPI")?,
            entity_type: header.require("Entity Type Code")?,
            family_name: header.require("Provider Last Name (Legal Name)")?,
            given_name: header.require("Provider First Name")?,
            credential: header.require("Provider Credential Text")?,
            street: [
                header.require("Provider First Line Business Practice Location Address")?,
                header.require("Provider Second Line Business Practice Location Address")?,
            ],
            city: header.require("Provider Business Practice Location Address City Name")?,
            state: header.require("Provider Business Practice Location Address State Name")?,
            postal_code: header.require("Provider Business Practice Location Address Postal Code")?,
            country: header
                .require("Provider Business Practice Location Address Country Code (If outside U.S.)")?,
            updated_on: header.require("Last Update Date")?,
            deactivated_on: header.require("NPI Deactivation Date")?,
            reactivated_on: header.require("NPI Reactivation Date")?,
            groups: groups(header)?,
        })
    }

    /// Reads a row; the number comes with everything but a refusal.
    pub fn read(&self, row: &StringRecord, choice: TaxonomyChoice) -> Result<(Npi, Read), String> {
        let npi: Npi = cell(row, self.npi).parse().map_err(|error| format!("NPI: {error}"))?;
        let read = match cell(row, self.entity_type) {
            _ if !self.is_active(row)? => Read::Closed,
            // Only stubs of deactivated providers have no type.
            "" => Read::Closed,
            "1" => self.person(row, npi, choice)?,
            "2" => Read::Skip(SkipReason::Organisation),
            other => return Err(format!("entity type \"{other}\" is neither 1 nor 2")),
        };
        Ok((npi, read))
    }

    /// Active unless deactivated and not reactivated since.
    fn is_active(&self, row: &StringRecord) -> Result<bool, String> {
        let deactivated = date(row, self.deactivated_on, "deactivation date")?;
        let reactivated = date(row, self.reactivated_on, "reactivation date")?;
        Ok(match (deactivated, reactivated) {
            (None, _) => true,
            (Some(off), Some(on)) => on >= off,
            (Some(_), None) => false,
        })
    }

    fn person(&self, row: &StringRecord, npi: Npi, choice: TaxonomyChoice) -> Result<Read, String> {
        let codes: Vec<&str> =
            self.groups.iter().map(|group| cell(row, group.code)).filter(|code| !code.is_empty()).collect();
        let primary = self.groups.iter().find_map(|group| {
            let code = cell(row, group.code);
            (cell(row, group.is_primary).eq_ignore_ascii_case("Y") && !code.is_empty()).then_some(code)
        });
        let credential = known(row, self.credential);
        let provider_type = match classify(Claim { codes: &codes, primary, credential }, choice) {
            Ok(provider_type) => provider_type,
            Err(why) => return Ok(Read::Skip(why.into())),
        };
        let city = line(row, self.city, "city", written::name)?;
        if city.is_empty() {
            return Ok(Read::Skip(SkipReason::NoPracticeLocation));
        }
        let (given_name, family_name) = self.names(row)?;
        let country = match known(row, self.country) {
            "" => Country::US,
            code => code.parse().map_err(|_| format!("country \"{code}\" has no two-letter code"))?,
        };
        Ok(Read::Keep(Box::new(ImportedListing {
            npi,
            provider_type,
            given_name,
            family_name,
            credential_text: line(row, self.credential, "credential", str::to_owned)?,
            address_line: self.street(row)?,
            city,
            region: line(row, self.state, "state", region)?,
            postal_code: line(row, self.postal_code, "postal code", |code| postal_code(code, country))?,
            country,
            updated_on: date(row, self.updated_on, "last update date")?
                .ok_or("there is no last update date")?,
            licences: self.licences(row)?,
        })))
    }

    /// Given and family name. Of people with one name that is the family name, wherever it stands.
    fn names(&self, row: &StringRecord) -> Result<(String, String), String> {
        let given = line(row, self.given_name, "first name", written::name)?;
        let family = line(row, self.family_name, "last name", written::name)?;
        match (given.is_empty(), family.is_empty()) {
            (true, true) => Err("there is no name".to_owned()),
            (false, true) => Ok((family, given)),
            _ => Ok((given, family)),
        }
    }

    fn street(&self, row: &StringRecord) -> Result<String, String> {
        let mut lines = Vec::new();
        for at in self.street {
            lines.push(line(row, at, "address", written::address)?);
        }
        lines.retain(|line| !line.is_empty());
        Ok(lines.join(", "))
    }

    fn licences(&self, row: &StringRecord) -> Result<Vec<ImportedLicence>, String> {
        let mut licences = Vec::new();
        for group in &self.groups {
            let number = line(row, group.number, "licence number", str::to_owned)?;
            let taxonomy = cell(row, group.code);
            if taxonomy.is_empty() || !is_licence_number(&number) {
                continue;
            }
            let state = line(row, group.state, "licence state", str::to_ascii_uppercase)?;
            licences.push(ImportedLicence { number, state, taxonomy: taxonomy.to_owned() });
        }
        Ok(licences)
    }
}

impl From<NotListed> for SkipReason {
    fn from(why: NotListed) -> Self {
        match why {
            NotListed::OtherProfession => Self::OtherProfession,
            NotListed::Assistant => Self::Assistant,
            NotListed::Student => Self::Student,
            NotListed::NoPrimary => Self::NoPrimaryTaxonomy,
        }
    }
}

/// The first group is needed, the other fourteen are taken as far as they go.
fn groups(header: &Header<'_>) -> Result<Vec<Group>, ImportError> {
    let group = |n: usize| -> Result<Group, ImportError> {
        Ok(Group {
            code: header.require(&format!("Healthcare Provider Taxonomy Code_{n}"))?,
            number: header.require(&format!("Provider License Number_{n}"))?,
            state: header.require(&format!("Provider License Number State Code_{n}"))?,
            is_primary: header.require(&format!("Healthcare Provider Primary Taxonomy Switch_{n}"))?,
        })
    };
    let has = |n: &usize| header.find(&format!("Healthcare Provider Taxonomy Code_{n}")).is_some();
    if !has(&1) {
        return Err(header.without_taxonomy());
    }
    (1..=GROUPS).filter(has).map(group).collect()
}

/// The cell, empty where the registry withholds it.
fn known(row: &StringRecord, at: usize) -> &str {
    match cell(row, at) {
        WITHHELD => "",
        text => text,
    }
}

/// One line of text, set by `set`; control characters and absurd lengths are refused by name.
fn line(row: &StringRecord, at: usize, what: &str, set: impl Fn(&str) -> String) -> Result<String, String> {
    let checked =
        text::optional_line(known(row, at), CHARACTERS).map_err(|error| format!("the {what} {error}"))?;
    Ok(set(&checked))
}

/// `MM/DD/YYYY`, or empty.
fn date(row: &StringRecord, at: usize, what: &str) -> Result<Option<NaiveDate>, String> {
    let text = known(row, at);
    if text.is_empty() {
        return Ok(None);
    }
    // The length keeps chrono from taking 1/2/7 for a day of the year 7.
    NaiveDate::parse_from_str(text, "%m/%d/%Y")
        .ok()
        .filter(|_| text.len() == 10)
        .map(Some)
        .ok_or_else(|| format!("the {what} \"{text}\" is no date like 12/31/2025"))
}

/// States and provinces of three letters or fewer are codes.
fn region(text: &str) -> String {
    if text.chars().count() <= 3 { text.to_uppercase() } else { written::name(text) }
}

/// The five digits of a US code: `972011234`, `97201-1234`, `2138` (a zero lost in a spreadsheet).
fn postal_code(text: &str, country: Country) -> String {
    if country != Country::US {
        return text.to_uppercase();
    }
    let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return String::new();
    }
    let whole = match digits.len() {
        3..=5 => format!("{digits:0>5}"),
        7..=9 => format!("{digits:0>9}"),
        _ => String::new(),
    };
    whole.chars().take(5).collect()
}

/// Masks for social security and tax numbers (`$$$`, `***`, `___`) are none, and neither is a
/// word like NONE or PENDING: every board numbers its licences.
fn is_licence_number(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) && !text.contains(['$', '*']) && !text.contains("__")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postal_codes_are_brought_to_five_digits() {
        let table = "
            US | 972011234  | 97201
            US | 97201-1234 | 97201
            US | 97201      | 97201
            US | 2138       | 02138
            US | 21381234   | 02138
            US | 12         |
            US | 9720A      |
            US | 972011     |
            CA | m5v 2t6    | M5V 2T6
            DE | 10115      | 10115";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let country = cells[0].parse().expect("a country");
            assert_eq!(postal_code(cells[1], country), cells[2], "{row}");
        }
    }

    #[test]
    fn masks_are_no_licence_numbers() {
        for yes in ["12345", "PT-0042", "OS 9", "MD_1"] {
            assert!(is_licence_number(yes), "{yes}");
        }
        for no in ["", "$$$$$$$$$", "********", "_________", "12**56", "NONE", "N/A", "X", "1__"] {
            assert!(!is_licence_number(no), "{no}");
        }
    }

    #[test]
    fn dates_are_strict() {
        let read = |text: &str| date(&StringRecord::from(vec![text]), 0, "day").map_err(|_| ());
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("02/29/2024"), Ok(NaiveDate::from_ymd_opt(2024, 2, 29)));
        for bad in ["02/30/2024", "2024-02-29", "1/2/7", "13/01/2024", "01/02/24", "x"] {
            assert_eq!(read(bad), Err(()), "{bad}");
        }
    }
}
