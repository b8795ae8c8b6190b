//! The registry answers.

use crate::on_both;

on_both!(the_index_links_to_every_collection, seeded, |app| {
    let index = app.get("/").expect(200).json();
    for (name, href) in index["links"].as_object().unwrap() {
        let answer = app.get(href.as_str().unwrap());
        assert!([200, 308].contains(&answer.status), "{name}: {}", answer.status);
    }
    app.get("/health/live").expect(200);
    app.get("/health/ready").expect(200);
});
