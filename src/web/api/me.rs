//! The own account.

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, web};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{
        account::Account,
        id::{AccountId, PractitionerId},
    },
    operation::{
        App,
        manage_account::{self, UpdateAccount},
        second_factor, sign_in,
    },
    secret::{RecoveryCode, TotpSecret},
    store::{StoreError, Tx, account},
    web::{
        answer::{self, Answer, Answered},
        api::{
            account::{kept, parse_name, parse_zone},
            session::signed_out,
        },
        etag::IfMatch,
        extract::{self, Caller, Json, Patient, SignedIn},
        instant,
        problem::Problem,
        route::{Access, Route, delete, get, patch, post, put},
        url,
    },
};

/// How long a sign-in stands for the password itself.
const FRESH: Duration = Duration::minutes(15);
/// Most bytes of a body that holds a password.
const MOST_PASSWORD_BODY: usize = 4 * 1024;

/// What this file describes.
#[derive(OpenApi)]
#[openapi(
    paths(show, update, close, change_password, begin_totp, prove_totp, remove_totp),
    components(schemas(MeBody, UpdateBody, PasswordBody, TotpBody, CodeBody, RecoveryCodesBody, ProofBody))
)]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        get("/v1/me", Access::Patient, show),
        patch("/v1/me", Access::Patient, update),
        delete("/v1/me", Access::Patient, close),
        put("/v1/me/password", Access::Patient, change_password),
        post("/v1/me/totp", Access::Patient, begin_totp),
        put("/v1/me/totp", Access::Patient, prove_totp),
        delete("/v1/me/totp", Access::Patient, remove_totp),
    ]
}

/// The own account.
#[derive(Serialize, ToSchema)]
pub struct MeBody {
    /// Its id; also the id of its own patient.
    #[schema(value_type = uuid::Uuid)]
    id: AccountId,
    /// The address.
    email: String,
    /// What to call the person.
    name: String,
    /// IANA zone in which times are told.
    time_zone: String,
    /// `patient`, `practitioner`, `admin`.
    roles: Vec<&'static str>,
    /// The practitioner record, if any.
    #[schema(value_type = Option<uuid::Uuid>)]
    practitioner_id: Option<PractitionerId>,
    /// Where the people in its care are listed.
    dependants_url: &'static str,
    /// Whether two-step sign-in is on.
    totp_enabled: bool,
    /// When the account was opened.
    created_at: String,
}

impl MeBody {
    fn of(caller: &Caller, account: &Account, totp_enabled: bool) -> Self {
        Self {
            id: account.id,
            email: account.email.to_string(),
            name: account.name.clone(),
            time_zone: account.time_zone.name().to_owned(),
            roles: caller.roles(),
            practitioner_id: caller.practitioner,
            dependants_url: url::DEPENDANTS,
            totp_enabled,
            created_at: instant::text(account.created_at),
        }
    }
}

async fn totp_enabled(app: &App, id: AccountId) -> Result<bool, StoreError> {
    let proofs = app.read(move |conn| account::proofs(conn, id)).await?;
    Ok(proofs.is_some_and(|proofs| proofs.totp_confirmed))
}

/// The own account.
#[utoipa::path(get, path = "/v1/me", tag = "Own account", responses((status = 200, description = "The account", body = MeBody)))]
pub async fn show(app: web::Data<App>, caller: SignedIn<Patient>) -> Result<HttpResponse, Problem> {
    let enabled = totp_enabled(&app, caller.account.id).await?;
    let body = MeBody::of(&caller, &caller.account, enabled);
    Ok(Answer::ok(&body).tagged_whole(caller.account.version).response())
}

/// What is to be another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBody {
    /// What to call the person.
    name: Option<String>,
    /// IANA zone in which times are told.
    time_zone: Option<String>,
}

impl UpdateBody {
    fn parse(&self, version: Option<i64>) -> Result<UpdateAccount, Problem> {
        let mut errors = Vec::new();
        let name = self.name.as_deref().map(|name| kept("/name", parse_name(name), &mut errors));
        let zone = self.time_zone.as_deref().map(|zone| kept("/time_zone", parse_zone(zone), &mut errors));
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        Ok(UpdateAccount { name: name.flatten(), time_zone: zone.flatten(), version })
    }
}

/// Changes name or zone. Times already agreed stay as they are.
#[utoipa::path(patch, path = "/v1/me", tag = "Own account", request_body = UpdateBody,
    responses((status = 200, description = "The account as it is now", body = MeBody), (status = 412, description = "Changed in the meantime")))]
pub async fn update(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    seen: IfMatch,
    Json(body): Json<UpdateBody>,
) -> Result<HttpResponse, Problem> {
    seen.check(caller.account.version)?;
    let wish = body.parse(seen.version().map(|_| caller.account.version))?;
    let id = caller.account.id;
    let changed = app.write(caller.context(), move |tx| manage_account::update(tx, id, &wish)).await?;
    let body = MeBody::of(&caller, &changed, totp_enabled(&app, id).await?);
    Ok(Answer::ok(&body).tagged_whole(changed.version).response())
}

/// The password once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofBody {
    /// The present password.
    password: String,
}

