//! A practitioner's hours.

use actix_web::{HttpResponse, web};
use chrono::Weekday;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::appointment::Appointment,
    domain::{
        id::{LocationId, PractitionerId, ServiceId},
        schedule::{DateException, DateWindow, Schedule, WeeklyHours},
    },
    operation::{
        App,
        set_schedule::{self as set, Hours, MOST_EXCEPTIONS, MOST_WEEKLY, SetSchedule},
    },
    web::{
        answer::Answer,
        etag::IfMatch,
        extract::{Json, Params, PathId, Practitioner, SignedIn},
        field::{self, Fields},
        instant,
        problem::Problem,
        route::{Access, Route, get, put},
    },
};

use super::practitioner::keeper;

/// Most windows of one exception.
const MOST_WINDOWS: usize = 20;
/// Most weeks that hours may lie apart.
const MOST_WEEKS: u32 = 52;

/// The description of this resource.
#[derive(OpenApi)]
#[openapi(paths(show, replace))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        get("/v1/practitioners/{id}/schedule", Access::Practitioner, show),
        put("/v1/practitioners/{id}/schedule", Access::Practitioner, replace).query(&["preview"]),
    ]
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];

/// Hours, whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleBody {
    /// IANA zone of every time below.
    time_zone: String,
    /// What returns; at most 200.
    weekly: Vec<WeeklyBody>,
    /// Dates that do not follow the week; at most 400.
    #[serde(default)]
    exceptions: Vec<ExceptionBody>,
}

/// Hours that return.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyBody {
    /// `mon` to `sun`: the day on which they start.
    weekday: String,
    /// `HH:MM`.
    start: String,
    /// `HH:MM`; at or before `start` means the next day.
    end: String,
    location_id: String,
    /// Only for these services; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_ids: Option<Vec<String>>,
    /// First date, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<String>,
    /// Last date, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<String>,
    /// Every how many weeks; 1 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    every_weeks: Option<i64>,
    /// A date in a week that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor_on: Option<String>,
}

/// A date that does not follow the week: closed, or with these windows instead.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExceptionBody {
    date: String,
    /// Always true; not together with `windows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<bool>,
    /// Not together with `closed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    windows: Option<Vec<WindowBody>>,
}

/// Hours of one date.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowBody {
    /// `HH:MM`.
    start: String,
    /// `HH:MM`; at or before `start` means the next day.
    end: String,
    location_id: String,
}

impl ScheduleBody {
    fn parse(self) -> Result<Schedule, Problem> {
        let mut fields = Fields::default();
        for (pointer, has, most) in [
            ("/weekly", self.weekly.len(), MOST_WEEKLY),
            ("/exceptions", self.exceptions.len(), MOST_EXCEPTIONS),
        ] {
            if has > most {
                return Err(Problem::invalid_field(pointer, format!("must have at most {most} entries")));
            }
        }
        let time_zone = fields.take("/time_zone", field::zone(&self.time_zone));
        let weekly: Vec<_> =
            self.weekly.into_iter().enumerate().map(|(nth, hours)| hours.parse(&mut fields, nth)).collect();
        let exceptions: Vec<_> = self
            .exceptions
            .into_iter()
            .enumerate()
            .map(|(nth, exception)| exception.parse(&mut fields, nth))
            .collect();
        fields.finish(|| {
            Some(Schedule {
                time_zone: time_zone?,
                weekly: weekly.into_iter().collect::<Option<_>>()?,
                exceptions: exceptions.into_iter().collect::<Option<_>>()?,
            })
        })
    }
}

