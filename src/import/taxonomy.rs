//! Which of the five professions somebody has, by the codes of the NUCC.
//!
//! Source: NUCC Health Care Provider Taxonomy 25.1 (July 2025), read row by
//! row. No code says "osteopathic physician": most share the physicians' codes,
//! so the credential text decides there. Assistants and students have codes of
//! their own and never count.
//!
//! **Invariant:** the code sets of the professions do not overlap.

use crate::domain::practitioner::ProviderType;

const CHIROPRACTOR: &[&str] = &[
    "111N00000X",
    "111NI0013X",
    "111NI0900X",
    "111NN0400X",
    "111NN1001X",
    "111NX0100X",
    "111NX0800X",
    "111NP0017X",
    "111NR0200X",
    "111NR0400X",
    "111NS0005X",
    "111NT0100X",
];
const PHYSICAL_THERAPIST: &[&str] = &[
    "225100000X",
    "2251C2600X",
    "2251E1300X",
    "2251E1200X",
    "2251G0304X",
    "2251H1200X",
    "2251H1300X",
    "2251N0400X",
    "2251X0800X",
    "2251P0200X",
    "2251S0007X",
];
const OCCUPATIONAL_THERAPIST: &[&str] = &[
    "225X00000X",
    "225XR0403X",
    "225XE0001X",
    "225XE1200X",
    "225XF0002X",
    "225XG0600X",
    "225XH1200X",
    "225XH1300X",
    "225XL0004X",
    "225XM0800X",
    "225XN1300X",
    "225XP0200X",
    "225XP0019X",
];
const MASSAGE_THERAPIST: &[&str] = &["225700000X"];
/// Neuromusculoskeletal medicine, in practice osteopathic only.
const OSTEOPATH: &[&str] = &["204D00000X", "204C00000X"];

const STUDENT: &str = "390200000X";
/// Optometrists, some of whom write their degree as "D.O.".
const OPTOMETRIST: &str = "152W";
/// Physical and occupational therapy assistants.
const ASSISTANTS: [&str; 2] = ["225200000X", "224Z"];

/// Which of somebody's taxonomies may put them on the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TaxonomyChoice {
    /// Only the one marked as primary: what they say they are. The default.
    #[default]
    Primary,
    /// Any of the fifteen; also finds people who work in one of the professions on the side.
    Any,
}

/// The taxonomies of one person, as listed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    /// Codes in the order of the file, none empty.
    pub codes: &'a [&'a str],
    /// The code marked as primary.
    pub primary: Option<&'a str>,
    /// Degrees and letters after the name.
    pub credential: &'a str,
}

/// Why somebody is none of the five.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotListed {
    OtherProfession,
    Assistant,
    Student,
    NoPrimary,
}

/// The profession that has this code.
#[must_use]
pub fn provider_type_of(code: &str) -> Option<ProviderType> {
    [
        (CHIROPRACTOR, ProviderType::Chiropractor),
        (OSTEOPATH, ProviderType::Osteopath),
        (PHYSICAL_THERAPIST, ProviderType::PhysicalTherapist),
        (OCCUPATIONAL_THERAPIST, ProviderType::OccupationalTherapist),
        (MASSAGE_THERAPIST, ProviderType::MassageTherapist),
    ]
    .into_iter()
    .find_map(|(codes, kind)| codes.contains(&code).then_some(kind))
}

/// Whether the letters after a name hold the degree DO: `D.O.`, `DO, MPH`, `PhD/D. O.`, but not
/// `OD`, `DC`, `LDO` or `DOM`.
#[must_use]
pub fn is_osteopathic_degree(credential: &str) -> bool {
    // `D. O.` and `D.O.` are one word; other punctuation and blanks part words.
    let joined = credential.to_ascii_uppercase().replace(". ", ".");
    joined
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
        .any(|word| word.chars().filter(|c| *c != '.').eq("DO".chars()))
}

/// Sorts somebody into one of the five professions. Where several fit, the primary taxonomy decides,
/// then the degree, then the order of the file.
pub(super) fn classify(claim: Claim<'_>, choice: TaxonomyChoice) -> Result<ProviderType, NotListed> {
    let Some(primary) = claim.primary.or(only_one(claim.codes)) else {
        return without_primary(claim, choice);
    };
    if primary == STUDENT {
        return Err(NotListed::Student);
    }
    provider_type_of(primary)
        .or_else(|| by_degree(claim))
        .or_else(|| if choice == TaxonomyChoice::Any { by_any(claim.codes) } else { None })
        .ok_or_else(|| {
            if ASSISTANTS.iter().any(|code| primary.starts_with(code)) {
                NotListed::Assistant
            } else {
                NotListed::OtherProfession
            }
        })
}

