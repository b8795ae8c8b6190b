//! The server: its state, what surrounds every request, every route. Used by `main` and by the tests.

use super::metrics::endpoint::metrics_routes;
use super::routes::routes;
use crate::api::state::AppState;
use crate::http::middleware::cache_layer::CacheLayer;
use crate::http::middleware::request_scope;
use actix_web::App;
use actix_web::middleware::from_fn;
use actix_web::web::Data;

/// The application over a state.
pub fn app(
    state: AppState,
) -> App<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let has_metrics_address = state.has_metrics_listener;
    App::new()
        .app_data(Data::new(state))
        .configure(move |config| {
            if !has_metrics_address {
                metrics_routes(config);
            }
        })
        .configure(routes)
        .wrap(from_fn(request_scope::request_scope))
        .wrap(CacheLayer)
}