impl WeeklyBody {
    fn parse(self, fields: &mut Fields, nth: usize) -> Option<WeeklyHours> {
        let at = |name: &str| format!("/weekly/{nth}/{name}");
        let weekday = WEEKDAYS.into_iter().find(|(code, _)| *code == self.weekday).map(|(_, day)| day);
        let weekday = fields.take(at("weekday"), weekday.ok_or("must be one of mon to sun"));
        let start = fields.take(at("start"), field::time(&self.start));
        let end = fields.take(at("end"), field::time(&self.end));
        let location = location(fields, at("location_id"), &self.location_id);
        let services = self.service_ids.map(|ids| services(fields, &at("service_ids"), &ids));
        let mut date = |name: &str, text: Option<String>| {
            fields.take_if(at(name), text.map(|text| instant::parse_date(&text)))
        };
        let valid_from = date("valid_from", self.valid_from);
        let valid_until = date("valid_until", self.valid_until);
        let anchor_on = date("anchor_on", self.anchor_on);
        let weeks = self.every_weeks.map(|weeks| field::whole(weeks, 1, MOST_WEEKS));
        let every_weeks = fields.take_if(at("every_weeks"), weeks).unwrap_or(1);
        Some(WeeklyHours {
            weekday: weekday?,
            start: start?,
            end: end?,
            location: location?,
            services,
            valid_from,
            valid_until,
            every_weeks,
            anchor_on,
        })
    }

    fn of(hours: &WeeklyHours) -> Self {
        let code = WEEKDAYS.into_iter().find(|(_, day)| *day == hours.weekday).map_or("", |(code, _)| code);
        Self {
            weekday: code.to_owned(),
            start: hours.start.format("%H:%M").to_string(),
            end: hours.end.format("%H:%M").to_string(),
            location_id: hours.location.to_string(),
            service_ids: hours.services.as_ref().map(|ids| ids.iter().map(ToString::to_string).collect()),
            valid_from: hours.valid_from.map(|date| date.to_string()),
            valid_until: hours.valid_until.map(|date| date.to_string()),
            every_weeks: (hours.every_weeks != 1).then_some(i64::from(hours.every_weeks)),
            anchor_on: hours.anchor_on.map(|date| date.to_string()),
        }
    }
}

impl ExceptionBody {
    fn parse(self, fields: &mut Fields, nth: usize) -> Option<DateException> {
        let at = |name: &str| format!("/exceptions/{nth}/{name}");
        let date = fields.take(at("date"), instant::parse_date(&self.date));
        let windows = match (self.closed, self.windows) {
            (Some(true), None) => Some(Vec::new()),
            (None, Some(windows)) if windows.len() <= MOST_WINDOWS => {
                let read: Vec<_> = windows
                    .into_iter()
                    .enumerate()
                    .map(|(which, window)| window.parse(fields, &at(&format!("windows/{which}"))))
                    .collect();
                read.into_iter().collect()
            }
            (None, Some(_)) => {
                fields.refuse(at("windows"), format!("must have at most {MOST_WINDOWS} entries"));
                None
            }
            (Some(false), None) => {
                fields.refuse(at("closed"), "must be true; otherwise send windows");
                None
            }
            (Some(_), Some(_)) | (None, None) => {
                fields.refuse(format!("/exceptions/{nth}"), "must have either closed or windows");
                None
            }
        };
        Some(DateException { date: date?, windows: windows? })
    }

    fn of(exception: &DateException) -> Self {
        let windows = &exception.windows;
        Self {
            date: exception.date.to_string(),
            closed: windows.is_empty().then_some(true),
            windows: (!windows.is_empty()).then(|| windows.iter().map(WindowBody::of).collect()),
        }
    }
}

impl WindowBody {
    fn parse(self, fields: &mut Fields, pointer: &str) -> Option<DateWindow> {
        let start = fields.take(format!("{pointer}/start"), field::time(&self.start));
        let end = fields.take(format!("{pointer}/end"), field::time(&self.end));
        let location = location(fields, format!("{pointer}/location_id"), &self.location_id);
        Some(DateWindow { start: start?, end: end?, location: location? })
    }

    fn of(window: &DateWindow) -> Self {
        Self {
            start: window.start.format("%H:%M").to_string(),
            end: window.end.format("%H:%M").to_string(),
            location_id: window.location.to_string(),
        }
    }
}

