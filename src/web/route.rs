//! One table of routes: what there is, who may call it, which parameters it takes.
//!
//! Each resource lists its own routes; the server mounts the list, the guard
//! enforces it, the tests walk it. A path that is not in the table does not exist.
//!
//! **Invariant:** no handler is reachable except through a [`Route`].

use actix_web::{FromRequest, Handler, Responder, guard, http::Method, web};

use super::extract::MOST_JSON;

/// Who may call a route at all. Whose objects they may touch is the operation's to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody; nobody is looked up.
    Public,
    /// Anybody; somebody signed in may see more.
    Viewer,
    /// Any account.
    Patient,
    /// An account with a practitioner record, or an admin.
    Practitioner,
    /// An admin.
    Admin,
}

/// One method of one path.
pub struct Route {
    /// Its method. `GET` answers `HEAD` too.
    pub method: Method,
    /// Its path, with `{id}` and `{child}` for identifiers.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Names of the query parameters it takes.
    pub query: &'static [&'static str],
    /// Most bytes of its body.
    pub most_body: usize,
    handler: actix_web::Route,
}

impl Route {
    /// With query parameters.
    #[must_use]
    pub fn query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    /// With a body of at most that many bytes, where it is not [`MOST_JSON`].
    #[must_use]
    pub fn body(mut self, most: usize) -> Self {
        self.most_body = most;
        self
    }

    /// The handler with its method, ready to be mounted.
    #[must_use]
    pub fn into_handler(self) -> actix_web::Route {
        self.handler
    }
}

fn route<F, Args>(method: Method, path: &'static str, access: Access, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let any = web::route();
    let handler = if method == Method::GET {
        any.guard(guard::Any(guard::Get()).or(guard::Head())).to(handler)
    } else {
        any.method(method.clone()).to(handler)
    };
    Route { method, path, access, query: &[], most_body: MOST_JSON, handler }
}

macro_rules! methods {
    ($($name:ident $method:ident $doc:literal;)*) => {$(
        #[doc = $doc]
        pub fn $name<F, Args>(path: &'static str, access: Access, handler: F) -> Route
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            route(Method::$method, path, access, handler)
        }
    )*};
}

methods! {
    get GET "A read; answers `HEAD` too and never changes anything.";
    post POST "A creation or an action. Its handler answers with [`super::answer::write`].";
    put PUT "A replacement.";
    patch PATCH "A change of some fields.";
    delete DELETE "A removal.";
}
