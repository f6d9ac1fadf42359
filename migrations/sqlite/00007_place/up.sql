-- The gazetteer: cities and postal codes.
create table place (
    key         text primary key,           -- country, postal code or region and folded name
    name        text not null,
    region      text not null,
    country     text not null,
    postal_code text not null,
    latitude    real not null,
    longitude   real not null,
    population  integer not null,
    source      text not null,
    constraint place_position_check check
        (latitude between -90 and 90 and longitude between -180 and 180)
) strict;

-- Rises with every import, so that running servers read the gazetteer again.
create table place_edition (
    only_row integer primary key,
    number   integer not null,
    constraint place_edition_one_check check (only_row = 1)
) strict;
insert into place_edition (only_row, number) values (1, 0);

-- Exclusion list (OIG LEIE): an exact NPI blocks.
create table exclusion (
    npi         text primary key,
    name        text not null,
    kind        text not null,
    excluded_on text not null,
    source      text not null
) strict;
