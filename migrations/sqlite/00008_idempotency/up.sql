-- Answers kept for a day, so that a request sent again under the same key is
-- answered again and not done again. A row is written in the transaction whose
-- answer it holds: it is there if and only if what it tells of is.
create table idempotency (
    id          blob primary key,          -- keyed digest of the caller and the caller's key
    fingerprint blob not null,             -- keyed digest of the request
    answer      blob not null,             -- sealed
    created_at  integer not null,
    constraint idempotency_fingerprint_check check (length(fingerprint) = 32)
) strict;

create index idempotency_created_at_idx on idempotency (created_at);
