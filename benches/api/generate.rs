//! A made-up registry of any size, the same at every call: 20 sources, 2,000 authorities, and as many partnerships as
//! there are pairs of a commune and a city.

use kakehashi::vocabulary::schemes::dantai_check_digit;
use serde_json::{Value, json};

/// What a name is made of, in both languages.
type Syllable = (&'static str, &'static str);

/// Departments, and prefectures, each.
const AREAS: usize = 20;
/// Communes of a department, and cities of a prefecture.
const PLACES: usize = 49;
/// Communes, and cities, each.
const CITIES: usize = AREAS * PLACES;
/// As many partnerships as have different parties.
const PAIRS: usize = CITIES * CITIES;
/// Goes through every pair: it has no divisor in common with their number. It also spreads neighbours apart.
const STRIDE: usize = 386_413;

#[rustfmt::skip]
const FRENCH: [Syllable; AREAS] = [
    ("Beau", "ボー"), ("Clair", "クレール"), ("Mont", "モン"), ("Val", "ヴァル"), ("Roche", "ロッシュ"), ("Font", "フォン"), ("Châtel", "シャテル"),
    ("Aigue", "エーグ"), ("Haute", "オート"), ("Belle", "ベル"), ("Ville", "ヴィル"), ("Pierre", "ピエール"), ("Grand", "グラン"), ("Longe", "ロンジュ"),
    ("Vert", "ヴェール"), ("Blanc", "ブラン"), ("Noir", "ノワール"), ("Saint-É", "サンテ"), ("Tour", "トゥール"), ("Pont", "ポン"),
];
#[rustfmt::skip]
const FRENCH_MIDDLES: [Syllable; 7] = [
    ("court", "クール"), ("vallon", "ヴァロン"), ("bourg", "ブール"), ("fort", "フォール"), ("mesnil", "メニル"), ("rive", "リーヴ"), ("champ", "シャン"),
];
#[rustfmt::skip]
const FRENCH_ENDS: [Syllable; 7] = [
    ("", ""), ("-sur-Loire", "＝シュル＝ロワール"), ("-en-Forêt", "＝アン＝フォレ"), ("-les-Bains", "＝レ＝バン"), ("-le-Vieux", "＝ル＝ヴュー"),
    ("-sur-Mer", "＝シュル＝メール"), ("-l’Abbaye", "＝ラベイ"),
];
#[rustfmt::skip]
const JAPANESE: [Syllable; AREAS] = [
    ("Ao", "青"), ("Aka", "赤"), ("Shira", "白"), ("Kuro", "黒"), ("Naga", "長"), ("Fuka", "深"), ("Taka", "高"), ("Hiro", "広"), ("Ō", "大"), ("Ko", "小"),
    ("Furu", "古"), ("Ara", "新"), ("Haru", "春"), ("Aki", "秋"), ("Natsu", "夏"), ("Fuyu", "冬"), ("Kami", "上"), ("Shimo", "下"), ("Naka", "中"), ("Minami", "南"),
];
#[rustfmt::skip]
const JAPANESE_MIDDLES: [Syllable; 7] =
    [("yama", "山"), ("kawa", "川"), ("mori", "森"), ("ishi", "石"), ("matsu", "松"), ("hama", "浜"), ("sato", "里")];
#[rustfmt::skip]
const JAPANESE_ENDS: [Syllable; 7] =
    [("", ""), ("hara", "原"), ("saki", "崎"), ("tani", "谷"), ("no", "野"), ("zu", "津"), ("jima", "島")];

#[rustfmt::skip]
const CATEGORIES: [&str; 6] = [
    "twinning", "friendship_city", "friendship_cooperation_pact", "partnership_convention", "decentralised_cooperation_agreement",
    "memorandum_of_understanding",
];
const STATUSES: [&str; 5] = ["active", "active", "active", "unknown", "dormant"];
#[rustfmt::skip]
const THEMES: [&str; 12] = [
    "culture", "heritage", "gastronomy", "urban_renewal", "renewable_energy", "transport", "research", "tourism", "agriculture", "youth", "sport",
    "ageing",
];

/// Numbers that look random and are always the same (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn of(kind: u64, n: usize) -> Self {
        Self((kind << 48) ^ u64::try_from(n).unwrap_or_default())
    }

    /// A number below `most`.
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed >> 33) % u64::try_from(most).unwrap_or(1)).unwrap_or_default()
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// The sources and authorities, in an order in which they can be imported.
pub(crate) fn base() -> Vec<Value> {
    let areas = (0..AREAS).flat_map(|n| [department(n), prefecture(n)]);
    let cities = (0..CITIES).flat_map(|n| [commune(n), city(n)]);
    (0..20).map(source).chain(areas).chain(cities).collect()
}

