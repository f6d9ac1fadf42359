-- Claims are asked for by whose they are and when they begin; the exclusion
-- rules' own indexes answer only whether two overlap.
create index busy_time_practitioner_id_idx on busy_time (practitioner_id, busy_from);
create index busy_time_patient_id_idx on busy_time (patient_id, starts_at);
