drop table time_off;
drop table schedule;
drop table service;
drop table location;
drop table practitioner;
