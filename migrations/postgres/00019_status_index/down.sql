drop index waitlist_entry_practitioner_id_idx;
drop index waitlist_entry_look_at_idx;
drop index waitlist_offer_practitioner_id_idx;
create index waitlist_entry_practitioner_id_idx on waitlist_entry (practitioner_id, id) where status = 'waiting';
create index waitlist_entry_look_at_idx on waitlist_entry (look_at) where status = 'waiting';
create index waitlist_offer_practitioner_id_idx on waitlist_offer (practitioner_id) where status = 'open';
