//! Error codes of problems, validation errors and warnings, with status, title and message in three languages.
//!
//! Texts are in French, Japanese, English. In a message `{name}` stands for an argument of the occurrence; a part
//! in `[[…]]` is left out where its argument is empty.

use crate::domain::language::Language;
use crate::util::truncate::truncate;

/// Status and texts of a code.
struct ErrorCodeEntry {
    code: &'static str,
    status: u16,
    title: [&'static str; 3],
    detail: [&'static str; 3],
}

macro_rules! error_codes {
    ($($variant:ident = $code:literal, $status:literal,
        [$title_fr:literal, $title_ja:literal, $title_en:literal],
        [$fr:literal, $ja:literal, $en:literal];)*) => {
        /// A stable code, explained at `/problems/{code}`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode { $(#[doc = $en] $variant,)* }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            const fn entry(self) -> ErrorCodeEntry {
                match self {
                    $(Self::$variant => ErrorCodeEntry {
                        code: $code,
                        status: $status,
                        title: [$title_fr, $title_ja, $title_en],
                        detail: [$fr, $ja, $en],
                    },)*
                }
            }
        }
    };
}

/// Longest value from a request that a message repeats, in characters.
const MAX_ARG_CHARS: usize = 200;

/// Arguments that come from the server, such as the expected value, and are never cut.
const NEVER_TRUNCATED_ARGS: [&str; 5] = ["expected", "allowed", "known", "pattern", "proposals"];

