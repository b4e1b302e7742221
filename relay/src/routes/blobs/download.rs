//! Reading a sealed blob, whole or from where a download broke off. **Rule:** PROTOCOL.md, "Blobs"; RFC 9110, 14.

use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt as _};

use super::{BlobPath, record};
use crate::error::Refusal;
use crate::extract::{CaseAccess, Ids};
use crate::state::Relay;
use crate::store::blobs::StoredChunk;

pub(crate) async fn download(
    State(relay): State<Arc<Relay>>,
    Ids(path): Ids<BlobPath>,
    access: CaseAccess,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let record = record(&relay, &access, path.blob).await?;
    if record.sealed.is_none() {
        return Err(Refusal::NOT_FOUND);
    }
    let size = record.chunks.iter().map(|chunk| chunk.info.size).sum();
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    Ok(match asked.map(|asked| parse_range(asked, size)) {
        None | Some(Asked::Whole) => answer(StatusCode::OK, &relay, record.chunks, 0..size, None),
        Some(Asked::Part(part)) => {
            let of = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            answer(StatusCode::PARTIAL_CONTENT, &relay, record.chunks, part, Some(of))
        }
        Some(Asked::Beyond) => {
            let of = format!("bytes */{size}");
            (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, of)]).into_response()
        }
    })
}

fn answer(
    status: StatusCode,
    relay: &Arc<Relay>,
    chunks: Vec<StoredChunk>,
    range: Range<u64>,
    of: Option<String>,
) -> Response {
    let length = range.end - range.start;
    let mut response = Response::new(Body::from_stream(bytes(Arc::clone(relay), chunks, range)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(of) = of.and_then(|of| HeaderValue::try_from(of).ok()) {
        headers.insert(header::CONTENT_RANGE, of);
    }
    response
}

/// The bytes of a range, chunk after chunk, one part in memory at a time.
fn bytes(
    relay: Arc<Relay>,
    chunks: Vec<StoredChunk>,
    range: Range<u64>,
) -> impl stream::Stream<Item = Result<axum::body::Bytes, object_store::Error>> + Send + 'static {
    let mut begin = 0;
    let mut wanted = Vec::new();
    for chunk in chunks {
        let end = begin + chunk.info.size;
        let (from, to) = (range.start.max(begin), range.end.min(end));
        if from < to {
            wanted.push((chunk.object, from - begin..to - begin));
        }
        begin = end;
    }
    stream::iter(wanted).flat_map(move |(object, part)| relay.blobs.read(&object, part).boxed())
}

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// Nothing that we know: the header is ignored.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that are not there.
    Beyond,
}

fn parse_range(text: &str, size: u64) -> Asked {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|spec| spec.split_once('-')) else {
        return Asked::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), _) if first >= size => Asked::Beyond,
        (Ok(first), Ok(last)) if last >= first => Asked::Part(first..(last.saturating_add(1)).min(size)),
        (Ok(first), Err(_)) if last.is_empty() => Asked::Part(first..size),
        (Err(_), Ok(0)) if first.is_empty() => Asked::Beyond,
        (Err(_), Ok(last)) if first.is_empty() => Asked::Part(size.saturating_sub(last)..size),
        _ => Asked::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_understood_and_anything_else_ignored() {
        for (text, asked) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=10-", Asked::Part(10..100)),
            ("bytes=10-500", Asked::Part(10..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-500", Asked::Part(0..100)),
            ("bytes=100-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=9-8", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("items=0-1", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("bytes=0-99999999999999999999", Asked::Whole),
        ] {
            assert_eq!(parse_range(text, 100), asked, "{text}");
        }
    }
}
