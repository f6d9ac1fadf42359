-- People who sign in. An account exists only once its address is verified;
-- until then there is a registration.
create table account (
    id            uuid primary key,
    email         text not null,            -- as typed
    email_key     text not null unique,     -- lower case: what compares
    name          text not null,
    time_zone     text not null,
    password_hash text not null,            -- PHC string
    status        text not null,
    is_admin      boolean not null,
    totp_sealed   bytea,                    -- the shared secret, sealed
    totp_confirmed_at timestamptz,          -- none: asked for, not yet proved
    totp_last_step bigint,                  -- a code counts once
    created_at    timestamptz not null,
    version       bigint not null,
    constraint account_status_check check (status in ('active', 'suspended', 'closed')),
    -- Nobody oversees with a password alone.
    constraint account_admin_totp_check check (not is_admin or totp_sealed is not null)
);

-- The person treated. An account's own patient has the account's id.
create table patient (
    id         uuid primary key,
    account_id uuid not null references account (id),
    name       text not null,
    created_at timestamptz not null
);
create index patient_account_id_idx on patient (account_id);

-- One row an address: asking again replaces it and so kills the older token.
create table registration (
    email_key     text primary key,
    email         text not null,
    name          text not null,
    time_zone     text not null,
    password_hash text not null,
    token_hash    bytea not null unique,
    expires_at    timestamptz not null
);

-- One row an account, for the same reason.
create table password_reset (
    account_id uuid primary key references account (id),
    token_hash bytea not null unique,
    expires_at timestamptz not null
);

create table recovery_code (
    account_id uuid not null references account (id),
    code_hash  bytea not null,
    primary key (account_id, code_hash)
);

create table session (
    id         uuid primary key,
    account_id uuid not null references account (id),
    token_hash bytea not null unique,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    client     text not null               -- what it said it is (User-Agent), shortened
);
create index session_account_id_idx on session (account_id);

-- Failed sign-ins by address, known or not, so that both answer alike.
create table sign_in_failure (
    email_key text primary key,
    failures  integer not null,
    last_at   timestamptz not null
);
