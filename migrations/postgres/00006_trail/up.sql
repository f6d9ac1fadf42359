-- Who did what to what, when. Rows are chained: each carries a keyed code over
-- its content and the code before it, so that a row changed, taken out or put
-- in between shows. Several chains, so that writers do not queue for one.
create table audit_chain (
    chain       integer primary key,
    last_number bigint not null,
    last_mac    bytea not null
);

create table audit (
    chain        integer not null references audit_chain (chain),
    number       bigint not null,
    at           timestamptz not null,
    actor_id     uuid,
    actor_role   text not null,
    action       text not null,
    subject_kind text not null,
    subject_id   uuid,
    detail       text not null,             -- JSON, no personal or health data
    request_id   uuid not null,
    mac          bytea not null,
    primary key (chain, number)
);
create index audit_at_idx on audit (at);
create index audit_subject_id_idx on audit (subject_id, at);
create index audit_actor_id_idx on audit (actor_id, at);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'audit_is_append_only' using errcode = 'check_violation', constraint = 'audit_is_append_only';
end $$;
create trigger audit_no_update before update or delete on audit
    for each row execute function audit_is_append_only();
create trigger audit_no_truncate before truncate on audit
    for each statement execute function audit_is_append_only();

insert into audit_chain (chain, last_number, last_mac)
    select n, 0, '\x'::bytea from generate_series(0, 31) as n;

-- Messages to be sent, written in the transaction that calls for them.
create table outbox (
    id              uuid primary key,
    kind            text not null,
    sealed          bytea not null,         -- recipient, subject, text
    created_at      timestamptz not null,
    next_attempt_at timestamptz,            -- none: done with
    attempts        integer not null,
    sent_at         timestamptz,
    last_error      text not null
);
create index outbox_next_attempt_at_idx on outbox (next_attempt_at, id);

-- What commits made true, for copies in memory: every process follows it by number.
create table change (
    number          bigint generated always as identity primary key,
    kind            text not null,
    practitioner_id uuid not null,
    process         uuid not null,          -- which process wrote it: its own copy is up to date
    at              timestamptz not null
);
create index change_at_idx on change (at);
