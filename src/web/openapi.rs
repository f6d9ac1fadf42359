//! The API's description, made from the handlers, and the page that shows it.

use actix_web::{HttpResponse, http::header, web};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, ContentBuilder, ObjectBuilder, Ref, RefOr, Required, ResponseBuilder,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Type,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    api,
    problem::{FieldError, ProblemBody},
    route::Access,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Stillpoint",
        description = "Practitioner directory and appointment booking for craniosacral therapy. Every refusal is an application/problem+json document whose type is a path below /problems/."
    ),
    components(schemas(ProblemBody, FieldError)),
    modifiers(&Bearer)
)]
struct Base;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, doc: &mut openapi::OpenApi) {
        let components = doc.components.get_or_insert_with(Default::default);
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A session's token")).build();
        components.add_security_scheme("session", SecurityScheme::Http(scheme));
    }
}

/// The whole description.
#[must_use]
pub fn document() -> openapi::OpenApi {
    let mut doc = Base::openapi();
    for part in api::documents() {
        doc.merge(part);
    }
    add_refusals(&mut doc);
    doc
}

/// Adds to every operation the refusals it shares with others of its kind.
fn add_refusals(doc: &mut openapi::OpenApi) {
    let routes = api::routes();
    for (path, item) in &mut doc.paths.paths {
        for (method, operation) in [
            ("GET", &mut item.get),
            ("POST", &mut item.post),
            ("PUT", &mut item.put),
            ("PATCH", &mut item.patch),
            ("DELETE", &mut item.delete),
        ] {
            let route = routes.iter().find(|r| r.path == path && r.method.as_str() == method);
            let (Some(operation), Some(route)) = (operation.as_mut(), route) else { continue };
            let mut statuses =
                vec![("400", "A bad value"), ("429", "Too many requests"), ("503", "Not right now")];
            if route.access != Access::Public {
                statuses.push(("401", "Nobody is signed in"));
                let scheme = openapi::security::SecurityRequirement::new::<_, [&str; 0], &str>("session", []);
                operation.security = Some(vec![scheme]);
            }
            if matches!(route.access, Access::Admin | Access::Practitioner) {
                statuses.push(("403", "Signed in, but not allowed"));
            }
            if path.contains('{') {
                statuses.push(("404", "Unknown, or not yours"));
            }
            if method == "POST" {
                statuses.push(("409", "Not possible now, or a request with this key is being answered"));
                let detail = "The first answer under a key is given again for 24 hours, with \
                              Idempotent-Replayed: true";
                operation.parameters.get_or_insert_with(Vec::new).push(header("Idempotency-Key", detail));
            }
            if operation.responses.responses.contains_key("412") {
                let detail = "The ETag of what you have seen; refused with 412 where it is another by now";
                operation.parameters.get_or_insert_with(Vec::new).push(header("If-Match", detail));
            }
            if method != "GET" && method != "DELETE" {
                statuses.push(("413", "Body too large"));
                statuses.push(("415", "Not JSON"));
                statuses.push(("422", "A field is missing, unknown or not acceptable, or a rule refuses it"));
            }
            for (status, description) in statuses {
                let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
                let response = ResponseBuilder::new()
                    .description(description)
                    .content("application/problem+json", problem);
                operation
                    .responses
                    .responses
                    .entry(status.to_owned())
                    .or_insert_with(|| RefOr::T(response.build()));
            }
        }
    }
}

/// A header that may be sent.
fn header(name: &str, description: &str) -> RefOr<Parameter> {
    let header = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    RefOr::T(header)
}

/// Mounts the browsable page. Its assets are in the binary; nothing is fetched from elsewhere.
pub fn mount(config: &mut web::ServiceConfig) {
    config.route("/docs", web::get().to(to_docs));
    config.service(
        utoipa_swagger_ui::SwaggerUi::new("/docs/{_:.*}")
            .config(utoipa_swagger_ui::Config::from("/openapi.json").validator_url("none")),
    );
}

async fn to_docs() -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}
