-- Those who wait for a time that is taken.
create table waitlist_entry (
    id              blob primary key,
    account_id      blob not null references account (id),
    patient_id      blob not null references patient (id),
    practitioner_id blob not null references practitioner (id),
    service_id      blob not null references service (id),
    location_id     blob references location (id),      -- anywhere where there is none
    screening_id    blob not null references screening (id),
    replaces_id     blob references appointment (id),   -- given up for an earlier time
    window_from     integer not null,
    window_until    integer not null,
    free_then       text not null,      -- JSON: what was free when it was made, in microseconds
    offer_minutes   integer not null,
    status          text not null,
    look_at         integer not null,   -- when it is looked at again
    created_at      integer not null,
    constraint waitlist_entry_status_check check (status in ('waiting', 'booked', 'withdrawn')),
    constraint waitlist_entry_window_check check (window_from < window_until)
) strict;
create index waitlist_entry_practitioner_id_idx on waitlist_entry (practitioner_id, id) where status = 'waiting';
create index waitlist_entry_patient_id_idx on waitlist_entry (patient_id, id);
create index waitlist_entry_account_id_idx on waitlist_entry (account_id, id);
create index waitlist_entry_look_at_idx on waitlist_entry (look_at) where status = 'waiting';

-- Times offered to them. While one is open, busy_time holds a claim with its
-- id, so that the same rules keep everybody else off that time.
create table waitlist_offer (
    id              blob primary key,
    entry_id        blob not null references waitlist_entry (id),
    practitioner_id blob not null references practitioner (id),
    patient_id      blob not null references patient (id),
    location_id     blob not null references location (id),
    starts_at       integer not null,
    ends_at         integer not null,
    made_at         integer not null,
    expires_at      integer not null,
    status          text not null,
    appointment_id  blob references appointment (id),
    constraint waitlist_offer_status_check check
        (status in ('open', 'accepted', 'declined', 'lapsed', 'withdrawn')),
    constraint waitlist_offer_accepted_check check ((status = 'accepted') = (appointment_id is not null))
) strict;
-- One time at a time.
create unique index waitlist_offer_one_open on waitlist_offer (entry_id) where status = 'open';
create index waitlist_offer_entry_id_idx on waitlist_offer (entry_id, id);
create index waitlist_offer_practitioner_id_idx on waitlist_offer (practitioner_id) where status = 'open';
