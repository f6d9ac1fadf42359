//! Takes a text apart into plain pieces: common words, own words, walks, years.
//!
//! **Invariant:** a text is made up of plain pieces only if every character of
//! it belongs to one; the pieces may be laid in any way that works.

use std::{collections::BTreeMap, sync::LazyLock};

use super::words;

/// Most different common words; a third one is an idea of one's own.
const MOST_WORDS: usize = 2;
/// Most joining words.
const MOST_JOINING: usize = 2;
/// Most digits and signs that belong to no walk and no year: a date written without dots has eight.
const MOST_LOOSE: usize = 8;
/// The same where no word stands beside them.
const MOST_LOOSE_ALONE: usize = 4;

/// Rows that fingers and eyes walk along, in either direction.
const ROWS: [&str; 25] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "`1234567890-=",
    "~!@#$%^&*()_+",
    "qwertyuiop[]\\",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopü",
    "asdfghjklöä",
    "yxcvbnm,.-",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn,;:!",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qazxsw23edcvfr45tgbnhy67ujm",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "!qaz@wsx#edc$rfv%tgb^yhn&ujm",
    "0246802468",
    "1357913579",
    "aceg",
    "147258369",
    "159357",
    "789456123",
];

/// Words by their first character, each with its place in the list it came from.
type Words = BTreeMap<char, Vec<(usize, Vec<char>)>>;

static COMMON: LazyLock<Words> = LazyLock::new(|| listed(words::COMMON));
/// The rows there and back.
static WALKS: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
    ROWS.iter().flat_map(|row| [row.chars().collect(), row.chars().rev().collect()]).collect()
});
static JOINING: LazyLock<Words> = LazyLock::new(|| listed(words::JOINING));

/// The words of one question, ready to be found in a text.
pub struct Pieces {
    own: Words,
}

/// How a beginning of the text was taken apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Laid {
    /// Positions in the list of common words, each once.
    words: Vec<usize>,
    joining: usize,
    /// Whether an own word is among the pieces.
    own: bool,
}

impl Pieces {
    /// The lists of this module and `own`.
    pub fn new(own: impl IntoIterator<Item = String>) -> Self {
        Self { own: by_first(own) }
    }

    /// Whether `text` is nothing but plain pieces, within the limits above.
    ///
    /// Goes through the text once, keeping for each position every way to have got there, with the
    /// fewest loose characters it can be had for.
    pub fn make_up(&self, text: &[char]) -> bool {
        let mut reached: BTreeMap<usize, BTreeMap<Laid, usize>> = BTreeMap::new();
        let start = Laid { words: Vec::new(), joining: 0, own: false };
        reached.entry(0).or_default().insert(start, 0);
        while let Some((at, ways)) = reached.pop_first() {
            let rest = text.get(at..).unwrap_or_default();
            if rest.is_empty() {
                return ways.iter().any(|(laid, loose)| laid.is_plain(*loose));
            }
            for (laid, loose) in ways {
                for (length, laid, loose) in self.next(text, at, &laid, loose) {
                    let best = reached.entry(at + length).or_default().entry(laid).or_insert(loose);
                    *best = loose.min(*best);
                }
            }
        }
        false
    }

    /// Every piece that may be laid next: its length, and what is laid with it.
    fn next(&self, text: &[char], at: usize, laid: &Laid, loose: usize) -> Vec<(usize, Laid, usize)> {
        let rest = text.get(at..).unwrap_or_default();
        let mut next = Vec::new();
        for (position, length) in found(&COMMON, rest) {
            let mut laid = laid.clone();
            if !laid.words.contains(&position) {
                laid.words.push(position);
                laid.words.sort_unstable();
            }
            if laid.words.len() <= MOST_WORDS {
                next.push((length, laid, loose));
            }
        }
        if laid.joining < MOST_JOINING {
            let more = Laid { joining: laid.joining + 1, ..laid.clone() };
            next.extend(found(&JOINING, rest).map(|(_, length)| (length, more.clone(), loose)));
        }
        let own = Laid { own: true, ..laid.clone() };
        next.extend(found(&self.own, rest).map(|(_, length)| (length, own.clone(), loose)));
        // Any shorter walk may leave room for a word that starts on its last letters.
        next.extend((3..=walk_at(rest)).map(|length| (length, laid.clone(), loose)));
        if is_year(text, at) {
            next.push((4, laid.clone(), loose));
        }
        if rest.first().is_some_and(|c| !c.is_alphabetic()) && loose < MOST_LOOSE {
            next.push((1, laid.clone(), loose + 1));
        }
        next
    }
}

