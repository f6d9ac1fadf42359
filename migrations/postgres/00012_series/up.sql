-- Visits booked together, at the same time of the day every so many weeks.
create table appointment_series (
    id              uuid primary key,
    practitioner_id uuid not null references practitioner (id),
    patient_id      uuid not null references patient (id),
    every_weeks     integer not null,
    created_at      timestamptz not null,
    constraint appointment_series_every_weeks_check check (every_weeks between 1 and 12)
);
create index appointment_series_practitioner_id_idx on appointment_series (practitioner_id);
create index appointment_series_patient_id_idx on appointment_series (patient_id);

-- Which visits those are. Each stays in its series when it is moved or cancelled.
create table appointment_series_visit (
    appointment_id uuid primary key references appointment (id),
    series_id      uuid not null references appointment_series (id)
);
create index appointment_series_visit_series_id_idx on appointment_series_visit (series_id);
