drop table sign_in_failure;
drop table session;
drop table recovery_code;
drop table password_reset;
drop table registration;
drop table patient;
drop table account;
