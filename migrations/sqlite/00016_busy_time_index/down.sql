-- SQLite has had these from the first: its overlap rules are triggers that ask by them.
select 1;
