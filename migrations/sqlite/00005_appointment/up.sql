-- Time that cannot be given twice. Bookings and holds claim it in the same
-- table, so that the rules below see both.
create table busy_time (
    id              blob primary key,       -- of the appointment or the hold
    practitioner_id blob not null references practitioner (id),
    patient_id      blob not null references patient (id),
    starts_at       integer not null,   -- the visit
    ends_at         integer not null,
    busy_from       integer not null,   -- the visit with its buffers
    busy_until      integer not null,
    held_until      integer,            -- a hold lapses then; a booking has none
    constraint busy_time_span_check check
        (busy_from <= starts_at and starts_at < ends_at and ends_at <= busy_until)
) strict;
create index busy_time_practitioner_id_idx on busy_time (practitioner_id, busy_from);
create index busy_time_patient_id_idx on busy_time (patient_id, starts_at);

-- The last word on double booking: code may race, this may not.
-- Rows that stand never overlap, so sorted by start they are sorted by end: of
-- those that start before the new one ends, only the last can reach into it.
create trigger appointment_no_overlap_insert before insert on busy_time
when (select other.busy_until from busy_time other
        where other.practitioner_id = new.practitioner_id and other.busy_from < new.busy_until
        order by other.busy_from desc limit 1) > new.busy_from
begin select raise(abort, 'appointment_no_overlap'); end;
create trigger appointment_no_overlap_update before update on busy_time
when (select other.busy_until from busy_time other
        where other.practitioner_id = new.practitioner_id and other.busy_from < new.busy_until
          and other.id <> old.id
        order by other.busy_from desc limit 1) > new.busy_from
begin select raise(abort, 'appointment_no_overlap'); end;
create trigger patient_no_overlap_insert before insert on busy_time
when (select other.ends_at from busy_time other
        where other.patient_id = new.patient_id and other.starts_at < new.ends_at
        order by other.starts_at desc limit 1) > new.starts_at
begin select raise(abort, 'patient_no_overlap'); end;
create trigger patient_no_overlap_update before update on busy_time
when (select other.ends_at from busy_time other
        where other.patient_id = new.patient_id and other.starts_at < new.ends_at
          and other.id <> old.id
        order by other.starts_at desc limit 1) > new.starts_at
begin select raise(abort, 'patient_no_overlap'); end;

-- Lapsed holds are looked for before every claim.
create index busy_time_held_until_idx on busy_time (held_until) where held_until is not null;

create table appointment (
    id              blob primary key,
    practitioner_id blob not null references practitioner (id),
    patient_id      blob not null references patient (id),
    account_id      blob not null references account (id),
    service_id      blob not null references service (id),
    location_id     blob not null references location (id),
    screening_id    blob not null references screening (id),
    status          text not null,
    starts_at       integer not null,
    ends_at         integer not null,
    busy_from       integer not null,
    busy_until      integer not null,
    time_zone       text not null,          -- the zone it was agreed in
    price_minor     integer,                 -- as agreed then
    currency        text,
    cancellation_notice_minutes integer not null,
    late            integer not null,
    sequence        integer not null,
    note            blob,                  -- sealed
    created_at      integer not null,
    version         integer not null,
    -- While it stands, its claim on the time stands: this names the claim.
    busy_id         blob references busy_time (id),
    constraint appointment_status_check check (status in
        ('pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'no_show')),
    constraint appointment_busy_check check
        ((status in ('cancelled', 'no_show')) = (busy_id is null) and (busy_id is null or busy_id = id)),
    constraint appointment_price_check check ((price_minor is null) = (currency is null))
) strict;
create index appointment_practitioner_id_idx on appointment (practitioner_id, starts_at, id);
create index appointment_patient_id_idx on appointment (patient_id, starts_at, id);
create index appointment_screening_id_idx on appointment (screening_id);
create index appointment_busy_id_idx on appointment (busy_id);

create table appointment_event (
    appointment_id blob not null references appointment (id),
    number         integer not null,        -- counts from 0
    at             integer not null,
    actor_id       blob references account (id),
    actor_role     text not null,
    from_status    text,
    to_status      text not null,
    reason         blob,                   -- sealed: people write health words here
    primary key (appointment_id, number),
    constraint appointment_event_role_check check (actor_role in ('patient', 'practitioner', 'admin', 'system'))
) strict;
