//! Which members of a kind say when, where and what: all that the other forms need to know of it. A kind declares it once
//! (`Record::OUTLINE`); CSV, NDJSON, JSON-LD and Atom need nothing more than the default.

/// What other forms make of a kind.
#[derive(Debug, Clone, Copy)]
pub struct FormatHints {
    /// The kind in the plural, as the title of a calendar or feed: French, Japanese, English. Empty: the path.
    pub title: [&'static str; 3],
    /// Its class of schema.org.
    pub schema_org_class: &'static str,
    /// The dates that calendars show. A kind without any has no calendar.
    pub calendar_dates: &'static [CalendarDate],
    /// What maps show. A kind without a shape has no map.
    pub map_geometry: MapGeometry,
    /// The texts that sum a record up: the first that it has.
    pub summary_members: &'static [&'static str],
    /// Where it takes place, as pointers to texts or Refs: the first that it has.
    pub place_pointers: &'static [&'static str],
    /// The codes that stand behind the title of an event.
    pub title_code_members: &'static [&'static str],
    /// The properties that JSON-LD has beside those of every kind: pointer and term.
    pub schema_org_terms: &'static [(&'static str, &'static str)],
}

/// A date of a record that calendars show.
#[derive(Debug, Clone, Copy)]
pub struct CalendarDate {
    /// The member with the date.
    pub member: &'static str,
    /// What happens then, in French, Japanese, English, where it is not the record itself.
    pub event_title: Option<[&'static str; 3]>,
}

/// What a map shows of a record. Pointers lead to Refs to authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapGeometry {
    /// Nothing.
    None,
    /// The point in the member `location`.
    OwnPoint,
    /// The points of authorities.
    AuthorityPoints(&'static str),
    /// Great-circle lines from every French authority to every Japanese one.
    PartnerLines(&'static str),
    /// The route through authorities, in order.
    Route(&'static str),
}

impl FormatHints {
    /// What suits a kind that says nothing of itself.
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
}

impl FormatHints {
    /// The pointer to authorities that are partners of each other.
    #[must_use]
    pub const fn partner_pointer(&self) -> Option<&'static str> {
        match self.map_geometry {
            MapGeometry::PartnerLines(pointer) => Some(pointer),
            _ => None,
        }
    }
}

impl CalendarDate {
    /// The date of the record itself.
    #[must_use]
    pub const fn of_record(member: &'static str) -> Self {
        Self { member, event_title: None }
    }

    /// A date at which something happens to the record.
    #[must_use]
    pub const fn of_event(member: &'static str, what: [&'static str; 3]) -> Self {
        Self { member, event_title: Some(what) }
    }
}
