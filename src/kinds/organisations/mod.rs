//! Organisations: whoever takes part without being a local authority. A country group (groupe-pays) and a
//! network of cities are organisations; who belongs to them and who presides over them is part of their
//! record.

mod definition;
pub(super) mod model;
mod rules;