impl ErrorCode {
    /// Returns the code in responses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.entry().code
    }

    /// Returns the HTTP status (RFC 9110) of a problem with this code; of a validation error, that of its problem.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.entry().status
    }

    /// Returns the title, the same for every occurrence.
    #[must_use]
    pub const fn title(self, language: Language) -> &'static str {
        language.pick(self.entry().title)
    }

    /// Returns the message with its placeholders.
    #[must_use]
    pub const fn template(self, language: Language) -> &'static str {
        language.pick(self.entry().detail)
    }

    /// Returns the message of an occurrence: placeholders filled, long values of the request cut, and `[[…]]` left
    /// out where it mentions no argument that is set.
    #[must_use]
    pub fn detail(self, language: Language, args: &[(&'static str, String)]) -> String {
        let is_set = |part: &str| {
            args.iter().any(|(name, value)| !value.is_empty() && part.contains(&format!("{{{name}}}")))
        };
        let (mut template, mut rest) = (String::new(), self.template(language));
        while let Some((before, (part, after))) =
            rest.split_once("[[").and_then(|(before, rest)| Some((before, rest.split_once("]]")?)))
        {
            template.extend([before, if is_set(part) { part } else { "" }]);
            rest = after;
        }
        template.push_str(rest);
        args.iter().fold(template, |text, (name, value)| {
            let value = if NEVER_TRUNCATED_ARGS.contains(name) {
                value.into()
            } else {
                truncate(value, MAX_ARG_CHARS)
            };
            text.replace(&format!("{{{name}}}"), &value)
        })
    }

    /// Returns the code that responses show as `text`.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

error_codes! {
    // Unreadable requests.
    BadRequest = "bad_request", 400,
        ["Requête incorrecte", "不正なリクエスト", "Bad request"],
        ["La requête contient des paramètres ou des en-têtes incorrects ; ils sont énumérés dans « errors ».",
         "パラメータまたはヘッダーに誤りがあります。「errors」を参照してください。",
         "Parameters or header fields are at fault; `errors` lists them."];
    MalformedJson = "malformed_json", 400,
        ["JSON illisible", "JSONの構文エラー", "Malformed JSON"],
        ["Le corps n'est pas du JSON : {reason}.",
         "本文はJSONとして解釈できません：{reason}",
         "The body is not JSON: {reason}."];
    NotUtf8 = "not_utf8", 400,
        ["Texte non UTF-8", "UTF-8でない本文", "Not UTF-8"],
        ["Le corps n'est pas en UTF-8 (à partir de l'octet {position}) ; il semble être en {encoding} : convertissez-le.",
         "本文はUTF-8ではありません（{position}バイト目以降）。{encoding}のようです。UTF-8に変換してください。",
         "The body is not UTF-8 (from byte {position} on); it seems to be {encoding}: convert it."];
    InvalidPatch = "invalid_patch", 400,
        ["Correctif illisible", "パッチの構文エラー", "Malformed patch"],
        ["Le corps n'est pas un JSON Patch (RFC 6902) : {reason}.",
         "本文はJSON Patch（RFC 6902）ではありません：{reason}",
         "The body is not a JSON Patch (RFC 6902): {reason}."];
    UnknownParameter = "unknown_parameter", 400,
        ["Paramètre inconnu", "不明なパラメータ", "Unknown parameter"],
        ["Le paramètre « {name} » n'existe pas ici[[ ; le plus proche est « {nearest} »]].",
         "パラメータ「{name}」はありません。[[最も近いものは「{nearest}」です。]]",
         "There is no parameter `{name}` here[[; the nearest is `{nearest}`]]."];
    InvalidParameter = "invalid_parameter", 400,
        ["Valeur de paramètre incorrecte", "パラメータの値が不正", "Invalid parameter value"],
        ["La valeur « {value} » ne convient pas : {expected}.",
         "値「{value}」は使えません：{expected}",
         "The value `{value}` does not fit: {expected}."];
    TooManyValues = "too_many_values", 400,
        ["Trop de valeurs", "値が多すぎます", "Too many values"],
        ["Ce paramètre prend au plus {limit} valeurs ; il en a {count}.",
         "このパラメータの値は{limit}個までです（指定：{count}個）。",
         "This parameter takes at most {limit} values; it has {count}."];
    RepeatedParameter = "repeated_parameter", 400,
        ["Paramètre répété", "パラメータの重複", "Repeated parameter"],
        ["Ce paramètre ne se donne qu'une fois.",
         "このパラメータは一度だけ指定できます。",
         "This parameter is given once only."];
    InvalidCursor = "invalid_cursor", 400,
        ["Curseur incorrect", "不正なカーソル", "Invalid cursor"],
        ["Le curseur n'est pas de cette liste : recommencez sans lui.",
         "カーソルがこの一覧のものではありません。カーソルなしでやり直してください。",
         "The cursor is not of this list: start again without it."];
    InvalidHeader = "invalid_header", 400,
        ["En-tête incorrect", "不正なヘッダー", "Invalid header field"],
        ["La valeur « {value} » de l'en-tête ne convient pas : {expected}.",
         "ヘッダーの値「{value}」は使えません：{expected}",
         "The header field's value `{value}` does not fit: {expected}."];
    // Authentication and authorisation.
    Unauthorized = "unauthorized", 401,
        ["Clé requise", "キーが必要", "Key required"],
        ["Écrire demande une clé valide : « Authorization: Bearer … ».",
         "書き込みには有効なキーが必要です：「Authorization: Bearer …」",
         "Writing needs a valid key: `Authorization: Bearer …`."];
    Forbidden = "forbidden", 403,
        ["Accès refusé", "権限なし", "Forbidden"],
        ["Cette clé n'a pas la portée « {scope} ».",
         "このキーにはスコープ「{scope}」がありません。",
         "This key does not have the scope `{scope}`."];
    SchemeNotOwned = "scheme_not_owned", 403,
        ["Identifiants d'autrui", "他機関の識別子", "Scheme not owned"],
        ["Seules les clés à qui appartient le système « {scheme} » en écrivent les identifiants.",
         "「{scheme}」の識別子は、それを所有するキーだけが書き込めます。",
         "Identifiers of the scheme `{scheme}` are written only by keys that own it."];
    // Missing records, conflicts and limits.
    NotFound = "not_found", 404,
        ["Introuvable", "見つかりません", "Not found"],
        ["Il n'y a rien à cette adresse.",
         "このアドレスには何もありません。",
         "There is nothing at this address."];
    NoSuchRecord = "no_such_record", 404,
        ["Fiche introuvable", "記録が見つかりません", "No such record"],
        ["Aucune fiche de ce type n'a l'identifiant « {id} ».[[ Est-ce {proposals} ?]]",
         "「{id}」の記録はこの種類にありません。[[{proposals}のことですか。]]",
         "No record of this kind has the id `{id}`.[[ Is it {proposals}?]]"];
    UnknownIdentifiers = "unknown_identifiers", 422,
        ["Identifiants inconnus", "未登録の識別子", "Unknown identifiers"],
        ["Aucune fiche ne porte {identifiers} ; pour en créer une, donnez tous les membres obligatoires.",
         "{identifiers}を持つ記録はありません。新しく作るには、必須の項目をすべて示してください。",
         "No record bears {identifiers}; to make one, give every required member."];
    NoSuchVersion = "no_such_version", 404,
        ["Version introuvable", "版が見つかりません", "No such version"],
        ["Cette fiche n'a pas de version « {version} ».",
         "この記録に版「{version}」はありません。",
         "This record has no version `{version}`."];
    NotYet = "not_yet", 404,
        ["Pas encore de fiche", "当時は未登録", "Not yet recorded"],
        ["Le registre n'avait pas encore cette fiche à ce moment : {time}.",
         "その時点（{time}）では、この記録はまだありませんでした。",
         "The registry did not hold this record yet at that time: {time}."];
    MethodNotAllowed = "method_not_allowed", 405,
        ["Méthode non permise", "許可されていないメソッド", "Method not allowed"],
        ["Cette adresse ne connaît pas cette méthode ; voir « Allow ».",
         "このアドレスではこのメソッドは使えません。「Allow」を参照してください。",
         "This address does not know that method; see `Allow`."];
    NotAcceptable = "not_acceptable", 406,
        ["Forme non proposée", "提供していない形式です", "Form not offered"],
        ["Aucune des formes proposées ne convient à « Accept » : {offered}.",
         "「Accept」に合う形式がありません。提供している形式: {offered}。",
         "None of the forms offered fits `Accept`: {offered}."];
    NoCoding = "no_coding", 406,
        ["Aucun codage accepté", "受け入れられる符号化がありません", "No coding accepted"],
        ["« Accept-Encoding » refuse tout ce qui est proposé : identity, gzip.",
         "「Accept-Encoding」は提供しているもの（identity、gzip）をすべて拒んでいます。",
         "`Accept-Encoding` refuses all that is offered: identity, gzip."];
    Timeout = "timeout", 408,
        ["Délai dépassé", "タイムアウト", "Request timeout"],
        ["La requête n'est pas arrivée à temps.",
         "リクエストが時間内に届きませんでした。",
         "The request did not arrive in time."];
    IdentifierTaken = "identifier_taken", 409,
        ["Identifiant déjà pris", "識別子は使用済み", "Identifier taken"],
        ["Une autre fiche porte déjà « {identifier} ».",
         "「{identifier}」は別の記録が使っています。",
         "Another record already bears `{identifier}`."];
    IdTaken = "id_taken", 409,
        ["Fiche déjà existante", "記録は既に存在", "Record exists"],
        ["Une fiche porte déjà cet id.",
         "このidの記録は既にあります。",
         "A record with this id exists already."];
    RecordExists = "record_exists", 409,
        ["Fiche à créer déjà là", "作成対象は既に存在", "Record to be made exists"],
        ["Cette fiche existe déjà, et l'import ne fait que créer.",
         "この記録は既にあります。この取り込みは新規作成のみです。",
         "This record exists already, and the import only makes records."];
    PartiesTaken = "parties_taken", 409,
        ["Partenariat déjà enregistré", "登録済みの提携", "Partnership exists"],
        ["Un partenariat ouvert réunit déjà exactement ces collectivités (« existing »). Ajoutez votre identifiant à cette fiche pour la retrouver et la compléter.",
         "まったく同じ自治体の間に、現行の提携が既にあります（「existing」を参照）。その記録に自らの識別子を加えれば、見つけて補うことができます。",
         "An open partnership of exactly these authorities exists already (`existing`). Add your identifier to that record to find it and add to it."];
    Referenced = "referenced", 409,
        ["Fiche citée par d'autres", "参照されている記録", "Record is referred to"],
        ["{count} fiche(s) renvoient à celle-ci ; elle ne peut être supprimée avant elles.",
         "{count}件の記録がこれを参照しているため削除できません。",
         "{count} record(s) refer to this one; it cannot be deleted before them."];
    ChangedElsewhere = "changed_elsewhere", 409,
        ["Modifiée par un autre", "他機関が更新済み", "Changed elsewhere"],
        ["« {origin} » a écrit en dernier des membres, ou donné des identifiants, que cette écriture changerait ou supprimerait ; « conflicts » les énumère. [[N'envoyez que ce qui est à vous, ou relisez la fiche et répétez avec « {header} » ou « base_version ».]][[Seuls un administrateur, ou une clé de portée « {scope} » avec « force=true », passent outre.]]",
         "この書き込みが変更または削除する項目や識別子を最後に書いたのは「{origin}」です（「conflicts」を参照）。[[自らの項目だけを送るか、読み直して「{header}」または「base_version」付きでやり直してください。]][[管理者、またはスコープ「{scope}」を持ち「force=true」を指定するキーだけが実行できます。]]",
         "`{origin}` wrote members last, or gave identifiers, that this write would change or remove; `conflicts` lists them. [[Send only what is yours, or read the record again and repeat with `{header}` or `base_version`.]][[Only an administrator, or a key of the scope `{scope}` that says `force=true`, may.]]"];
    OwnedElsewhere = "owned_elsewhere", 409,
        ["Appartient à un autre", "他機関の所有", "Owned elsewhere"],
        ["« {origin} » a écrit ces membres d'une fiche qui porte son identifiant ; « conflicts » les énumère. Laissez-les, citez votre source pour une autre valeur, ou écrivez avec « force=true » (droit « override » ou « admin »).",
         "これらの項目は、この記録に識別子を持つ「{origin}」が書いたものです（「conflicts」を参照）。そのままにするか、別の値は出典を引用して示すか、「override」または「admin」の権限で「force=true」を付けて書き込んでください。",
         "`{origin}` wrote these members of a record that bears its identifier; `conflicts` lists them. Leave them, cite your source for another value, or write with `force=true` (scope `override` or `admin`)."];
    MergeConflict = "merge_conflict", 409,
        ["Modifications incompatibles", "変更の衝突", "Changes conflict"],
        ["Les mêmes membres ont changé autrement depuis « base_version » ; ils sont énumérés dans « conflicts ».",
         "「base_version」以降に同じ項目が別の値に変更されています。「conflicts」を参照してください。",
         "The same members have changed otherwise since `base_version`; `conflicts` lists them."];
    SyncLoop = "sync-loop", 409,
        ["Boucle de synchronisation", "同期ループ", "Synchronisation loop"],
        ["Deux origines changent ce membre tour à tour depuis vingt-quatre heures : accordez-vous d'abord.",
         "過去24時間に二つの機関がこの項目を交互に変更しています。まず調整してください。",
         "Two origins have been changing this member back and forth for twenty-four hours: agree first."];
    RequestInFlight = "request_in_flight", 409,
        ["Requête en cours", "処理中のリクエスト", "Request in flight"],
        ["Une requête avec cette « Idempotency-Key » est encore en cours.",
         "同じ「Idempotency-Key」のリクエストが処理中です。",
         "A request with this `Idempotency-Key` is still being answered."];
    TooManyWebhooks = "too_many_webhooks", 409,
        ["Trop de webhooks", "Webhookが多すぎます", "Too many webhooks"],
        ["La limite est de {limit} webhooks : supprimez-en un d'abord.",
         "Webhookの上限は{limit}件です。先に一つ削除してください。",
         "The limit is {limit} webhooks: delete one first."];
    Ambiguous = "ambiguous", 409,
        ["Identifiants de plusieurs fiches", "複数の記録に該当", "Ambiguous identifiers"],
        ["Les identifiants désignent plusieurs fiches.",
         "識別子が複数の記録を指しています。",
         "The identifiers belong to several records."];
    Gone = "gone", 410,
        ["Fiche supprimée", "削除された記録", "Deleted record"],
        ["Cette fiche a été supprimée ; un POST à « restore », où ce membre est donné, la rétablit.",
         "この記録は削除されました。「restore」がある場合、そこへ POST すると復元できます。",
         "This record has been deleted; a POST to `restore`, where that is given, brings it back."];
    CursorGone = "cursor_gone", 410,
        ["Curseur périmé", "失効したカーソル", "Cursor gone"],
        ["Le registre a été restauré depuis que ce curseur a été donné : reprenez depuis « /v1/snapshot ».",
         "このカーソルの発行後に登録簿が復元されました。「/v1/snapshot」からやり直してください。",
         "The registry has been restored since this cursor was given: start again from `/v1/snapshot`."];
    Erased = "erased", 410,
        ["Version effacée", "消去された版", "Erased version"],
        ["Le contenu de cette version a été effacé pour protéger des personnes.",
         "この版の内容は、個人情報保護のため消去されました。",
         "The content of this version has been erased for privacy."];
    PreconditionFailed = "precondition_failed", 412,
        ["Version dépassée", "版が一致しません", "Precondition failed"],
        ["La fiche n'est plus (ou pas) dans l'état exigé : relisez-la.",
         "記録は指定された状態ではありません。読み直してください。",
         "The record is not, or no longer, in the state required: read it again."];
    PayloadTooLarge = "payload_too_large", 413,
        ["Corps trop grand", "本文が大きすぎます", "Body too large"],
        ["Le corps dépasse {limit} octets.",
         "本文が{limit}バイトを超えています。",
         "The body exceeds {limit} bytes."];
    TooManyRecords = "too_many_records", 413,
        ["Trop de fiches", "記録が多すぎます", "Too many records"],
        ["Le corps compte plus de {limit} fiches : importez-les en plusieurs fois.",
         "記録が{limit}件を超えています。分けて取り込んでください。",
         "The body holds more than {limit} records: import them in several parts."];
    UriTooLong = "uri_too_long", 414,
        ["Adresse trop longue", "URIが長すぎます", "URI too long"],
        ["L'adresse dépasse {limit} octets.",
         "アドレスが{limit}バイトを超えています。",
         "The address exceeds {limit} bytes."];
    UnsupportedMediaType = "unsupported_media_type", 415,
        ["Type de contenu inconnu", "未対応のメディアタイプ", "Unsupported media type"],
        ["Le corps doit être de type {expected}.",
         "本文の型は {expected} としてください。",
         "The body must be of type {expected}."];
    Invalid = "invalid", 422,
        ["Fiche incorrecte", "内容に誤りがあります", "Invalid record"],
        ["Rien n'a été écrit : les fautes sont énumérées dans « errors ».",
         "書き込まれませんでした。誤りは「errors」に列挙されています。",
         "Nothing was written: `errors` lists the faults."];
    IdempotencyKeyReused = "idempotency_key_reused", 422,
        ["Clé d'idempotence réemployée", "Idempotency-Keyの再利用", "Idempotency key reused"],
        ["Une autre requête a déjà été faite avec cette « Idempotency-Key ».",
         "この「Idempotency-Key」は別のリクエストで既に使われています。",
         "Another request was made with this `Idempotency-Key` before."];
    ImportRejected = "import_rejected", 422,
        ["Import refusé", "取り込みの拒否", "Import rejected"],
        ["Rien n'a été écrit : {count} fiche(s) sont refusées ; « items » nomme les premières.",
         "{count}件の記録が拒否されたため、何も書き込まれませんでした。「items」に最初のものを示します。",
         "Nothing was written: {count} record(s) are rejected; `items` names the first."];
    PreconditionRequired = "precondition_required", 428,
        ["« If-Match » requis", "If-Matchが必要", "Precondition required"],
        ["Modifier une fiche existante demande « If-Match » avec son ETag (ou « * »).",
         "既存の記録の変更には「If-Match」（ETagまたは「*」）が必要です。",
         "Changing an existing record needs `If-Match` with its ETag (or `*`)."];
    RateLimited = "rate_limited", 429,
        ["Trop de requêtes", "リクエスト過多", "Too many requests"],
        ["Plus de {quota} requêtes en {window} s : réessayez dans {seconds} s.",
         "{window}秒間のリクエスト数が上限（{quota}）を超えました。{seconds}秒後にやり直してください。",
         "More than {quota} requests in {window} s: try again in {seconds} s."];
    TooManyAtOnce = "too_many_at_once", 429,
        ["Trop à la fois", "同時処理数の超過", "Too many at once"],
        ["{most} de ces requêtes sont déjà en cours pour vous, le maximum : attendez que l'une d'elles se termine.",
         "この種のリクエストを同時に{most}件まで処理します。いずれかが終わってからやり直してください。",
         "{most} of these requests of yours are being answered, the most: wait until one of them has ended."];
    Damaged = "damaged_record", 500,
        ["Enregistrement endommagé", "記録の破損", "Damaged record"],
        ["Ce qui est stocké de {record} ne peut être lu ; la consigne en est prise. Rien n’a été écrit, et rien n’a été passé sous silence.",
         "{record}の保存内容を読み取れません。記録済みです。何も書き込まれず、省略もされていません。",
         "What is stored of {record} cannot be read; it has been logged. Nothing was written, and nothing is left out in silence."];
    Internal = "internal", 500,
        ["Erreur interne", "内部エラー", "Internal error"],
        ["Une erreur interne est survenue ; elle a été consignée.",
         "内部エラーが発生しました。記録済みです。",
         "Something went wrong here; it has been logged."];
    Unavailable = "unavailable", 503,
        ["Momentanément indisponible", "一時的に利用不可", "Unavailable"],
        ["La base de données ne répond pas ou trop d'écritures attendent : réessayez.",
         "データベースが応答しないか、書き込みが混み合っています。後でやり直してください。",
         "The database does not answer or too many writes wait: try again."];
    BeyondLimits = "beyond_limits", 400,
        ["Au-delà de ce que la base accepte", "データベースの上限を超過", "Beyond the limits of the database"],
        ["La base de données refuse une valeur de cette requête (trop longue, trop nombreuse, ou d'un caractère qu'elle ne connaît pas) ; la même requête sera encore refusée.",
         "データベースが受け付けない値（長すぎる、多すぎる、または扱えない文字）が含まれています。同じリクエストは再び拒否されます。",
         "The database refuses a value of this request (too long, too many, or with a character that it does not know); the same request will be refused again."];
    Busy = "busy", 503,
        ["Serveur occupé", "混雑中", "Busy"],
        ["Trop de requêtes de cette sorte sont en cours : réessayez dans un instant.",
         "この種のリクエストが混み合っています。少し待ってやり直してください。",
         "Too many requests of this kind are being answered: try again in a moment."];
    TooExpensive = "too_expensive", 503,
        ["Question trop coûteuse", "負荷の大きすぎる質問", "Too expensive"],
        ["La réponse demanderait trop de temps à la base de données : restreignez la question (moins de filtres à la fois, une page plus petite, moins de dimensions) ou réessayez plus tard.",
         "データベースの処理に時間がかかりすぎます。条件やページの大きさ、集計の項目を減らすか、後でやり直してください。",
         "The answer would take the database too long: narrow the question (fewer filters at once, a smaller page, fewer dimensions), or try again later."];
    TooManyBodies = "too_many_bodies", 503,
        ["Trop de corps en cours", "処理中の本文が多すぎます", "Too many bodies"],
        ["Les corps en cours de réception dépassent {limit} octets, en tout ou pour votre adresse : réessayez.",
         "受信中の本文が全体または同じ送信元で{limit}バイトを超えています。後でやり直してください。",
         "The bodies that are being received exceed {limit} bytes, in all or of your address: try again."];
    // Validation errors of members.
    Required = "required", 422,
        ["Membre manquant", "必須項目の欠落", "Missing member"],
        ["Ce membre est obligatoire.",
         "この項目は必須です。",
         "This member is required."];
    UnknownMember = "unknown_member", 422,
        ["Membre inconnu", "不明な項目", "Unknown member"],
        ["Le membre « {name} » n'existe pas ici[[ ; le plus proche est « {nearest} »]].",
         "項目「{name}」はありません。[[最も近いものは「{nearest}」です。]]",
         "There is no member `{name}` here[[; the nearest is `{nearest}`]]."];
    UnknownLanguage = "unknown_language", 422,
        ["Langue inconnue", "不明な言語", "Unknown language"],
        ["« {name} » n'est pas une langue d'ici : {known}.",
         "「{name}」は使えない言語です：{known}",
         "`{name}` is no language here: {known}."];
    DuplicateMember = "duplicate_member", 400,
        ["Membre répété", "項目の重複", "Repeated member"],
        ["Le membre « {name} » est donné deux fois.",
         "項目「{name}」が二度指定されています。",
         "The member `{name}` is given twice."];
    WrongType = "wrong_type", 422,
        ["Type incorrect", "型の誤り", "Wrong type"],
        ["Le type attendu est « {expected} ».",
         "型は「{expected}」でなければなりません。",
         "The type expected here is {expected}."];
    Empty = "empty", 422,
        ["Valeur vide", "空の値", "Empty value"],
        ["La valeur est vide.",
         "値が空です。",
         "The value is empty."];
    TooLong = "too_long", 422,
        ["Valeur trop longue", "長すぎる値", "Too long"],
        ["La limite est de {limit}.",
         "上限は{limit}です。",
         "The limit is {limit}."];
    OutOfRange = "out_of_range", 422,
        ["Valeur hors limites", "範囲外の値", "Out of range"],
        ["La valeur doit être comprise entre {least} et {most}.",
         "値は{least}から{most}までとしてください。",
         "The value must be from {least} to {most}."];
    ControlCharacter = "control_character", 422,
        ["Caractère de contrôle", "制御文字", "Control character"],
        ["Seul le saut de ligne est permis comme caractère de contrôle.",
         "制御文字は改行以外使えません。",
         "No control character other than the line feed is allowed."];
    UnknownCode = "unknown_code", 422,
        ["Code inconnu", "不明なコード", "Unknown code"],
        ["« {value} » n'est pas du vocabulaire « {vocabulary} »[[ ; le plus proche est « {nearest} »]].",
         "「{value}」は語彙「{vocabulary}」にありません。[[最も近いものは「{nearest}」です。]]",
         "`{value}` is not in the vocabulary `{vocabulary}`[[; the nearest is `{nearest}`]]."];
    InvalidDate = "invalid_date", 422,
        ["Date incorrecte", "不正な日付", "Invalid date"],
        ["« {value} » n'est pas une date EDTF de niveau 0 ou 1 ({reason}).[[ Écrivez « {write} ».]][[ Si le mois vient d'abord : « {other} ».]]",
         "「{value}」はEDTF（レベル0・1）の日付ではありません（{reason}）。[[「{write}」と書いてください。]][[月が先なら「{other}」です。]]",
         "`{value}` is no EDTF date of level 0 or 1 ({reason}).[[ Write `{write}`.]][[ If the month comes first: `{other}`.]]"];
    BadFormat = "bad_format", 422,
        ["Format incorrect", "形式の誤り", "Wrong format"],
        ["« {value} » n'a pas la forme {pattern}.",
         "「{value}」は {pattern} の形式ではありません。",
         "`{value}` is not of the form {pattern}."];
    BadUrl = "bad_url", 422,
        ["Adresse incorrecte", "不正なURL", "Invalid address"],
        ["L'adresse doit être absolue, en http ou https.",
         "httpまたはhttpsの絶対URLとしてください。",
         "The address must be an absolute http or https one."];
    BadIdentifier = "bad_identifier", 422,
        ["Identifiant incorrect", "不正な識別子", "Invalid identifier"],
        ["« {value} » n'est pas un identifiant du système « {scheme} ».[[ Est-ce {proposals} ?]]",
         "「{value}」は「{scheme}」の識別子ではありません。[[{proposals}のことですか。]]",
         "`{value}` is no identifier of the scheme `{scheme}`.[[ Is it {proposals}?]]"];
    BadCheckDigit = "bad_check_digit", 422,
        ["Clé de contrôle incorrecte", "検査数字の誤り", "Wrong check digit"],
        ["La clé de contrôle de « {value} » ({scheme}) devrait être {expected}.[[ Est-ce {proposals} ?]]",
         "「{value}」（{scheme}）の検査数字は{expected}のはずです。[[{proposals}のことですか。]]",
         "The check digit of `{value}` ({scheme}) should be {expected}.[[ Is it {proposals}?]]"];
    UnknownScheme = "unknown_scheme", 422,
        ["Système d'identifiants inconnu", "不明な識別子体系", "Unknown scheme"],
        ["Le système « {scheme} » n'existe pas.",
         "識別子体系「{scheme}」はありません。",
         "There is no scheme `{scheme}`."];
    BadReference = "bad_reference", 422,
        ["Renvoi illisible", "不正な参照", "Malformed reference"],
        ["« {value} » n'est ni un UUID ni « système:valeur ».",
         "「{value}」はUUIDでも「体系:値」でもありません。",
         "`{value}` is neither a UUID nor `scheme:value`."];
    NoSuchReference = "no_such_reference", 422,
        ["Renvoi sans objet", "参照先なし", "Nothing is referred to"],
        ["Aucune fiche ne répond à « {value} ».[[ Est-ce {proposals} ?]]",
         "「{value}」に該当する記録はありません。[[{proposals}のことですか。]]",
         "No record answers to `{value}`.[[ Is it {proposals}?]]"];
    DeletedReference = "deleted_reference", 422,
        ["Renvoi à une fiche supprimée", "削除された記録への参照", "Deleted record is referred to"],
        ["« {value} » est la fiche {id}, qui a été supprimée ; un POST à {restore} la rétablit.",
         "「{value}」の記録 {id} は削除されています。{restore} に POST すると復元できます。",
         "`{value}` is the record {id}, which was deleted; a POST to {restore} brings it back."];
    ErasedReference = "erased_reference", 422,
        ["Renvoi à une fiche effacée", "消去された記録への参照", "Erased record is referred to"],
        ["« {value} » est la fiche {id}, dont le contenu a été effacé : elle ne revient plus.",
         "「{value}」の記録 {id} は内容が消去されており、復元できません。",
         "`{value}` is the record {id}, whose content was erased: it does not come back."];
    WrongKind = "wrong_kind", 422,
        ["Type de fiche incorrect", "種類の誤り", "Wrong kind"],
        ["« {value} » n'est pas permis ici, seulement : {allowed}.",
         "「{value}」はここでは使えません。使えるのは：{allowed}",
         "`{value}` is not allowed here, only: {allowed}."];
    KindNeeded = "kind_needed", 422,
        ["Type de fiche à préciser", "種類の指定が必要", "Kind needed"],
        ["« {value} » peut désigner plusieurs types : précisez « kind » ({allowed}).",
         "「{value}」は複数の種類に該当し得ます。「kind」（{allowed}）を指定してください。",
         "`{value}` may be of several kinds: give `kind` ({allowed})."];
    Mismatch = "mismatch", 422,
        ["Ne correspond pas à l'adresse", "アドレスと不一致", "Does not match the path"],
        ["La valeur doit être celle de l'adresse : « {expected} ».",
         "値はアドレスと同じ「{expected}」でなければなりません。",
         "The value must be that of the path: `{expected}`."];
    Immutable = "immutable", 422,
        ["Membre immuable", "変更できない項目", "Immutable member"],
        ["Ce membre ne change plus après la création ; il vaut « {expected} ».",
         "この項目は作成後に変更できません（現在値「{expected}」）。",
         "This member does not change once created; it is `{expected}`."];
    Repeated = "repeated", 422,
        ["Élément répété", "要素の重複", "Repeated item"],
        ["« {value} » figure déjà dans la liste.",
         "「{value}」は既に一覧にあります。",
         "`{value}` is in the list already."];
    UnknownPointer = "unknown_pointer", 422,
        ["Pointeur inconnu", "不明なポインタ", "Unknown pointer"],
        ["« {value} » n'est pas un membre de ce type de fiche[[ ; le plus proche est « {nearest} »]].",
         "「{value}」はこの種類の項目ではありません。[[最も近いものは「{nearest}」です。]]",
         "`{value}` is no member of this kind[[; the nearest is `{nearest}`]]."];
    SeveralPreferred = "several_preferred", 422,
        ["Plusieurs citations préférées", "優先引用の重複", "Several preferred citations"],
        ["Une seule citation par membre peut être préférée.",
         "優先（preferred）の引用は項目ごとに一つだけです。",
         "Only one citation of a member can be preferred."];
    PatchFailed = "patch_failed", 422,
        ["Correctif inapplicable", "適用できないパッチ", "Patch does not apply"],
        ["Le correctif ne s'applique pas : {reason}.",
         "パッチを適用できません：{reason}",
         "The patch does not apply: {reason}."];
    InvalidKey = "invalid_key", 422,
        ["Clé incorrecte", "不正なキー", "Invalid key"],
        ["La clé demandée ne convient pas : {reason}.",
         "このキーは作れません：{reason}",
         "The key asked for does not do: {reason}."];
    SameRecord = "same_record", 422,
        ["Une seule et même fiche", "同一の記録", "One and the same record"],
        ["Une fiche ne se fusionne pas avec elle-même.",
         "記録をそれ自身に統合することはできません。",
         "A record is not merged into itself."];
    BadBackup = "bad_backup", 422,
        ["Sauvegarde refusée", "復元できないバックアップ", "Backup refused"],
        ["La sauvegarde ne peut pas être restaurée : {reason}.",
         "バックアップを復元できません：{reason}",
         "The backup cannot be restored: {reason}."];
    NotEmpty = "not_empty", 409,
        ["Registre non vide", "空でないレジストリ", "Registry not empty"],
        ["Le registre contient déjà {records} fiches et {keys} clés : --replace les remplace.",
         "レジストリにはすでに{records}件の記録と{keys}個のキーがあります。置き換えるには --replace を付けてください。",
         "The registry holds {records} records and {keys} keys already: --replace replaces them."];
    PrivateAddress = "private_address", 422,
        ["Adresse non publique", "公開されていないアドレス", "Address is not public"],
        ["L'adresse doit être publique : ni locale, ni privée, ni réservée.",
         "アドレスは公開されたものとしてください。ローカル、プライベート、予約済みのアドレスは使えません。",
         "The address must be a public one: neither local nor private nor reserved."];
    // Rules of the kinds.
    BothSides = "both_sides", 422,
        ["Il manque un côté", "片側のみの当事者", "One side is missing"],
        ["Un partenariat réunit au moins une collectivité française et une japonaise.",
         "提携にはフランスと日本の自治体がそれぞれ一つ以上必要です。",
         "A partnership needs at least one French and one Japanese authority."];
    EndBeforeStart = "end_before_start", 422,
        ["Fin avant le début", "終了が開始より前", "End before start"],
        ["La fin est certainement avant le début ({start}).",
         "終了が開始（{start}）より確実に前です。",
         "The end is definitely before the start ({start})."];
    EndNeeded = "end_needed", 422,
        ["Fin à préciser", "終了の記載が必要", "End needed"],
        ["Le statut « ended » demande « until » ou « status_reason ».",
         "「ended」には「until」または「status_reason」が必要です。",
         "The status `ended` needs `until` or `status_reason`."];
    ActivityNeeded = "activity_needed", 422,
        ["Dernière activité à préciser", "最終活動の記載が必要", "Last activity needed"],
        ["Le statut « dormant » demande « last_activity » ou une citation.",
         "「dormant」には「last_activity」または引用が必要です。",
         "The status `dormant` needs `last_activity` or a citation."];
    NotAParty = "not_a_party", 422,
        ["Pas partie au texte", "当事者ではない", "Not a party"],
        ["Seules les parties figurent ici.",
         "ここには当事者だけを記載できます。",
         "Only parties can stand here."];
    NotPartyOfPartnership = "not_party_of_partnership", 422,
        ["Pas partie au partenariat", "提携の当事者ではない", "Not a party of the partnership"],
        ["Les collectivités parties au texte doivent l'être au partenariat.",
         "文書の当事者である自治体は、その提携の当事者でなければなりません。",
         "The authorities that are parties of the text must be parties of the partnership."];
    PartySigned = "party_signed", 422,
        ["Partie à un texte", "文書の当事者", "Party of a signed text"],
        ["La collectivité {id} est partie à un texte de ce partenariat : elle en reste une partie.",
         "自治体 {id} はこの提携の文書の当事者であるため、外すことができません。",
         "The authority {id} is a party of a signed text of this partnership, so it stays one of its parties."];
    HeldNeedsDates = "held_needs_dates", 422,
        ["Dates de la tenue", "開催日が必要", "Dates needed"],
        ["Une édition tenue a des dates au mois ou au jour près, passées.",
         "開催済みの会議には、月または日まで分かる過去の日付が必要です。",
         "An edition that was held has dates to the month or day, in the past."];
    NoDeclarationYet = "no_declaration_yet", 422,
        ["Déclaration prématurée", "宣言は時期尚早", "Declaration too early"],
        ["Une édition qui n'a pas eu lieu n'a pas encore de déclaration.",
         "まだ開催されていない会議に宣言はありません。",
         "An edition that has not been held has no declaration yet."];
    EditionOrder = "edition_order", 422,
        ["Ordre des éditions", "回次の順序", "Order of editions"],
        ["Les dates de l'édition {number} sont incompatibles avec le numéro de celle-ci.",
         "第{number}回の日付と回次の順序が矛盾します。",
         "The dates of edition {number} contradict the number of this one."];
    ReplacedDateNeeded = "replaced_date_needed", 422,
        ["Date reportée à préciser", "延期前の日付が必要", "Postponed date needed"],
        ["Un report indique la date qu'il remplace.",
         "延期には元の日付が必要です。",
         "A postponement needs the date it replaces."];
    WrongCountry = "wrong_country", 422,
        ["Pays incohérent", "国の不一致", "Country does not fit"],
        ["Le système « {scheme} » n'est pas de ce pays.",
         "「{scheme}」はこの国の体系ではありません。",
         "The scheme `{scheme}` is not of this country."];
    LevelMismatch = "level_mismatch", 422,
        ["Niveau incohérent", "階層の不一致", "Level does not fit"],
        ["Le niveau « {level} » ne va pas avec {with}.",
         "階層「{level}」は{with}と合いません。",
         "The level `{level}` does not go with {with}."];
    ParentMismatch = "parent_mismatch", 422,
        ["Rattachement incohérent", "上位自治体の不一致", "Parent does not fit"],
        ["Le code « {value} » n'est pas de cette collectivité de rattachement.",
         "コード「{value}」はこの上位自治体に属しません。",
         "The code `{value}` is not below this parent."];
    OtherAuthority = "other_authority", 422,
        ["Code d'une autre collectivité", "別の自治体のコード", "Code of another authority"],
        ["« {value} » est le code de {name}, une autre collectivité que celle de « {with} ».",
         "「{value}」は{name}のコードで、「{with}」の自治体のものではありません。",
         "`{value}` is the code of {name}, another authority than that of `{with}`."];
    Cycle = "cycle", 422,
        ["Boucle", "循環参照", "Cycle"],
        ["La fiche serait au-dessus d'elle-même.",
         "記録が自分自身の上位になります。",
         "The record would be above itself."];
    DateNeeded = "date_needed", 422,
        ["Date à préciser", "日付が必要", "Date needed"],
        ["Un nombre d'habitants demande la date « as_of ».",
         "人口には基準日「as_of」が必要です。",
         "A number of inhabitants needs its date `as_of`."];
    PrivateContact = "private_contact", 422,
        ["Coordonnées personnelles", "個人の連絡先", "Personal contact"],
        ["Ni courriel ni téléphone ne sont conservés ici.",
         "メールアドレスや電話番号は保存できません。",
         "No e-mail address or telephone number is kept here."];
    OwnCountry = "own_country", 422,
        ["Son propre pays", "自国の指定", "Own country"],
        ["Un partenaire se cherche dans l'autre pays.",
         "提携先は相手国で探すものです。",
         "A partner is looked for in the other country."];
    // Warnings: unusual, but accepted.
    Uncited = "uncited", 200,
        ["Sans citation", "出典なし", "Uncited"],
        ["Aucune citation n'appuie cette fiche.",
         "この記録には引用がありません。",
         "No citation supports this record."];
    CitedValueChanged = "cited_value_changed", 200,
        ["Valeur citée modifiée", "引用された値の変更", "Cited value changed"],
        ["Ce membre a changé alors que des citations l'appuyaient ({citations}) : chacune garde la valeur pour laquelle elle a été donnée.",
         "この項目は、引用（{citations}）が裏付けていた値から変更されました。引用は、付けられた時の値を保ちます。",
         "This member changed, for which citations were given ({citations}): each keeps the value that it was given for."];
    IdentifiersNotRestored = "identifiers_not_restored", 200,
        ["Identifiants non rétablis", "復元されない識別子", "Identifiers not restored"],
        ["D'autres fiches portent désormais ces identifiants, qui leur restent : {identifiers}.",
         "次の識別子は現在ほかの記録のものであるため、復元されません：{identifiers}",
         "Other records bear these identifiers now, and keep them: {identifiers}."];
    MandateDoesNotCover = "mandate_does_not_cover", 200,
        ["Mandat hors période", "任期外", "Outside the mandate"],
        ["Aucun mandat connu de cette personne ne couvre la date de signature.",
         "この人物の既知の任期は署名日を含みません。",
         "No known mandate of this person covers the date of signature."];
    HostsDoNotAlternate = "hosts_do_not_alternate", 200,
        ["Alternance rompue", "開催国が交互でない", "Hosts do not alternate"],
        ["L'édition précédente a eu lieu dans le même pays.",
         "前回と同じ国での開催です。",
         "The edition before was held in the same country."];
    UnusualRhythm = "unusual_rhythm", 200,
        ["Rythme inhabituel", "間隔が通例と異なる", "Unusual rhythm"],
        ["L'édition précédente n'est pas d'environ deux ans plus tôt.",
         "前回の約2年後ではありません。",
         "The edition before is not about two years earlier."];
    OutsideEdition = "outside_edition", 200,
        ["Hors des dates", "期間外", "Outside the dates"],
        ["La date est hors de celles de l'édition ou de la visite.",
         "日付が会期または訪問期間の外です。",
         "The date is outside those of the edition or visit."];
    FiguresDoNotAdd = "figures_do_not_add", 200,
        ["Chiffres incohérents", "数値の不一致", "Figures do not add up"],
        ["Les chiffres français et japonais ne font pas le total d'une même source.",
         "同じ出典の日仏の数の和が合計と一致しません。",
         "French and Japanese figures do not make the total of the same source."];
    PresidenciesOverlap = "presidencies_overlap", 200,
        ["Présidences simultanées", "会長職の重複", "Presidencies overlap"],
        ["Deux présidences se chevauchent certainement.",
         "二つの会長職の期間が確実に重なります。",
         "Two presidencies definitely overlap."];
}
