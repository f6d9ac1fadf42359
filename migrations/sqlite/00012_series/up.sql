-- Visits booked together, at the same time of the day every so many weeks.
create table appointment_series (
    id              blob primary key,
    practitioner_id blob not null references practitioner (id),
    patient_id      blob not null references patient (id),
    every_weeks     integer not null,
    created_at      integer not null,
    constraint appointment_series_every_weeks_check check (every_weeks between 1 and 12)
) strict;
create index appointment_series_practitioner_id_idx on appointment_series (practitioner_id);
create index appointment_series_patient_id_idx on appointment_series (patient_id);

-- Which visits those are. Each stays in its series when it is moved or cancelled.
create table appointment_series_visit (
    appointment_id blob primary key references appointment (id),
    series_id      blob not null references appointment_series (id)
) strict;
create index appointment_series_visit_series_id_idx on appointment_series_visit (series_id);
