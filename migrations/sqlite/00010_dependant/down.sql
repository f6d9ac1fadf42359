drop index appointment_account_id_idx;
drop table dependant;
