drop trigger busy_time_location;
-- Until then, a claim with an end was a hold.
update busy_time set held_until = null where is_hold = 0;
alter table busy_time drop column location_id;
alter table busy_time drop column is_hold;
alter table appointment drop column lapses_at;
alter table practitioner drop column request_lapse_minutes;
alter table practitioner drop column same_day_booking;
alter table practitioner drop column weekly_limit;
alter table practitioner drop column daily_limit;
alter table practitioner drop column travel_minutes;
