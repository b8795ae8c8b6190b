//! Query parameters that several resources share: kinds, codes, and filters as SQL conditions and in OpenAPI.

use crate::db::sql::SqlFragment;
use crate::domain::kind::Kind;
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::vocabulary::Vocabulary;
use crate::domain::{duration, nearest};
use crate::http::openapi::{list_parameter, single_parameter};
use crate::http::query_params::QueryParams;
use crate::kinds::filters::{self, Filter, FilterType};
use jiff::civil::Date;
use serde_json::{Value, json};

/// The names of all kinds, in the order of [`Kind::ALL`].
pub(super) fn kind_names() -> Vec<&'static str> {
    Kind::ALL.iter().map(|kind| kind.as_str()).collect()
}

/// Reads the kinds that `kind` lists, in the order given; a name that is not in `known` is a fault.
pub(super) fn read_kinds(params: &mut QueryParams, known: &[&str]) -> Vec<Kind> {
    let names = read_codes(params, "kind", known);
    names
        .iter()
        .filter(|name| known.contains(&name.as_str()))
        .filter_map(|name| Kind::from_name(name))
        .collect()
}

/// Reads the kinds that `kind` lists, sorted, each once.
pub(super) fn read_kind_set(params: &mut QueryParams) -> Vec<Kind> {
    let mut kinds = read_kinds(params, &kind_names());
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Reads a list of codes; one that is not in `known` is a fault, and still among the codes returned.
pub(super) fn read_codes(params: &mut QueryParams, name: &str, known: &[&str]) -> Vec<String> {
    let codes = params.list(name);
    for code in codes.iter().filter(|code| !known.contains(&code.as_str())) {
        params.invalid(name, code, &nearest::expected_one_of(code, known));
    }
    codes
}

/// Reads a list of codes of a vocabulary; an unknown one is a fault that suggests the nearest.
pub(super) fn read_terms<T: Vocabulary>(params: &mut QueryParams, name: &str) -> Vec<T> {
    let mut terms = Vec::new();
    for code in params.list(name) {
        let term = T::from_code(&code);
        if term.is_none() {
            params.invalid(name, &code, &nearest::expected_one_of_terms(&code, T::TERMS));
        }
        terms.extend(term);
    }
    terms
}

/// Reads the parameters of these filters as SQL conditions; `today` is the day from which relative filters
/// count.
pub(super) fn filter_conditions<'a>(
    params: &mut QueryParams,
    filters: impl IntoIterator<Item = &'a Filter>,
    today: Date,
) -> Vec<SqlFragment> {
    let mut conditions = Vec::new();
    for filter in filters {
        for name in filter.parameter_names() {
            let values = params.list(&name);
            if !values.is_empty() {
                conditions.extend(params.accept(filter.condition(&name, &values, today)));
            }
        }
    }
    conditions
}

/// Returns the schema of one code of a vocabulary, and an example.
pub(super) fn code_schema(terms: &'static [VocabularyTerm]) -> (Value, &'static str) {
    let codes: Vec<&str> = terms.iter().map(|term| term.code).collect();
    (json!({"type": "string", "enum": codes}), terms.first().map_or("", |term| term.code))
}

/// Returns the OpenAPI parameters of a filter; a filter may have several, such as `since[gte]`.
#[must_use]
pub(super) fn filter_parameters(filter: &Filter) -> Vec<Value> {
    let string = json!({"type": "string"});
    let parameter = |(name, description): (String, String)| match filter.filter_type {
        FilterType::Code(terms, _) | FilterType::Tag(terms, _) | FilterType::Codes(terms, _) => {
            let (items, example) = code_schema(terms);
            list_parameter(
                &name,
                &format!("{description} Repeated or separated by commas: any of them."),
                &items,
                example,
            )
        }
        FilterType::Reference(..) | FilterType::Records(..) => {
            let description = format!(
                "{description} A UUID or `scheme:value` ({}); repeated or separated by commas: any of them.",
                filters::reference_kind_list(&filter.filter_type)
            );
            list_parameter(&name, &description, &string, "dantai:221007")
        }
        FilterType::CodeFlags(terms, _) => {
            let codes = terms.iter().map(|term| term.code);
            let each =
                codes.flat_map(|code| [code.to_owned(), format!("{code}:true"), format!("{code}:false")]);
            let description = format!(
                "{description} `:false` after a code asks for the opposite. Repeated or separated by commas: any of them."
            );
            list_parameter(
                &name,
                &description,
                &json!({"type": "string", "enum": each.collect::<Vec<_>>()}),
                "JP:false",
            )
        }
        FilterType::AtLeast(_) => {
            single_parameter(&name, &description, &json!({"type": "integer", "minimum": 0}), &3.into())
        }
        FilterType::PeriodFromToday(_) => {
            let description = format!(
                "{description} From today (UTC) on; an ISO 8601 duration in days, weeks, months or years."
            );
            single_parameter(
                &name,
                &description,
                &json!({"type": "string", "pattern": "^P[0-9YMWD]+$"}),
                &"P12M".into(),
            )
        }
        FilterType::Boolean(_) => {
            single_parameter(&name, &description, &json!({"type": "boolean"}), &true.into())
        }
        FilterType::PartialDate(_) | FilterType::Number(_) if name.ends_with("[exists]") => {
            single_parameter(&name, &description, &json!({"type": "boolean"}), &true.into())
        }
        FilterType::PartialDate(_) => single_parameter(
            &name,
            &format!("{description} An EDTF date or interval."),
            &string,
            &"2010/2019".into(),
        ),
        FilterType::DurationInMonths(_) => {
            let duration_schema = json!({"type": "string", "pattern": duration::DURATION_PATTERN});
            single_parameter(
                &name,
                &format!("{description} A period of years and months (ISO 8601)."),
                &duration_schema,
                &"P36M".into(),
            )
        }
        FilterType::Number(_) => {
            single_parameter(&name, &description, &json!({"type": "integer"}), &1.into())
        }
        FilterType::NumberTuple(count, ..) => {
            let example =
                if count == 3 { json!([35.18, 136.91, 50]) } else { json!([135.0, 34.0, 137.0, 36.0]) };
            let schema =
                json!({"type": "array", "items": {"type": "number"}, "minItems": count, "maxItems": count});
            json!({"name": name, "in": "query", "required": false, "schema": schema, "style": "form", "explode": false, "description": description, "example": example})
        }
    };
    filter.documented_parameters().into_iter().map(parameter).collect()
}
