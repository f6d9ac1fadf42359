-- Equality of identifiers inside the exclusion rules below.
create extension if not exists btree_gist;

-- Time that cannot be given twice. Bookings and holds claim it in the same
-- table, so that the rules below see both.
create table busy_time (
    id              uuid primary key,       -- of the appointment or the hold
    practitioner_id uuid not null references practitioner (id),
    patient_id      uuid not null references patient (id),
    starts_at       timestamptz not null,   -- the visit
    ends_at         timestamptz not null,
    busy_from       timestamptz not null,   -- the visit with its buffers
    busy_until      timestamptz not null,
    held_until      timestamptz,            -- a hold lapses then; a booking has none
    constraint busy_time_span_check check
        (busy_from <= starts_at and starts_at < ends_at and ends_at <= busy_until),
    -- The last word on double booking: code may race, this may not.
    constraint appointment_no_overlap exclude using gist
        (practitioner_id with =, tstzrange(busy_from, busy_until) with &&),
    constraint patient_no_overlap exclude using gist
        (patient_id with =, tstzrange(starts_at, ends_at) with &&)
);

-- Lapsed holds are looked for before every claim.
create index busy_time_held_until_idx on busy_time (held_until) where held_until is not null;

create table appointment (
    id              uuid primary key,
    practitioner_id uuid not null references practitioner (id),
    patient_id      uuid not null references patient (id),
    account_id      uuid not null references account (id),
    service_id      uuid not null references service (id),
    location_id     uuid not null references location (id),
    screening_id    uuid not null references screening (id),
    status          text not null,
    starts_at       timestamptz not null,
    ends_at         timestamptz not null,
    busy_from       timestamptz not null,
    busy_until      timestamptz not null,
    time_zone       text not null,          -- the zone it was agreed in
    price_minor     bigint,                 -- as agreed then
    currency        text,
    cancellation_notice_minutes integer not null,
    late            boolean not null,
    sequence        integer not null,
    note            bytea,                  -- sealed
    created_at      timestamptz not null,
    version         bigint not null,
    -- While it stands, its claim on the time stands: this names the claim.
    busy_id         uuid references busy_time (id),
    constraint appointment_status_check check (status in
        ('pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'no_show')),
    constraint appointment_busy_check check
        ((status in ('cancelled', 'no_show')) = (busy_id is null) and (busy_id is null or busy_id = id)),
    constraint appointment_price_check check ((price_minor is null) = (currency is null))
);
create index appointment_practitioner_id_idx on appointment (practitioner_id, starts_at, id);
create index appointment_patient_id_idx on appointment (patient_id, starts_at, id);
create index appointment_screening_id_idx on appointment (screening_id);
create index appointment_busy_id_idx on appointment (busy_id);

create table appointment_event (
    appointment_id uuid not null references appointment (id),
    number         integer not null,        -- counts from 0
    at             timestamptz not null,
    actor_id       uuid references account (id),
    actor_role     text not null,
    from_status    text,
    to_status      text not null,
    reason         bytea,                   -- sealed: people write health words here
    primary key (appointment_id, number),
    constraint appointment_event_role_check check (actor_role in ('patient', 'practitioner', 'admin', 'system'))
);
