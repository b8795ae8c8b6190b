//! Lists and records in the form that the caller's tool reads: which kinds have which forms, and how each is answered.
//! JSON is paged; the other forms are whole lists, sent while they are read, unless a page is asked for.

use super::query::{self, ListRequest};
use crate::clock::Clock;
use crate::db::types::Id;
use crate::db::{Conn, TxResult};
use crate::error::{ErrorCode, Fault, Problem, Result};
use crate::feed::changes::{LogBounds, log_bounds};
use crate::formats::csv::{Delimiter, Dialect};
use crate::formats::{
    Locations, NdjsonRenderer, RenderContext, Renderer, atom, events, geojson, jsonld, sheet, values,
};
use crate::http::negotiation::{MediaFormat, negotiate};
use crate::http::params::QueryParams;
use crate::http::{AppState, authority, conditions, pipe, problems, replies};
use crate::registry::engine::{self, ListQuery};
use crate::registry::shelf::Definition;
use crate::registry::{authorities, store};
use crate::vocabulary::Kind;
use crate::vocabulary::language::Language;
use actix_web::http::{Method, StatusCode, header};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// Records read at a time.
const BATCH_SIZE: i64 = 250;

type RecordMembers = Map<String, Value>;

/// The forms of a kind's lists; the first stands for any.
pub(crate) fn list_formats(shelf: &dyn Definition) -> Vec<MediaFormat> {
    let outline = shelf.format_hints();
    let suits = |format: &MediaFormat| match format {
        MediaFormat::GeoJson => outline.map_geometry != crate::formats::MapGeometry::None,
        MediaFormat::Calendar => !outline.calendar_dates.is_empty(),
        _ => true,
    };
    MediaFormat::ALL.iter().copied().filter(suits).collect()
}

/// The forms of one record of a kind.
pub(super) fn record_formats(shelf: &dyn Definition) -> Vec<MediaFormat> {
    list_formats(shelf).into_iter().filter(|format| *format != MediaFormat::Atom).collect()
}

/// How a table is asked to be written.
pub(crate) fn csv_dialect(params: &mut QueryParams) -> Dialect {
    let mark = params.wants_byte_order_mark();
    let asked = params.single("delimiter");
    let known = |name: &str| Delimiter::ALL.into_iter().find(|delimiter| delimiter.name() == name);
    let delimiter = asked.map_or(Some(Delimiter::default()), |name| {
        let expected = || format!("one of {}", Delimiter::ALL.map(Delimiter::name).join(", "));
        params.accept(known(&name).ok_or_else(|| Fault::invalid_parameter("delimiter", &name, &expected())))
    });
    Dialect { byte_order_mark: mark, delimiter: delimiter.unwrap_or_default() }
}

/// The form that is asked for, and how it is to look.
#[derive(Debug, Clone)]
pub(super) struct Representation {
    /// The form.
    pub(super) format: MediaFormat,
    language: Language,
    base_url: String,
    csv_options: sheet::CsvOptions,
}

impl Representation {
    /// Reads what the caller asks for.
    pub(super) fn from_request(
        request: &HttpRequest,
        params: &mut QueryParams,
        offered: &[MediaFormat],
    ) -> Result<Self> {
        let format = negotiate(request, params, offered)?;
        let mut look = sheet::CsvOptions { dialect: csv_dialect(params), ..sheet::CsvOptions::default() };
        match params.single("headings").as_deref() {
            None | Some("names") => {}
            Some("words") => look.has_localized_headings = true,
            Some(other) => params.invalid("headings", other, "`names` or `words`"),
        }
        let (mut base, mut language) = (String::new(), Language::default());
        if format != MediaFormat::Json {
            base = authority::base_url(request);
            language = problems::response_language(request);
        }
        Ok(Self { format, language, base_url: base, csv_options: look })
    }

