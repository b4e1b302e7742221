//! What each route of `/v1` takes and answers. Tests hold it against the routes and against answers.

/// Whose credential a route wants.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who {
    Anyone,
    Reporter,
    Team,
    Both,
}

/// What a request's body is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Takes {
    Nothing,
    Bytes,
    Text,
    Seal,
}

/// What an answer's body is: a type of the wire by name, or no more than its kind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    Nothing,
    Bytes,
    Json(&'static str, &'static str),
    Object(&'static str),
    Text(&'static str),
    JsonOrText(&'static str),
}

/// One method of one path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) who: Who,
    pub(crate) takes: Takes,
    /// Names, and whether they must be there.
    pub(crate) query: &'static [(&'static str, bool)],
    /// Names, and whether they must be there.
    pub(crate) headers: &'static [(&'static str, bool)],
    pub(crate) answers: &'static [(u16, Answer)],
    pub(crate) refusals: &'static [u16],
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
const PAGE: &[(&str, bool)] = &[("after", false), ("wait", false)];

/// What any route may be refused with: the wrong method, a fault inside, something that does not work just now.
const NOTHING: Operation = Operation {
    method: "get",
    path: "",
    id: "",
    summary: "",
    who: Who::Anyone,
    takes: Takes::Nothing,
    query: &[],
    headers: &[],
    answers: &[],
    refusals: &[400, 404, 500, 503],
};

const READING: Operation = Operation { who: Who::Both, refusals: &[400, 404, 410, 500, 503], ..NOTHING };

const PROOF: &[(&str, bool)] = &[("Sealpost-Proof", false)];
const CHUNK: &[(&str, bool)] = &[("Content-Digest", true), ("Sealpost-Proof", false)];
const RECEIPT: &[(u16, Answer)] = &[(200, Answer::Text(TEXT)), (201, Answer::Text(TEXT))];

