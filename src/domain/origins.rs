//! Origins, the names under which organisations write, and those reserved for the registry itself.

use super::schemes::is_well_formed;
use crate::util::truncate::truncate;

/// Origin and actor of the records that the registry creates from its gazetteer.
pub const ADOPTION_ORIGIN: &str = "gazetteer";

/// Origins that no key may have: `self` stands for the caller's own, the registry itself writes under the
/// others.
const RESERVED_ORIGINS: [&str; 3] = ["self", "system", ADOPTION_ORIGIN];

/// Checks that an organisation may write under this name.
///
/// # Errors
/// The reason in English when the name is malformed or reserved.
pub fn check_origin(origin: &str) -> Result<(), String> {
    if is_well_formed(origin) && !RESERVED_ORIGINS.contains(&origin) {
        return Ok(());
    }
    let origin = truncate(origin, 64);
    Err(format!(
        "`{origin}` is no origin: letters, digits and . _ ~ - only, at most 64; not `self`, `system` or `gazetteer`"
    ))
}
