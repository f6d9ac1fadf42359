-- What is known of a patient who is in the care of its account's holder rather
-- than that holder: a child, a parent. Of one who was taken out of care only
-- the name stays, in the patient's own row, because visits name it.
create table dependant (
    patient_id blob primary key references patient (id),
    relation   text not null,              -- what the person is to the holder
    sealed     blob,                       -- the birth date
    removed_at integer,
    version    integer not null,
    constraint dependant_relation_check check (relation in ('child', 'parent', 'partner', 'sibling', 'other')),
    constraint dependant_sealed_check check ((removed_at is null) = (sealed is not null))
) strict;

-- All visits of everybody in an account's care, by start.
create index appointment_account_id_idx on appointment (account_id, starts_at, id);
