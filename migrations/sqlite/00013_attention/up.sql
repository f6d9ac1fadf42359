-- What stands between an appointment that was agreed and its taking place.
create table appointment_attention (
    appointment_id   blob not null references appointment (id),
    reason           text not null,
    since_at         integer not null,
    standing         integer not null,   -- the appointment is frozen by it
    known            integer not null,   -- as both sides last heard
    resolved_by      blob references account (id),
    resolved_against text,               -- the facts as they stood when an admin let it pass
    note             blob,               -- sealed
    primary key (appointment_id, reason),
    constraint appointment_attention_reason_check check (reason in
        ('licence', 'certification', 'excluded', 'account', 'contraindications')),
    constraint appointment_attention_resolved_check check
        ((resolved_by is null) = (resolved_against is null) and (resolved_by is null or standing = 0))
) strict;
create index appointment_attention_untold_idx on appointment_attention (appointment_id) where standing <> known;
create index appointment_attention_resolved_by_idx on appointment_attention (resolved_by);
