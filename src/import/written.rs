//! Registry text, all in capitals, set in a case that people can read.
//!
//! **Invariant:** only the case of letters and the number of blanks change, and
//! text that already has small letters keeps its case: somebody chose it.

/// Words of an address that are abbreviations and stay in capitals.
const CAPITALS: [&str; 13] =
    ["NE", "NW", "SE", "SW", "PO", "US", "RR", "HC", "APO", "FPO", "DPO", "PMB", "AFB"];

/// The name of a person or a city: `O'BRIEN` is O'Brien, `ST. LOUIS` is St. Louis.
#[must_use]
pub(super) fn name(text: &str) -> String {
    words(text, name_word)
}

/// A street address: `123 NW 5TH AVE, PO BOX 12` is 123 NW 5th Ave, PO Box 12.
#[must_use]
pub(super) fn address(text: &str) -> String {
    words(text, |word| {
        let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
        let bare: String = letters.chars().filter(|c| *c != '.').collect();
        if CAPITALS.contains(&bare.as_str()) {
            word.to_owned()
        } else if letters.starts_with(|c: char| c.is_ascii_digit()) {
            numbered(word)
        } else {
            name_word(word)
        }
    })
}

fn words(text: &str, set: impl Fn(&str) -> String) -> String {
    let keep = text.chars().any(char::is_lowercase);
    let set = |word| if keep { str::to_owned(word) } else { set(word) };
    text.split_whitespace().map(set).collect::<Vec<_>>().join(" ")
}

/// `42ND` is an ordinal, `12B` a unit.
fn numbered(word: &str) -> String {
    let tail = word.trim_start_matches(|c: char| !c.is_alphabetic());
    let ending: String = tail.chars().take_while(|c| c.is_alphabetic()).collect();
    if matches!(ending.as_str(), "ST" | "ND" | "RD" | "TH") { word.to_lowercase() } else { word.to_owned() }
}

/// Every part between punctuation begins with a capital; after an apostrophe only where the part
/// before it is one letter (O'Brien, D'Angelo, but Lee's), and after Mc.
fn name_word(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut part = String::new();
    let mut after_apostrophe = false;
    for c in word.chars().chain(['\0']) {
        if c.is_alphanumeric() {
            part.push(c);
            continue;
        }
        if after_apostrophe {
            out.push_str(&part.to_lowercase());
        } else {
            out.push_str(&capitalised(&part));
        }
        after_apostrophe = matches!(c, '\'' | '\u{2019}') && part.chars().count() > 1;
        part.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

fn capitalised(part: &str) -> String {
    match part.strip_prefix("MC") {
        // Four letters at least: "MCD" is an abbreviation or something else of its own.
        Some(rest) if rest.chars().count() >= 2 => format!("Mc{}", capitalised(rest)),
        _ => {
            let mut letters = part.chars();
            letters
                .next()
                .map(|first| format!("{first}{}", letters.as_str().to_lowercase()))
                .unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn capitals_become_readable() {
        let table = "
            name    | MCDONALD                    | McDonald
            name    | O'BRIEN                     | O'Brien
            name    | D'ANGELO-SMITH              | D'Angelo-Smith
            name    | LEE'S SUMMIT                | Lee's Summit
            name    | VAN  DER BERG               | Van Der Berg
            name    | van der Berg                | van der Berg
            name    | ST. LOUIS                   | St. Louis
            name    | NGUYỄN                      | Nguyễn
            name    | MC                          | Mc
            name    | ÉMILE                       | Émile
            name    | 李                          | 李
            address | PO BOX 12                   | PO Box 12
            address | P.O. BOX 12                 | P.O. Box 12
            address | 123 NW 42ND AVE, STE 12B    | 123 NW 42nd Ave, Ste 12B
            address | 1ST FLOOR                   | 1st Floor
            address | 55 US HWY 1                 | 55 US Hwy 1
            address | N MAIN ST #3A               | N Main St #3A
            address | 12 Main St                  | 12 Main St";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let got = if cells[0] == "name" { name(cells[1]) } else { address(cells[1]) };
            assert_eq!(got, cells[2], "{row}");
        }
    }

    proptest! {
        /// No letter is lost, and a second time changes nothing.
        #[test]
        fn only_case_and_blanks_change(text in "[A-Z0-9' .,#/&À-ÖØ-Þ-]{0,30}") {
            for set in [name, address] {
                let once = set(&text);
                let bare = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
                prop_assert_eq!(bare(&once), bare(&text));
                prop_assert_eq!(set(&once), once);
            }
        }
    }
}
