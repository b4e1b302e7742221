//! What the relay remembers of blobs. It names the files that hold their chunks and never opens one.

use async_trait::async_trait;
use sealpost_shared::wire::v1::{Author, BlobInfo, ChunkInfo};
use sealpost_shared::{BlobId, CaseId, Timestamp};

use super::{DeskAddress, StoreError, Stored};

/// A chunk whose bytes are on disk already.
#[derive(Debug, Clone)]
pub struct NewChunk {
    /// The case.
    pub case: CaseId,
    /// The blob.
    pub blob: BlobId,
    /// Who uploads it.
    pub author: Author,
    /// Number, bytes and digest.
    pub chunk: ChunkInfo,
    /// The file that holds it.
    pub object: String,
    /// The most bytes that the blob may have.
    pub max_blob_bytes: u64,
    /// Arrival, rounded down to the hour.
    pub received: Timestamp,
}

/// What became of a chunk. Either way it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkStored {
    /// It was new.
    New,
    /// The same bytes were there already, in another file: the new file is not needed.
    Again,
}

/// How much of what reporters' files may fill at a desk is filled, by whatever the desk holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilesShare {
    /// Bytes that the desk holds.
    pub held: u64,
    /// Bytes from which on it takes no more files.
    pub most: u64,
}

impl FilesShare {
    /// How often half of what was left has been filled; 64 when nothing is left.
    #[must_use]
    pub fn halvings(self) -> u8 {
        let left = self.most.saturating_sub(self.held);
        let times = self.most.checked_div(left).map_or(64, |times| times.checked_ilog2().unwrap_or_default());
        u8::try_from(times).unwrap_or(64)
    }
}

/// A chunk and its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChunk {
    /// Number, bytes and digest.
    pub info: ChunkInfo,
    /// The file that holds it.
    pub object: String,
}

/// A blob as far as it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobRecord {
    /// Who uploads it.
    pub author: Author,
    /// Its chunks by number. There may be gaps until it is sealed.
    pub chunks: Vec<StoredChunk>,
    /// Digest and receipt, once it is sealed.
    pub sealed: Option<Sealed>,
}

/// What ends an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// SHA-256 of the whole, in lowercase hexadecimal.
    pub sha256: String,
    /// The signed receipt.
    pub receipt: String,
}

/// What a relay remembers of blobs. The promises of [`super::Store`] hold here too.
#[async_trait]
pub trait BlobRecords: Send + Sync {
    /// Takes a chunk on record. The first chunk begins the blob.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without such a case; [`StoreError::Incomplete`] when chunk 0 is not there yet;
    /// [`StoreError::Conflict`] when other bytes stand under the number, the blob is somebody else's, or it is sealed;
    /// [`StoreError::TooLarge`] above `max_blob_bytes`; [`StoreError::Full`] when the case has its 16 blobs, or when three
    /// quarters of the desk's quota are used up and the author is the reporter: the rest is for letters.
    async fn add_chunk(&self, chunk: NewChunk) -> Result<ChunkStored, StoreError>;

    /// How much of what files may fill at a desk is filled.
    async fn files_share(&self, desk: &DeskAddress) -> Result<FilesShare, StoreError>;

    /// Seals a blob that has exactly these chunks. The same again is [`Stored::Again`].
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is sealed as something else; [`StoreError::Incomplete`] when it has changed since its
    /// chunks were read, or is gone.
    async fn seal_blob(
        &self,
        case: CaseId,
        blob: BlobId,
        chunks: u32,
        sealed: Sealed,
    ) -> Result<Stored, StoreError>;

    /// A blob with its chunks, if it was begun.
    async fn blob(&self, case: CaseId, blob: BlobId) -> Result<Option<BlobRecord>, StoreError>;

    /// Every blob of a case, by id.
    async fn blobs(&self, case: CaseId) -> Result<Vec<BlobInfo>, StoreError>;

    /// Forgets blobs that were not sealed and took their last chunk before `before`; their bytes no longer count against the
    /// desk. Hands out their files, which nothing names any more.
    async fn forget_unsealed(&self, before: Timestamp) -> Result<Vec<String>, StoreError>;

    /// Whether a chunk lies in that file.
    async fn names_object(&self, object: &str) -> Result<bool, StoreError>;
}
