//! The server: its state, what surrounds every request, every route. Used by `main` and by the tests.

use crate::access;
use crate::catalog;
use crate::config::Serve;
use crate::error::{Code, Problem, Result};
use crate::feed;
use crate::gazetteer;
use crate::http::State;
use crate::http::body::JSON;
use crate::http::front::Front;
use crate::http::params::Params;
use crate::http::{connections, metrics, middleware, problems, replies};
use crate::insight;
use crate::registry::collection::{Collection, reading, resource, resource_taking};
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

const MANY: &[Method] = &[Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];
const READ: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

/// Every route.
pub fn routes(config: &mut ServiceConfig) {
    // What is asked for most comes first: patterns are compared in this order.
    let mut v1 = web::scope("/v1");
    for kind in Kind::ALL {
        v1 = v1.service(Collection(*kind).routes(|scope| insight::below(*kind, scope)));
    }
    v1 = v1
        .service(resource("/vocabularies", READ).route(reading().to(vocabularies::handlers::list)))
        .service(resource("/vocabularies/{name}", READ).route(reading().to(vocabularies::handlers::get)))
        .service(
            resource_taking("/keys", MANY, &[(Method::POST, JSON)])
                .route(reading().to(access::handlers::list))
                .route(web::post().to(access::handlers::create)),
        )
        .service(
            resource("/keys/{id}", &[Method::DELETE, Method::OPTIONS])
                .route(web::delete().to(access::handlers::revoke)),
        );
    v1 = v1
        .service(resource("/changes", READ).route(reading().to(feed::handlers::list)))
        .service(resource("/changes/stream", READ).route(reading().to(feed::handlers::stream)))
        .service(resource("/snapshot", READ).route(reading().to(feed::handlers::snapshot)))
        .service(resource("/feeds/{collection}/rpde", READ).route(reading().to(feed::handlers::realtime)))
        .service(resource("/sync/status", READ).route(reading().to(feed::handlers::sync_status)));
    v1 = v1
        .configure(gazetteer::handlers::routes)
        .configure(insight::routes)
        .configure(webhooks::handlers::routes)
        .service(
            resource_taking(
                "/import",
                &[Method::POST, Method::OPTIONS],
                &[(Method::POST, &feed::import::handlers::types())],
            )
            .route(web::post().to(feed::import::handlers::create)),
        );
    config
        .service(v1)
        .service(resource("/", READ).route(reading().to(index)))
        .service(resource("/health/live", READ).route(reading().to(live)))
        .service(resource("/health/ready", READ).route(reading().to(ready)))
        .service(resource("/openapi.json", READ).route(reading().to(openapi)))
        .service(resource("/problems/{code}", READ).route(reading().to(problems::page)))
        .service(resource("/docs", READ).route(reading().to(to_docs)))
        .service(resource("/docs/{file:.*}", READ).route(reading().to(docs)))
        .configure(catalog::handlers::routes)
        .default_service(web::to(problems::nothing));
}

/// The application over a state.
pub fn app(
    state: State,
) -> App<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let apart = state.metrics_apart;
    App::new()
        .app_data(Data::new(state))
        .configure(move |config| {
            if !apart {
                measured(config);
            }
        })
        .configure(routes)
        .wrap(from_fn(middleware::surround))
        .wrap(Front)
}

/// The route of what is measured.
fn measured(config: &mut ServiceConfig) {
    config.service(resource(metrics::PATH, READ).route(reading().to(metrics::get)));
}

/// Serves what is measured at an address of its own, if one is set, as long as the process runs; gives the address.
///
/// # Errors
/// When the address cannot be bound.
pub fn start_metrics(settings: &Serve, state: &State) -> std::io::Result<Option<SocketAddr>> {
    let Some(listen) = settings.operations.metrics_listen else { return Ok(None) };
    let state = state.clone();
    let app = move || {
        let app = App::new().app_data(Data::new(state.clone())).configure(measured);
        app.default_service(web::to(problems::nothing)).wrap(from_fn(middleware::surround))
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
pub fn start(settings: &Serve, state: State) -> std::io::Result<(Server, SocketAddr)> {
    let workers = settings
        .workers
        .map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let (capacity, proxies) = (state.capacity.connections.clone(), state.proxies.clone());
    let server = HttpServer::new(move || app(state.clone()))
        .on_connect(move |io, data| connections::count(&capacity, &proxies, io, data))
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(2))
        .keep_alive(Duration::from_secs(75))
        .disable_signals()
        .shutdown_timeout(20)
        .max_connections(connections::most_per_worker(workers))
        .workers(workers);
    let server = server.bind(settings.listen)?;
    let address = server.addrs().first().copied().unwrap_or(settings.listen);
    Ok((server.run(), address))
}

/// The links from which everything else is found.
fn links(state: &State) -> Value {
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
    if !state.metrics_apart {
        links.insert("metrics".into(), metrics::PATH.into());
    }
    links.into()
}

async fn index(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    Params::of(&request).finish()?;
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
    let mut reply = replies::cacheable(&format!("\"{}\"", replies::digest(body.as_bytes())), body);
    replies::link(&mut reply, "/.well-known/api-catalog", "api-catalog");
    replies::describe(&mut reply);
    Ok(reply)
}

async fn live(request: HttpRequest) -> Result<HttpResponse> {
    Params::of(&request).finish()?;
    Ok(replies::json(StatusCode::OK).body(r#"{"status":"ok"}"#))
}

/// Ready: reads are answered, the tables are there, the search sees Japanese, and the server is not about to end.
async fn ready(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    Params::of(&request).finish()?;
    let ready = !state.drain.has_begun() && state.db.is_ready().await?;
    if !ready {
        return Err(Problem::new(Code::Unavailable));
    }
    Ok(replies::json(StatusCode::OK)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(r#"{"status":"ok"}"#))
}

/// The page's own links are relative to its folder.
async fn to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

/// A file of the interactive page.
async fn docs(file: web::Path<String>) -> Result<HttpResponse> {
    let file = crate::docs::file(&file).ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, file.media))
        .insert_header((header::ETAG, format!("\"{}\"", replies::digest(&file.bytes))))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(file.bytes.into_owned()))
}

async fn openapi(request: HttpRequest) -> Result<HttpResponse> {
    Params::of(&request).finish()?;
    let body = crate::openapi::text();
    Ok(replies::cacheable(&format!("\"{}\"", replies::digest(body.as_bytes())), body.to_owned()))
}
