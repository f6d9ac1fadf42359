//! stub
use crate::domain::{id::*, listing::*, location::*, period::*, place::*, service::*};
use chrono::{DateTime, Utc};
pub trait Availability: Send + Sync {
    fn first_start(
        &self,
        listing: &Listing,
        service: &Service,
        location: LocationId,
        within: Period,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>>;
}
pub struct Index;
impl Index {
    pub fn new(_: Box<dyn Availability>) -> Self {
        Self
    }
    pub fn replace(&self, _: Listing) {}
    pub fn remove(&self, _: PractitionerId) {}
    pub fn set_busy(&self, _: PractitionerId, _: Vec<Busy>) {}
}
pub struct Gazetteer;
impl Gazetteer {
    pub fn new(_: Vec<Place>) -> Self {
        Self
    }
    pub fn lookup(&self, _: &str) -> Option<Place> {
        None
    }
    pub fn find(&self, _: Country, _: &str, _: &str, _: &str) -> Option<Position> {
        None
    }
}
