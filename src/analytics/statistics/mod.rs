//! Statistics: partnerships by counting rule, participation in the editions, activities by year.

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
