//! How names and languages are compared.
//!
//! **Invariant:** both sides of a comparison are folded by the same function,
//! so that what is typed without accents finds what is written with them.

use crate::domain::text::folded;

/// The shortest word, in characters, in which a typo is forgiven: in shorter ones it finds other names.
const LONG: usize = 5;

/// Whether there is a word, and every one is the beginning of some word of a folded name, or nearly so.
pub(super) fn has(name: &[&str], words: &[String]) -> bool {
    let own = || name.iter().flat_map(|part| part.split(' '));
    !words.is_empty() && words.iter().all(|word| own().any(|part| begins(part, word)))
}

/// Whether `own` begins with `typed`, one typo after the first letter forgiven.
fn begins(own: &str, typed: &str) -> bool {
    if own.starts_with(typed) {
        return true;
    }
    let (mut own, mut typed) = (own.chars(), typed.chars());
    if typed.clone().nth(LONG - 1).is_none() || own.next() != typed.next() {
        return false;
    }
    loop {
        let (own_before, typed_before) = (own.clone(), typed.clone());
        let (a, b) = (own.next(), typed.next());
        if a.is_some() && a == b {
            continue;
        }
        let goes_on =
            |own: std::str::Chars<'_>, typed: std::str::Chars<'_>| own.as_str().starts_with(typed.as_str());
        let (mut own_after, mut typed_after) = (own.clone(), typed.clone());
        let is_swapped = own_after.next() == b && typed_after.next() == a && a.is_some();
        // A letter for another, one too many, one missing, two the wrong way about.
        return goes_on(own.clone(), typed.clone())
            || goes_on(own_before, typed)
            || goes_on(own, typed_before)
            || (is_swapped && goes_on(own_after, typed_after));
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
            Thị Ánh | Nguyễn   | ngyuen   | yes
            Thị Ánh | Nguyễn   | nguyem   | yes
            Thị Ánh | Nguyễn   | nguyyen  | yes
            Thị Ánh | Nguyễn   | nguen    | yes
            Thị Ánh | Nguyễn   | guyen    | no
            Thị Ánh | Nguyễn   | ngyuem   | no
            Thị Ánh | Nguyễn   | nguyenn  | yes
            Thị Ánh | Nguyễn   | ngxu     | no
            Ana     | Reyes    | reys     | no
            Ana     | Reyes    | reyess   | yes
            Ana     | Reyes    | reyessa  | no
            Ana     | Sá-Lopes | %        | no";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let name = [folded(cells[0]), folded(cells[1])];
            let found = has(&[&name[0], &name[1]], &words(cells[2]));
            assert_eq!(found, cells[3] == "yes", "{row}");
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
