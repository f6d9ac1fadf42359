//! Practitioners' records and public profiles.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{
        guidance,
        id::PractitionerId,
        npi::Npi,
        practitioner::{BookingTerms, ProviderType},
        text,
    },
    operation::{
        App,
        manage_practitioner::{self as manage, Edit, Keeper, Register, Wanted},
    },
    web::{
        answer::{self, Answer, Answered},
        etag::IfMatch,
        extract::{Caller, Json, PathId, Patient, Practitioner, SignedIn, Viewer},
        field::{self, Fields, given},
        problem::Problem,
        route::{Access, Route, get, patch, post},
        url,
    },
};

use super::{
    booking_terms::WantedTermsBody,
    profile::{OwnRecordBody, ProfileBody},
};

/// Most languages of one practitioner.
const MOST_LANGUAGES: usize = 20;
const MOST_NAME: usize = 100;
const MOST_BIO: usize = 4_000;

/// The description of this resource.
#[derive(OpenApi)]
#[openapi(paths(create, show, change))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        post("/v1/practitioners", Access::Patient, create),
        get("/v1/practitioners/{id}", Access::Viewer, show),
        patch("/v1/practitioners/{id}", Access::Practitioner, change),
    ]
}

/// The caller as somebody who may keep a record.
pub(super) fn keeper(caller: &Caller) -> Keeper {
    Keeper { account: caller.account.id, is_admin: caller.account.is_admin }
}

/// A new record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBody {
    /// Code of `GET /v1/provider-types`.
    provider_type: String,
    /// Empty for people of one name.
    given_name: String,
    family_name: String,
    /// IANA zone, the default of the schedule.
    time_zone: String,
    /// Ten digits with a right check digit.
    npi: Option<String>,
    /// At most 4000 characters.
    bio: Option<String>,
    /// BCP 47 codes.
    languages: Vec<String>,
    /// Codes of `GET /v1/concerns`.
    concerns: Vec<String>,
    /// True when absent.
    accepts_new_patients: Option<bool>,
    /// What every booking has to observe.
    booking_terms: Option<WantedTermsBody>,
}

impl CreateBody {
    fn parse(self, caller: &Caller) -> Result<Register, Problem> {
        let mut fields = Fields::default();
        let provider_type = fields.take("/provider_type", provider_type(&self.provider_type));
        let given_name = fields.take("/given_name", text::optional_line(&self.given_name, MOST_NAME));
        let family_name = fields.take("/family_name", text::line(&self.family_name, MOST_NAME));
        let time_zone = fields.take("/time_zone", field::zone(&self.time_zone));
        let npi = fields.take_if("/npi", self.npi.map(|npi| npi.parse::<Npi>()));
        let bio = fields.take_if("/bio", self.bio.map(|bio| text::paragraph(&bio, MOST_BIO)));
        let languages = languages(&mut fields, &self.languages);
        let concerns = concerns(&mut fields, &self.concerns);
        let terms = self.booking_terms.unwrap_or_default().parse(&mut fields);
        fields.finish(|| {
            Some(Register {
                account: caller.account.id,
                provider_type: provider_type?,
                given_name: given_name?,
                family_name: family_name?,
                time_zone: time_zone?,
                npi,
                bio: bio.unwrap_or_default(),
                languages,
                concerns,
                accepts_new_patients: self.accepts_new_patients.unwrap_or(true),
                terms: terms.applied_to(BookingTerms::default()),
            })
        })
    }
}

/// What is to become of a record; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    /// A change sends credentials back to review.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    provider_type: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    given_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    family_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<String>,
    /// Null clears it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    npi: Option<Option<String>>,
    /// Null clears it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    bio: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    languages: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    concerns: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<bool>)]
    accepts_new_patients: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<WantedTermsBody>)]
    booking_terms: Option<WantedTermsBody>,
}

impl ChangeBody {
    fn parse(self) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let name = |text: String| text::optional_line(&text, MOST_NAME);
        let bio = self.bio.map(Option::unwrap_or_default);
        let wanted = Wanted {
            provider_type: fields
                .take_if("/provider_type", self.provider_type.map(|code| provider_type(&code))),
            given_name: fields.take_if("/given_name", self.given_name.map(name)),
            family_name: fields
                .take_if("/family_name", self.family_name.map(|text| text::line(&text, MOST_NAME))),
            time_zone: fields.take_if("/time_zone", self.time_zone.map(|zone| field::zone(&zone))),
            npi: fields.take_if("/npi", self.npi.map(|npi| npi.map(|npi| npi.parse::<Npi>()).transpose())),
            bio: fields.take_if("/bio", bio.map(|bio| text::paragraph(&bio, MOST_BIO))),
            languages: self.languages.map(|codes| languages(&mut fields, &codes)),
            concerns: self.concerns.map(|codes| concerns(&mut fields, &codes)),
            accepts_new_patients: self.accepts_new_patients,
            terms: self.booking_terms.unwrap_or_default().parse(&mut fields),
        };
        fields.finish(|| Some(wanted))
    }
}

fn provider_type(code: &str) -> Result<ProviderType, String> {
    ProviderType::from_code(code)
        .ok_or_else(|| format!("must be one of {}", ProviderType::ALL.map(ProviderType::code).join(", ")))
}

