//! `stillpoint openapi`: prints the API's description.

use clap::Args;

use crate::web::openapi;

use super::{CommandError, say};

/// Options of `openapi`: none.
#[derive(Debug, Args)]
pub struct Openapi {}

impl Openapi {
    /// Prints the document.
    pub fn run(self) -> Result<(), CommandError> {
        let document = openapi::document().to_pretty_json().map_err(|err| CommandError::failed(&err))?;
        say(document);
        Ok(())
    }
}
