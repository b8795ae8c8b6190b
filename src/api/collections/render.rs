//! Lists and records in formats other than JSON: whole lists, pages, single records.
//!
//! Whole lists are streamed while they are read, unless a page is asked for.

use super::list_query::ListRequest;
use super::representation::Representation;
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::{self, Id};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::formats::ndjson::NdjsonRenderer;
use crate::formats::renderer::{RenderContext, Renderer};
use crate::formats::{atom, calendar, csv_records, geojson, json_ld, values};
use crate::http::negotiation::MediaFormat;
use crate::http::{conditional, pagination, responses, streaming};
use crate::kinds::all;
use crate::kinds::authorities::locations::{self, Locations};
use crate::kinds::definition::Definition;
use crate::records::read::queries::{self, ListQuery};
use crate::store::changes::{LogBounds, log_bounds};
use crate::util::clock::Clock;
use crate::util::hash;
use actix_web::http::{Method, StatusCode, header};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// Records of a whole list read at a time.
const BATCH_SIZE: i64 = 250;

type RecordMembers = Map<String, Value>;

impl Representation {
    /// Returns the render context of one record.
    pub(super) fn record_context(&self, request: &HttpRequest, kind: Kind) -> RenderContext {
        self.render_context(kind, self.list_url(request), true)
    }

    fn render_context(&self, kind: Kind, path_and_query: String, is_single: bool) -> RenderContext {
        RenderContext {
            kind,
            language: self.language,
            base_url: self.base_url.clone(),
            path_and_query,
            is_single,
        }
    }

    /// Begins a document in this format.
    fn begin_renderer<'a, W: Write + 'a>(
        &self,
        out: W,
        context: RenderContext,
        links: &atom::FeedLinks,
    ) -> io::Result<Box<dyn Renderer + 'a>> {
        Ok(match self.format {
            MediaFormat::Json | MediaFormat::Ndjson => {
                Box::new(NdjsonRenderer::new(out, self.csv_options.fields.clone()))
            }
            MediaFormat::Csv => Box::new(csv_records::CsvRenderer::begin(out, &context, &self.csv_options)?),
            MediaFormat::GeoJson => Box::new(geojson::GeoJsonRenderer::begin(out, context)?),
            MediaFormat::Calendar => Box::new(calendar::CalendarRenderer::begin(out, context)?),
            MediaFormat::JsonLd => Box::new(json_ld::JsonLdRenderer::begin(out, context)?),
            MediaFormat::Atom => Box::new(atom::AtomRenderer::begin(out, context, links)?),
        })
    }

    /// Renders a document of these records.
    fn render(
        &self,
        context: RenderContext,
        records: &[RecordMembers],
        locations: &Locations,
        links: &atom::FeedLinks,
    ) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let write = |out: &mut Vec<u8>| {
            let mut document = self.begin_renderer(out, context, links)?;
            records.iter().try_for_each(|record| document.write_record(record, locations))?;
            document.finish()
        };
        write(&mut out).map_err(|error| {
            log::error!("a document was not written: {error}");
            Problem::new(ErrorCode::Internal)
        })?;
        Ok(out)
    }

    /// Builds a response without body, with the headers of this format.
    fn build_response(&self, status: StatusCode, etag: &str, file_name: &str) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CONTENT_TYPE, self.format.content_type()));
        response.insert_header((header::ETAG, etag)).insert_header((header::CACHE_CONTROL, "no-cache"));
        if matches!(self.format, MediaFormat::Csv | MediaFormat::Calendar) {
            let file = format!("attachment; filename=\"{file_name}.{}\"", self.format.name());
            response.insert_header((header::CONTENT_DISPOSITION, file));
        }
        if self.varies_by_language() {
            response.insert_header((header::CONTENT_LANGUAGE, self.language.tag()));
        }
        let mut response = response.finish();
        responses::mark_cacheable(&mut response);
        responses::set_vary(
            &mut response,
            if self.varies_by_language() { "Accept, Accept-Language" } else { "Accept" },
        );
        response
    }

    /// Builds the response of a finished document.
    pub(super) fn to_response(&self, document: RenderedDocument) -> HttpResponse {
        let RenderedDocument { etag, file_name, body } = document;
        self.build_response(StatusCode::OK, &etag, &file_name).set_body(actix_web::body::BoxBody::new(body))
    }
}

