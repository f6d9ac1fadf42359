drop table change;
drop table outbox;
drop table audit;
drop table audit_chain;
drop function audit_is_append_only();
