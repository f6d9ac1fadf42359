-- Who did what to what, when. Rows are chained: each carries a keyed code over
-- its content and the code before it, so that a row changed, taken out or put
-- in between shows. Several chains, so that writers do not queue for one.
create table audit_chain (
    chain       integer primary key,
    last_number integer not null,
    last_mac    blob not null
) strict;

create table audit (
    chain        integer not null references audit_chain (chain),
    number       integer not null,
    at           integer not null,
    actor_id     blob,
    actor_role   text not null,
    action       text not null,
    subject_kind text not null,
    subject_id   blob,
    detail       text not null,             -- JSON, no personal or health data
    request_id   blob not null,
    mac          blob not null,
    primary key (chain, number)
) strict;
create index audit_at_idx on audit (at);
create index audit_subject_id_idx on audit (subject_id, at);
create index audit_actor_id_idx on audit (actor_id, at);

create trigger audit_no_update before update on audit
begin select raise(abort, 'audit_is_append_only'); end;
create trigger audit_no_delete before delete on audit
begin select raise(abort, 'audit_is_append_only'); end;

insert into audit_chain (chain, last_number, last_mac)
    with recursive counted (n) as (select 0 union all select n + 1 from counted where n < 31)
    select n, 0, x'' from counted;

-- Messages to be sent, written in the transaction that calls for them.
create table outbox (
    id              blob primary key,
    kind            text not null,
    sealed          blob not null,         -- recipient, subject, text
    created_at      integer not null,
    next_attempt_at integer,            -- none: done with
    attempts        integer not null,
    sent_at         integer,
    last_error      text not null
) strict;
create index outbox_next_attempt_at_idx on outbox (next_attempt_at, id);

-- What commits made true, for copies in memory: every process follows it by number.
create table change (
    number          integer primary key autoincrement,
    kind            text not null,
    practitioner_id blob not null,
    process         blob not null,          -- which process wrote it: its own copy is up to date
    at              integer not null
) strict;
create index change_at_idx on change (at);
