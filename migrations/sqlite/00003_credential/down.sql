drop table credential_document;
drop table credential_decision;
drop table credential;
