//! Lists and records in the form that the caller's tool reads: which kinds have which forms, and how each is answered.
//! JSON is paged; the other forms are whole lists, sent while they are read, unless a page is asked for.

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

/// Records read at a time.
const BATCH_SIZE: i64 = 250;

type RecordMembers = Map<String, Value>;

impl Representation {
    /// The setting of one record.
    pub(super) fn record_context(&self, request: &HttpRequest, kind: Kind) -> RenderContext {
        self.render_context(kind, self.list_url(request), true)
    }

    fn render_context(&self, kind: Kind, here: String, single: bool) -> RenderContext {
        RenderContext {
            kind,
            language: self.language,
            base_url: self.base_url.clone(),
            path_and_query: here,
            is_single: single,
        }
    }

    /// Begins a document in this form.
    fn begin_renderer<'a, W: Write + 'a>(
        &self,
        out: W,
        setting: RenderContext,
        paging: &atom::FeedLinks,
    ) -> io::Result<Box<dyn Renderer + 'a>> {
        Ok(match self.format {
            MediaFormat::Json | MediaFormat::Ndjson => {
                Box::new(NdjsonRenderer::new(out, self.csv_options.fields.clone()))
            }
            MediaFormat::Csv => Box::new(csv_records::CsvRenderer::begin(out, &setting, &self.csv_options)?),
            MediaFormat::GeoJson => Box::new(geojson::GeoJsonRenderer::begin(out, setting)?),
            MediaFormat::Calendar => Box::new(calendar::CalendarRenderer::begin(out, setting)?),
            MediaFormat::JsonLd => Box::new(json_ld::JsonLdRenderer::begin(out, setting)?),
            MediaFormat::Atom => Box::new(atom::AtomRenderer::begin(out, setting, paging)?),
        })
    }

    /// A document of these records.
    fn render(
        &self,
        setting: RenderContext,
        records: &[RecordMembers],
        places: &Locations,
        paging: &atom::FeedLinks,
    ) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let write = |out: &mut Vec<u8>| {
            let mut document = self.begin_renderer(out, setting, paging)?;
            records.iter().try_for_each(|record| document.write_record(record, places))?;
            document.finish()
        };
        write(&mut out).map_err(|error| {
            log::error!("a document was not written: {error}");
            Problem::new(ErrorCode::Internal)
        })?;
        Ok(out)
    }

    /// The headers of an answer in this form.
    fn build_response(&self, status: StatusCode, etag: &str, name: &str) -> HttpResponse {
        let mut reply = HttpResponse::build(status);
        reply.insert_header((header::CONTENT_TYPE, self.format.content_type()));
        reply.insert_header((header::ETAG, etag)).insert_header((header::CACHE_CONTROL, "no-cache"));
        if matches!(self.format, MediaFormat::Csv | MediaFormat::Calendar) {
            let file = format!("attachment; filename=\"{name}.{}\"", self.format.name());
            reply.insert_header((header::CONTENT_DISPOSITION, file));
        }
        if self.varies_by_language() {
            reply.insert_header((header::CONTENT_LANGUAGE, self.language.tag()));
        }
        let mut reply = reply.finish();
        responses::mark_cacheable(&mut reply);
        responses::set_vary(
            &mut reply,
            if self.varies_by_language() { "Accept, Accept-Language" } else { "Accept" },
        );
        reply
    }

    /// A document as an answer.
    pub(super) fn to_response(&self, document: RenderedDocument) -> HttpResponse {
        let RenderedDocument { etag, file_name: name, body } = document;
        self.build_response(StatusCode::OK, &etag, &name).set_body(actix_web::body::BoxBody::new(body))
    }
}

/// A finished document.
pub(super) struct RenderedDocument {
    etag: String,
    file_name: String,
    body: Vec<u8>,
}

