//! The way of a letter from the network to the store: bounded reading, the gate, the digest and the receipt. Nothing that does
//! not pass the gate is kept, in memory or anywhere else.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use data_encoding::HEXLOWER;
use http_body_util::BodyExt as _;
use sealpost_keys::{KeyId, check_sealed, sign_receipt};
use sealpost_shared::limits::MAX_LETTER_BYTES;
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::receipt::Receipt;
use sealpost_shared::wire::v1::Author;
use sealpost_shared::{CaseId, EntryId, Timestamp};
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use crate::error::Refusal;
use crate::state::Relay;
use crate::store::{DeskAddress, NewEntry};

/// A sender may be slow (Tor, a phone in a train) but not silent for this long.
const IDLE: Duration = Duration::from_secs(20);

/// How long a letter waits for room in memory before its sender is told to come again.
const ROOM_TIMEOUT: Duration = Duration::from_secs(10);

/// How much of an oversized body is read and thrown away, so that its sender gets to read why: a server that hangs up early is
/// seen as a broken connection.
const MAX_DISCARDED: usize = 8 * MAX_LETTER_BYTES;

/// Bytes of a body within its limit, with their share of the memory for letters that are being received.
#[derive(Debug)]
pub struct Received {
    bytes: Vec<u8>,
    room: Room,
}

/// A share of the memory for letters that are on their way to the store; given back when dropped.
#[derive(Debug, Default)]
pub struct Room(Option<OwnedSemaphorePermit>);

impl Room {
    /// Takes room for `bytes` at once.
    pub(crate) async fn take(relay: &Relay, bytes: usize) -> Result<Self, Refusal> {
        let permits = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let room = Arc::clone(&relay.receiving).acquire_many_owned(permits);
        match tokio::time::timeout(ROOM_TIMEOUT, room).await {
            Ok(Ok(room)) => Ok(Self(Some(room))),
            _ => Err(Refusal::unavailable("too many letters and files are being received at once")),
        }
    }
}

impl Received {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes room for `bytes` in all. Only what has arrived is counted: whoever announces much and sends little holds little.
    async fn make_room(&mut self, relay: &Relay, bytes: usize) -> Result<(), Refusal> {
        let held = self.room.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = (bytes / 1024 + 1).saturating_sub(held);
        if missing == 0 {
            return Ok(());
        }
        let more =
            Arc::clone(&relay.receiving).acquire_many_owned(u32::try_from(missing).unwrap_or(u32::MAX));
        let Ok(Ok(more)) = tokio::time::timeout(ROOM_TIMEOUT, more).await else {
            return Err(Refusal::unavailable("too many letters are being received at once"));
        };
        match &mut self.room.0 {
            Some(room) => room.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// `too-large`; `bad-request` when it breaks off or stalls; `unavailable` when too many letters come in at once.
pub async fn receive(
    relay: &Relay,
    headers: &HeaderMap,
    mut body: Body,
    limit: usize,
) -> Result<Received, Refusal> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes: usize| bytes > MAX_DISCARDED) {
        return Err(ProblemCode::TooLarge.into());
    }
    let mut received = Received { bytes: Vec::new(), room: Room::default() };
    let mut seen = 0_usize;
    while let Some(chunk) = next_chunk(&mut body).await? {
        seen = seen.saturating_add(chunk.len());
        if seen > MAX_DISCARDED {
            break;
        }
        if seen > limit {
            received.bytes = Vec::new();
        } else {
            received.make_room(relay, seen).await?;
            received.bytes.extend_from_slice(&chunk);
        }
    }
    if seen > limit { Err(ProblemCode::TooLarge.into()) } else { Ok(received) }
}

pub(crate) async fn next_chunk(body: &mut Body) -> Result<Option<axum::body::Bytes>, Refusal> {
    loop {
        match tokio::time::timeout(IDLE, body.frame()).await {
            Ok(None) => return Ok(None),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Ok(Some(Err(_))) => return Err(Refusal::BAD_REQUEST),
            Err(_) => return Err(Refusal::Stalled),
        }
    }
}

/// Where a letter goes and who wrote it.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The desk.
    pub desk: DeskAddress,
    /// The case.
    pub case: CaseId,
    /// The entry.
    pub entry: EntryId,
    /// Who wrote it.
    pub author: Author,
}

/// Puts a letter through the gate and signs its receipt. `allowed` are the keys it may be sealed to; `None` allows any. The room
/// is to be held until the letter is stored.
///
/// # Errors
/// The gate's refusal, or `internal` when the relay's key does not sign.
pub async fn admit(
    relay: &Arc<Relay>,
    to: Destination,
    letter: Received,
    allowed: Option<Vec<KeyId>>,
) -> Result<(NewEntry, Room), Refusal> {
    let relay = Arc::clone(relay);
    // Hashing a MiB and signing take milliseconds: too long for a thread that serves others. It also keeps a panic here from
    // taking the connection down.
    let work = tokio::task::spawn_blocking(move || {
        check_sealed(&letter.bytes, allowed.as_deref())?;
        Ok((make_entry(&relay, to, letter.bytes)?, letter.room))
    });
    work.await.map_err(|_| Refusal::internal("the gate or the signing of a receipt panicked"))?
}

fn make_entry(relay: &Relay, to: Destination, letter: Vec<u8>) -> Result<NewEntry, Refusal> {
    let sha256 = HEXLOWER.encode(&Sha256::digest(&letter));
    let notify = to.author == Author::Reporter && relay.notifies(&to.desk);
    let (receipt, received) = make_receipt(relay, to.desk, to.case, to.entry, sha256.clone())?;
    let Destination { case, entry, author, .. } = to;
    Ok(NewEntry { case, entry, author, letter, sha256, received, receipt, notify })
}

fn make_receipt(
    relay: &Relay,
    desk: DeskAddress,
    case: CaseId,
    entry: EntryId,
    sha256: String,
) -> Result<(String, Timestamp), Refusal> {
    let received = relay.clock.now().rounded_to_hour();
    let DeskAddress { team, desk } = desk;
    let receipt = Receipt { relay: relay.identity.origin.clone(), team, desk, case, entry, sha256, received };
    // Signed as of the start of the hour as well: the signature's own date must not tell more than the text (promise 9).
    let signed = sign_receipt(&receipt, &relay.key, received);
    let signed =
        signed.map_err(|error| Refusal::internal(format!("the relay's key does not sign: {error}")))?;
    Ok((signed, received))
}

/// Signs the receipt for a blob, which stands in the place of an entry, and says when it arrived.
///
/// # Errors
/// `internal` when the relay's key does not sign.
pub async fn sign(
    relay: &Arc<Relay>,
    desk: &DeskAddress,
    case: CaseId,
    entry: EntryId,
    sha256: String,
) -> Result<(String, Timestamp), Refusal> {
    let (relay, desk) = (Arc::clone(relay), desk.clone());
    let work = tokio::task::spawn_blocking(move || make_receipt(&relay, desk, case, entry, sha256));
    work.await.map_err(|_| Refusal::internal("the signing of a receipt panicked"))?
}
