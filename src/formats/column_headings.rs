//! Column headings of tables in French, Japanese and English.

use crate::domain::language::Language;

/// Every member and part of a member, in French, Japanese and English.
const COLUMN_WORDS: &[(&str, [&str; 3])] = &[
    ("acronym", ["sigle", "略称", "acronym"]),
    ("activity", ["activité", "活動内容", "activity"]),
    ("adopted", ["adoption", "採択日", "adopted"]),
    ("aliases", ["autres noms", "別名", "aliases"]),
    ("announced_at", ["annoncée lors de", "発表された会議", "announced at"]),
    ("approvals", ["approbations", "承認", "approvals"]),
    ("area_km2", ["superficie (km²)", "面積（km²）", "area (km²)"]),
    ("as_of", ["à la date du", "時点", "as of"]),
    ("assembly_approved", ["approuvé par l'assemblée", "議会の承認", "approved by the assembly"]),
    ("audience", ["public", "対象者", "audience"]),
    ("authority", ["collectivité", "自治体", "authority"]),
    ("bodies", ["organismes", "機関", "bodies"]),
    ("body", ["instance", "議決機関", "body"]),
    ("category", ["catégorie", "区分", "category"]),
    ("citations", ["citations", "出典数", "citations"]),
    ("clair_criteria", ["critères du CLAIR", "クレア要件", "CLAIR criteria"]),
    ("closed", ["clôture", "締切日", "closed"]),
    ("code", ["code", "コード", "code"]),
    ("commitments", ["engagements", "約束事項", "commitments"]),
    ("confirmation_overdue", ["confirmation en retard", "確認遅延", "confirmation overdue"]),
    ("contact", ["contact", "問い合わせ先", "contact"]),
    ("country", ["pays", "国", "country"]),
    ("created_at", ["créé le", "作成日時", "created at"]),
    ("date", ["date", "日付", "date"]),
    ("dates", ["dates", "日程", "dates"]),
    ("decided", ["décision", "決定日", "decided"]),
    ("declaration", ["déclaration", "宣言", "declaration"]),
    ("delegates", ["délégués", "参加者", "delegates"]),
    ("delegation", ["délégation", "代表団", "delegation"]),
    ("description", ["description", "説明", "description"]),
    ("direction", ["sens", "方向", "direction"]),
    ("document_url", ["adresse du texte", "文書のURL", "document address"]),
    ("earliest", ["au plus tôt", "最早日", "earliest"]),
    ("edition", ["édition", "版・回", "edition"]),
    ("edtf", ["EDTF", "EDTF", "EDTF"]),
    ("en", ["anglais", "英語", "English"]),
    ("expires", ["expiration", "期限", "expires"]),
    ("figures", ["chiffres", "数値", "figures"]),
    ("focus_country", ["pays visé", "対象国", "focus country"]),
    ("follow_ups", ["suites", "フォローアップ", "follow-ups"]),
    ("follows", ["fait suite à", "契機", "follows"]),
    ("founded", ["fondation", "設立", "founded"]),
    ("fr", ["français", "フランス語", "French"]),
    ("history", ["historique", "経緯", "history"]),
    ("holder", ["institution", "所属", "holder"]),
    ("holds", ["valable ce jour-là", "その日の有効性", "held on the day"]),
    ("host", ["hôte", "開催地", "host"]),
    ("hosts", ["accueillants", "受入側", "hosts"]),
    ("id", ["identifiant", "記録ID", "id"]),
    ("identifiers", ["identifiants", "識別子", "identifiers"]),
    ("in_force_from", ["en vigueur depuis", "発効日", "in force from"]),
    ("ja", ["japonais", "日本語", "Japanese"]),
    ("ja-Hira", ["kana", "かな", "kana"]),
    ("ja-Latn", ["rōmaji", "ローマ字", "romaji"]),
    ("key_points", ["points clés", "要点", "key points"]),
    ("kind", ["type d'objet", "種別", "kind"]),
    ("label", ["libellé", "名称", "label"]),
    ("languages", ["langues", "言語", "languages"]),
    ("last_activity", ["dernière activité", "最終活動", "last activity"]),
    ("lat", ["latitude", "緯度", "latitude"]),
    ("latest", ["au plus tard", "最遅日", "latest"]),
    ("leaders", ["responsables", "担当", "leaders"]),
    ("level", ["niveau", "階層", "level"]),
    ("location", ["position", "位置", "location"]),
    ("lon", ["longitude", "経度", "longitude"]),
    ("mandates", ["mandats", "役職", "mandates"]),
    ("map_url", ["carte", "地図", "map"]),
    ("measure", ["mesure", "単位", "measure"]),
    ("measures", ["mesures", "施策", "measures"]),
    ("member", ["membre", "会員", "member"]),
    ("members", ["membres", "会員", "members"]),
    ("name", ["nom", "名称", "name"]),
    ("next", ["suivante", "次回", "next"]),
    ("not_field_limited", ["non limité à un domaine", "分野を限定しない", "not limited to one field"]),
    ("number", ["numéro", "番号", "number"]),
    ("objectives", ["objectifs", "目標", "objectives"]),
    ("occasion", ["occasion", "記念", "occasion"]),
    ("official_name", ["nom officiel", "正式名称", "official name"]),
    ("opened", ["ouverture", "開始日", "opened"]),
    ("organiser", ["organisateur", "主催者", "organiser"]),
    ("organisers", ["organisateurs", "主催者", "organisers"]),
    ("origin", ["origine", "登録者", "origin"]),
    ("outcome", ["résultat", "結果", "outcome"]),
    ("outcomes", ["résultats", "成果", "outcomes"]),
    ("parent", ["rattachement", "上位", "parent"]),
    ("part_of_day", ["moment de la journée", "時間帯", "part of the day"]),
    ("participants", ["participants", "参加者", "participants"]),
    ("parties", ["parties", "当事者", "parties"]),
    ("partnership", ["partenariat", "提携", "partnership"]),
    ("partnerships", ["partenariats", "提携", "partnerships"]),
    ("party", ["partie", "当事者", "party"]),
    ("period", ["période", "期間", "period"]),
    ("person", ["personne", "人物", "person"]),
    ("place", ["lieu", "場所", "place"]),
    ("population", ["population", "人口", "population"]),
    ("position", ["rang", "順序", "position"]),
    ("presidencies", ["présidences", "会長", "presidencies"]),
    ("previous", ["précédente", "前回", "previous"]),
    ("published", ["publication", "発行日", "published"]),
    ("publisher", ["éditeur", "発行者", "publisher"]),
    ("purposes", ["objectifs", "目的", "purposes"]),
    ("qualifier", ["précision", "精度", "qualifier"]),
    ("read_by", ["lue par", "朗読者", "read by"]),
    ("reason", ["raison", "理由", "reason"]),
    ("reference", ["référence", "番号", "reference"]),
    ("related_dates", ["dates liées", "関連日程", "related dates"]),
    ("reliability", ["fiabilité", "信頼性", "reliability"]),
    ("rencontre", ["Rencontres", "会議", "Meetings"]),
    ("renewal_of", ["renouvelle", "更新元", "renewal of"]),
    ("represents", ["représente", "代表する団体", "represents"]),
    ("result", ["aboutissement", "結果", "result"]),
    ("retrieved", ["consultation", "閲覧日", "retrieved"]),
    ("role", ["rôle", "役割", "role"]),
    ("schedule", ["calendrier", "予定の経過", "schedule"]),
    ("sha256", ["SHA-256", "SHA-256", "SHA-256"]),
    ("side", ["côté", "側", "side"]),
    ("signatories", ["signataires", "署名者", "signatories"]),
    ("signed", ["signature", "調印日", "signed"]),
    ("signed_by_heads", ["signé par les exécutifs", "首長の署名", "signed by the heads"]),
    ("since", ["depuis", "開始", "since"]),
    ("since_basis", ["fondement de la date", "開始日の根拠", "basis of the date"]),
    ("source", ["source", "出典", "source"]),
    ("states", ["États", "国", "states"]),
    ("status", ["état", "状況", "status"]),
    ("status_reason", ["raison de l'état", "状況の理由", "reason of the status"]),
    ("stops", ["étapes", "訪問先", "stops"]),
    ("successor", ["successeur", "後継", "successor"]),
    ("summary", ["résumé", "概要", "summary"]),
    ("text", ["texte", "本文", "text"]),
    ("theme", ["thème", "テーマ", "theme"]),
    ("themes", ["thèmes", "分野", "themes"]),
    ("title", ["titre", "表題", "title"]),
    ("topic", ["sujet", "議題", "topic"]),
    ("until", ["jusqu'à", "終了", "until"]),
    ("updated_at", ["modifié le", "更新日時", "updated at"]),
    ("updated_on", ["mise à jour", "更新日", "updated on"]),
    ("url", ["adresse", "URL", "address"]),
    ("value", ["valeur", "値", "value"]),
    ("version", ["version", "版", "version"]),
    ("wanted_country", ["pays recherché", "希望する国", "wanted country"]),
    ("website", ["site web", "ウェブサイト", "website"]),
    ("when", ["date", "時期", "when"]),
];

