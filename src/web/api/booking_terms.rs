//! What a practitioner wants observed by every booking, going in and out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    domain::practitioner::BookingTerms,
    operation::manage_practitioner::WantedTerms,
    web::field::{Fields, given, whole},
};

/// More visits than anybody gives in a day, and in a week.
const MOST_DAILY: u32 = 100;
const MOST_WEEKLY: u32 = 500;

/// What is to become of it; absent fields stay as they are.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedTermsBody {
    /// Time kept between visits at different places, beside their buffers; 0 at first.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1440)]
    travel_minutes: Option<i64>,
    /// Most visits of a date, by the calendar of the schedule; null sets no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100)]
    daily_limit: Option<Option<i64>>,
    /// Most visits from Monday to Sunday; null sets no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 500)]
    weekly_limit: Option<Option<i64>>,
    /// Whether today can still be booked; true at first.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<bool>)]
    same_day_booking: Option<bool>,
    /// After how long a request lapses that was not confirmed; two days at first, never after its start.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 15, maximum = 43200)]
    request_lapse_minutes: Option<i64>,
}

impl WantedTermsBody {
    /// Reads the fields below `/booking_terms`.
    pub(super) fn parse(self, fields: &mut Fields) -> WantedTerms {
        let mut number = |name: &str, given: Option<i64>, least, most| {
            fields.take_if(format!("/booking_terms/{name}"), given.map(|given| whole(given, least, most)))
        };
        let (shortest, longest) = BookingTerms::REQUEST_LAPSE_MINUTES;
        let daily = number("daily_limit", self.daily_limit.flatten(), 1, MOST_DAILY);
        let weekly = number("weekly_limit", self.weekly_limit.flatten(), 1, MOST_WEEKLY);
        WantedTerms {
            travel_minutes: number(
                "travel_minutes",
                self.travel_minutes,
                0,
                BookingTerms::MOST_TRAVEL_MINUTES,
            ),
            daily_limit: self.daily_limit.map(|_| daily),
            weekly_limit: self.weekly_limit.map(|_| weekly),
            same_day_booking: self.same_day_booking,
            request_lapse_minutes: number(
                "request_lapse_minutes",
                self.request_lapse_minutes,
                shortest,
                longest,
            ),
        }
    }
}

/// What every booking has to observe.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingTermsBody {
    travel_minutes: u32,
    #[schema(required)]
    daily_limit: Option<u32>,
    #[schema(required)]
    weekly_limit: Option<u32>,
    same_day_booking: bool,
    request_lapse_minutes: u32,
}

impl From<BookingTerms> for BookingTermsBody {
    fn from(terms: BookingTerms) -> Self {
        Self {
            travel_minutes: terms.travel_minutes,
            daily_limit: terms.daily_limit,
            weekly_limit: terms.weekly_limit,
            same_day_booking: terms.same_day_booking,
            request_lapse_minutes: terms.request_lapse_minutes,
        }
    }
}
