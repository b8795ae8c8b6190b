//! diesel `table!` definitions, the same for both databases. Of the kinds' own tables, they list only the
//! columns that Rust code names.
#![expect(missing_docs, reason = "the migrations explain tables and columns")]

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

    records (id) {
        number -> BigInt,
        id -> UuidSql,
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
    use crate::db::types::UuidSql;

    identifiers (kind, scheme, value) {
        kind -> Text,
        scheme -> Text,
        value -> Text,
        record_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

    refs (from_record, pointer, to_record) {
        from_record -> UuidSql,
        pointer -> Text,
        to_record -> UuidSql,
        to_state -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

    tags (record_id, pointer, code) {
        record_id -> UuidSql,
        pointer -> Text,
        code -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

    citations (record_id, position) {
        record_id -> UuidSql,
        position -> BigInt,
        kind -> Text,
        pointer -> Text,
        source_id -> UuidSql,
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
    use crate::db::types::UuidSql;

    dates (record_id, pointer, position) {
        record_id -> UuidSql,
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
    use crate::db::types::UuidSql;

    feed_head (one) {
        one -> BigInt,
        seq -> BigInt,
        base -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

    changes (seq) {
        seq -> BigInt,
        record_id -> UuidSql,
        kind -> Text,
        version -> BigInt,
        op -> Text,
        origin -> Text,
        actor -> Text,
        at -> BigInt,
        batch_id -> UuidSql,
        changed -> Text,
        replaced_by -> Nullable<UuidSql>,
        shape -> BigInt,
        body -> Nullable<Text>,
        comment -> Nullable<Text>,
        overrode -> Nullable<Text>,
        owners_of -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

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
    use crate::db::types::UuidSql;

    authorities (id) {
        id -> UuidSql,
        country -> Text,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

    partnerships (id) {
        id -> UuidSql,
        parties -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

    rencontres (id) {
        id -> UuidSql,
        number -> BigInt,
        status -> Text,
        dates_earliest -> Nullable<Text>,
        dates_latest -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

    answers (key_id, token) {
        key_id -> Text,
        token -> Text,
        fingerprint -> Text,
        status -> BigInt,
        headers -> Text,
        body -> Text,
        record_id -> Nullable<UuidSql>,
        at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

    readers (key_id) {
        key_id -> Text,
        seq -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

    conflicts (key_id, record_id) {
        key_id -> Text,
        record_id -> UuidSql,
        code -> Text,
        pointers -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
    use crate::db::types::UuidSql;

    webhooks (id) {
        id -> UuidSql,
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
    use crate::db::types::UuidSql;

    deliveries (webhook_id, seq) {
        webhook_id -> UuidSql,
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
    use crate::db::types::UuidSql;

    tenures (record_id, position) {
        record_id -> UuidSql,
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
    use crate::db::types::UuidSql;

    words (word, rest, record_id) {
        word -> Text,
        rest -> Text,
        record_id -> UuidSql,
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
