-- Calendars that programs fetch by a secret address. Whoever revokes one
-- removes its row; the secret itself is not kept.
create table calendar_feed (
    id         uuid primary key,
    account_id uuid not null references account (id),
    kind       text not null,              -- of whom: the account's patients, or its practitioner
    token_hash bytea not null unique,
    created_at timestamptz not null,
    constraint calendar_feed_kind_check check (kind in ('patient', 'practitioner'))
);
create index calendar_feed_account_id_idx on calendar_feed (account_id);
