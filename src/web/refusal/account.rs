//! Refusals about accounts, sessions and passwords.

use actix_web::http::StatusCode;

use crate::{
    delivery::PostError,
    operation::{
        manage_account::AccountError, manage_sessions::EndError, register::RegisterError,
        reset_password::ResetError, second_factor::SecondFactorError, sign_in::SignInError,
    },
    secret::SecretError,
    web::{etag::IfMatch, problem::Problem},
};

impl From<SecretError> for Problem {
    fn from(err: SecretError) -> Self {
        match err {
            SecretError::Busy => Self::unavailable(),
            err => Self::failure(&err),
        }
    }
}

impl From<PostError> for Problem {
    fn from(err: PostError) -> Self {
        match err {
            PostError::Store(err) => err.into(),
            PostError::Secret(err) => err.into(),
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(err: RegisterError) -> Self {
        match err {
            RegisterError::InvalidToken => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid-token",
                "Invalid token",
                "This link is not valid, or no longer. Register again to get a new one.",
            ),
            RegisterError::EmailTaken => {
                Self::new(StatusCode::CONFLICT, "email-taken", "Address in use", RegisterError::EmailTaken)
            }
            RegisterError::Post(err) => err.into(),
            RegisterError::Secret(err) => err.into(),
            RegisterError::Store(err) => err.into(),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(err: SignInError) -> Self {
        match err {
            SignInError::InvalidCredentials => Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid-credentials",
                "Not signed in",
                "The address, the password or the code is not right.",
            ),
            SignInError::SecondFactorRequired => Self::new(
                StatusCode::UNAUTHORIZED,
                "second-factor-required",
                "A code is needed too",
                "Send totp as well: the code your authenticator shows, or a recovery code.",
            ),
            SignInError::Throttled { seconds } => Self::too_many_requests(seconds),
            SignInError::Secret(err) => err.into(),
            SignInError::Store(err) => err.into(),
        }
    }
}

impl From<EndError> for Problem {
    fn from(err: EndError) -> Self {
        match err {
            EndError::NotFound => Self::not_found(),
            EndError::Store(err) => err.into(),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(err: AccountError) -> Self {
        match err {
            AccountError::Stale => IfMatch::stale(),
            AccountError::Password(why) => Self::invalid_field("/new", why),
            AccountError::SignIn(err) => err.into(),
            AccountError::AppointmentsPending => Self::new(
                StatusCode::CONFLICT,
                "appointments-pending",
                "Appointments lie ahead",
                "Cancel the appointments that lie ahead, then close the account.",
            ),
            AccountError::Post(err) => err.into(),
            AccountError::Secret(err) => err.into(),
            AccountError::Store(err) => err.into(),
        }
    }
}

impl From<SecondFactorError> for Problem {
    fn from(err: SecondFactorError) -> Self {
        let conflict =
            |kind, err: SecondFactorError| Self::new(StatusCode::CONFLICT, kind, "Two-step sign-in", err);
        match err {
            SecondFactorError::AlreadyOn => conflict("totp-already-on", err),
            SecondFactorError::NotBegun => conflict("totp-not-begun", err),
            SecondFactorError::WrongCode => Self::invalid_field("/code", err),
            SecondFactorError::NotOn => Self::not_found(),
            SecondFactorError::AdminsKeepTheirs => Self::forbidden(err),
            SecondFactorError::Post(err) => err.into(),
            SecondFactorError::Secret(err) => err.into(),
            SecondFactorError::Store(err) => err.into(),
        }
    }
}

impl From<ResetError> for Problem {
    fn from(err: ResetError) -> Self {
        match err {
            // The token stands in the path: what is unknown there does not exist.
            ResetError::UnknownToken => Self::not_found(),
            ResetError::Password(why) => Self::invalid_field("/password", why),
            ResetError::Post(err) => err.into(),
            ResetError::Secret(err) => err.into(),
            ResetError::Store(err) => err.into(),
        }
    }
}