/// Language codes in lower case, in which they compare, each once.
fn languages(fields: &mut Fields, codes: &[String]) -> Vec<String> {
    if !(1..=MOST_LANGUAGES).contains(&codes.len()) {
        fields.refuse("/languages", format!("must name from 1 to {MOST_LANGUAGES} languages"));
    }
    let mut read: Vec<String> = Vec::new();
    for (nth, code) in codes.iter().enumerate().take(MOST_LANGUAGES) {
        let code = code.to_ascii_lowercase();
        if !is_language(&code) {
            fields.refuse(format!("/languages/{nth}"), "must be a BCP 47 code, as in en, zh-hant or pt-br");
        } else if !read.contains(&code) {
            read.push(code);
        }
    }
    read
}

/// Whether a lower-case text is `ll`, `ll-Script`, `ll-RR` or `ll-Script-RR` (RFC 5646 §2.1).
fn is_language(code: &str) -> bool {
    let letters = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase())
    };
    let is_script = |part: &str| letters(part, 4, 4);
    let is_region =
        |part: &str| letters(part, 2, 2) || (part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()));
    match code.split('-').collect::<Vec<_>>().as_slice() {
        [language] => letters(language, 2, 3),
        [language, part] => letters(language, 2, 3) && (is_script(part) || is_region(part)),
        [language, script, region] => letters(language, 2, 3) && is_script(script) && is_region(region),
        _ => false,
    }
}

/// Codes of concerns, each once.
fn concerns(fields: &mut Fields, codes: &[String]) -> Vec<String> {
    let mut read: Vec<String> = Vec::new();
    for (nth, code) in codes.iter().enumerate() {
        if guidance::concern(code).is_none() {
            fields.refuse(format!("/concerns/{nth}"), "is not a code of GET /v1/concerns");
        } else if !read.contains(code) {
            read.push(code.clone());
        }
    }
    read
}

/// Makes the signed-in account's practitioner record.
///
/// An NPI that stands in an imported listing is noted; the listing is taken over when a licence has been verified.
#[utoipa::path(post, path = "/v1/practitioners", tag = "Practitioners", request_body = CreateBody,
    responses((status = 201, description = "Made", body = OwnRecordBody),
        (status = 409, description = "`practitioner-exists` or `npi-taken`")))]
pub async fn create(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    body: Json<CreateBody>,
) -> Result<Answered, Problem> {
    let wish = body.0.parse(&caller)?;
    let now = app.now();
    let say = move |made: manage::Record| {
        let person = &made.listing.practitioner;
        Answer::created(&OwnRecordBody::of(&made, now))
            .at(&url::practitioner(person.id))
            .tagged_whole(person.version)
    };
    answer::write(&app, caller.context(), move |tx| manage::register(tx, &wish), say).await
}

/// The whole profile: the public one, and for its owner and admins what else there is.
#[utoipa::path(get, path = "/v1/practitioners/{id}", tag = "Directory",
    params(("id" = String, Path, description = "The practitioner")),
    responses((status = 200, description = "The profile; `OwnRecordBody` for the owner and admins", body = ProfileBody)))]
pub async fn show(
    app: web::Data<App>,
    viewer: Viewer,
    PathId(id): PathId<PractitionerId>,
) -> Result<HttpResponse, Problem> {
    let (now, viewer) = (app.now(), viewer.caller.as_ref().map(keeper));
    let found = app.read(move |conn| manage::show(conn, id, viewer, now)).await?;
    let record = found.ok_or_else(Problem::not_found)?;
    let person = &record.listing.practitioner;
    let told = match viewer {
        Some(viewer) if viewer.keeps(person) => Answer::ok(&OwnRecordBody::of(&record, now)),
        _ => Answer::ok(&ProfileBody::of(&record.listing, now)),
    };
    Ok(told.tagged_whole(person.version).response())
}

/// Changes a record. Another profession sends verified credentials back to review.
#[utoipa::path(patch, path = "/v1/practitioners/{id}", tag = "Practitioners", request_body = ChangeBody,
    params(("id" = String, Path, description = "The practitioner")),
    responses((status = 200, description = "Changed", body = OwnRecordBody),
        (status = 409, description = "`npi-taken`"), (status = 412, description = "Changed in the meantime")))]
pub async fn change(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathId(id): PathId<PractitionerId>,
    seen: IfMatch,
    body: Json<ChangeBody>,
) -> Result<HttpResponse, Problem> {
    let wanted = body.0.parse()?;
    let wish = Edit { practitioner: id, keeper: keeper(&caller), seen: seen.version(), wanted };
    let changed = app.write(caller.context(), move |tx| manage::edit(tx, &wish)).await?;
    let version = changed.listing.practitioner.version;
    Ok(Answer::ok(&OwnRecordBody::of(&changed, app.now())).tagged_whole(version).response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_the_shape_of_bcp_47() {
        for code in ["en", "haw", "pt-br", "zh-hant", "zh-hant-tw", "es-419"] {
            assert!(is_language(code), "{code}");
        }
        for code in ["", "e", "english", "en-", "en_us", "pt-brazil", "zh-tw-hant", "en-us-x", "en-12", "EN"]
        {
            assert!(!is_language(code), "{code}");
        }
    }
}
