//! Records as an Atom feed (RFC 4287) with paging links (RFC 5005 section 3).

use super::renderer::{RenderContext, Renderer};
use super::values::{LocalizedText, code_labels, kind_title, localize_first, localize_label, string_member};
use crate::kinds::authorities::locations::Locations;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// The header of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedLinks {
    /// When the newest entry was written, in RFC 3339.
    pub updated: String,
    /// Path and query of this page.
    pub current: String,
    /// Path and query of the next page.
    pub next: Option<String>,
}

/// Writes records as entries of a feed.
pub struct AtomRenderer<W: Write> {
    out: W,
    setting: RenderContext,
}

/// The `updated` of a feed without entries.
const NEVER_UPDATED: &str = "1970-01-01T00:00:00Z";

/// The URL of the data's licence.
pub const LICENCE_URL: &str = "https://creativecommons.org/licenses/by/4.0/";

/// Escapes a text for XML and drops characters that XML does not allow.
fn escape_xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            letter if letter.is_control() && letter != '\n' && letter != '\t' => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

impl<W: Write> AtomRenderer<W> {
    /// Begins a feed.
    pub fn begin(mut out: W, setting: RenderContext, paging: &FeedLinks) -> io::Result<Self> {
        let (tag, base) = (setting.language.tag(), escape_xml(&setting.base_url));
        let updated = if paging.updated.is_empty() { NEVER_UPDATED } else { &paging.updated };
        let first = escape_xml(&setting.path_and_query);
        writeln!(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>")?;
        writeln!(out, "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{tag}\">")?;
        writeln!(out, "<id>{base}{first}</id>")?;
        writeln!(
            out,
            "<title>Kakehashi – {}</title>",
            escape_xml(&kind_title(setting.kind, setting.language))
        )?;
        writeln!(out, "<updated>{updated}</updated>")?;
        writeln!(out, "<author><name>Kakehashi</name></author>")?;
        writeln!(out, "<generator version=\"{}\">Kakehashi</generator>", env!("CARGO_PKG_VERSION"))?;
        writeln!(out, "<link rel=\"license\" href=\"{LICENCE_URL}\"/>")?;
        let media = "application/atom+xml";
        let pages = [
            ("self", Some(&paging.current)),
            ("first", Some(&setting.path_and_query)),
            ("next", paging.next.as_ref()),
        ];
        for (rel, path) in pages.into_iter().filter_map(|(rel, path)| Some((rel, path?))) {
            writeln!(out, "<link rel=\"{rel}\" type=\"{media}\" href=\"{base}{}\"/>", escape_xml(path))?;
        }
        Ok(Self { out, setting })
    }

    fn write_localized(&mut self, element: &str, localized: &LocalizedText) -> io::Result<()> {
        writeln!(
            self.out,
            "<{element} xml:lang=\"{}\">{}</{element}>",
            localized.tag,
            escape_xml(&localized.text)
        )
    }
}

impl<W: Write> Renderer for AtomRenderer<W> {
    fn write_record(&mut self, record: &Map<String, Value>, _places: &Locations) -> io::Result<()> {
        let language = self.setting.language;
        let plain = |name: &str| escape_xml(string_member(record, name));
        let address = escape_xml(&self.setting.record_url(record));
        writeln!(self.out, "<entry>")?;
        writeln!(self.out, "<id>urn:uuid:{}</id>", plain("id"))?;
        self.write_localized("title", &localize_label(record, language))?;
        writeln!(self.out, "<updated>{}</updated>", plain("updated_at"))?;
        writeln!(self.out, "<published>{}</published>", plain("created_at"))?;
        writeln!(self.out, "<author><name>{}</name></author>", plain("origin"))?;
        writeln!(self.out, "<link rel=\"alternate\" type=\"application/json\" href=\"{address}\"/>")?;
        let kind = (string_member(record, "kind"), kind_title(self.setting.kind, language));
        let themes = record.get("themes").and_then(Value::as_array).into_iter().flatten();
        let codes = themes.filter_map(Value::as_str);
        let meanings = code_labels(self.setting.kind, record, "themes", language);
        let themes = codes.zip(meanings.into_iter().map(str::to_owned));
        for (code, meaning) in [kind].into_iter().chain(themes) {
            writeln!(
                self.out,
                "<category term=\"{}\" label=\"{}\"/>",
                escape_xml(code),
                escape_xml(&meaning)
            )?;
        }
        if let Some(about) = localize_first(record, self.setting.format_hints().summary_members, language) {
            self.write_localized("summary", &about)?;
        }
        writeln!(self.out, "</entry>")
    }

    fn finish(&mut self) -> io::Result<()> {
        writeln!(self.out, "</feed>")?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::escape_xml;

    #[test]
    fn xml_holds_no_mark_up_of_others() {
        assert_eq!(
            escape_xml("<b title=\"x\">R&D\u{0}\u{FFFF}</b>"),
            "&lt;b title=&quot;x&quot;&gt;R&amp;D&lt;/b&gt;"
        );
    }
}
