//! Sealing large files, chunk by chunk, into this device's storage. The next chunk is made while the last one is stored, and no further one before that is durable.

use futures_util::future::join;
use leptos::prelude::*;
use sealpost_client_core::team::Team;
use sealpost_client_core::upload::Upload;
use sealpost_client_core::vault::{SealEnclosures, Secret, VaultRequest};
use sealpost_shared::letter::Enclosures;
use web_sys::File;

use crate::services::clock;
use crate::services::uploads::Batch;
use crate::services::vault::{self, Piece};
use crate::text::text;

/// How far a sealing is, and whether the person wants it to end. Copied freely: each is a handle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Enclosing {
    /// Bytes sealed, and bytes to be sealed; `None` while nothing is sealed.
    pub(crate) progress: RwSignal<Option<(u64, u64)>>,
    cancelled: StoredValue<bool>,
}

/// Why nothing was sealed.
#[derive(Debug)]
pub(crate) enum NotSealed {
    /// The person ended it.
    Cancelled,
    /// In words.
    Failed(String),
}

impl Enclosing {
    /// Nothing is being sealed.
    pub(crate) fn new() -> Self {
        Self { progress: RwSignal::new(None), cancelled: StoredValue::new(false) }
    }

    /// Ends the sealing after its present chunk.
    pub(crate) fn cancel(self) {
        self.cancelled.set_value(true);
    }

    /// Seals files for a case. When it fails or is cancelled, nothing of it stays.
    pub(crate) async fn seal(
        self,
        team: &Team,
        secret: &Secret,
        files: &[File],
    ) -> Result<Upload, NotSealed> {
        self.cancelled.set_value(false);
        let now = clock::now();
        let batch = Batch { case: secret.case, began: now.seconds() };
        let question = VaultRequest::SealEnclosures(SealEnclosures {
            bundle: team.bundle.clone(),
            desk: team.desk().id.clone(),
            words: secret.words.clone(),
            now,
        });
        let mut digests = Vec::new();
        let sealed = self.seal_into(batch, &question, files, &mut digests).await;
        self.progress.try_set(None);
        match sealed {
            Ok(sealed) => Ok(Upload::queued(secret.case, now, sealed, digests)),
            Err(why) => {
                vault::stop_enclosing();
                // What stays for lack of an answer is swept away with other sealings that nobody finished.
                let _ = batch.forget(u32::try_from(digests.len()).unwrap_or(u32::MAX)).await;
                Err(why)
            }
        }
    }

    async fn seal_into(
        self,
        batch: Batch,
        question: &VaultRequest,
        files: &[File],
        digests: &mut Vec<String>,
    ) -> Result<Enclosures, NotSealed> {
        let vault_failed = |error| NotSealed::Failed((text().errors.vault)(&error));
        let begun = vault::enclose(question, files).await.map_err(vault_failed)?;
        let mut done = 0;
        let mut piece = vault::next_piece().await;
        loop {
            self.progress.try_set(Some((done, begun.expected.max(done))));
            // `None`: the person left the page.
            if self.cancelled.try_get_value().unwrap_or(true) {
                return Err(NotSealed::Cancelled);
            }
            match piece.map_err(vault_failed)? {
                Piece::Chunk(chunk, digest) => {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "browsers give sizes as whole numbers"
                    )]
                    let size = chunk.size() as u64;
                    done += size;
                    let n = u32::try_from(digests.len()).unwrap_or(u32::MAX);
                    digests.push(digest);
                    let (kept, next) = join(batch.keep(n, &chunk), vault::next_piece()).await;
                    kept.map_err(|error| NotSealed::Failed((text().errors.store)(error).to_owned()))?;
                    piece = next;
                }
                Piece::End(sealed) => return Ok(sealed),
            }
        }
    }
}
