//! Statistics: how many partnerships by which rule, how many took part in the editions, what was done in which year.

pub mod activity;
pub mod count_table;
pub mod counting_rules;
pub mod differences;
pub mod participation;
pub mod partnership_counts;
pub mod partnership_links;
pub mod queries;
pub mod signatures;
pub mod topic;
