-- Published lists are never changed, only followed by the next version.
create table contraindication_version (
    version      integer primary key,
    published_at integer not null,
    items        text not null,             -- JSON array of {code, label, explanation}
    statements   text not null,             -- JSON array of {code, text}
    constraint contraindication_version_check check (version >= 1)
) strict;

create table screening (
    id          blob primary key,
    patient_id  blob not null references patient (id),
    account_id  blob not null references account (id), -- who answered
    version     integer not null references contraindication_version (version),
    outcome     text not null,
    said_yes    integer not null,           -- these answers themselves, not earlier ones, call for clearance
    created_at  integer not null,
    valid_until integer not null,
    text_sha256 text not null,              -- of the text shown
    sealed      blob not null,             -- answers and signature
    constraint screening_outcome_check check (outcome in ('clear', 'needs_clearance'))
) strict;
create index screening_patient_id_idx on screening (patient_id, created_at);

create table clearance (
    screening_id blob primary key references screening (id),
    created_at   integer not null,
    sealed       blob not null
) strict;

-- Which practitioner has read which screening: a clearance must be read before it is confirmed.
create table screening_reading (
    screening_id    blob not null references screening (id),
    practitioner_id blob not null references practitioner (id),
    read_at         integer not null,
    primary key (screening_id, practitioner_id)
) strict;

-- The first list. Later ones are published by admins.
insert into contraindication_version (version, published_at, items, statements) values (1, 1795478400000000,
    '[{"code":"blood_clots","label":"Blood clots","explanation":"You have a blood clot now, had one recently, or a doctor suspects one, for example in a leg, a lung or the brain. Pressure on the body, even a light one, and lying still may be unsafe until a doctor agrees."},{"code":"traumatic_brain_injury","label":"Concussion or other brain injury","explanation":"You recently had a concussion or another injury to the brain, from a fall, a blow or an accident, even if it seemed mild. Some people with brain injuries became worse after craniosacral work, so a doctor must agree first."},{"code":"brain_swelling","label":"Swelling of the brain","explanation":"You have, or may have, swelling of the brain or raised pressure inside the skull, from any cause. Anything that might change that pressure can be dangerous."},{"code":"brain_aneurysm","label":"Brain aneurysm","explanation":"You have a bulge in a blood vessel of the brain, whether treated or only being watched, or had bleeding inside the skull. A change of pressure inside the head is a risk that only your doctor can judge."},{"code":"csf_buildup","label":"Build-up of fluid around the brain","explanation":"You have a condition in which the fluid around the brain and spinal cord builds up, leaks, or does not flow or keep its pressure as it should, such as hydrocephalus, with or without a shunt, or a Chiari malformation."}]',
    '[{"code":"evidence_is_limited","text":"I understand that the evidence for craniosacral therapy is limited and disputed: some reviews found small to moderate relief in chronic pain, another found no benefit, and nobody can promise me a result."},{"code":"not_a_substitute","text":"I understand that craniosacral therapy is no substitute for medical diagnosis or treatment. I will not stop or put off any treatment because of it, and in an emergency I will call for medical help."},{"code":"answers_are_true","text":"My answers are true and complete as far as I know, and I will tell my practitioner before the session if anything changes."}]');
