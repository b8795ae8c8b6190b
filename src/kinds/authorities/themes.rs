//! SQL queries for the themes that an authority works on.
//!
//! These are the themes of the partnerships and memoranda that it is a party of, of the visits that it sent,
//! received or was a stop of, of the editions of the Rencontres that it hosts and their sessions, and of its
//! good practices and partner requests.

use crate::db::sql::SqlFragment;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// SQL list of the JSON pointers by which the records that count refer to the authority.
const AUTHORITY_POINTERS: &str = "('/parties/authority', '/parties/party', '/delegation/represents', '/hosts/represents', \
     '/stops/authority', '/host', '/authority')";

/// Returns a query of the themes of these authorities (a parenthesised list or query of ids): `(code)`.
#[must_use]
pub fn themes_of(authorities: SqlFragment) -> SqlFragment {
    SqlFragment::new("SELECT g.code FROM tags g WHERE g.pointer = '/themes' AND g.record_id IN (SELECT f.from_record FROM refs f WHERE f.to_record IN ")
        .append(authorities.clone())
        .sql(format!(" AND f.pointer IN {AUTHORITY_POINTERS} UNION SELECT s.from_record FROM refs h"))
        .sql(" JOIN refs s ON s.to_record = h.from_record AND s.pointer = '/rencontre' WHERE h.pointer = '/host' AND h.to_record IN ")
        .append(authorities)
        .sql(")")
}

/// Returns a query of the authorities with one of these themes (a parenthesised list or query of codes), and
/// of the record that has it: `(authority, code, record)`.
#[must_use]
pub fn authorities_with_themes(codes: SqlFragment) -> SqlFragment {
    let tagged = "g.pointer = '/themes' AND g.code IN ";
    SqlFragment::new(
        "SELECT f.to_record AS authority, g.code AS code, g.record_id AS record FROM tags g JOIN refs f",
    )
    .sql(format!(" ON f.from_record = g.record_id AND f.pointer IN {AUTHORITY_POINTERS} WHERE {tagged}"))
    .append(codes.clone())
    .sql(" UNION ALL SELECT h.to_record, g.code, g.record_id FROM tags g")
    .sql(" JOIN refs s ON s.from_record = g.record_id AND s.pointer = '/rencontre'")
    .sql(format!(" JOIN refs h ON h.from_record = s.to_record AND h.pointer = '/host' WHERE {tagged}"))
    .append(codes)
}

/// Returns a query of these themes (a query of codes) with all their broader and narrower ones: `(code)`.
#[must_use]
pub fn related_themes(codes: SqlFragment) -> SqlFragment {
    SqlFragment::new("WITH related(one, other) AS (VALUES ")
        .sql(theme_pair_values())
        .sql(") SELECT k.other FROM related k WHERE k.one IN (")
        .append(codes)
        .sql(")")
}

/// Returns rows for `VALUES`: each theme paired with itself and, in both directions, with each broader theme.
fn theme_pair_values() -> &'static str {
    static PAIRS: OnceLock<String> = OnceLock::new();
    PAIRS.get_or_init(|| {
        let mut rows = String::new();
        for theme in Theme::TERMS {
            let _ = write!(rows, "{}('{1}', '{1}')", if rows.is_empty() { "" } else { ", " }, theme.code);
            let mut broader = theme.broader;
            while let Some(code) = broader {
                let _ = write!(rows, ", ('{0}', '{code}'), ('{code}', '{0}')", theme.code);
                let term = Theme::TERMS.iter().find(|term| term.code == code);
                broader = term.and_then(|term| term.broader);
            }
        }
        rows
    })
}