/// The places that a document of these records needs.
pub(super) fn authority_locations(
    tx: &mut Conn,
    shelf: &dyn Definition,
    format: MediaFormat,
    records: &[RecordMembers],
) -> TxResult<Locations> {
    let pointer = geojson::authority_pointer(shelf.format_hints().map_geometry);
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

/// One record in a form other than JSON.
pub(super) fn render_record(
    form: &Representation,
    setting: RenderContext,
    version: i64,
    record: &RecordMembers,
    places: &Locations,
) -> Result<RenderedDocument> {
    let name = format!("{}-{}", setting.kind.as_str(), values::string_member(record, "id"));
    let body = form.render(setting, std::slice::from_ref(record), places, &atom::FeedLinks::default())?;
    let etag = format!("\"{version}-{}\"", hash::xxh3_hex(&body));
    let sparse =
        !form.csv_options.fields.is_empty() && matches!(form.format, MediaFormat::Csv | MediaFormat::Ndjson);
    Ok(RenderedDocument { etag: if sparse { format!("W/{etag}") } else { etag }, file_name: name, body })
}

/// A page of a list in a form other than JSON.
pub(super) async fn answer_rendered_page(
    request: &HttpRequest,
    state: &AppState,
    listing: ListRequest,
) -> Result<HttpResponse> {
    let (kind, format, form) =
        (listing.query.kind, listing.representation.format, listing.representation.clone());
    let (clock, sealer, context) =
        (state.clock.clone(), state.cursor_signer.clone(), listing.cursor_context.clone());
    let this = pagination::url_without(request, &["format"], &[("format", format.name())]);
    let setting = form.render_context(kind, listing.cursor_context, false);
    let search = listing.query;
    let read = move |tx: &mut Conn| {
        let page = queries::list(tx, &search, &clock)?;
        let places = authority_locations(tx, kind.definition(), format, &page.items)?;
        let next =
            page.next.map(|position| pagination::next_page_link(&context, &sealer, &position, search.limit));
        let updated = page.items.iter().map(|record| values::string_member(record, "updated_at")).max();
        let updated = updated.unwrap_or_default().to_owned();
        let paging = atom::FeedLinks { updated, current: this, next: next.clone() };
        let body = form.render(setting, &page.items, &places, &paging)?;
        let etag = format!("\"{}\"", hash::xxh3_hex(&body));
        Ok((RenderedDocument { etag, file_name: kind.path().to_owned(), body }, next))
    };
    let (document, next) = state.db.read_long(read).await?;
    let mut reply = listing.representation.to_response(document);
    if let Some(next) = next {
        responses::add_link(&mut reply, &next, "next");
    }
    responses::add_service_links(&mut reply);
    Ok(reply)
}

/// The `ETag` of a whole list, known before it is read: the list is made of what is in the log, the program and the day.
fn whole_list_etag(
    extent: &LogBounds,
    form: &Representation,
    setting: &RenderContext,
    clock: &Clock,
) -> String {
    let parts = [
        extent.epoch.clone(),
        extent.head.to_string(),
        env!("CARGO_PKG_VERSION").to_owned(),
        clock.today().to_string(),
        setting.url(),
        if form.varies_by_language() { form.language.tag().to_owned() } else { String::new() },
    ];
    format!("\"{}\"", hash::xxh3_hex(parts.join("\n").as_bytes()))
}

/// A whole list: a short one at once, a longer one while it is read.
pub(super) async fn answer_whole_list(
    request: &HttpRequest,
    state: &AppState,
    listing: ListRequest,
) -> Result<HttpResponse> {
    let (form, kind) = (listing.representation, listing.query.kind);
    let setting = form.render_context(kind, listing.cursor_context, false);
    if request.headers().contains_key(header::IF_NONE_MATCH) {
        let extent = state.db.read(log_bounds).await?;
        let etag = whole_list_etag(&extent, &form, &setting, &state.clock);
        if conditional::is_not_modified(request, &etag) {
            return Ok(form.build_response(StatusCode::NOT_MODIFIED, &etag, kind.path()));
        }
    }
    let search = ListQuery { limit: BATCH_SIZE, ..listing.query };
    let (first, clock, writer, here) = (search.clone(), state.clock.clone(), form.clone(), setting.clone());
    let read = move |tx: &mut Conn| {
        let page = queries::list(tx, &first, &clock)?;
        let etag = whole_list_etag(&log_bounds(tx)?, &writer, &here, &clock);
        if page.next.is_some() {
            return Ok((etag, None));
        }
        let places = authority_locations(tx, kind.definition(), writer.format, &page.items)?;
        Ok((etag, Some(writer.render(here, &page.items, &places, &atom::FeedLinks::default())?)))
    };
    let (etag, document) = state.db.read_long(read).await?;
    let mut reply = if let Some(body) = document {
        form.build_response(StatusCode::OK, &etag, kind.path()).set_body(actix_web::body::BoxBody::new(body))
    } else if *request.method() == Method::HEAD {
        let nothing = stream::empty::<Result<Bytes>>();
        let body = actix_web::body::BodyStream::new(nothing);
        form.build_response(StatusCode::OK, &etag, kind.path()).set_body(actix_web::body::BoxBody::new(body))
    } else {
        stream_list(request, state, form, setting, search).await?
    };
    responses::add_service_links(&mut reply);
    Ok(reply)
}

/// A list that is sent while it is read, over one snapshot, which its `ETag` is of.
async fn stream_list(
    request: &HttpRequest,
    state: &AppState,
    form: Representation,
    setting: RenderContext,
    search: ListQuery,
) -> Result<HttpResponse> {
    let (clock, kind, writer) = (state.clock.clone(), search.kind, form.clone());
    let place = state.concurrency.downloads.acquire(state.trusted_proxies.caller_network(request))?;
    let mut body = streaming::start_streaming(&state.db, place, move |tx, mut pipe| {
        let etag = whole_list_etag(&log_bounds(tx)?, &writer, &setting, &clock);
        if let Err(error) = pipe.send_head(etag) {
            return Ok(Err(error));
        }
        write_list(tx, &writer, setting, search, &clock, pipe.into_buffered())
    });
    let etag = body.receive_head().await?;
    let bytes = actix_web::body::BodyStream::new(Box::pin(body.into_byte_stream()));
    Ok(form.build_response(StatusCode::OK, &etag, kind.path()).set_body(actix_web::body::BoxBody::new(bytes)))
}

/// Writes a whole list. A failure of `out` ends the writing and is given back inside.
fn write_list<W: Write>(
    tx: &mut Conn,
    form: &Representation,
    setting: RenderContext,
    mut search: ListQuery,
    clock: &Clock,
    out: W,
) -> TxResult<io::Result<()>> {
    let shelf = search.kind.definition();
    let mut document = match form.begin_renderer(out, setting, &atom::FeedLinks::default()) {
        Ok(document) => document,
        Err(error) => return Ok(Err(error)),
    };
    loop {
        let page = queries::list(tx, &search, clock)?;
        let places = authority_locations(tx, shelf, form.format, &page.items)?;
        for record in &page.items {
            if let Err(error) = document.write_record(record, &places) {
                return Ok(Err(error));
            }
        }
        match page.next {
            Some(next) => search.after = Some(next),
            None => return Ok(document.finish()),
        }
    }
}