impl Laid {
    fn is_plain(&self, loose: usize) -> bool {
        let alone = self.words.is_empty() && !self.own;
        loose <= if alone { MOST_LOOSE_ALONE } else { MOST_LOOSE }
    }
}

fn listed(text: &str) -> Words {
    by_first(text.split_whitespace().map(str::to_owned))
}

fn by_first(list: impl IntoIterator<Item = String>) -> Words {
    let mut words = Words::new();
    for (position, word) in list.into_iter().enumerate() {
        if let Some(first) = word.chars().next() {
            words.entry(first).or_default().push((position, word.chars().collect()));
        }
    }
    words
}

/// The words that `rest` begins with: place in the list, length.
fn found<'a>(words: &'a Words, rest: &'a [char]) -> impl Iterator<Item = (usize, usize)> + 'a {
    let firsts = rest.first().into_iter().flat_map(|shown| looks_like(*shown).chars().chain([*shown]));
    firsts.filter_map(|first| words.get(&first)).flatten().filter_map(move |(position, word)| {
        let shown = rest.get(..word.len())?;
        let alike = |(meant, shown): (&char, &char)| shown == meant || looks_like(*shown).contains(*meant);
        // A number is not a word, whatever its digits look like.
        let fits = word.iter().zip(shown).all(alike) && shown.iter().any(|c| c.is_alphabetic());
        fits.then_some((*position, word.len()))
    })
}

/// The letters that a digit or a sign is written for.
fn looks_like(shown: char) -> &'static str {
    match shown {
        '0' => "o",
        '1' | '!' | '|' => "il",
        '2' => "z",
        '3' | '€' => "e",
        '4' | '@' => "a",
        '5' | '$' => "s",
        '6' | '9' => "g",
        '7' | '+' => "t",
        '8' => "b",
        '(' => "c",
        _ => "",
    }
}

/// How many characters at the beginning are one walk: along a row, back along it, or standing still.
pub fn walk_at(text: &[char]) -> usize {
    let still = text.iter().take_while(|c| Some(*c) == text.first()).count();
    let along = WALKS.iter().map(|walk| along(walk, text)).max();
    along.unwrap_or(0).max(still)
}

/// The longest beginning of `text` that stands somewhere in `walk`.
fn along(walk: &[char], text: &[char]) -> usize {
    let mut longest = 0;
    let mut rest = walk;
    while rest.len() > longest {
        // Most starts end at the first character; comparing it alone keeps this cheap.
        if rest.first() == text.first() {
            longest = longest.max(rest.iter().zip(text).take_while(|(a, b)| a == b).count());
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    longest
}

/// Whether a year from 1900 to 2099 stands at `at`, alone or beside another: four digits out of a
/// longer number are not one.
fn is_year(text: &[char], at: usize) -> bool {
    let year = |at: usize| {
        matches!(text.get(at..), Some(['1', '9', a, b, ..] | ['2', '0', a, b, ..])
            if a.is_ascii_digit() && b.is_ascii_digit())
    };
    let digit = |at: usize| text.get(at).is_some_and(char::is_ascii_digit);
    let begins = match at.checked_sub(1) {
        Some(before) if digit(before) => at.checked_sub(4).is_some_and(year),
        _ => true,
    };
    year(at) && begins && (!digit(at + 4) || year(at + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_are_measured() {
        let table = "
            qwertz   | 6
            qwerty   | 6
            tyui77   | 4
            poiuyx   | 5
            8901234  | 7
            321abc   | 3
            aaab     | 3
            xk       | 1";
        for row in table.trim().lines() {
            let (text, want) = row.split_once('|').unwrap();
            let text: Vec<char> = text.trim().chars().collect();
            assert_eq!(walk_at(&text), want.trim().parse::<usize>().unwrap(), "{row}");
        }
    }

    #[test]
    fn a_third_word_or_one_letter_more_is_not_plain() {
        let table = "
            dragon            | yes
            dr4g0n            | yes
            dragonmonkey      | yes
            dragonmonkeytiger | no
            dragondragondragondragon | yes
            mydragon          | yes
            dragons1x         | no
            dragon12345678    | yes
            dragon83920174    | yes
            dragon839201747   | no
            1985              | yes
            198519901999      | yes
            83920174          | no
            kim               | yes
            kimdragonmonkey   | yes";
        let pieces = Pieces::new(["kim".to_owned()]);
        for row in table.trim().lines() {
            let (text, want) = row.split_once('|').unwrap();
            let text: Vec<char> = text.trim().chars().collect();
            assert_eq!(pieces.make_up(&text), want.trim() == "yes", "{row}");
        }
    }
}