/// A finished document with its `ETag` and file name (without extension).
pub(super) struct RenderedDocument {
    etag: String,
    file_name: String,
    body: Vec<u8>,
}

/// Loads the coordinates of the authorities that these records name; none where the format has no use for
/// them.
pub(super) fn authority_locations(
    tx: &mut Conn,
    definition: &dyn Definition,
    format: MediaFormat,
    records: &[RecordMembers],
) -> TxResult<Locations> {
    let pointer = geojson::authority_pointer(definition.format_hints().map_geometry);
    let Some(pointer) = pointer.filter(|_| matches!(format, MediaFormat::GeoJson | MediaFormat::Calendar))
    else {
        return Ok(Locations::new());
    };
    let id = |reference: &Value| types::parse_record_id(reference.get("id")?.as_str()?);
    let mut ids: Vec<Id> =
        records.iter().flat_map(|record| values::values_at(record, pointer)).filter_map(id).collect();
    ids.sort();
    ids.dedup();
    locations::load_locations(tx, &ids)
}

/// Renders one record; with some of its members only, its `ETag` is weak.
pub(super) fn render_record(
    representation: &Representation,
    context: RenderContext,
    version: i64,
    record: &RecordMembers,
    locations: &Locations,
) -> Result<RenderedDocument> {
    let file_name = format!("{}-{}", context.kind.as_str(), values::string_member(record, "id"));
    let body = representation.render(
        context,
        std::slice::from_ref(record),
        locations,
        &atom::FeedLinks::default(),
    )?;
    let etag = format!("\"{version}-{}\"", hash::xxh3_hex(&body));
    let has_some_fields = !representation.csv_options.fields.is_empty()
        && matches!(representation.format, MediaFormat::Csv | MediaFormat::Ndjson);
    Ok(RenderedDocument { etag: if has_some_fields { format!("W/{etag}") } else { etag }, file_name, body })
}

/// Responds with a page of a list.
pub(super) async fn answer_rendered_page(
    request: &HttpRequest,
    state: &AppState,
    list_request: ListRequest,
) -> Result<HttpResponse> {
    let (kind, format, representation) =
        (list_request.query.kind, list_request.representation.format, list_request.representation.clone());
    let (clock, signer, list_url) =
        (state.clock.clone(), state.cursor_signer.clone(), list_request.cursor_context.clone());
    let current = pagination::url_without(request, &["format"], &[("format", format.name())]);
    let context = representation.render_context(kind, list_request.cursor_context, false);
    let query = list_request.query;
    let read = move |tx: &mut Conn| {
        let page = queries::list(tx, &query, &clock)?;
        let locations = authority_locations(tx, all::definition(kind), format, &page.items)?;
        let next =
            page.next.map(|position| pagination::next_page_link(&list_url, &signer, &position, query.limit));
        let updated = page.items.iter().map(|record| values::string_member(record, "updated_at")).max();
        let updated = updated.unwrap_or_default().to_owned();
        let links = atom::FeedLinks { updated, current, next: next.clone() };
        let body = representation.render(context, &page.items, &locations, &links)?;
        let etag = format!("\"{}\"", hash::xxh3_hex(&body));
        Ok((RenderedDocument { etag, file_name: kind.path().to_owned(), body }, next))
    };
    let (document, next) = state.db.read_long(read).await?;
    let mut response = list_request.representation.to_response(document);
    if let Some(next) = next {
        responses::add_link(&mut response, &next, "next");
    }
    responses::add_service_links(&mut response);
    Ok(response)
}

/// Returns the `ETag` of a whole list, known before it is read: the list depends on the change log, the
/// version of the program, the day (UTC), the URL and the language only.
fn whole_list_etag(
    bounds: &LogBounds,
    representation: &Representation,
    context: &RenderContext,
    clock: &Clock,
) -> String {
    let parts = [
        bounds.epoch.clone(),
        bounds.head.to_string(),
        env!("CARGO_PKG_VERSION").to_owned(),
        clock.today().to_string(),
        context.url(),
        if representation.varies_by_language() {
            representation.language.tag().to_owned()
        } else {
            String::new()
        },
    ];
    format!("\"{}\"", hash::xxh3_hex(parts.join("\n").as_bytes()))
}

