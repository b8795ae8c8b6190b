//! Query strings: every parameter is known or refused, naming the nearest known one.

use crate::error::{Code, Fault, Problem, Result};
use crate::vocabulary::member::nearest;
use actix_web::HttpRequest;

/// The most values of a parameter: as many as both databases take in a condition of each of the filters at once.
const MOST_VALUES: usize = 300;

/// The parameters of a request, taken out one by one.
#[derive(Debug, Clone)]
pub struct Params {
    given: Vec<(String, String)>,
    known: Vec<String>,
    faults: Vec<Fault>,
}

impl Params {
    /// The parameters of a request. `lang` is known everywhere.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let pairs = form_urlencoded::parse(request.query_string().as_bytes());
        let mut params = Self { given: pairs.into_owned().collect(), known: vec![], faults: vec![] };
        params.one("lang");
        params
    }

    /// Whether a parameter is given that has not been taken out yet.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| given == name)
    }

    /// The value of a parameter that is given at most once.
    pub fn one(&mut self, name: &str) -> Option<String> {
        let mut values = self.take(name);
        if values.len() > 1 {
            self.faults.push(Fault::parameter(name, Code::RepeatedParameter, vec![]));
        }
        values.pop()
    }

    /// The values of a parameter, repeated or separated by commas; at most [`MOST_VALUES`].
    pub fn many(&mut self, name: &str) -> Vec<String> {
        let given = self.take(name);
        let values = given.iter().flat_map(|value| value.split(',')).map(|value| value.trim().to_owned());
        let values: Vec<String> = values.collect();
        if values.len() > MOST_VALUES {
            let facts = vec![("limit", MOST_VALUES.to_string()), ("count", values.len().to_string())];
            self.faults.push(Fault::parameter(name, Code::TooManyValues, facts));
            return vec![];
        }
        values
    }

    /// A whole number in a range, or what stands for it when it is not given.
    pub fn whole(&mut self, name: &str, range: std::ops::RangeInclusive<i64>, default: i64) -> i64 {
        let Some(text) = self.one(name) else { return default };
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.unwrap_or_else(|| {
            let expected = format!("a whole number from {} to {}", range.start(), range.end());
            self.misfit(name, &text, &expected);
            default
        })
    }

    /// How many items a page of a list has at most.
    pub fn limit(&mut self) -> i64 {
        self.whole("limit", 1..=500, 50)
    }

    /// Whether a parameter is `true`; `false` when it is not given.
    pub fn flag(&mut self, name: &str) -> bool {
        match self.one(name).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                self.misfit(name, other, "`true` or `false`");
                false
            }
        }
    }

    /// Whether a byte order mark is wanted before a table: `bom`, `true` or `1`.
    pub fn mark(&mut self) -> bool {
        match self.one("bom").as_deref() {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(other) => {
                self.misfit("bom", other, "`true` or `false`");
                false
            }
        }
    }

    /// Records that a value is not what is expected.
    pub fn misfit(&mut self, name: &str, value: &str, expected: &str) {
        self.fault(Fault::misfit(name, value, expected));
    }

    /// Records a fault of a parameter.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Keeps the value of a result, or records its fault.
    pub fn keep<T>(&mut self, result: std::result::Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.faults.push(fault)).ok()
    }

    /// Nothing else may be given.
    ///
    /// # Errors
    /// 400 with every fault found.
    pub fn finish(mut self) -> Result<()> {
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        for (name, _) in &self.given {
            let facts = vec![("name", name.clone()), ("nearest", nearest(name, &known))];
            self.faults.push(Fault::parameter(name, Code::UnknownParameter, facts));
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::bad_request(self.faults)) }
    }

    fn take(&mut self, name: &str) -> Vec<String> {
        self.known.push(name.to_owned());
        if !self.has(name) {
            return vec![];
        }
        let (taken, left) = std::mem::take(&mut self.given).into_iter().partition(|(given, _)| given == name);
        self.given = left;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }
}
