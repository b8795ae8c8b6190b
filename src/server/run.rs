//! Binds the addresses and starts the HTTP servers.

use super::app::app;
use super::connection_limit;
use super::metrics::endpoint::metrics_routes;
use super::settings::ServerSettings;
use super::state::ServerState;
use crate::api::problems;
use crate::http::middleware::request_scope;
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};
use std::net::SocketAddr;
use std::time::Duration;

/// Serves `/metrics` at an address of its own, if one is set, as long as the process runs; returns the
/// address.
///
/// # Errors
/// When the address cannot be bound.
pub fn start_metrics(settings: &ServerSettings, state: &ServerState) -> std::io::Result<Option<SocketAddr>> {
    let Some(listen) = settings.operations.metrics_listen else { return Ok(None) };
    let state = state.clone();
    let app = move || {
        let app = App::new()
            .app_data(Data::new(state.app.http.clone()))
            .app_data(Data::new(state.app.clone()))
            .app_data(state.gauges.clone())
            .configure(metrics_routes);
        app.default_service(web::to(problems::answer_not_found)).wrap(from_fn(request_scope::request_scope))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().bind(listen)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    actix_web::rt::spawn(server.run());
    Ok(Some(address))
}

/// Binds the address and starts the server; returns it and the address bound.
///
/// # Errors
/// When the address cannot be bound.
pub fn start(settings: &ServerSettings, state: ServerState) -> std::io::Result<(Server, SocketAddr)> {
    let workers = settings
        .workers
        .map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let http = &state.app.http;
    let (capacity, proxies) = (http.concurrency.connections.clone(), http.trusted_proxies.clone());
    let server = HttpServer::new(move || app(state.clone()))
        .on_connect(move |io, data| connection_limit::limit_connection(&capacity, &proxies, io, data))
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(2))
        .keep_alive(Duration::from_secs(75))
        .disable_signals()
        .shutdown_timeout(20)
        .max_connections(connection_limit::max_connections_per_worker(workers))
        .workers(workers);
    let server = server.bind(settings.listen)?;
    let address = server.addrs().first().copied().unwrap_or(settings.listen);
    Ok((server.run(), address))
}
