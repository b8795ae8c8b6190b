//! JSON Patch (RFC 6902).

pub mod patch;
#[cfg(test)]
mod tests;
