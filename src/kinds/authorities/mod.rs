//! Local authorities of France (communes, groupings, departments, regions) and Japan (prefectures, cities,
//! towns, …).

mod definition;
pub mod geo_filters;
pub mod locations;
pub mod model;
mod rules;
pub mod themes;
