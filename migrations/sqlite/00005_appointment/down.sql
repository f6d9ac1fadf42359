drop table appointment_event;
drop table appointment;
drop table busy_time;
