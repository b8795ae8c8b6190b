//! The actix application: its state and the order of its middleware.

use super::metrics::endpoint::metrics_routes;
use super::routes::routes;
use super::state::ServerState;
use crate::http::middleware::cache_layer::CacheLayer;
use crate::http::middleware::request_scope;
use actix_web::App;
use actix_web::middleware::from_fn;
use actix_web::web::Data;

/// Builds the application over a state.
pub fn app(
    state: ServerState,
) -> App<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let ServerState { app, gauges } = state;
    let has_metrics_listener = app.options.has_metrics_listener;
    App::new()
        .app_data(Data::new(app.http.clone()))
        .app_data(Data::new(app))
        .app_data(gauges)
        .configure(move |config| {
            if !has_metrics_listener {
                metrics_routes(config);
            }
        })
        .configure(routes)
        .wrap(from_fn(request_scope::request_scope))
        .wrap(CacheLayer)
}