/// The `n`th partnership. Its parties are those of no other.
pub(crate) fn partnership(n: usize) -> Value {
    let (french, japanese) = parties(n);
    let dice = &mut Dice::of(3, n);
    let mut themes: Vec<&str> = (0..=dice.below(3)).map(|_| dice.one_of(&THEMES)).collect();
    themes.sort_unstable();
    themes.dedup();
    let (year, month, day) = (1955 + dice.below(70), 1 + dice.below(12), 1 + dice.below(28));
    let since = [format!("{year}"), format!("{year}-{month:02}"), format!("{year}-{month:02}-{day:02}")];
    let mut record = json!({
        "kind": "partnership",
        "identifiers": [{"scheme": "slug", "value": format!("made-up-{n}")}],
        "category": dice.one_of(&CATEGORIES),
        "status": dice.one_of(&STATUSES),
        "parties": [
            {"authority": {"id": format!("insee_com:{}", insee(french))}, "role": "lead"},
            {"authority": {"id": format!("dantai:{}", dantai(japanese))}, "role": "lead"},
        ],
        "last_activity": {"edtf": format!("{}", 2010 + dice.below(16))},
        "themes": themes,
        "summary": {
            "fr": format!("Échanges n° {n} entre élèves, artisans et entreprises des deux villes."),
            "ja": format!("両市の学校、職人、企業による交流（第{n}号）。"),
        },
        "clair_criteria": {"signed_by_heads": "yes", "not_field_limited": "yes", "assembly_approved": "unknown"},
        "citations": [citation(dice, "/since", &format!("« depuis {year} »")), citation(dice, "/status", "« toujours en cours »")],
    });
    if dice.below(20) > 0 {
        record["since"] = json!({"edtf": since[dice.below(3)]});
        record["since_basis"] = "stated_year_only".into();
    }
    record
}

/// A word by which the `n`th partnership is found: the name of one of its parties, French and Japanese by turns.
pub(crate) fn word(n: usize) -> String {
    let (french, japanese) = parties(n);
    if n.is_multiple_of(2) {
        name(french, &FRENCH, &FRENCH_MIDDLES, &FRENCH_ENDS).0
    } else {
        name(japanese, &JAPANESE, &JAPANESE_MIDDLES, &JAPANESE_ENDS).1
    }
}

fn parties(n: usize) -> (usize, usize) {
    let pair = (n % PAIRS) * STRIDE % PAIRS;
    (pair / CITIES, pair % CITIES)
}

fn name(n: usize, starts: &[Syllable], middles: &[Syllable], ends: &[Syllable]) -> (String, String) {
    let parts = [starts[n / PLACES], middles[n % PLACES / 7], ends[n % 7]];
    parts.iter().fold(Default::default(), |(latin, japanese), part| (latin + part.0, japanese + part.1))
}

fn insee(n: usize) -> String {
    format!("{:02}{:03}", 1 + n / PLACES % 19 + n / PLACES / 19 * 20, 1 + n % PLACES)
}

fn dantai(n: usize) -> String {
    with_check_digit(&format!("{:02}{:03}", 1 + n / PLACES, 201 + n % PLACES))
}

fn with_check_digit(code: &str) -> String {
    dantai_check_digit(code).map_or_else(|| code.to_owned(), |digit| format!("{code}{digit}"))
}

fn department_code(n: usize) -> String {
    insee(n * PLACES).chars().take(2).collect()
}

fn source(n: usize) -> Value {
    json!({
        "kind": "source",
        "identifiers": [{"scheme": "slug", "value": format!("made-up-source-{n}")}],
        "title": {"fr": format!("Bulletin imaginaire n° {n}"), "ja": format!("架空会報第{n}号")},
        "languages": ["fr", "ja"],
        "reliability": "other",
    })
}

fn citation(dice: &mut Dice, pointer: &str, quote: &str) -> Value {
    let source = format!("slug:made-up-source-{}", dice.below(20));
    json!({"source": {"id": source}, "pointer": pointer, "quote": quote, "lang": "fr", "rank": "normal", "certainty": "stated"})
}

fn department(n: usize) -> Value {
    let (fr, ja) = FRENCH[n];
    json!({
        "kind": "authority", "country": "FR", "level": "department",
        "identifiers": [{"scheme": "insee_dep", "value": department_code(n)}],
        "name": {"fr": format!("Pays de {fr}"), "ja": format!("{ja}県")},
    })
}

fn prefecture(n: usize) -> Value {
    let (fr, ja) = JAPANESE[n];
    json!({
        "kind": "authority", "country": "JP", "level": "prefecture",
        "identifiers": [{"scheme": "dantai", "value": with_check_digit(&format!("{:02}000", 1 + n))}],
        "name": {"fr": fr, "ja": format!("{ja}県")},
    })
}

fn commune(n: usize) -> Value {
    let (fr, ja) = name(n, &FRENCH, &FRENCH_MIDDLES, &FRENCH_ENDS);
    let identifier = json!({"scheme": "insee_com", "value": insee(n)});
    let parent = format!("insee_dep:{}", department_code(n / PLACES));
    authority(
        &mut Dice::of(1, n),
        json!({"country": "FR", "level": "commune", "name": {"fr": fr, "ja": ja}}),
        identifier,
        &parent,
    )
}

fn city(n: usize) -> Value {
    let (fr, ja) = name(n, &JAPANESE, &JAPANESE_MIDDLES, &JAPANESE_ENDS);
    let identifier = json!({"scheme": "dantai", "value": dantai(n)});
    let parent = format!("dantai:{}", with_check_digit(&format!("{:02}000", 1 + n / PLACES)));
    let content = json!({"country": "JP", "level": "city", "name": {"fr": fr, "ja": format!("{ja}市")}});
    authority(&mut Dice::of(2, n), content, identifier, &parent)
}

/// Adds what communes and cities have alike.
fn authority(dice: &mut Dice, mut content: Value, identifier: Value, parent: &str) -> Value {
    content["kind"] = "authority".into();
    content["identifiers"] = vec![identifier].into();
    content["parent"] = json!({"id": parent});
    content["population"] = json!({"value": 2_000 + dice.below(900_000), "as_of": {"edtf": "2020"}});
    content["citations"] = vec![citation(dice, "/population", "« population légale »")].into();
    content
}
