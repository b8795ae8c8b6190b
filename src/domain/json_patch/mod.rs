//! JSON Patch (RFC 6902), within bounds that hold while it is applied: a patch of a few bytes must make no document that
//! fills the memory, nests too deep to be read, or takes long.

pub mod patch;
#[cfg(test)]
mod tests;
