-- Permits to practise and training certificates. 'expired' is never stored: it
-- follows from the date.
create table credential (
    id            blob primary key,
    practitioner_id blob not null references practitioner (id),
    kind          text not null,
    provider_type text not null,
    issuer        text not null,
    jurisdiction  text not null,
    number        text not null,
    issued_on     text not null,
    expires_on    text,
    status        text not null,
    submitted_at  integer not null,
    verified_on   text,
    method        text,
    source_url    text,
    version       integer not null,
    constraint credential_kind_check check (kind in ('licence', 'craniosacral_certification')),
    constraint credential_status_check check (status in
        ('submitted', 'information_requested', 'verified', 'rejected', 'suspended', 'revoked')),
    constraint credential_verified_check check (status <> 'verified' or verified_on is not null)
) strict;
create index credential_practitioner_id_idx on credential (practitioner_id);
create index credential_queue_idx on credential (status, submitted_at, id);

create table credential_decision (
    id            blob primary key,
    credential_id blob not null references credential (id),
    decided_at    integer not null,
    actor_id      blob not null references account (id),
    from_status   text,
    to_status     text not null,
    method        text,
    source_url    text,
    checked_on    text,
    note          text not null
) strict;
create index credential_decision_credential_id_idx on credential_decision (credential_id, id);

-- Evidence, sealed by the application before it comes here.
create table credential_document (
    id            blob primary key,
    credential_id blob not null references credential (id),
    media_type    text not null,
    bytes         integer not null,
    sha256        text not null,
    sealed        blob not null,
    created_at    integer not null
) strict;
create index credential_document_credential_id_idx on credential_document (credential_id);
