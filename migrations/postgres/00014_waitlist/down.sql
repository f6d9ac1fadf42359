drop table waitlist_offer;
drop table waitlist_entry;
