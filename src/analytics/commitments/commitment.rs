//! Commitments in declarations, their themes, and the texts signed afterwards on them.

use super::queries::SignedText;
use crate::analytics::references;
use crate::domain::folding;
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use crate::domain::validity::Holds;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use serde_json::{Map, Value, json};

/// Further stems by which declarations name themes, in any of the three languages.
const THEME_STEMS: &[(Theme, &[&str])] = &[
    (Theme::Climate, &["décarbon", "decarbon", "carbone", "carbon", "climat", "脱炭素", "気候"]),
    (Theme::Inclusion, &["inclusi", "solidar", "包摂", "連帯"]),
    (Theme::LocalEconomy, &["ressources locales", "local resources", "地域資源"]),
    (Theme::RenewableEnergy, &["énergie renouvelable", "renewable energ", "再生可能エネルギー"]),
    (Theme::CircularEconomy, &["économie circulaire", "circular economy", "recycl", "循環"]),
    (Theme::DisasterRiskPrevention, &["prévention des risques", "catastrophe", "disaster", "防災", "災害"]),
    (
        Theme::CitizenParticipation,
        &["participation citoyenne", "participation des citoyens", "citizen", "市民参加"],
    ),
    (Theme::Ageing, &["vieilliss", "ageing", "高齢"]),
    (Theme::Tourism, &["touris", "観光"]),
];

/// Separators of the parts of a label, each of which names the theme.
const LABEL_SEPARATORS: [char; 6] = [',', '、', '・', '（', '）', '('];

/// Returns whether a folded text contains a name at the beginning of a word, or anywhere in a script without
/// spaces.
fn contains_name(text: &str, name: &str) -> bool {
    let name = folding::collation_key(name);
    let starts_word = format!(" {text}").contains(&format!(" {name}"));
    !name.is_empty() && (starts_word || (!name.is_ascii() && text.contains(&name)))
}

/// Returns the themes that a text names.
#[must_use]
pub fn find_themes(text: &Text) -> Vec<Theme> {
    let texts: Vec<String> = text.iter().map(|(_, words)| folding::collation_key(words)).collect();
    let names = |theme: Theme| {
        let label =
            theme.term().label.into_iter().flat_map(|label| label.split(LABEL_SEPARATORS)).map(str::trim);
        let others = THEME_STEMS
            .iter()
            .filter(move |(other, _)| *other == theme)
            .flat_map(|(_, names)| *names)
            .copied();
        label.chain(others).any(|name| texts.iter().any(|text| contains_name(text, name)))
    };
    Theme::ALL.iter().copied().filter(|theme| names(*theme)).collect()
}

/// Returns whether a text was signed on or after the date of adoption.
fn is_signed_after(signed: &PartialDate, adopted: Option<&PartialDate>) -> Holds {
    let bounds = |date: &PartialDate| (date.edtf().earliest(), date.edtf().latest());
    let Some((first, last)) = adopted.map(bounds) else { return Holds::Possible };
    let (earliest, latest) = bounds(signed);
    match () {
        () if latest.zip(first).is_some_and(|(latest, first)| latest < first) => Holds::No,
        () if earliest.zip(last).is_some_and(|(earliest, last)| earliest >= last) => Holds::Yes,
        () => Holds::Possible,
    }
}

/// Maximum number of texts listed per commitment.
const MAX_MEMORANDA: usize = 100;

/// Filters of commitments; an empty list does not filter.
#[derive(Debug, Clone, Default)]
pub struct CommitmentQuery {
    /// Themes, any of which matches; each includes narrower themes.
    pub themes: Vec<Theme>,
    /// Folded words, all of which the text must contain.
    pub words: Vec<String>,
}

/// Returns the JSON of the commitments of an edition.
#[must_use]
pub fn list_commitments(
    edition: &Map<String, Value>,
    edition_themes: &[Theme],
    signed: &[SignedText],
    query: &CommitmentQuery,
) -> Vec<Value> {
    let Some(declaration) = edition.get("declaration") else { return vec![] };
    let member = |name: &str| declaration.get(name).cloned();
    let adopted = declaration.pointer("/adopted/edtf").and_then(Value::as_str).and_then(PartialDate::parse);
    let id = edition.get("id").cloned().unwrap_or_default();
    let href = format!("/v1/rencontres/{}", id.as_str().unwrap_or_default());
    let rencontre = json!({"id": id, "kind": Kind::Rencontre, "name": edition.get("label"), "href": href});
    let wanted: Vec<Theme> = query.themes.iter().copied().flat_map(Theme::with_narrower).collect();
    let mut all = Vec::new();
    for text in declaration.get("commitments").and_then(Value::as_array).into_iter().flatten() {
        let words = Text::from_language_map(text);
        let named_themes = find_themes(&words);
        let (themes, basis) = if named_themes.is_empty() {
            (edition_themes.to_vec(), "edition")
        } else {
            (named_themes, "text")
        };
        let shown: Vec<Theme> =
            themes.iter().copied().filter(|theme| wanted.is_empty() || wanted.contains(theme)).collect();
        let searched: Vec<String> = words.iter().map(|(_, words)| folding::fold_for_search(words)).collect();
        let has_words =
            query.words.iter().all(|word| searched.iter().any(|text| text.contains(word.as_str())));
        if !has_words || (!wanted.is_empty() && shown.is_empty()) {
            continue;
        }
        let mut item = Map::new();
        item.insert("rencontre".into(), rencontre.clone());
        item.extend(member("title").map(|title| ("declaration".to_owned(), title)));
        item.extend(member("adopted").map(|adopted| ("adopted".to_owned(), adopted)));
        item.insert("text".into(), text.clone());
        item.insert("themes".into(), themes.iter().map(|theme| theme.code()).collect());
        item.insert("basis".into(), basis.into());
        let on = if wanted.is_empty() { &themes } else { &wanted };
        let memoranda = signed.iter().filter(|one| one.themes.iter().any(|theme| on.contains(theme)));
        let memoranda = memoranda.map(|one| (one, is_signed_after(&one.signed, adopted.as_ref())));
        let memoranda: Vec<_> = memoranda.filter(|(_, after)| *after != Holds::No).collect();
        let shown = memoranda.iter().take(MAX_MEMORANDA).map(|(one, after)| {
            json!({
                "memorandum": references::record_reference(Kind::Memorandum, one.id, &one.name),
                "signed": references::date_json(one.signed.edtf().as_str()),
                "certainty": if *after == Holds::Yes { "yes" } else { "possible" }
            })
        });
        item.insert("memoranda".into(), shown.collect::<Vec<_>>().into());
        item.insert("memoranda_total".into(), memoranda.len().into());
        all.push(item.into());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_is_about_what_its_words_name() {
        for (text, expected) in [
            ("la réalisation d'une société décarbonée", vec![Theme::Climate]),
            ("脱炭素社会の実現", vec![Theme::Climate]),
            ("la création d'une société inclusive", vec![Theme::Inclusion]),
            ("le tourisme et le patrimoine", vec![Theme::Heritage, Theme::Tourism]),
            ("les transports", vec![Theme::Transport]),
            ("renforcer la coopération", vec![]),
        ] {
            assert_eq!(find_themes(&Text::from_pairs(&[("fr", text)])), expected, "{text}");
        }
    }
}
