//! Sends what the outbox holds: mail.
