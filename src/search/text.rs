//! How names and languages are compared.
//!
//! **Invariant:** both sides of a comparison are folded by the same function,
//! so that what is typed without accents finds what is written with them.

use crate::domain::{practitioner::Practitioner, text::folded};

/// A practitioner's name, folded once.
#[derive(Debug)]
pub(super) struct Name {
    /// Family name, first in the order of names.
    pub family: String,
    /// Given name, second.
    pub given: String,
}

impl Name {
    /// The folded name of that practitioner.
    pub fn of(practitioner: &Practitioner) -> Self {
        Self { family: folded(&practitioner.family_name), given: folded(&practitioner.given_name) }
    }

    /// Whether there is a word, and every one is the beginning of some word of the name.
    pub fn has(&self, words: &[String]) -> bool {
        let own = || self.given.split(' ').chain(self.family.split(' '));
        !words.is_empty() && words.iter().all(|word| own().any(|part| part.starts_with(word.as_str())))
    }
}

/// The words of what was typed, folded; none when nothing but punctuation was.
pub(super) fn words(text: &str) -> Vec<String> {
    folded(text).split_whitespace().map(str::to_owned).collect()
}

/// Whether somebody who speaks `spoken` serves who asks for `asked`: RFC 4647 §3.3.1 basic
/// filtering, so `es` is met by `es-MX` but not the other way about.
pub(super) fn speaks(spoken: &str, asked: &str) -> bool {
    let head = spoken.get(..asked.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(asked))
        && matches!(spoken.as_bytes().get(asked.len()), None | Some(b'-'))
}

/// Every language whose choice a speaker of `spoken` meets: itself and what is left when subtags
/// are taken off its end, in lower case.
pub(super) fn ranges(spoken: &str) -> impl Iterator<Item = String> {
    let spoken = spoken.to_ascii_lowercase();
    std::iter::successors(Some(spoken), |tag| tag.rsplit_once('-').map(|(head, _)| head.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_the_beginnings_of_their_words() {
        let table = "
            Thị Ánh | Nguyễn   | nguy     | yes
            Thị Ánh | Nguyễn   | anh ngu  | yes
            Thị Ánh | Nguyễn   | NGUYỄN Á | yes
            Thị Ánh | Nguyễn   | guy      | no
            Aoife   | O'Brien  | obr      | yes
            Aoife   | O'Brien  | o’b aoi  | yes
            Aoife   | O'Brien  | brien    | no
            Ana     | Sá-Lopes | lopes    | yes
            Ana     | Sá-Lopes | sa ana x | no
                    | 李       | 李       | yes
            Ana     | Sá-Lopes | '        | no
            Ana     | Sá-Lopes | %        | no";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let name = Name { given: folded(cells[0]), family: folded(cells[1]) };
            assert_eq!(name.has(&words(cells[2])), cells[3] == "yes", "{row}");
        }
    }

    #[test]
    fn a_region_speaks_its_language() {
        let table = "
            es    | es    | yes
            es-mx | es    | yes
            es-MX | ES    | yes
            es    | es-MX | no
            est   | es    | no
            e     | es    | no
            zh-hant-tw | zh-Hant | yes";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            assert_eq!(speaks(cells[0], cells[1]), cells[2] == "yes", "{row}");
        }
        assert_eq!(ranges("zh-Hant-TW").collect::<Vec<_>>(), ["zh-hant-tw", "zh-hant", "zh"]);
    }
}