    /// The members that `fields` asks for; forms with members of their own have no use for them.
    pub(super) fn read_fields(
        &mut self,
        params: &mut QueryParams,
        shelf: &'static dyn Definition,
    ) -> Vec<String> {
        let fields = query::read_fields(params, shelf);
        self.csv_options.fields.clone_from(&fields);
        fields
    }

    /// Whether the form is of whole lists. A feed is read from its newest page on.
    pub(super) fn is_whole_list(&self) -> bool {
        !matches!(self.format, MediaFormat::Json | MediaFormat::Atom)
    }

    /// The path and query of what is asked, without the position and size of a page, and with the form.
    pub(super) fn list_url(&self, request: &HttpRequest) -> String {
        match self.format {
            MediaFormat::Json => query::cursor_context(request),
            format => {
                query::url_without(request, &["cursor", "limit", "format"], &[("format", format.name())])
            }
        }
    }

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

    /// Whether the answer depends on the language.
    fn varies_by_language(&self) -> bool {
        matches!(self.format, MediaFormat::Csv | MediaFormat::Calendar | MediaFormat::Atom)
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
            MediaFormat::Csv => Box::new(sheet::CsvRenderer::begin(out, &setting, &self.csv_options)?),
            MediaFormat::GeoJson => Box::new(geojson::GeoJsonRenderer::begin(out, setting)?),
            MediaFormat::Calendar => Box::new(events::CalendarRenderer::begin(out, setting)?),
            MediaFormat::JsonLd => Box::new(jsonld::JsonLdRenderer::begin(out, setting)?),
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
        replies::mark_cacheable(&mut reply);
        replies::set_vary(
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
    let id = |reference: &Value| store::parse_record_id(reference.get("id")?.as_str()?);
    let mut ids: Vec<Id> =
        records.iter().flat_map(|record| values::values_at(record, pointer)).filter_map(id).collect();
    ids.sort();
    ids.dedup();
    authorities::load_locations(tx, &ids)
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
    let etag = format!("\"{version}-{}\"", replies::xxh3_hex(&body));
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
    let this = query::url_without(request, &["format"], &[("format", format.name())]);
    let setting = form.render_context(kind, listing.cursor_context, false);
    let search = listing.query;
    let read = move |tx: &mut Conn| {
        let page = engine::list(tx, &search, &clock)?;
        let places = authority_locations(tx, kind.definition(), format, &page.items)?;
        let next =
            page.next.map(|position| query::next_page_link(&context, &sealer, &position, search.limit));
        let updated = page.items.iter().map(|record| values::string_member(record, "updated_at")).max();
        let updated = updated.unwrap_or_default().to_owned();
        let paging = atom::FeedLinks { updated, current: this, next: next.clone() };
        let body = form.render(setting, &page.items, &places, &paging)?;
        let etag = format!("\"{}\"", replies::xxh3_hex(&body));
        Ok((RenderedDocument { etag, file_name: kind.path().to_owned(), body }, next))
    };
    let (document, next) = state.db.read_long(read).await?;
    let mut reply = listing.representation.to_response(document);
    if let Some(next) = next {
        replies::add_link(&mut reply, &next, "next");
    }
    replies::add_service_links(&mut reply);
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
    format!("\"{}\"", replies::xxh3_hex(parts.join("\n").as_bytes()))
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
        if conditions::is_not_modified(request, &etag) {
            return Ok(form.build_response(StatusCode::NOT_MODIFIED, &etag, kind.path()));
        }
    }
    let search = ListQuery { limit: BATCH_SIZE, ..listing.query };
    let (first, clock, writer, here) = (search.clone(), state.clock.clone(), form.clone(), setting.clone());
    let read = move |tx: &mut Conn| {
        let page = engine::list(tx, &first, &clock)?;
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
    replies::add_service_links(&mut reply);
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
    let mut body = pipe::start_streaming(&state.db, place, move |tx, mut pipe| {
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
        let page = engine::list(tx, &search, clock)?;
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
