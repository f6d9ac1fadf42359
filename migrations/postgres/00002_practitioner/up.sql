-- Who treats. Imported records have no account until somebody claims them.
create table practitioner (
    id            uuid primary key,
    account_id    uuid unique references account (id),
    npi           text unique,
    claims_npi    text,                     -- stated, but an unclaimed import has it until a licence is verified
    provider_type text not null,
    given_name    text not null,
    family_name   text not null,
    time_zone     text not null,
    bio           text not null,
    languages     text not null,            -- JSON array of BCP 47 codes
    concerns      text not null,            -- JSON array of codes
    accepts_new_patients boolean not null,
    excluded      boolean not null,
    origin        text not null,
    closed        boolean not null,
    source_updated_on date,                 -- the registry's own date of the row, for imports
    created_at    timestamptz not null,
    version       bigint not null,
    constraint practitioner_origin_check check (origin in ('registered', 'nppes')),
    constraint practitioner_provider_type_check check (provider_type in
        ('chiropractor', 'osteopath', 'physical_therapist', 'occupational_therapist', 'massage_therapist'))
);

create table location (
    id           uuid primary key,
    practitioner_id uuid not null references practitioner (id),
    name         text not null,
    address_line text not null,
    city         text not null,
    region       text not null,
    postal_code  text not null,
    country      text not null,
    latitude     double precision not null,
    longitude    double precision not null,
    time_zone    text not null,
    removed      boolean not null,          -- appointments may still name it
    version      bigint not null,
    constraint location_position_check check
        (latitude between -90 and 90 and longitude between -180 and 180)
);
create index location_practitioner_id_idx on location (practitioner_id);

create table service (
    id            uuid primary key,
    practitioner_id uuid not null references practitioner (id),
    name          text not null,
    duration_minutes integer not null,
    buffer_before_minutes integer not null,
    buffer_after_minutes integer not null,
    minimum_notice_minutes integer not null,
    horizon_days  integer not null,
    start_interval_minutes integer not null,
    price_minor   bigint,
    currency      text,
    requires_confirmation boolean not null,
    cancellation_notice_minutes integer not null,
    removed       boolean not null,
    version       bigint not null,
    constraint service_price_check check ((price_minor is null) = (currency is null)),
    constraint service_lengths_check check (duration_minutes > 0 and start_interval_minutes > 0
        and buffer_before_minutes >= 0 and buffer_after_minutes >= 0 and minimum_notice_minutes >= 0
        and horizon_days between 0 and 365 and cancellation_notice_minutes >= 0)
);
create index service_practitioner_id_idx on service (practitioner_id);

-- Hours are always read and written whole, so they are one row: one query a
-- slot list, whatever the hours look like.
create table schedule (
    practitioner_id uuid primary key references practitioner (id),
    time_zone  text not null,
    weekly     text not null,               -- JSON
    exceptions text not null,               -- JSON
    version    bigint not null
);

create table time_off (
    id         uuid primary key,
    practitioner_id uuid not null references practitioner (id),
    starts_at  timestamptz not null,
    ends_at    timestamptz not null,
    reason     text not null,
    constraint time_off_span_check check (starts_at < ends_at)
);
create index time_off_practitioner_id_idx on time_off (practitioner_id, ends_at);