/// Nothing is marked as primary: only what leaves no doubt counts.
fn without_primary(claim: Claim<'_>, choice: TaxonomyChoice) -> Result<ProviderType, NotListed> {
    if claim.codes.contains(&STUDENT) {
        return Err(NotListed::Student);
    }
    let mut kinds = claim.codes.iter().map(|code| provider_type_of(code));
    let first = kinds.next().flatten();
    let agreed = first.filter(|_| kinds.all(|kind| kind == first));
    let any = || if choice == TaxonomyChoice::Any { by_any(claim.codes) } else { None };
    let none_fits = by_any(claim.codes).is_none();
    agreed.or_else(|| by_degree(claim)).or_else(any).ok_or(if none_fits {
        NotListed::OtherProfession
    } else {
        NotListed::NoPrimary
    })
}

fn only_one<'a>(codes: &[&'a str]) -> Option<&'a str> {
    match codes {
        [only] => Some(only),
        _ => None,
    }
}

fn by_any(codes: &[&str]) -> Option<ProviderType> {
    codes.iter().find_map(|code| provider_type_of(code))
}

fn by_degree(claim: Claim<'_>) -> Option<ProviderType> {
    let optometrist = claim.codes.iter().any(|code| code.starts_with(OPTOMETRIST));
    (!optometrist && is_osteopathic_degree(claim.credential)).then_some(ProviderType::Osteopath)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sets_have_their_sizes_and_do_not_overlap() {
        let sets = [CHIROPRACTOR, PHYSICAL_THERAPIST, OCCUPATIONAL_THERAPIST, MASSAGE_THERAPIST, OSTEOPATH];
        assert_eq!(sets.map(<[_]>::len), [12, 11, 13, 1, 2]);
        let mut all = sets.concat();
        assert!(all.iter().all(|code| code.len() == 10 && code.ends_with('X')));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 39);
        for kind in ProviderType::ALL {
            assert_eq!(provider_type_of(kind.nucc()), Some(kind));
        }
    }

    #[test]
    fn degrees_are_told_apart() {
        for yes in ["DO", "D.O.", "D.O", "DO.", "D. O.", "DO, MPH", "do", "PHD/D.O.", "MS,DO", "D.O., P.A."] {
            assert!(is_osteopathic_degree(yes), "{yes}");
        }
        for no in ["", "OD", "O.D.", "O. D.", "DC", "LDO", "OTD, OTR/L", "DOM", "DC DABCO", "DOCTOR", "D O R"]
        {
            assert!(!is_osteopathic_degree(no), "{no}");
        }
    }

    #[test]
    fn people_are_sorted() {
        // codes (the primary one starred) | degree | by primary | by any
        let table = "
            *111N00000X              | DC    | chiropractor           | chiropractor
            225100000X               |       | physical_therapist     | physical_therapist
            *207Q00000X              | D.O.  | osteopath              | osteopath
            *204D00000X              | MD    | osteopath              | osteopath
            *207Q00000X              | MD    | OtherProfession        | OtherProfession
            *207Q00000X 204D00000X   | MD    | OtherProfession        | osteopath
            *225100000X              | DO    | physical_therapist     | physical_therapist
            *207Q00000X 225700000X   | DO    | osteopath              | osteopath
            *172V00000X 225700000X   |       | OtherProfession        | massage_therapist
            *111N00000X 225700000X   |       | chiropractor           | chiropractor
            225700000X *111N00000X   |       | chiropractor           | chiropractor
            225700000X 171100000X    |       | NoPrimary              | massage_therapist
            225100000X 2251X0800X    |       | physical_therapist     | physical_therapist
            225100000X 2251X0800X    | DO    | physical_therapist     | physical_therapist
            207Q00000X 207R00000X    | DO    | osteopath              | osteopath
            207Q00000X 207R00000X    | MD    | OtherProfession        | OtherProfession
            *390200000X              | DO    | Student                | Student
            *390200000X 225100000X   |       | Student                | Student
            390200000X *225100000X   |       | physical_therapist     | physical_therapist
            390200000X 225100000X    |       | Student                | Student
            *225200000X              |       | Assistant              | Assistant
            *224Z00000X              |       | Assistant              | Assistant
            *152W00000X              | D.O.  | OtherProfession        | OtherProfession
            *99999ZZZZX              |       | OtherProfession        | OtherProfession
                                     |       | OtherProfession        | OtherProfession";
        for row in table.lines().skip(1) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let starred = cells[0].split_whitespace().find_map(|code| code.strip_prefix('*'));
            let codes: Vec<&str> = cells[0].split_whitespace().map(|code| code.trim_matches('*')).collect();
            let claim = Claim { codes: &codes, primary: starred, credential: cells[1] };
            for (choice, want) in [(TaxonomyChoice::Primary, cells[2]), (TaxonomyChoice::Any, cells[3])] {
                let got = match classify(claim, choice) {
                    Ok(kind) => kind.code().to_owned(),
                    Err(why) => format!("{why:?}"),
                };
                assert_eq!(got, want, "{choice:?}: {row}");
            }
        }
    }
}
