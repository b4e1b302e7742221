//! Files the person attaches, read into a draft.

use data_encoding::BASE64;
use js_sys::Uint8Array;
use leptos::ev::Event;
use sealpost_client_core::vault::DraftAttachment;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, File, HtmlInputElement};

/// Why a file was not attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileError {
    /// With it there would be more than the team takes.
    TooLarge {
        /// Which.
        name: String,
        /// What the team takes together, in MiB.
        mib: u32,
    },
    /// There are as many large files as may travel beside a report.
    TooMany {
        /// Which was one too many.
        name: String,
    },
    /// The browser could not read it.
    Unreadable {
        /// Which.
        name: String,
    },
}

/// Takes the chosen files out of a file field and empties it.
pub(crate) fn chosen(event: &Event) -> Vec<File> {
    let field = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(field) = field else { return Vec::new() };
    let files = field.files().map(|list| (0..list.length()).filter_map(|n| list.get(n)).collect());
    field.set_value("");
    files.unwrap_or_default()
}

/// A file that was chosen and not read yet.
#[derive(Debug, Clone)]
pub(crate) struct Chosen(File);

/// The most of a backup that is read: more than any has, and what a phone still holds in memory.
const MAX_BACKUP_BYTES: f64 = 192.0 * 1024.0 * 1024.0;

/// The file in a field that takes one; it stays in the field.
pub(crate) fn chosen_one(event: &Event) -> Option<Chosen> {
    let field = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok())?;
    field.files()?.get(0).map(Chosen)
}

/// The text of a file; `None` when it is too large to be a backup or the browser cannot read it.
pub(crate) async fn read_text(file: &Chosen) -> Option<String> {
    if file.0.size() > MAX_BACKUP_BYTES {
        return None;
    }
    JsFuture::from(file.0.text()).await.ok()?.as_string()
}

/// The first file that was dropped.
pub(crate) fn dropped(event: &DragEvent) -> Option<File> {
    event.data_transfer()?.files()?.get(0)
}

/// Its bytes.
pub(crate) fn size(file: &File) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "browsers give sizes as whole numbers"
    )]
    let size = file.size() as u64;
    size
}

/// Reads a file of at most `room` bytes.
///
/// # Errors
/// Names the file; one that is too large is not read at all.
pub(crate) async fn read(file: &File, room: usize) -> Result<DraftAttachment, FileError> {
    if size(file) > room as u64 {
        return Err(FileError::TooLarge { name: file.name(), mib: 0 });
    }
    let buffer = JsFuture::from(file.array_buffer()).await;
    let buffer = buffer.map_err(|_| FileError::Unreadable { name: file.name() })?;
    let base64 = BASE64.encode(&Uint8Array::new(&buffer).to_vec());
    Ok(DraftAttachment { name: file.name(), content_type: file.type_(), base64 })
}
