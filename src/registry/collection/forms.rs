//! Lists and records in the form that the caller's tool reads: which kinds have which forms, and how each is answered.
//! JSON is paged; the other forms are whole lists, sent while they are read, unless a page is asked for.

use super::query::{self, Listing};
use crate::clock::Clock;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Fault, Problem, Result};
use crate::feed::changes::{Extent, extent};
use crate::formats::csv::{Delimiter, Dialect};
use crate::formats::{Lines, Places, Render, Setting, atom, events, geojson, jsonld, sheet, values};
use crate::http::negotiation::{Format, negotiate};
use crate::http::params::Params;
use crate::http::{State, authority, conditions, pipe, problems, replies};
use crate::registry::engine::{self, Search};
use crate::registry::shelf::Shelf;
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
const BATCH: i64 = 250;

type Record = Map<String, Value>;

/// The forms of a kind's lists; the first stands for any.
pub(crate) fn of_lists(shelf: &dyn Shelf) -> Vec<Format> {
    let outline = shelf.outline();
    let suits = |format: &Format| match format {
        Format::GeoJson => outline.shape != crate::formats::Shape::None,
        Format::Calendar => !outline.occasions.is_empty(),
        _ => true,
    };
    Format::ALL.iter().copied().filter(suits).collect()
}

/// The forms of one record of a kind.
pub(super) fn of_one(shelf: &dyn Shelf) -> Vec<Format> {
    of_lists(shelf).into_iter().filter(|format| *format != Format::Atom).collect()
}

/// How a table is asked to be written.
pub(crate) fn dialect(params: &mut Params) -> Dialect {
    let mark = params.mark();
    let asked = params.one("delimiter");
    let known = |name: &str| Delimiter::ALL.into_iter().find(|delimiter| delimiter.name() == name);
    let delimiter = asked.map_or(Some(Delimiter::default()), |name| {
        let expected = || format!("one of {}", Delimiter::ALL.map(Delimiter::name).join(", "));
        params.keep(known(&name).ok_or_else(|| Fault::misfit("delimiter", &name, &expected())))
    });
    Dialect { mark, delimiter: delimiter.unwrap_or_default() }
}

/// The form that is asked for, and how it is to look.
#[derive(Debug, Clone)]
pub(super) struct Form {
    /// The form.
    pub(super) format: Format,
    language: Language,
    base: String,
    look: sheet::Look,
}

impl Form {
    /// Reads what the caller asks for.
    pub(super) fn read(request: &HttpRequest, params: &mut Params, offered: &[Format]) -> Result<Self> {
        let format = negotiate(request, params, offered)?;
        let mut look = sheet::Look { dialect: dialect(params), ..sheet::Look::default() };
        match params.one("headings").as_deref() {
            None | Some("names") => {}
            Some("words") => look.words = true,
            Some(other) => params.misfit("headings", other, "`names` or `words`"),
        }
        let (mut base, mut language) = (String::new(), Language::default());
        if format != Format::Json {
            base = authority::base(request);
            language = problems::language(request);
        }
        Ok(Self { format, language, base, look })
    }

    /// The members that `fields` asks for; forms with members of their own have no use for them.
    pub(super) fn fields(&mut self, params: &mut Params, shelf: &'static dyn Shelf) -> Vec<String> {
        let fields = query::asked_fields(params, shelf);
        self.look.fields.clone_from(&fields);
        fields
    }

    /// Whether the form is of whole lists. A feed is read from its newest page on.
    pub(super) fn is_whole(&self) -> bool {
        !matches!(self.format, Format::Json | Format::Atom)
    }

    /// The path and query of what is asked, without the position and size of a page, and with the form.
    pub(super) fn address(&self, request: &HttpRequest) -> String {
        match self.format {
            Format::Json => query::context(request),
            format => query::without(request, &["cursor", "limit", "format"], &[("format", format.name())]),
        }
    }

    /// The setting of one record.
    pub(super) fn setting_of_one(&self, request: &HttpRequest, kind: Kind) -> Setting {
        self.setting(kind, self.address(request), true)
    }

    fn setting(&self, kind: Kind, here: String, single: bool) -> Setting {
        Setting { kind, language: self.language, base: self.base.clone(), here, single }
    }

    /// Whether the answer depends on the language.
    fn is_spoken(&self) -> bool {
        matches!(self.format, Format::Csv | Format::Calendar | Format::Atom)
    }

