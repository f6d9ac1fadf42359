//! Binds, serves, stops gracefully; used by the command line and by the tests.

use std::{net::TcpListener, time::Duration};

use actix_web::{
    App as ActixApp, HttpResponse,
    dev::{Server, ServerHandle},
    http::Method,
    middleware::{Compress, from_fn},
    web,
};

use crate::operation::App;

use super::{
    api, guard, headers, idempotency, limit, page,
    problem::Problem,
    route::{Access, Route},
    telemetry,
};

/// How long requests in progress may take to end after the signal to stop.
const DRAIN_SECONDS: u64 = 20;
/// How long a connection stays open without a request.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long the head of a request may take to arrive.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// How long the service waits for more connections in the queue of the system.
const BACKLOG: u32 = 1_024;

/// A server that answers on `listener` until stopped.
pub fn serve(app: App, listener: TcpListener) -> std::io::Result<Server> {
    telemetry::start();
    let config = app.config();
    let limits = web::Data::new(limit::Limits::new(config.rate_limits, config.trusted_proxies.clone()));
    let table = web::Data::new(guard::Table::of(&routes()));
    let in_flight = web::Data::new(idempotency::InFlight::default());
    let rendered = web::Data::new(api::RenderedItems::default());
    let workers = config.workers;
    let app = web::Data::new(app);
    let server = actix_web::HttpServer::new(move || {
        ActixApp::new()
            .app_data(app.clone())
            .app_data(limits.clone())
            .app_data(table.clone())
            .app_data(in_flight.clone())
            .app_data(rendered.clone())
            .configure(mount)
            .configure(super::openapi::mount)
            .default_service(web::to(nothing_here))
            // The last wrapped is the outermost.
            .wrap(from_fn(guard::enforce))
            .wrap(from_fn(limit::enforce))
            .wrap(from_fn(headers::outermost))
    })
    .workers(workers)
    .backlog(BACKLOG)
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(HEAD_DEADLINE)
    .shutdown_timeout(DRAIN_SECONDS)
    .listen(listener)?
    .run();
    Ok(server)
}

/// Stops a server from elsewhere, letting requests in progress end.
pub async fn stop(handle: &ServerHandle) {
    handle.stop(true).await;
}

async fn nothing_here() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}

/// Every route there is: the API and the pages.
fn routes() -> Vec<Route> {
    api::routes().into_iter().chain(page::routes()).collect()
}

/// Mounts the table: one resource a path, with its methods and a 405 that names them.
fn mount(config: &mut web::ServiceConfig) {
    let mut paths: Vec<(&'static str, Vec<Route>)> = Vec::new();
    for route in routes() {
        match paths.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, routes)) => routes.push(route),
            None => paths.push((route.path, vec![route])),
        }
    }
    for (path, routes) in paths {
        let allow = allowed(&routes);
        let mut resource = web::resource(path);
        for route in routes {
            // Only what is the same for everybody: a compressed answer's length tells of secrets beside
            // what the caller chose.
            let is_same_for_all = route.access == Access::Public && route.method == Method::GET;
            let handler = route.into_handler();
            resource =
                resource.route(if is_same_for_all { handler.wrap(Compress::default()) } else { handler });
        }
        let refuse = move || {
            let allow = allow.clone();
            async move { Err::<HttpResponse, _>(Problem::method_not_allowed(allow)) }
        };
        config.service(resource.default_service(web::to(refuse)));
    }
}

fn allowed(routes: &[Route]) -> String {
    let mut methods: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.join(", ")
}
