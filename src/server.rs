//! The server: its state, what surrounds every request, every route. Used by `main` and by the tests.

use crate::access;
use crate::catalog;
use crate::config::ServerSettings;
use crate::error::{ErrorCode, Problem, Result};
use crate::feed;
use crate::gazetteer;
use crate::http::AppState;
use crate::http::body::JSON;
use crate::http::front::CacheLayer;
use crate::http::params::QueryParams;
use crate::http::{connections, metrics, middleware, problems, replies};
use crate::insight;
use crate::registry::collection::{Collection, get_or_head, resource_with_body_types, resource_with_methods};
use crate::registry::vocabularies;
use crate::vocabulary::Kind;
use crate::webhooks;
use actix_web::dev::Server;
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::{Map, Value, json};
use std::net::SocketAddr;
use std::time::Duration;

const COLLECTION_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];
const READ_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

/// Every route.
pub fn routes(config: &mut ServiceConfig) {
    // What is asked for most comes first: patterns are compared in this order.
    let mut v1 = web::scope("/v1");
    for kind in Kind::ALL {
        v1 = v1.service(Collection(*kind).routes(|scope| insight::add_record_routes(*kind, scope)));
    }
    v1 = v1
        .service(
            resource_with_methods("/vocabularies", READ_METHODS)
                .route(get_or_head().to(vocabularies::handlers::list)),
        )
        .service(
            resource_with_methods("/vocabularies/{name}", READ_METHODS)
                .route(get_or_head().to(vocabularies::handlers::get)),
        )
        .service(
            resource_with_body_types("/keys", COLLECTION_METHODS, &[(Method::POST, JSON)])
                .route(get_or_head().to(access::handlers::list))
                .route(web::post().to(access::handlers::create)),
        )
        .service(
            resource_with_methods("/keys/{id}", &[Method::DELETE, Method::OPTIONS])
                .route(web::delete().to(access::handlers::revoke)),
        );
    v1 = v1
        .service(
            resource_with_methods("/changes", READ_METHODS).route(get_or_head().to(feed::handlers::list)),
        )
        .service(
            resource_with_methods("/changes/stream", READ_METHODS)
                .route(get_or_head().to(feed::handlers::stream)),
        )
        .service(
            resource_with_methods("/snapshot", READ_METHODS)
                .route(get_or_head().to(feed::handlers::snapshot)),
        )
        .service(
            resource_with_methods("/feeds/{collection}/rpde", READ_METHODS)
                .route(get_or_head().to(feed::handlers::get_rpde_page)),
        )
        .service(
            resource_with_methods("/sync/status", READ_METHODS)
                .route(get_or_head().to(feed::handlers::sync_status)),
        );
    v1 = v1
        .configure(gazetteer::handlers::routes)
        .configure(insight::routes)
        .configure(webhooks::handlers::routes)
        .service(
            resource_with_body_types(
                "/import",
                &[Method::POST, Method::OPTIONS],
                &[(Method::POST, &feed::import::handlers::media_types())],
            )
            .route(web::post().to(feed::import::handlers::create)),
        );
    config
        .service(v1)
        .service(resource_with_methods("/", READ_METHODS).route(get_or_head().to(index)))
        .service(resource_with_methods("/health/live", READ_METHODS).route(get_or_head().to(liveness)))
        .service(resource_with_methods("/health/ready", READ_METHODS).route(get_or_head().to(readiness)))
        .service(resource_with_methods("/openapi.json", READ_METHODS).route(get_or_head().to(openapi)))
        .service(
            resource_with_methods("/problems/{code}", READ_METHODS)
                .route(get_or_head().to(problems::explain_error_code)),
        )
        .service(resource_with_methods("/docs", READ_METHODS).route(get_or_head().to(redirect_to_docs)))
        .service(resource_with_methods("/docs/{file:.*}", READ_METHODS).route(get_or_head().to(docs_file)))
        .configure(catalog::handlers::routes)
        .default_service(web::to(problems::answer_not_found));
}

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
        .wrap(from_fn(middleware::request_scope))
        .wrap(CacheLayer)
}

/// The route of what is measured.
fn metrics_routes(config: &mut ServiceConfig) {
    config.service(
        resource_with_methods(metrics::METRICS_PATH, READ_METHODS)
            .route(get_or_head().to(metrics::get_metrics)),
    );
}

