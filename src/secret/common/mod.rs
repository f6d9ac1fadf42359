//! Passwords that are tried first, and are therefore refused.
//!
//! Lists of leaked passwords hold few ideas in many dresses: one or two words
//! everybody uses, a row of the keyboard, a year, a digit or two at the end,
//! letters traded for look-alikes. So there is a short list of words here
//! (in `words`) and a rule for the dresses: a password is common when nothing
//! is left of it once the plain pieces are taken out.
//!
//! **Invariant:** unless it only repeats itself, a password with any piece that
//! is not plain is not common: no composition is asked for, one's own idea is
//! enough.

mod pieces;
mod words;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use self::pieces::Pieces;
use crate::domain::text::folded;

/// Most characters of a repetition that anybody tries.
const LONGEST_REPETITION: usize = 40;

/// Whether `password` is among the passwords everybody thinks of, or is made of `own_words`, what is
/// known of the person: the name, the e-mail address. Site words count as one's own.
#[must_use]
pub fn is_common(password: &str, own_words: &[&str]) -> bool {
    let text = plain(password);
    let pieces = Pieces::new(own_pieces(own_words));
    let joined = without_separators(&text);
    if is_monotonous(&joined) {
        return is_short_and_plain(password);
    }
    is_interleaved(&joined)
        || (!is_phrase(&text) && dresses(&text, &joined).any(|text| pieces.make_up(&text)))
}

/// Three or more words apart are a phrase, and no list of leaked passwords begins with phrases.
fn is_phrase(text: &[char]) -> bool {
    text.split(|c| c.is_whitespace() || "-_".contains(*c)).filter(|word| !word.is_empty()).count() >= 3
}

