//! What calendars, maps, feeds and JSON-LD need to know of a kind: its dates, geometry, summary and
//! schema.org terms.
//!
//! A kind declares them in `RecordType::FORMAT_HINTS`. CSV and NDJSON work with the default.

/// How formats other than JSON show the records of a kind.
#[derive(Debug, Clone, Copy)]
pub struct FormatHints {
    /// Title of a calendar or feed in French, Japanese and English. If empty, the path is used.
    pub title: [&'static str; 3],
    /// Its schema.org class.
    pub schema_org_class: &'static str,
    /// The dates that become calendar events. A kind without any has no calendar.
    pub calendar_dates: &'static [CalendarDate],
    /// The geometry in GeoJSON. A kind with [`MapGeometry::None`] has no GeoJSON.
    pub map_geometry: MapGeometry,
    /// Members with a summary of the record; the first that it has is used.
    pub summary_members: &'static [&'static str],
    /// JSON pointers to the place, a text or a reference; the first that it has is used.
    pub place_pointers: &'static [&'static str],
    /// Members with codes whose labels are appended to the title of a calendar event.
    pub title_code_members: &'static [&'static str],
    /// JSON pointers and the JSON-LD terms for them, in addition to those of every kind.
    pub schema_org_terms: &'static [(&'static str, &'static str)],
}

/// A date of a record that becomes a calendar event.
#[derive(Debug, Clone, Copy)]
pub struct CalendarDate {
    /// Member with the date.
    pub member: &'static str,
    /// What happens on that date, in French, Japanese and English; `None` if the event is the record itself.
    pub event_title: Option<[&'static str; 3]>,
}

/// The geometry of a record on a map. The JSON pointers lead to references to authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapGeometry {
    /// No geometry.
    None,
    /// The point in the member `location`.
    OwnPoint,
    /// The points of the authorities.
    AuthorityPoints(&'static str),
    /// Great-circle lines from each French authority to each Japanese one.
    PartnerLines(&'static str),
    /// A line through the authorities, in order.
    Route(&'static str),
}

impl FormatHints {
    /// The hints of a kind that declares none.
    pub const DEFAULT: Self = Self {
        title: [""; 3],
        schema_org_class: "CreativeWork",
        calendar_dates: &[],
        map_geometry: MapGeometry::None,
        summary_members: &["summary", "description", "text"],
        place_pointers: &["/place"],
        title_code_members: &[],
        schema_org_terms: &[],
    };

    /// Returns the JSON pointer to authorities that are partners of each other, if the map draws lines
    /// between them.
    #[must_use]
    pub const fn partner_pointer(&self) -> Option<&'static str> {
        match self.map_geometry {
            MapGeometry::PartnerLines(pointer) => Some(pointer),
            _ => None,
        }
    }
}

impl CalendarDate {
    /// Returns the date of an event that is the record itself (a visit).
    #[must_use]
    pub const fn of_record(member: &'static str) -> Self {
        Self { member, event_title: None }
    }

    /// Returns the date of something that happens to the record (a signature, an expiry).
    #[must_use]
    pub const fn of_event(member: &'static str, title: [&'static str; 3]) -> Self {
        Self { member, event_title: Some(title) }
    }
}