/// The password once more, in the body of a `DELETE`. Whoever signed in a moment ago has just given it.
pub struct Proof(Option<String>);

impl FromRequest for Proof {
    type Error = Problem;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = payload.take();
        Box::pin(async move {
            let bytes = extract::read_body(payload, None, MOST_PASSWORD_BODY).await?;
            if bytes.is_empty() {
                return Ok(Self(None));
            }
            Ok(Self(Some(extract::parse_json::<ProofBody>(&bytes)?.password)))
        })
    }
}

impl Proof {
    /// Makes sure of the owner: by the password, or by a session that began a moment ago.
    async fn check(self, app: &App, caller: &SignedIn<Patient>) -> Result<(), Problem> {
        match self.0 {
            Some(password) => Ok(sign_in::confirm(app, caller.context(), &caller.account, password).await?),
            None if app.now() - caller.signed_in_at < FRESH => Ok(()),
            None => Err(Problem::invalid_field(
                "/password",
                "is needed: send the present password, or sign in again",
            )),
        }
    }
}

/// Closes the account for good. Refused while appointments lie ahead.
#[utoipa::path(delete, path = "/v1/me", tag = "Own account", request_body = Option<ProofBody>,
    responses((status = 204, description = "Closed"), (status = 409, description = "Appointments lie ahead"), (status = 422, description = "The password is missing")))]
pub async fn close(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    proof: Proof,
) -> Result<HttpResponse, Problem> {
    proof.check(&app, &caller).await?;
    manage_account::close(&app, caller.context(), caller.account.id).await?;
    Ok(signed_out())
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The present password.
    current: String,
    /// 12 to 128 characters, not among the common ones.
    new: String,
}

/// Changes the password; all other sessions end.
#[utoipa::path(put, path = "/v1/me/password", tag = "Own account", request_body = PasswordBody,
    responses((status = 204, description = "Changed")))]
pub async fn change_password(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    Json(body): Json<PasswordBody>,
) -> Result<HttpResponse, Problem> {
    let (who, context) = (caller.account.clone(), caller.context());
    manage_account::change_password(&app, context, who, caller.session, body.current, &body.new).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What an authenticator needs.
#[derive(Serialize, ToSchema)]
pub struct TotpBody {
    /// Base32, to be typed in.
    secret: String,
    /// The same for a QR code.
    otpauth_url: String,
}

/// Asks for the secret of a second factor. It counts once a code has been shown.
#[utoipa::path(post, path = "/v1/me/totp", tag = "Own account",
    responses((status = 201, description = "To be put into an authenticator", body = TotpBody), (status = 409, description = "On already")))]
pub async fn begin_totp(app: web::Data<App>, caller: SignedIn<Patient>) -> Result<Answered, Problem> {
    let (id, sealer) = (caller.account.id, app.secrets().sealer);
    let secret = TotpSecret::generate()?;
    let otpauth_url = secret.otpauth_url(caller.account.email.as_str())?;
    let body = TotpBody { secret: secret.base32(), otpauth_url };
    let work = move |tx: &mut Tx<'_>| second_factor::begin(tx, &sealer, id, &secret);
    answer::write(&app, caller.context(), work, move |()| Answer::created(&body)).await
}

/// What the authenticator shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    /// Six digits.
    #[schema(example = "123456")]
    code: String,
}

/// For when the authenticator is lost; each is good once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodesBody {
    /// Shown now and never again.
    recovery_codes: Vec<String>,
}

/// Turns two-step sign-in on by showing a code.
#[utoipa::path(put, path = "/v1/me/totp", tag = "Own account", request_body = CodeBody,
    responses((status = 200, description = "On", body = RecoveryCodesBody), (status = 409, description = "On already, or not begun")))]
pub async fn prove_totp(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    Json(body): Json<CodeBody>,
) -> Result<HttpResponse, Problem> {
    let (who, secrets) = (caller.account.clone(), app.secrets());
    let codes = RecoveryCode::generate_set()?;
    let recovery_codes = codes.iter().map(RecoveryCode::reveal).collect();
    app.write(caller.context(), move |tx| second_factor::prove(tx, &secrets, &who, &body.code, &codes))
        .await?;
    Ok(HttpResponse::Ok().json(RecoveryCodesBody { recovery_codes }))
}

/// Turns two-step sign-in off. Admins cannot.
#[utoipa::path(delete, path = "/v1/me/totp", tag = "Own account", request_body = Option<ProofBody>,
    responses((status = 204, description = "Off"), (status = 403, description = "Admins keep theirs"), (status = 404, description = "Not on"), (status = 422, description = "The password is missing")))]
pub async fn remove_totp(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    proof: Proof,
) -> Result<HttpResponse, Problem> {
    let (who, sealer) = (caller.account.clone(), app.secrets().sealer);
    if who.is_admin {
        return Err(second_factor::SecondFactorError::AdminsKeepTheirs.into());
    }
    proof.check(&app, &caller).await?;
    app.write(caller.context(), move |tx| second_factor::remove(tx, &sealer, &who)).await?;
    Ok(HttpResponse::NoContent().finish())
}
