//! Other forms of the same answers, for the tools that read them.

pub mod csv;
