-- What a practitioner wants observed by every booking.
alter table practitioner add column travel_minutes integer not null default 0;
alter table practitioner add column daily_limit integer;
alter table practitioner add column weekly_limit integer;
alter table practitioner add column same_day_booking boolean not null default true;
alter table practitioner add column request_lapse_minutes integer not null default 2880;

-- A request lapses when nobody has confirmed it in time. Its claim on the time
-- lapses with it, and so does not say "hold" by having an end.
alter table appointment add column lapses_at timestamptz;
alter table busy_time add column is_hold boolean not null default false;
update busy_time set is_hold = true where held_until is not null;
update appointment set lapses_at = starts_at where status = 'pending';
update busy_time set held_until = starts_at
    where id in (select a.id from appointment a where a.status = 'pending');

-- Where: from one place to another takes time.
alter table busy_time add column location_id uuid;
update busy_time set location_id = (select a.location_id from appointment a where a.id = busy_time.id);
update busy_time set location_id = (select o.location_id from waitlist_offer o where o.id = busy_time.id)
    where location_id is null;
-- Holds did not say where; they last ten minutes, and can be asked for again.
delete from busy_time where location_id is null and is_hold;
-- Whoever does not say where may not claim any more.
alter table busy_time alter column location_id set not null;
