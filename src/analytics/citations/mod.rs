//! What sources say, over the whole registry: every citation, and where sources disagree with what is recorded.

pub mod contradictions;
pub mod queries;
