-- A status is asked for as a value, which no index over one status alone can be
-- matched with when the question is prepared.
drop index waitlist_entry_practitioner_id_idx;
drop index waitlist_entry_look_at_idx;
drop index waitlist_offer_practitioner_id_idx;
create index waitlist_entry_practitioner_id_idx on waitlist_entry (practitioner_id, status, id);
create index waitlist_entry_look_at_idx on waitlist_entry (status, look_at);
create index waitlist_offer_practitioner_id_idx on waitlist_offer (practitioner_id, status);