    /// Begins a document in this form.
    fn begin<'a, W: Write + 'a>(
        &self,
        out: W,
        setting: Setting,
        paging: &atom::Paging,
    ) -> io::Result<Box<dyn Render + 'a>> {
        Ok(match self.format {
            Format::Json | Format::Ndjson => Box::new(Lines::new(out, self.look.fields.clone())),
            Format::Csv => Box::new(sheet::Sheet::begin(out, &setting, &self.look)?),
            Format::GeoJson => Box::new(geojson::Features::begin(out, setting)?),
            Format::Calendar => Box::new(events::Agenda::begin(out, setting)?),
            Format::JsonLd => Box::new(jsonld::Graph::begin(out, setting)?),
            Format::Atom => Box::new(atom::Feed::begin(out, setting, paging)?),
        })
    }

    /// A document of these records.
    fn document(
        &self,
        setting: Setting,
        records: &[Record],
        places: &Places,
        paging: &atom::Paging,
    ) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let write = |out: &mut Vec<u8>| {
            let mut document = self.begin(out, setting, paging)?;
            records.iter().try_for_each(|record| document.record(record, places))?;
            document.end()
        };
        write(&mut out).map_err(|error| {
            log::error!("a document was not written: {error}");
            Problem::new(Code::Internal)
        })?;
        Ok(out)
    }

    /// The headers of an answer in this form.
    fn reply(&self, status: StatusCode, etag: &str, name: &str) -> HttpResponse {
        let mut reply = HttpResponse::build(status);
        reply.insert_header((header::CONTENT_TYPE, self.format.content_type()));
        reply.insert_header((header::ETAG, etag)).insert_header((header::CACHE_CONTROL, "no-cache"));
        if matches!(self.format, Format::Csv | Format::Calendar) {
            let file = format!("attachment; filename=\"{name}.{}\"", self.format.name());
            reply.insert_header((header::CONTENT_DISPOSITION, file));
        }
        if self.is_spoken() {
            reply.insert_header((header::CONTENT_LANGUAGE, self.language.tag()));
        }
        let mut reply = reply.finish();
        replies::reusable(&mut reply);
        replies::vary(&mut reply, if self.is_spoken() { "Accept, Accept-Language" } else { "Accept" });
        reply
    }

    /// A document as an answer.
    pub(super) fn answer(&self, document: Document) -> HttpResponse {
        let Document { etag, name, body } = document;
        self.reply(StatusCode::OK, &etag, &name).set_body(actix_web::body::BoxBody::new(body))
    }
}

/// A finished document.
pub(super) struct Document {
    etag: String,
    name: String,
    body: Vec<u8>,
}

/// The places that a document of these records needs.
pub(super) fn places(
    tx: &mut Conn,
    shelf: &dyn Shelf,
    format: Format,
    records: &[Record],
) -> Outcome<Places> {
    let pointer = geojson::authorities(shelf.outline().shape);
    let Some(pointer) = pointer.filter(|_| matches!(format, Format::GeoJson | Format::Calendar)) else {
        return Ok(Places::new());
    };
    let id = |reference: &Value| store::parse_id(reference.get("id")?.as_str()?);
    let mut ids: Vec<Id> =
        records.iter().flat_map(|record| values::at(record, pointer)).filter_map(id).collect();
    ids.sort();
    ids.dedup();
    authorities::places(tx, &ids)
}

/// One record in a form other than JSON.
pub(super) fn one(
    form: &Form,
    setting: Setting,
    version: i64,
    record: &Record,
    places: &Places,
) -> Result<Document> {
    let name = format!("{}-{}", setting.kind.as_str(), values::text(record, "id"));
    let body = form.document(setting, std::slice::from_ref(record), places, &atom::Paging::default())?;
    let etag = format!("\"{version}-{}\"", replies::digest(&body));
    let sparse = !form.look.fields.is_empty() && matches!(form.format, Format::Csv | Format::Ndjson);
    Ok(Document { etag: if sparse { format!("W/{etag}") } else { etag }, name, body })
}

/// A page of a list in a form other than JSON.
pub(super) async fn page(request: &HttpRequest, state: &State, listing: Listing) -> Result<HttpResponse> {
    let (kind, format, form) = (listing.search.kind, listing.form.format, listing.form.clone());
    let (clock, sealer, context) = (state.clock.clone(), state.sealer.clone(), listing.context.clone());
    let this = query::without(request, &["format"], &[("format", format.name())]);
    let setting = form.setting(kind, listing.context, false);
    let search = listing.search;
    let read = move |tx: &mut Conn| {
        let page = engine::list(tx, &search, &clock)?;
        let places = places(tx, kind.shelf(), format, &page.items)?;
        let next = page.next.map(|position| query::following(&context, &sealer, &position, search.limit));
        let updated = page.items.iter().map(|record| values::text(record, "updated_at")).max();
        let updated = updated.unwrap_or_default().to_owned();
        let paging = atom::Paging { updated, this, next: next.clone() };
        let body = form.document(setting, &page.items, &places, &paging)?;
        let etag = format!("\"{}\"", replies::digest(&body));
        Ok((Document { etag, name: kind.path().to_owned(), body }, next))
    };
    let (document, next) = state.db.read_long(read).await?;
    let mut reply = listing.form.answer(document);
    if let Some(next) = next {
        replies::link(&mut reply, &next, "next");
    }
    replies::describe(&mut reply);
    Ok(reply)
}

