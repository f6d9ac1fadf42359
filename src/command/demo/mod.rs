//! `stillpoint demo`.
use super::CommandError;
use clap::Args;
/// Options of `demo`.
#[derive(Debug, Args)]
pub struct Demo {}
impl Demo {
    pub fn run(self) -> Result<(), CommandError> {
        Ok(())
    }
}
