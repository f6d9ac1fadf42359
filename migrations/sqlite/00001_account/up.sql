-- People who sign in. An account exists only once its address is verified;
-- until then there is a registration.
create table account (
    id            blob primary key,
    email         text not null,            -- as typed
    email_key     text not null unique,     -- lower case: what compares
    name          text not null,
    time_zone     text not null,
    password_hash text not null,            -- PHC string
    status        text not null,
    is_admin      integer not null,
    totp_sealed   blob,                    -- the shared secret, sealed
    totp_confirmed_at integer,          -- none: asked for, not yet proved
    totp_last_step integer,                  -- a code counts once
    created_at    integer not null,
    version       integer not null,
    constraint account_status_check check (status in ('active', 'suspended', 'closed')),
    -- Nobody oversees with a password alone.
    constraint account_admin_totp_check check (not is_admin or totp_sealed is not null)
) strict;

-- The person treated. An account's own patient has the account's id.
create table patient (
    id         blob primary key,
    account_id blob not null references account (id),
    name       text not null,
    created_at integer not null
) strict;
create index patient_account_id_idx on patient (account_id);

-- One row an address: asking again replaces it and so kills the older token.
create table registration (
    email_key     text primary key,
    email         text not null,
    name          text not null,
    time_zone     text not null,
    password_hash text not null,
    token_hash    blob not null unique,
    expires_at    integer not null
) strict;

-- One row an account, for the same reason.
create table password_reset (
    account_id blob primary key references account (id),
    token_hash blob not null unique,
    expires_at integer not null
) strict;

create table recovery_code (
    account_id blob not null references account (id),
    code_hash  blob not null,
    primary key (account_id, code_hash)
) strict;

create table session (
    id         blob primary key,
    account_id blob not null references account (id),
    token_hash blob not null unique,
    created_at integer not null,
    expires_at integer not null,
    client     text not null               -- what it said it is (User-Agent), shortened
) strict;
create index session_account_id_idx on session (account_id);

-- Failed sign-ins by address, known or not, so that both answer alike.
create table sign_in_failure (
    email_key text primary key,
    failures  integer not null,
    last_at   integer not null
) strict;
