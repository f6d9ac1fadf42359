//! What the mails say: plain and kind.
//!
//! No name stands in them: whoever registers another's address would choose the
//! words that land in a stranger's mailbox.
//!
//! **Invariant:** a mail holds at most one link, alone on its line, to a page
//! that asks before it acts.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{
    domain::{
        account::{Account, EmailAddress},
        mail::Mail,
    },
    secret::Token,
};

const GREETING: &str = "Hello,\n\n";
const CLOSING: &str = "\nKind regards\nStillpoint\n";

/// A mail with its greeting and closing.
#[must_use]
pub fn letter(kind: &'static str, to: &EmailAddress, subject: &str, text: &str) -> Mail {
    Mail { kind, to: to.clone(), subject: subject.to_owned(), text: [GREETING, text, CLOSING].concat() }
}

/// Asks whoever has the address to say that an account is wanted.
#[must_use]
pub fn verify(to: &EmailAddress, public_url: &str, token: &Token) -> Mail {
    let link = format!("{public_url}/verify-email?token={}", token.reveal());
    let text = format!(
        "Somebody, we hope you, asked for a Stillpoint account with this address.\n\
         To open the account, follow this link within 60 minutes and press the button there:\n\n\
         {link}\n\n\
         If it was not you, do nothing: there will be no account.\n"
    );
    letter("account.verify", to, "Please confirm your address", &text)
}

/// Tells the owner that somebody tried to register their address again.
#[must_use]
pub fn already_known(to: &EmailAddress) -> Mail {
    let text = "Somebody, perhaps you, asked for a Stillpoint account with this address.\n\
                You already have one, and nothing about it was changed: just sign in.\n\
                If you no longer know your password, ask for a new one when signing in.\n\n\
                If it was not you, there is nothing you need to do.\n";
    letter("account.known", to, "You already have an account", text)
}

/// Lets the owner choose a new password.
#[must_use]
pub fn reset(to: &EmailAddress, public_url: &str, token: &Token) -> Mail {
    let link = format!("{public_url}/reset-password?token={}", token.reveal());
    let text = format!(
        "Somebody, we hope you, asked for a new password for your Stillpoint account.\n\
         To choose one, follow this link within 60 minutes:\n\n\
         {link}\n\n\
         If it was not you, do nothing: your password stays as it is.\n"
    );
    letter("password.reset", to, "Choose a new password", &text)
}

/// Tells the owner that the password is another.
#[must_use]
pub fn password_changed(account: &Account, at: DateTime<Utc>) -> Mail {
    notice("password.changed", account, "Your password was changed", "The password of", "was changed", at)
}

/// Tells the owner that a second factor is needed from now on.
#[must_use]
pub fn second_factor_on(account: &Account, at: DateTime<Utc>) -> Mail {
    notice("totp.on", account, "Two-step sign-in is on", "Two-step sign-in for", "was turned on", at)
}

/// Tells the owner that the password alone is enough from now on.
#[must_use]
pub fn second_factor_off(account: &Account, at: DateTime<Utc>) -> Mail {
    notice("totp.off", account, "Two-step sign-in is off", "Two-step sign-in for", "was turned off", at)
}

/// Says goodbye.
#[must_use]
pub fn closed(account: &Account, at: DateTime<Utc>) -> Mail {
    let text = format!(
        "Your Stillpoint account was closed on {}.\n\
         Your name and your address are no longer stored with it.\n\n\
         If it was not you, please answer this mail.\n",
        told(at, account.time_zone)
    );
    letter("account.closed", &account.email, "Your account is closed", &text)
}

fn notice(
    kind: &'static str,
    account: &Account,
    subject: &str,
    what: &str,
    happened: &str,
    at: DateTime<Utc>,
) -> Mail {
    let text = format!(
        "{what} your Stillpoint account {happened} on {}.\n\n\
         If it was you, there is nothing you need to do.\n\
         If it was not, ask for a new password at once when signing in: that ends every session.\n",
        told(at, account.time_zone)
    );
    letter(kind, &account.email, subject, &text)
}

/// An instant as its reader's clock shows it, with the zone and the offset.
#[must_use]
pub fn told(at: DateTime<Utc>, zone: Tz) -> String {
    format!("{} ({})", at.with_timezone(&zone).format("%A, %-d %B %Y, %H:%M, UTC%:z"), zone.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_readers_zone() {
        let at: DateTime<Utc> = "2026-12-01T01:30:00Z".parse().unwrap();
        let want = "Monday, 30 November 2026, 17:30, UTC-08:00 (America/Los_Angeles)";
        assert_eq!(told(at, chrono_tz::America::Los_Angeles), want);
    }

    #[test]
    fn links_stand_alone_and_lines_stay_short() {
        let to: EmailAddress = "dana@example.org".parse().unwrap();
        let token = Token::generate().unwrap();
        for mail in [
            verify(&to, "https://stillpoint.example", &token),
            reset(&to, "https://stillpoint.example", &token),
            already_known(&to),
        ] {
            assert!(mail.text.is_ascii());
            assert!(mail.text.lines().all(|line| line.len() <= 110), "{}", mail.text);
            for line in mail.text.lines().filter(|line| line.contains("://")) {
                assert!(line.starts_with("https://") && !line.contains(' '), "{line}");
            }
        }
    }
}