/// Lower case, accents away, wide letters narrow.
fn plain(text: &str) -> Vec<char> {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

fn without_separators(text: &[char]) -> Vec<char> {
    text.iter().copied().filter(|c| !c.is_whitespace() && !"-_.,:;/".contains(*c)).collect()
}

/// As it is, without separators, backwards, with doubled letters single.
fn dresses(text: &[char], joined: &[char]) -> impl Iterator<Item = Vec<char>> {
    let backwards: Vec<char> = joined.iter().rev().copied().collect();
    let mut single = joined.to_vec();
    single.dedup();
    [text.to_vec(), joined.to_vec(), backwards, single].into_iter()
}

/// Lists of leaked passwords hold repetitions of the keys of a keyboard, as long as a hand gets tired of.
fn is_short_and_plain(password: &str) -> bool {
    password.is_ascii() && password.len() <= LONGEST_REPETITION
}

/// Hardly any different characters, or one short piece over and over.
fn is_monotonous(text: &[char]) -> bool {
    let mut different = text.to_vec();
    different.sort_unstable();
    different.dedup();
    if different.len() <= 2 {
        return true;
    }
    // A few digits or signs at the end do not make a repetition less of one.
    let end = text.iter().rposition(|c| c.is_alphabetic()).map_or(text.len(), |last| last + 1);
    let core = text.get(..end).unwrap_or(text);
    [text, core].into_iter().any(|text| {
        period(text).is_some_and(|period| {
            let times = text.len() / period;
            (period <= 4 && times >= 2 && text.len() >= 8) || (period <= 8 && times >= 3)
        })
    })
}

/// The length of the shortest piece that makes up the whole text by repetition, the last time perhaps in part.
fn period(text: &[char]) -> Option<usize> {
    (1..text.len()).find(|&step| text.iter().zip(text.iter().skip(step)).all(|(one, other)| one == other))
}

/// Two walks taken in turn, as in `1q2w3e4r5t6y` and `a1b2c3d4e5f6`.
fn is_interleaved(text: &[char]) -> bool {
    let every_other = |skip: usize| -> Vec<char> { text.iter().skip(skip).step_by(2).copied().collect() };
    let is_walk = |text: &[char]| pieces::walk_at(text) == text.len();
    text.len() >= 10 && is_walk(&every_other(0)) && is_walk(&every_other(1))
}

/// What is known of the person and the site as single words, whole and in parts, without accents.
fn own_pieces(own_words: &[&str]) -> Vec<String> {
    let mut own = Vec::new();
    for word in words::SITE.split_whitespace().chain(own_words.iter().copied()) {
        // The part of an address after the @ is the provider's, not the person's.
        let word = word.rsplit_once('@').map_or(word, |(local, _)| local);
        let parts = folded(word);
        own.push(parts.replace(' ', ""));
        own.extend(parts.split(|c: char| !c.is_alphabetic()).map(str::to_owned));
    }
    own.retain(|piece| piece.chars().nth(1).is_some() && piece.chars().any(char::is_alphabetic));
    own
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const DANA: [&str; 2] = ["Dana Reyes-Müller", "dana.reyes84@example.org"];

    #[test]
    fn what_everybody_thinks_of_is_refused() {
        let table = "
            passwordpassword
            Password1234
            P@ssw0rd1234!
            password2026!!
            1234password
            welcomepassword1
            letmeinletmein
            iloveyou1234
            iloveyouforever
            mypassword123
            qwertyuiop12
            qwertyuiopas
            qwerty-qwerty
            asdfghjkl;'1
            zxcvbnm,./12
            1qaz2wsx3edc
            zaq1xsw2cde3
            1q2w3e4r5t6y
            q1w2e3r4t5y6
            a1b2c3d4e5f6
            123456789012
            210987654321
            987654321987
            111111111111
            112233445566
            aabbccddeeff
            aaaaaaaaaaaa
            ababbabaabab
            abcabcabcabc
            abcdefghijkl
            zyxwvutsrqpo
            abcd1234abcd
            kiwi kiwi kiwi
            hunter2hunter2
            drowssapdrowssap
            correcthorsebatterystaple
            superman_batman
            admin1234567
            administrator
            changemechangeme
            trustno1trustno1
            thequickbrownfox
            football2019
            January2026!
            !!!!!!!!!!!!
            ｐａｓｓｗｏｒｄ１２３４
            pässwörd2024";
        for password in table.trim().lines().map(str::trim) {
            assert!(is_common(password, &[]), "{password}");
        }
    }

    #[test]
    fn names_of_the_site_and_the_person_are_refused() {
        let table = "
            stillpoint2026
            Stillpoint-Password
            craniosacral1
            CranioSacralTherapy
            st1llp01nt!!!!
            danareyes1984
            DanaReyesMueller
            danareyesmuller
            reyes.dana.84
            dana.reyes84dana.reyes84
            reyespassword1
            muller123456789";
        for password in table.trim().lines().map(str::trim) {
            let known = password != "DanaReyesMueller";
            assert_eq!(is_common(password, &DANA), known, "{password}");
        }
        assert!(!is_common("reyesdana1984", &["Kim Lee", "kim@example.org"]));
    }

    #[test]
    fn a_repetition_nobody_lists_is_kept() {
        for password in ["é".repeat(12), "😀".repeat(12), "x".repeat(128), "да".repeat(6)] {
            assert!(!is_common(&password, &DANA), "{password}");
        }
        assert!(is_common(&"x".repeat(40), &DANA));
    }

    #[test]
    fn ones_own_idea_is_kept() {
        let table = "
            correct-horse-9-battery
            correct horse battery staple
            admin-password-123
            a quiet river in march
            Tr0ub4dor&3xyzzy!
            test-password-of-dana-17
            mango-violin-harbour-27
            wonderful-otter-parade
            s3cure-enough-for-me
            long enough secret 1
            very-secret-otter
            dana likes cold soup
            passwordless-is-better
            password839201746592
            x7Qm2pLw9ZtR
            0b1c7e55-93aa
            my dog ate my password
            ilovemountainsinmay
            the dragon and the kettle
            зелёный чай утром
            安全な合言葉を選ぶのは大切";
        for password in table.trim().lines().map(str::trim) {
            assert!(!is_common(password, &DANA), "{password}");
        }
    }

    /// The words in a few of their usual dresses are thousands of passwords; all of them are refused.
    #[test]
    fn thousands_are_refused() {
        let all: Vec<&str> = words::COMMON.split_whitespace().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "a word stands there twice");
        let mut refused = BTreeSet::new();
        for word in &all {
            let leet = word.replace('a', "@").replace('o', "0").replace('e', "3").replace('s', "$");
            for tail in ["1", "123", "!", "2024", "2025!", "12345678", "_1990"] {
                refused.insert(format!("{word}{tail}"));
                refused.insert(format!("{}{word}{tail}", word.to_uppercase()));
                refused.insert(format!("{leet}welcome{tail}"));
            }
        }
        refused.retain(|password| password.chars().count() >= 12);
        assert!(refused.len() >= 3_000, "{}", refused.len());
        for password in &refused {
            assert!(is_common(password, &[]), "{password}");
        }
    }

    proptest! {
        /// Any two common words are common together, whatever parts them and whichever digits follow.
        #[test]
        fn two_common_words_are_common(one: prop::sample::Index, two: prop::sample::Index, between in "[-_ .]?", after in "[0-9!]{0,4}") {
            let all: Vec<&str> = words::COMMON.split_whitespace().collect();
            let password = format!("{}{between}{}{after}", one.get(&all), two.get(&all));
            prop_assert!(is_common(&password, &[]), "{}", password);
        }

        /// Whatever is sent, the answer comes; a dozen letters at random are not common.
        #[test]
        fn any_text_may_be_asked_about(text in ".{0,128}", name in ".{0,40}", random in "[a-zA-Z]{12}") {
            let _ = is_common(&text, &[&name]);
            prop_assert!(!is_common(&random, &[]), "{}", random);
        }
    }
}
