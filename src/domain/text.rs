//! Text from outside: trimmed, bounded, free of control characters.
//!
//! **Invariant:** text that passed here fits its column, its line in a calendar
//! file and its mail header without cutting and without escaping surprises.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Why a piece of text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("must have at most {most} characters, has {has}")]
    TooLong {
        /// The limit, in characters.
        most: usize,
        /// What was sent, in characters.
        has: usize,
    },
    /// A character that has no place in this text.
    #[error("must not contain the control character U+{:04X}", *.0 as u32)]
    Control(char),
}

/// One line of text, at most `most` characters, trimmed, not empty.
pub fn line(text: &str, most: usize) -> Result<String, TextError> {
    let text = optional_line(text, most)?;
    if text.is_empty() { Err(TextError::Empty) } else { Ok(text) }
}

/// One line of text that may be empty.
pub fn optional_line(text: &str, most: usize) -> Result<String, TextError> {
    bounded(text, most, |c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// Text of several lines that may be empty; line feeds and tabs are kept, other control characters refused.
pub fn paragraph(text: &str, most: usize) -> Result<String, TextError> {
    let text = text.replace("\r\n", "\n");
    bounded(&text, most, |c| c.is_control() && !matches!(c, '\n' | '\t'))
}

fn bounded(text: &str, most: usize, refused: impl Fn(char) -> bool) -> Result<String, TextError> {
    let text: String = text.trim().nfc().collect();
    if let Some(stray) = text.chars().find(|c| refused(*c)) {
        return Err(TextError::Control(stray));
    }
    let has = text.chars().count();
    if has > most {
        return Err(TextError::TooLong { most, has });
    }
    Ok(text)
}

/// The form in which names are compared: no accents, lower case, words of
/// letters and digits with one space between. An apostrophe vanishes
/// (`O'Brien` = `obrien`), other punctuation parts words.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let letters = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !matches!(c, '\'' | '\u{2019}' | '`'))
        .flat_map(char::to_lowercase);
    for c in letters {
        match c {
            'ß' => out.push_str("ss"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'đ' | 'ð' => out.push('d'),
            'ı' => out.push('i'),
            c if c.is_alphanumeric() => out.push(c),
            _ if out.is_empty() || out.ends_with(' ') => {}
            _ => out.push(' '),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_alike() {
        let table = "
            Nguyễn Thị     | nguyen thi
            O'Brien        | obrien
            O\u{2019}Brien | obrien
            Søren-Łukasz   | soren lukasz
            Straße         | strasse
            李             | 李
            '  '           | ";
        for row in table.trim().lines() {
            let (text, want) = row.split_once('|').expect("two cells");
            assert_eq!(folded(text), want.trim(), "{row}");
        }
    }

    #[test]
    fn lines_are_trimmed_and_bounded() {
        assert_eq!(line("  Dana ", 10), Ok("Dana".into()));
        assert_eq!(line("   ", 10), Err(TextError::Empty));
        assert_eq!(line("abc", 2), Err(TextError::TooLong { most: 2, has: 3 }));
        assert_eq!(line("a\0b", 9), Err(TextError::Control('\0')));
        assert_eq!(line("a\nb", 9), Err(TextError::Control('\n')));
        assert_eq!(paragraph("a\r\nb", 9), Ok("a\nb".into()));
    }
}
