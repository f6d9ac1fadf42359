drop table exclusion;
drop table place_edition;
drop table place;
