//! Which members of a kind say when, where and what: all that the other forms need to know of it. A kind declares it once
//! (`Record::OUTLINE`); CSV, NDJSON, JSON-LD and Atom need nothing more than the default.

/// What other forms make of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Outline {
    /// The kind in the plural, as the title of a calendar or feed: French, Japanese, English. Empty: the path.
    pub title: [&'static str; 3],
    /// Its class of schema.org.
    pub class: &'static str,
    /// The dates that calendars show. A kind without any has no calendar.
    pub occasions: &'static [Occasion],
    /// What maps show. A kind without a shape has no map.
    pub shape: Shape,
    /// The texts that sum a record up: the first that it has.
    pub about: &'static [&'static str],
    /// Where it takes place, as pointers to texts or Refs: the first that it has.
    pub place: &'static [&'static str],
    /// The codes that stand behind the title of an event.
    pub codes: &'static [&'static str],
    /// The properties that JSON-LD has beside those of every kind: pointer and term.
    pub terms: &'static [(&'static str, &'static str)],
}

/// A date of a record that calendars show.
#[derive(Debug, Clone, Copy)]
pub struct Occasion {
    /// The member with the date.
    pub member: &'static str,
    /// What happens then, in French, Japanese, English, where it is not the record itself.
    pub what: Option<[&'static str; 3]>,
}

/// What a map shows of a record. Pointers lead to Refs to authorities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    None,
    /// The point in the member `location`.
    Own,
    /// The points of authorities.
    At(&'static str),
    /// Great-circle lines from every French authority to every Japanese one.
    Links(&'static str),
    /// The route through authorities, in order.
    Route(&'static str),
}

impl Outline {
    /// What suits a kind that says nothing of itself.
    pub const DEFAULT: Self = Self {
        title: [""; 3],
        class: "CreativeWork",
        occasions: &[],
        shape: Shape::None,
        about: &["summary", "description", "text"],
        place: &["/place"],
        codes: &[],
        terms: &[],
    };
}

impl Outline {
    /// The pointer to authorities that are partners of each other.
    #[must_use]
    pub const fn partners(&self) -> Option<&'static str> {
        match self.shape {
            Shape::Links(pointer) => Some(pointer),
            _ => None,
        }
    }
}

impl Occasion {
    /// The date of the record itself.
    #[must_use]
    pub const fn of(member: &'static str) -> Self {
        Self { member, what: None }
    }

    /// A date at which something happens to the record.
    #[must_use]
    pub const fn when(member: &'static str, what: [&'static str; 3]) -> Self {
        Self { member, what: Some(what) }
    }
}
