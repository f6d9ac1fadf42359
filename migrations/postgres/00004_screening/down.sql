drop table screening_reading;
drop table clearance;
drop table screening;
drop table contraindication_version;
