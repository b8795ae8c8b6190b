//! Authorities: local authorities of France (communes, groupings, departments, regions) and Japan
//! (prefectures, cities, towns, …). The table of all official codes and names is the `gazetteer`.

mod definition;
pub mod geo_filters;
pub mod locations;
pub mod model;
mod rules;
pub mod themes;
