//! The tables, written once for both databases.
//!
//! Column types are the shared ones of [`dialect`](super::dialect); the
//! migrations of each side say how they are stored there.

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    account (id) {
        id -> Id,
        email -> Text,
        email_key -> Text,
        name -> Text,
        time_zone -> Text,
        password_hash -> Text,
        status -> Text,
        is_admin -> Bool,
        totp_sealed -> Nullable<Binary>,
        totp_confirmed_at -> Nullable<Instant>,
        totp_last_step -> Nullable<BigInt>,
        created_at -> Instant,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    patient (id) {
        id -> Id,
        account_id -> Id,
        name -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    dependant (patient_id) {
        patient_id -> Id,
        relation -> Text,
        sealed -> Nullable<Binary>,
        removed_at -> Nullable<Instant>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    registration (email_key) {
        email_key -> Text,
        email -> Text,
        name -> Text,
        time_zone -> Text,
        password_hash -> Text,
        token_hash -> Binary,
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    password_reset (account_id) {
        account_id -> Id,
        token_hash -> Binary,
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    recovery_code (account_id, code_hash) {
        account_id -> Id,
        code_hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    session (id) {
        id -> Id,
        account_id -> Id,
        token_hash -> Binary,
        created_at -> Instant,
        expires_at -> Instant,
        client -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    sign_in_failure (email_key) {
        email_key -> Text,
        failures -> Integer,
        last_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    practitioner (id) {
        id -> Id,
        account_id -> Nullable<Id>,
        npi -> Nullable<Text>,
        claims_npi -> Nullable<Text>,
        provider_type -> Text,
        given_name -> Text,
        family_name -> Text,
        time_zone -> Text,
        bio -> Text,
        languages -> Text,
        concerns -> Text,
        accepts_new_patients -> Bool,
        travel_minutes -> Integer,
        daily_limit -> Nullable<Integer>,
        weekly_limit -> Nullable<Integer>,
        same_day_booking -> Bool,
        request_lapse_minutes -> Integer,
        excluded -> Bool,
        origin -> Text,
        closed -> Bool,
        source_updated_on -> Nullable<Date>,
        created_at -> Instant,
        version -> BigInt,
        listing_mark -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    location (id) {
        id -> Id,
        practitioner_id -> Id,
        name -> Text,
        address_line -> Text,
        city -> Text,
        region -> Text,
        postal_code -> Text,
        country -> Text,
        latitude -> Double,
        longitude -> Double,
        time_zone -> Text,
        removed -> Bool,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    service (id) {
        id -> Id,
        practitioner_id -> Id,
        name -> Text,
        duration_minutes -> Integer,
        buffer_before_minutes -> Integer,
        buffer_after_minutes -> Integer,
        minimum_notice_minutes -> Integer,
        horizon_days -> Integer,
        start_interval_minutes -> Integer,
        price_minor -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        requires_confirmation -> Bool,
        cancellation_notice_minutes -> Integer,
        removed -> Bool,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    schedule (practitioner_id) {
        practitioner_id -> Id,
        time_zone -> Text,
        weekly -> Text,
        exceptions -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    time_off (id) {
        id -> Id,
        practitioner_id -> Id,
        starts_at -> Instant,
        ends_at -> Instant,
        reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    credential (id) {
        id -> Id,
        practitioner_id -> Id,
        kind -> Text,
        provider_type -> Text,
        issuer -> Text,
        jurisdiction -> Text,
        number -> Text,
        issued_on -> Date,
        expires_on -> Nullable<Date>,
        status -> Text,
        submitted_at -> Instant,
        verified_on -> Nullable<Date>,
        method -> Nullable<Text>,
        source_url -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    credential_decision (id) {
        id -> Id,
        credential_id -> Id,
        decided_at -> Instant,
        actor_id -> Id,
        from_status -> Nullable<Text>,
        to_status -> Text,
        method -> Nullable<Text>,
        source_url -> Nullable<Text>,
        checked_on -> Nullable<Date>,
        note -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    credential_document (id) {
        id -> Id,
        credential_id -> Id,
        media_type -> Text,
        bytes -> BigInt,
        sha256 -> Text,
        sealed -> Binary,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    contraindication_version (version) {
        version -> Integer,
        published_at -> Instant,
        items -> Text,
        statements -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    screening (id) {
        id -> Id,
        patient_id -> Id,
        account_id -> Id,
        version -> Integer,
        outcome -> Text,
        said_yes -> Bool,
        created_at -> Instant,
        valid_until -> Instant,
        text_sha256 -> Text,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    clearance (screening_id) {
        screening_id -> Id,
        created_at -> Instant,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    screening_reading (screening_id, practitioner_id) {
        screening_id -> Id,
        practitioner_id -> Id,
        read_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    busy_time (id) {
        id -> Id,
        practitioner_id -> Id,
        patient_id -> Id,
        starts_at -> Instant,
        ends_at -> Instant,
        busy_from -> Instant,
        busy_until -> Instant,
        held_until -> Nullable<Instant>,
        location_id -> Nullable<Id>,
        is_hold -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    appointment (id) {
        id -> Id,
        practitioner_id -> Id,
        patient_id -> Id,
        account_id -> Id,
        service_id -> Id,
        location_id -> Id,
        screening_id -> Id,
        status -> Text,
        starts_at -> Instant,
        ends_at -> Instant,
        busy_from -> Instant,
        busy_until -> Instant,
        time_zone -> Text,
        price_minor -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        cancellation_notice_minutes -> Integer,
        late -> Bool,
        sequence -> Integer,
        note -> Nullable<Binary>,
        created_at -> Instant,
        version -> BigInt,
        busy_id -> Nullable<Id>,
        lapses_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    appointment_event (appointment_id, number) {
        appointment_id -> Id,
        number -> Integer,
        at -> Instant,
        actor_id -> Nullable<Id>,
        actor_role -> Text,
        from_status -> Nullable<Text>,
        to_status -> Text,
        reason -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    calendar_feed (id) {
        id -> Id,
        account_id -> Id,
        kind -> Text,
        token_hash -> Binary,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    audit_chain (chain) {
        chain -> Integer,
        last_number -> BigInt,
        last_mac -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    audit (chain, number) {
        chain -> Integer,
        number -> BigInt,
        at -> Instant,
        actor_id -> Nullable<Id>,
        actor_role -> Text,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Nullable<Id>,
        detail -> Text,
        request_id -> Id,
        mac -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    outbox (id) {
        id -> Id,
        kind -> Text,
        sealed -> Binary,
        created_at -> Instant,
        next_attempt_at -> Nullable<Instant>,
        attempts -> Integer,
        sent_at -> Nullable<Instant>,
        last_error -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    change (number) {
        number -> BigInt,
        kind -> Text,
        practitioner_id -> Id,
        process -> Id,
        at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    place (key) {
        key -> Text,
        name -> Text,
        region -> Text,
        country -> Text,
        postal_code -> Text,
        latitude -> Double,
        longitude -> Double,
        population -> BigInt,
        source -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    place_edition (only_row) {
        only_row -> Integer,
        number -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    exclusion (npi) {
        npi -> Text,
        name -> Text,
        kind -> Text,
        excluded_on -> Date,
        source -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    idempotency (id) {
        id -> Id,
        fingerprint -> Binary,
        answer -> Binary,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    appointment_series (id) {
        id -> Id,
        practitioner_id -> Id,
        patient_id -> Id,
        every_weeks -> Integer,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    appointment_series_visit (appointment_id) {
        appointment_id -> Id,
        series_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    appointment_attention (appointment_id, reason) {
        appointment_id -> Id,
        reason -> Text,
        since_at -> Instant,
        standing -> Bool,
        known -> Bool,
        resolved_by -> Nullable<Id>,
        resolved_against -> Nullable<Text>,
        note -> Nullable<Binary>,
    }
}

diesel::joinable!(practitioner -> account (account_id));

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    waitlist_entry (id) {
        id -> Id,
        account_id -> Id,
        patient_id -> Id,
        practitioner_id -> Id,
        service_id -> Id,
        location_id -> Nullable<Id>,
        screening_id -> Id,
        replaces_id -> Nullable<Id>,
        window_from -> Instant,
        window_until -> Instant,
        free_then -> Text,
        offer_minutes -> Integer,
        status -> Text,
        look_at -> Instant,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::dialect::sql::*;

    waitlist_offer (id) {
        id -> Id,
        entry_id -> Id,
        practitioner_id -> Id,
        patient_id -> Id,
        location_id -> Id,
        starts_at -> Instant,
        ends_at -> Instant,
        made_at -> Instant,
        expires_at -> Instant,
        status -> Text,
        appointment_id -> Nullable<Id>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    account,
    patient,
    dependant,
    registration,
    password_reset,
    recovery_code,
    session,
    sign_in_failure,
    practitioner,
    location,
    service,
    schedule,
    time_off,
    credential,
    credential_decision,
    credential_document,
    contraindication_version,
    screening,
    clearance,
    screening_reading,
    busy_time,
    appointment,
    appointment_attention,
    appointment_event,
    calendar_feed,
    appointment_series,
    appointment_series_visit,
    waitlist_entry,
    waitlist_offer,
    audit_chain,
    audit,
    outbox,
    change,
    place,
    place_edition,
    exclusion,
    idempotency,
);
