drop table appointment_series_visit;
drop table appointment_series;
