-- Another value with every change of what the directory shows of a practitioner:
-- record, account, places, services, hours, time away and credentials alike.
-- Whoever has read all of it before asks only whether this is still the same.
-- Never a value twice: a change that is undone leaves none that may come again.
alter table practitioner add column listing_mark uuid not null default '00000000-0000-0000-0000-000000000000';

create function mark_own_listing() returns trigger language plpgsql as $$
begin
    new.listing_mark := gen_random_uuid();
    return new;
end $$;
create function mark_listing_of_account() returns trigger language plpgsql as $$
begin
    update practitioner set listing_mark = gen_random_uuid() where account_id = new.id;
    return null;
end $$;
create function mark_listing() returns trigger language plpgsql as $$
begin
    update practitioner set listing_mark = gen_random_uuid()
        where id = case tg_op when 'DELETE' then old.practitioner_id else new.practitioner_id end;
    return null;
end $$;

create trigger practitioner_listing_mark before update on practitioner
    for each row execute function mark_own_listing();
create trigger account_listing_mark after update of status on account
    for each row execute function mark_listing_of_account();
create trigger credential_listing_mark after insert or update or delete on credential
    for each row execute function mark_listing();
create trigger location_listing_mark after insert or update or delete on location
    for each row execute function mark_listing();
create trigger service_listing_mark after insert or update or delete on service
    for each row execute function mark_listing();
create trigger schedule_listing_mark after insert or update or delete on schedule
    for each row execute function mark_listing();
create trigger time_off_listing_mark after insert or update or delete on time_off
    for each row execute function mark_listing();