/// Every operation under `/v1`.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/v1/openapi.json",
        id: "openapi",
        summary: "This document.",
        answers: &[(200, Answer::Object(JSON))],
        ..NOTHING
    },
    Operation {
        path: "/v1/teams",
        id: "teams",
        summary: "Every team this relay serves.",
        answers: &[(200, Answer::Json(JSON, "TeamsResponse"))],
        ..NOTHING
    },
    Operation {
        path: "/v1/teams/{team}/bundle",
        id: "bundle",
        summary: "Policy, signature, certificates and relay key, believed only after checks.",
        answers: &[(200, Answer::Json(JSON, "BundleResponse"))],
        ..NOTHING
    },
    Operation {
        path: "/v1/teams/{team}/challenge",
        id: "challenge",
        summary: "What a new case, or a chunk of a file, costs now.",
        query: &[("desk", true), ("size", true), ("of", false)],
        answers: &[(200, Answer::Json(JSON, "ChallengeResponse"))],
        ..NOTHING
    },
    Operation {
        method: "put",
        path: "/v1/teams/{team}/desks/{desk}/cases/{case}",
        id: "openCase",
        summary: "Opens a case with its first sealed letter.",
        who: Who::Reporter,
        takes: Takes::Bytes,
        headers: PROOF,
        answers: RECEIPT,
        refusals: &[400, 404, 409, 410, 413, 422, 429, 500, 503],
        ..NOTHING
    },
    Operation {
        method: "delete",
        path: "/v1/cases/{case}",
        id: "deleteCase",
        summary: "Deletes a case for good.",
        who: Who::Team,
        answers: &[(200, Answer::Json(JSON, "Deletion"))],
        refusals: &[400, 404, 500, 503],
        ..NOTHING
    },
    Operation {
        path: "/v1/cases/{case}/entries",
        id: "entries",
        summary: "Entries of a case after a number, perhaps waiting for one.",
        query: PAGE,
        answers: &[(200, Answer::Json(JSON, "EntriesResponse"))],
        ..READING
    },
    Operation {
        method: "put",
        path: "/v1/cases/{case}/entries/{entry}",
        id: "append",
        summary: "Appends a sealed letter.",
        takes: Takes::Bytes,
        headers: PROOF,
        answers: RECEIPT,
        refusals: &[400, 404, 409, 410, 413, 422, 429, 500, 503],
        ..READING
    },
    Operation {
        path: "/v1/cases/{case}/entries/{entry}",
        id: "letter",
        summary: "The sealed bytes of an entry.",
        answers: &[(200, Answer::Bytes)],
        ..READING
    },
    Operation {
        path: "/v1/cases/{case}/entries/{entry}/receipt",
        id: "receipt",
        summary: "The receipt of an entry.",
        answers: &[(200, Answer::Text(TEXT))],
        ..READING
    },
    Operation {
        path: "/v1/cases/{case}/blobs",
        id: "blobs",
        summary: "Every blob of a case, whole or not.",
        answers: &[(200, Answer::Json(JSON, "BlobsResponse"))],
        ..READING
    },
    Operation {
        path: "/v1/cases/{case}/blobs/{blob}",
        id: "download",
        summary: "The sealed bytes of a blob, or one range of them.",
        headers: &[("Range", false)],
        answers: &[(200, Answer::Bytes), (206, Answer::Bytes), (416, Answer::Nothing)],
        ..READING
    },
    Operation {
        method: "post",
        path: "/v1/cases/{case}/blobs/{blob}",
        id: "seal",
        summary: "Ends an upload.",
        takes: Takes::Seal,
        answers: RECEIPT,
        refusals: &[400, 404, 409, 410, 413, 422, 500, 503],
        ..READING
    },
    Operation {
        path: "/v1/cases/{case}/blobs/{blob}/chunks",
        id: "chunks",
        summary: "Which chunks of a blob are there.",
        answers: &[(200, Answer::Json(JSON, "ChunksResponse"))],
        ..READING
    },
    Operation {
        path: "/v1/cases/{case}/blobs/{blob}/receipt",
        id: "blobReceipt",
        summary: "The receipt of a blob.",
        answers: &[(200, Answer::Text(TEXT))],
        ..READING
    },
    Operation {
        method: "put",
        path: "/v1/cases/{case}/blobs/{blob}/{n}",
        id: "putChunk",
        summary: "Stores a chunk.",
        takes: Takes::Bytes,
        headers: CHUNK,
        answers: &[(200, Answer::Nothing), (201, Answer::Nothing)],
        refusals: &[400, 404, 409, 410, 413, 422, 429, 500, 503, 507],
        ..READING
    },
    Operation {
        method: "head",
        path: "/v1/cases/{case}/blobs/{blob}/{n}",
        id: "hasChunk",
        summary: "Whether a chunk is there.",
        answers: &[(200, Answer::Nothing)],
        ..READING
    },
    Operation {
        method: "post",
        path: "/v1/sessions",
        id: "logIn",
        summary: "A signed statement for a token of one desk.",
        takes: Takes::Text,
        answers: &[(201, Answer::Json(JSON, "SessionResponse"))],
        refusals: &[400, 403, 413, 500, 503],
        ..NOTHING
    },
    Operation {
        path: "/v1/desks/{team}/{desk}/feed",
        id: "feed",
        summary: "Everything at a desk after a number, perhaps waiting for something.",
        who: Who::Team,
        query: PAGE,
        answers: &[(200, Answer::JsonOrText("FeedResponse"))],
        ..NOTHING
    },
    Operation {
        path: "/v1/desks/{team}/{desk}/letters",
        id: "letters",
        summary: "The sealed bytes of many rows of the feed.",
        who: Who::Team,
        query: &[("after", false), ("rows", false)],
        answers: &[(200, Answer::Bytes)],
        ..NOTHING
    },
    Operation {
        path: "/v1/desks/{team}/{desk}/deletions",
        id: "deletions",
        summary: "What was deleted at a desk, by hour, then by case.",
        who: Who::Team,
        query: &[("since", false), ("after", false)],
        answers: &[(200, Answer::Json(JSON, "DeletionsResponse"))],
        ..NOTHING
    },
    Operation {
        path: "/v1/teams/{team}/advisories",
        id: "advisories",
        summary: "Public advisories, the last changed first.",
        answers: &[(200, Answer::Json(JSON, "AdvisoriesResponse")), (304, Answer::Nothing)],
        ..NOTHING
    },
    Operation {
        path: "/v1/teams/{team}/advisories.atom",
        id: "advisoriesFeed",
        summary: "Public advisories as an Atom feed.",
        answers: &[(200, Answer::Text("application/atom+xml; charset=utf-8")), (304, Answer::Nothing)],
        ..NOTHING
    },
    Operation {
        method: "put",
        path: "/v1/teams/{team}/advisories/{id}",
        id: "publish",
        summary: "Publishes a signed advisory once its embargo is over.",
        who: Who::Team,
        takes: Takes::Text,
        answers: &[(200, Answer::Object(JSON)), (201, Answer::Object(JSON))],
        refusals: &[400, 403, 404, 409, 413, 422, 429, 500, 503],
        ..NOTHING
    },
    Operation {
        path: "/v1/teams/{team}/advisories/{id}",
        id: "advisory",
        summary: "The signed text of an advisory.",
        answers: &[(200, Answer::Text(TEXT)), (304, Answer::Nothing)],
        ..NOTHING
    },
    Operation {
        path: "/v1/teams/{team}/osv",
        id: "osvIndex",
        summary: "Ids and dates of public advisories.",
        answers: &[(200, Answer::Object(JSON)), (304, Answer::Nothing)],
        ..NOTHING
    },
    Operation {
        path: "/v1/teams/{team}/osv/{file}",
        id: "osv",
        summary: "A public advisory as OSV.",
        answers: &[(200, Answer::Object(JSON)), (304, Answer::Nothing)],
        ..NOTHING
    },
];
