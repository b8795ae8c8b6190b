//! The tables as diesel sees them; the same on both databases. Of the kinds' own tables, the columns that rules and answers
//! name.
#![expect(missing_docs, reason = "the migrations explain tables and columns")]

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    records (id) {
        number -> BigInt,
        id -> Guid,
        kind -> Text,
        version -> BigInt,
        state -> Text,
        shape -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        origin -> Text,
        name -> Text,
        content -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    identifiers (kind, scheme, value) {
        kind -> Text,
        scheme -> Text,
        value -> Text,
        record_id -> Guid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    refs (from_record, pointer, to_record) {
        from_record -> Guid,
        pointer -> Text,
        to_record -> Guid,
        to_state -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    tags (record_id, pointer, code) {
        record_id -> Guid,
        pointer -> Text,
        code -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    citations (record_id, position) {
        record_id -> Guid,
        position -> BigInt,
        kind -> Text,
        pointer -> Text,
        source_id -> Guid,
        rank -> Text,
        certainty -> Text,
        reason -> Nullable<Text>,
        severity -> BigInt,
        explained -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    dates (record_id, pointer, position) {
        record_id -> Guid,
        pointer -> Text,
        position -> BigInt,
        kind -> Text,
        edtf -> Text,
        earliest -> Nullable<Text>,
        latest -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    feed_head (one) {
        one -> BigInt,
        seq -> BigInt,
        base -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    changes (seq) {
        seq -> BigInt,
        record_id -> Guid,
        kind -> Text,
        version -> BigInt,
        op -> Text,
        origin -> Text,
        actor -> Text,
        at -> BigInt,
        batch_id -> Guid,
        changed -> Text,
        replaced_by -> Nullable<Guid>,
        shape -> BigInt,
        body -> Nullable<Text>,
        comment -> Nullable<Text>,
        overrode -> Nullable<Text>,
        owners_of -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    keys (id) {
        id -> Text,
        name -> Text,
        origin -> Text,
        scopes -> Text,
        schemes -> Text,
        hash -> Binary,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    authorities (id) {
        id -> Guid,
        country -> Text,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    partnerships (id) {
        id -> Guid,
        parties -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    rencontres (id) {
        id -> Guid,
        number -> BigInt,
        status -> Text,
        dates_earliest -> Nullable<Text>,
        dates_latest -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    answers (key_id, token) {
        key_id -> Text,
        token -> Text,
        fingerprint -> Text,
        status -> BigInt,
        headers -> Text,
        body -> Text,
        record_id -> Nullable<Guid>,
        at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    readers (key_id) {
        key_id -> Text,
        seq -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    conflicts (key_id, record_id) {
        key_id -> Text,
        record_id -> Guid,
        code -> Text,
        pointers -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    webhooks (id) {
        id -> Guid,
        origin -> Text,
        content -> Text,
        enabled -> BigInt,
        disabled_reason -> Nullable<Text>,
        secret -> Text,
        old_secret -> Nullable<Text>,
        old_secret_until -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        position -> BigInt,
        sent_seq -> Nullable<BigInt>,
        attempted_at -> Nullable<BigInt>,
        attempt_status -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    deliveries (webhook_id, seq) {
        webhook_id -> Guid,
        seq -> BigInt,
        previous_seq -> Nullable<BigInt>,
        status -> Text,
        attempts -> BigInt,
        created_at -> BigInt,
        next_at -> BigInt,
        leased_until -> BigInt,
        attempted_at -> Nullable<BigInt>,
        answer_code -> Nullable<BigInt>,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use super::super::types::Guid;

    tenures (record_id, position) {
        record_id -> Guid,
        pointer -> Text,
        position -> BigInt,
        earliest -> Nullable<Text>,
        latest -> Nullable<Text>,
    }
}

diesel::table! {
    search (rowid) {
        rowid -> BigInt,
        name -> Text,
        text -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use super::super::types::Guid;

    words (word, rest, record_id) {
        word -> Text,
        rest -> Text,
        record_id -> Guid,
        opens -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    records,
    identifiers,
    refs,
    tags,
    citations,
    dates,
    search,
    words,
    changes,
    conflicts,
    authorities,
    partnerships,
    rencontres,
    deliveries
);