/// Serves what is measured at an address of its own, if one is set, as long as the process runs; gives the address.
///
/// # Errors
/// When the address cannot be bound.
pub fn start_metrics(settings: &ServerSettings, state: &AppState) -> std::io::Result<Option<SocketAddr>> {
    let Some(listen) = settings.operations.metrics_listen else { return Ok(None) };
    let state = state.clone();
    let app = move || {
        let app = App::new().app_data(Data::new(state.clone())).configure(metrics_routes);
        app.default_service(web::to(problems::answer_not_found)).wrap(from_fn(middleware::request_scope))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().bind(listen)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    actix_web::rt::spawn(server.run());
    Ok(Some(address))
}

/// Binds the address and starts to serve, until its handle ends it. Gives the server to wait for, and the address it got.
///
/// # Errors
/// When the address cannot be bound.
pub fn start(settings: &ServerSettings, state: AppState) -> std::io::Result<(Server, SocketAddr)> {
    let workers = settings
        .workers
        .map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let (capacity, proxies) = (state.concurrency.connections.clone(), state.trusted_proxies.clone());
    let server = HttpServer::new(move || app(state.clone()))
        .on_connect(move |io, data| connections::limit_connection(&capacity, &proxies, io, data))
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(2))
        .keep_alive(Duration::from_secs(75))
        .disable_signals()
        .shutdown_timeout(20)
        .max_connections(connections::max_connections_per_worker(workers))
        .workers(workers);
    let server = server.bind(settings.listen)?;
    let address = server.addrs().first().copied().unwrap_or(settings.listen);
    Ok((server.run(), address))
}

/// The links from which everything else is found.
fn links(state: &AppState) -> Value {
    let mut links = Map::new();
    for kind in Kind::ALL {
        links.insert(kind.path().replace('-', "_"), format!("/v1/{}", kind.path()).into());
    }
    links.insert("gazetteer".into(), "/v1/gazetteer".into());
    links.insert("changes".into(), "/v1/changes".into());
    links.insert("snapshot".into(), "/v1/snapshot".into());
    for insight in
        ["anniversaries", "citations", "commitments", "contradictions", "search", "statistics", "timeline"]
    {
        links.insert(insight.into(), format!("/v1/{insight}").into());
    }
    links.insert("vocabularies".into(), "/v1/vocabularies".into());
    links.insert("catalog".into(), "/catalog.jsonld".into());
    links.insert("services".into(), "/.well-known/api-catalog".into());
    links.insert("openapi".into(), "/openapi.json".into());
    links.insert("docs".into(), "/docs".into());
    links.insert("health".into(), "/health/ready".into());
    if !state.has_metrics_listener {
        links.insert("metrics".into(), metrics::METRICS_PATH.into());
    }
    links.into()
}

async fn index(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let body = json!({
        "name": "Kakehashi",
        "description": {
            "fr": "Le registre de la coopération décentralisée franco-japonaise",
            "ja": "日仏自治体交流の記録簿",
            "en": "The registry of Franco-Japanese decentralised cooperation"
        },
        "version": env!("CARGO_PKG_VERSION"),
        "licence": {"data": "CC-BY-4.0", "software": "MIT OR Apache-2.0"},
        "links": links(&state),
    })
    .to_string();
    let mut reply = replies::json_with_etag(&format!("\"{}\"", replies::xxh3_hex(body.as_bytes())), body);
    replies::add_link(&mut reply, "/.well-known/api-catalog", "api-catalog");
    replies::add_service_links(&mut reply);
    Ok(reply)
}

async fn liveness(request: HttpRequest) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    Ok(replies::json_builder(StatusCode::OK).body(r#"{"status":"ok"}"#))
}

/// Ready: reads are answered, the tables are there, the search sees Japanese, and the server is not about to end.
async fn readiness(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let ready = !state.shutdown.has_begun() && state.db.is_ready().await?;
    if !ready {
        return Err(Problem::new(ErrorCode::Unavailable));
    }
    Ok(replies::json_builder(StatusCode::OK)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(r#"{"status":"ok"}"#))
}

/// The page's own links are relative to its folder.
async fn redirect_to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

/// A file of the interactive page.
async fn docs_file(file: web::Path<String>) -> Result<HttpResponse> {
    let file = crate::docs::find_file(&file).ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, file.media))
        .insert_header((header::ETAG, format!("\"{}\"", replies::xxh3_hex(&file.bytes))))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(file.bytes.into_owned()))
}

async fn openapi(request: HttpRequest) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let body = crate::openapi::document_text();
    Ok(replies::json_with_etag(&format!("\"{}\"", replies::xxh3_hex(body.as_bytes())), body.to_owned()))
}