/// Responds with a whole list: of at most [`BATCH_SIZE`] records at once, a longer one as a stream.
pub(super) async fn answer_whole_list(
    request: &HttpRequest,
    state: &AppState,
    list_request: ListRequest,
) -> Result<HttpResponse> {
    let (representation, kind) = (list_request.representation, list_request.query.kind);
    let context = representation.render_context(kind, list_request.cursor_context, false);
    if request.headers().contains_key(header::IF_NONE_MATCH) {
        let bounds = state.db.read(log_bounds).await?;
        let etag = whole_list_etag(&bounds, &representation, &context, &state.clock);
        if conditional::is_not_modified(request, &etag) {
            return Ok(representation.build_response(StatusCode::NOT_MODIFIED, &etag, kind.path()));
        }
    }
    let query = ListQuery { limit: BATCH_SIZE, ..list_request.query };
    let (first_page, clock, renderer, context_copy) =
        (query.clone(), state.clock.clone(), representation.clone(), context.clone());
    let read = move |tx: &mut Conn| {
        let page = queries::list(tx, &first_page, &clock)?;
        let etag = whole_list_etag(&log_bounds(tx)?, &renderer, &context_copy, &clock);
        if page.next.is_some() {
            return Ok((etag, None));
        }
        let locations = authority_locations(tx, all::definition(kind), renderer.format, &page.items)?;
        Ok((etag, Some(renderer.render(context_copy, &page.items, &locations, &atom::FeedLinks::default())?)))
    };
    let (etag, document) = state.db.read_long(read).await?;
    let mut response = if let Some(body) = document {
        representation
            .build_response(StatusCode::OK, &etag, kind.path())
            .set_body(actix_web::body::BoxBody::new(body))
    } else if *request.method() == Method::HEAD {
        let empty = stream::empty::<Result<Bytes>>();
        let body = actix_web::body::BodyStream::new(empty);
        representation
            .build_response(StatusCode::OK, &etag, kind.path())
            .set_body(actix_web::body::BoxBody::new(body))
    } else {
        stream_list(request, state, representation, context, query).await?
    };
    responses::add_service_links(&mut response);
    Ok(response)
}

/// Streams a list from one database snapshot, to which its `ETag` belongs.
async fn stream_list(
    request: &HttpRequest,
    state: &AppState,
    representation: Representation,
    context: RenderContext,
    query: ListQuery,
) -> Result<HttpResponse> {
    let (clock, kind, renderer) = (state.clock.clone(), query.kind, representation.clone());
    let permit =
        state.http.concurrency.downloads.acquire(state.http.trusted_proxies.caller_network(request))?;
    let mut body = streaming::start_streaming(&state.db, permit, move |tx, mut body_writer| {
        let etag = whole_list_etag(&log_bounds(tx)?, &renderer, &context, &clock);
        if let Err(error) = body_writer.send_head(etag) {
            return Ok(Err(error));
        }
        write_list(tx, &renderer, context, query, &clock, body_writer.into_buffered())
    });
    let etag = body.receive_head().await?;
    let bytes = actix_web::body::BodyStream::new(Box::pin(body.into_byte_stream()));
    Ok(representation
        .build_response(StatusCode::OK, &etag, kind.path())
        .set_body(actix_web::body::BoxBody::new(bytes)))
}

/// Writes a whole list. An I/O error of `out` ends it and is the inner result; a database error is the outer.
fn write_list<W: Write>(
    tx: &mut Conn,
    representation: &Representation,
    context: RenderContext,
    mut query: ListQuery,
    clock: &Clock,
    out: W,
) -> TxResult<io::Result<()>> {
    let definition = all::definition(query.kind);
    let mut document = match representation.begin_renderer(out, context, &atom::FeedLinks::default()) {
        Ok(document) => document,
        Err(error) => return Ok(Err(error)),
    };
    loop {
        let page = queries::list(tx, &query, clock)?;
        let locations = authority_locations(tx, definition, representation.format, &page.items)?;
        for record in &page.items {
            if let Err(error) = document.write_record(record, &locations) {
                return Ok(Err(error));
            }
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(document.finish()),
        }
    }
}
