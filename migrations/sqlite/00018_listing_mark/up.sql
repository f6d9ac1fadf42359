-- Another value with every change of what the directory shows of a practitioner:
-- record, account, places, services, hours, time away and credentials alike.
-- Whoever has read all of it before asks only whether this is still the same.
-- Never a value twice: a change that is undone leaves none that may come again.
alter table practitioner add column listing_mark blob not null default x'00000000000000000000000000000000';

create trigger practitioner_listing_mark after update of account_id, npi, provider_type, given_name,
    family_name, time_zone, bio, languages, concerns, accepts_new_patients, travel_minutes, daily_limit,
    weekly_limit, same_day_booking, request_lapse_minutes, excluded, origin, closed, version on practitioner
begin update practitioner set listing_mark = randomblob(16) where id = new.id; end;
create trigger account_listing_mark after update of status on account
begin update practitioner set listing_mark = randomblob(16) where account_id = new.id; end;
create trigger credential_listing_mark_insert after insert on credential
begin update practitioner set listing_mark = randomblob(16) where id = new.practitioner_id; end;
create trigger credential_listing_mark_update after update on credential
begin update practitioner set listing_mark = randomblob(16) where id = new.practitioner_id; end;
create trigger credential_listing_mark_delete after delete on credential
begin update practitioner set listing_mark = randomblob(16) where id = old.practitioner_id; end;
create trigger location_listing_mark_insert after insert on location
begin update practitioner set listing_mark = randomblob(16) where id = new.practitioner_id; end;
create trigger location_listing_mark_update after update on location
begin update practitioner set listing_mark = randomblob(16) where id = new.practitioner_id; end;
create trigger location_listing_mark_delete after delete on location
begin update practitioner set listing_mark = randomblob(16) where id = old.practitioner_id; end;
create trigger service_listing_mark_insert after insert on service
begin update practitioner set listing_mark = randomblob(16) where id = new.practitioner_id; end;
create trigger service_listing_mark_update after update on service
begin update practitioner set listing_mark = randomblob(16) where id = new.practitioner_id; end;
create trigger service_listing_mark_delete after delete on service
begin update practitioner set listing_mark = randomblob(16) where id = old.practitioner_id; end;
create trigger schedule_listing_mark_insert after insert on schedule
begin update practitioner set listing_mark = randomblob(16) where id = new.practitioner_id; end;
create trigger schedule_listing_mark_update after update on schedule
begin update practitioner set listing_mark = randomblob(16) where id = new.practitioner_id; end;
create trigger schedule_listing_mark_delete after delete on schedule
begin update practitioner set listing_mark = randomblob(16) where id = old.practitioner_id; end;
create trigger time_off_listing_mark_insert after insert on time_off
begin update practitioner set listing_mark = randomblob(16) where id = new.practitioner_id; end;
create trigger time_off_listing_mark_update after update on time_off
begin update practitioner set listing_mark = randomblob(16) where id = new.practitioner_id; end;
create trigger time_off_listing_mark_delete after delete on time_off
begin update practitioner set listing_mark = randomblob(16) where id = old.practitioner_id; end;