/// The `ETag` of a whole list, known before it is read: the list is made of what is in the log, the program and the day.
fn etag(extent: &Extent, form: &Form, setting: &Setting, clock: &Clock) -> String {
    let parts = [
        extent.epoch.clone(),
        extent.head.to_string(),
        env!("CARGO_PKG_VERSION").to_owned(),
        clock.today().to_string(),
        setting.address(),
        if form.is_spoken() { form.language.tag().to_owned() } else { String::new() },
    ];
    format!("\"{}\"", replies::digest(parts.join("\n").as_bytes()))
}

/// A whole list: a short one at once, a longer one while it is read.
pub(super) async fn whole(request: &HttpRequest, state: &State, listing: Listing) -> Result<HttpResponse> {
    let (form, kind) = (listing.form, listing.search.kind);
    let setting = form.setting(kind, listing.context, false);
    if request.headers().contains_key(header::IF_NONE_MATCH) {
        let extent = state.db.read(extent).await?;
        let etag = etag(&extent, &form, &setting, &state.clock);
        if conditions::is_known(request, &etag) {
            return Ok(form.reply(StatusCode::NOT_MODIFIED, &etag, kind.path()));
        }
    }
    let search = Search { limit: BATCH, ..listing.search };
    let (first, clock, writer, here) = (search.clone(), state.clock.clone(), form.clone(), setting.clone());
    let read = move |tx: &mut Conn| {
        let page = engine::list(tx, &first, &clock)?;
        let etag = etag(&extent(tx)?, &writer, &here, &clock);
        if page.next.is_some() {
            return Ok((etag, None));
        }
        let places = places(tx, kind.shelf(), writer.format, &page.items)?;
        Ok((etag, Some(writer.document(here, &page.items, &places, &atom::Paging::default())?)))
    };
    let (etag, document) = state.db.read_long(read).await?;
    let mut reply = if let Some(body) = document {
        form.reply(StatusCode::OK, &etag, kind.path()).set_body(actix_web::body::BoxBody::new(body))
    } else if *request.method() == Method::HEAD {
        let nothing = stream::empty::<Result<Bytes>>();
        let body = actix_web::body::BodyStream::new(nothing);
        form.reply(StatusCode::OK, &etag, kind.path()).set_body(actix_web::body::BoxBody::new(body))
    } else {
        sent(request, state, form, setting, search).await?
    };
    replies::describe(&mut reply);
    Ok(reply)
}

/// A list that is sent while it is read, over one snapshot, which its `ETag` is of.
async fn sent(
    request: &HttpRequest,
    state: &State,
    form: Form,
    setting: Setting,
    search: Search,
) -> Result<HttpResponse> {
    let (clock, kind, writer) = (state.clock.clone(), search.kind, form.clone());
    let place = state.capacity.downloads.take(state.proxies.caller(request))?;
    let mut body = pipe::start(&state.db, place, move |tx, mut pipe| {
        let etag = etag(&extent(tx)?, &writer, &setting, &clock);
        if let Err(error) = pipe.head(etag) {
            return Ok(Err(error));
        }
        write(tx, &writer, setting, search, &clock, pipe.buffered())
    });
    let etag = body.head().await?;
    let bytes = actix_web::body::BodyStream::new(Box::pin(body.bytes()));
    Ok(form.reply(StatusCode::OK, &etag, kind.path()).set_body(actix_web::body::BoxBody::new(bytes)))
}

/// Writes a whole list. A failure of `out` ends the writing and is given back inside.
fn write<W: Write>(
    tx: &mut Conn,
    form: &Form,
    setting: Setting,
    mut search: Search,
    clock: &Clock,
    out: W,
) -> Outcome<io::Result<()>> {
    let shelf = search.kind.shelf();
    let mut document = match form.begin(out, setting, &atom::Paging::default()) {
        Ok(document) => document,
        Err(error) => return Ok(Err(error)),
    };
    loop {
        let page = engine::list(tx, &search, clock)?;
        let places = places(tx, shelf, form.format, &page.items)?;
        for record in &page.items {
            if let Err(error) = document.record(record, &places) {
                return Ok(Err(error));
            }
        }
        match page.next {
            Some(next) => search.after = Some(next),
            None => return Ok(document.end()),
        }
    }
}
