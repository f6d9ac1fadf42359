-- Published lists are never changed, only followed by the next version.
create table contraindication_version (
    version      integer primary key,
    published_at timestamptz not null,
    items        text not null,             -- JSON array of {code, label, explanation}
    statements   text not null,             -- JSON array of {code, text}
    constraint contraindication_version_check check (version >= 1)
);

create table screening (
    id          uuid primary key,
    patient_id  uuid not null references patient (id),
    account_id  uuid not null references account (id), -- who answered
    version     integer not null references contraindication_version (version),
    outcome     text not null,
    created_at  timestamptz not null,
    valid_until timestamptz not null,
    text_sha256 text not null,              -- of the text shown
    sealed      bytea not null,             -- answers and signature
    constraint screening_outcome_check check (outcome in ('clear', 'needs_clearance'))
);
create index screening_patient_id_idx on screening (patient_id, created_at);

create table clearance (
    screening_id uuid primary key references screening (id),
    created_at   timestamptz not null,
    sealed       bytea not null
);

-- Which practitioner has read which screening: a clearance must be read before it is confirmed.
create table screening_reading (
    screening_id    uuid not null references screening (id),
    practitioner_id uuid not null references practitioner (id),
    read_at         timestamptz not null,
    primary key (screening_id, practitioner_id)
);