fn location(fields: &mut Fields, pointer: String, id: &str) -> Option<LocationId> {
    fields.take(pointer, id.parse().map_err(|_| set::Missing::Location))
}

fn services(fields: &mut Fields, pointer: &str, ids: &[String]) -> Vec<ServiceId> {
    if ids.is_empty() {
        fields.refuse(pointer, "must name a service, or be left out for all");
    }
    let read = ids.iter().enumerate().filter_map(|(nth, id)| {
        fields.take(format!("{pointer}/{nth}"), id.parse().map_err(|_| set::Missing::Service))
    });
    read.collect()
}

/// How hours are set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplaceParams {
    preview: Option<bool>,
}

/// Hours as they stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoursBody {
    time_zone: &'static str,
    weekly: Vec<WeeklyBody>,
    exceptions: Vec<ExceptionBody>,
    /// Bookings ahead that lie outside the hours; they are kept.
    affected_appointments: Vec<AffectedBody>,
}

impl HoursBody {
    fn of(hours: &Hours) -> Self {
        Self {
            time_zone: hours.schedule.time_zone.name(),
            weekly: hours.schedule.weekly.iter().map(WeeklyBody::of).collect(),
            exceptions: hours.schedule.exceptions.iter().map(ExceptionBody::of).collect(),
            affected_appointments: hours.affected.iter().map(AffectedBody::from).collect(),
        }
    }
}

/// A booking that a change leaves out of the hours.
#[derive(Debug, Serialize, ToSchema)]
pub struct AffectedBody {
    id: String,
    starts_at: String,
    ends_at: String,
    service_id: String,
    location_id: String,
    status: &'static str,
}

impl From<&Appointment> for AffectedBody {
    fn from(visit: &Appointment) -> Self {
        Self {
            id: visit.id.to_string(),
            starts_at: instant::text(visit.visit.start()),
            ends_at: instant::text(visit.visit.end()),
            service_id: visit.service.to_string(),
            location_id: visit.location.to_string(),
            status: visit.status.code(),
        }
    }
}

/// The hours. Before they were first set: none, in the practitioner's own zone.
#[utoipa::path(get, path = "/v1/practitioners/{id}/schedule", tag = "Practitioners",
    params(("id" = String, Path, description = "The practitioner")),
    responses((status = 200, description = "The hours", body = HoursBody)))]
pub async fn show(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathId(id): PathId<PractitionerId>,
) -> Result<HttpResponse, Problem> {
    let (now, keeper) = (app.now(), keeper(&caller));
    let found = app.read(move |conn| set::show(conn, id, keeper, now)).await?;
    let hours = found.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(&HoursBody::of(&hours)).tagged_whole(hours.version).response())
}

/// Sets the hours, whole. No booking is moved or cancelled by it.
#[utoipa::path(put, path = "/v1/practitioners/{id}/schedule", tag = "Practitioners", request_body = ScheduleBody,
    params(("id" = String, Path, description = "The practitioner"),
        ("preview" = Option<bool>, Query, description = "True changes nothing and tells what would come of it")),
    responses((status = 200, description = "Set, with the bookings that now lie outside", body = HoursBody),
        (status = 412, description = "Changed in the meantime")))]
pub async fn replace(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathId(practitioner): PathId<PractitionerId>,
    seen: IfMatch,
    asked: Params<ReplaceParams>,
    body: Json<ScheduleBody>,
) -> Result<HttpResponse, Problem> {
    let (keeper, schedule) = (keeper(&caller), body.0.parse()?);
    let wish = SetSchedule { practitioner, keeper, seen: seen.version(), schedule };
    if asked.0.preview.unwrap_or(false) {
        let now = app.now();
        let hours = app.read(move |conn| set::preview(conn, &wish, now)).await?;
        return Ok(Answer::ok(&HoursBody::of(&hours)).response());
    }
    let hours = app.write(caller.context(), move |tx| set::set_schedule(tx, &wish)).await?;
    Ok(Answer::ok(&HoursBody::of(&hours)).tagged_whole(hours.version).response())
}