/// Returns the heading of a column: `since.earliest` is `depuis : au plus tôt`. A member that is not listed
/// keeps its name.
pub(super) fn column_heading(column: &str, language: Language) -> String {
    let word = |name: &str| {
        let known = COLUMN_WORDS.iter().find(|(known, _)| *known == name);
        known.map_or_else(|| name.replace('_', " "), |(_, words)| language.pick(*words).to_owned())
    };
    column.split('.').map(word).collect::<Vec<_>>().join(language.pick([" : ", "：", ": "]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kind::Kind;
    use crate::formats::columns;

    #[test]
    fn every_column_of_every_kind_has_a_heading_of_its_own_in_each_language() {
        for kind in Kind::ALL {
            for language in Language::ALL {
                let mut seen = std::collections::HashSet::new();
                for column in columns::columns_of(*kind) {
                    let heading = column_heading(&column.name, language);
                    assert!(seen.insert(heading.clone()), "{kind:?}: {heading} stands twice");
                    for part in column.name.split('.') {
                        assert!(
                            COLUMN_WORDS.iter().any(|(name, _)| *name == part),
                            "{kind:?}: no word for {part}"
                        );
                    }
                }
            }
        }
        assert_eq!(column_heading("since.earliest", Language::Fr), "depuis : au plus tôt");
    }
}
