//! A file of the browser as a source of bytes. Reading blocks, which only a worker may do.

use std::io::{self, Read};

use js_sys::Uint8Array;
use sealpost_keys::enclosures::FileSource;
use web_sys::{Blob, File, FileReaderSync};

/// How much is read at one time.
const SLICE_BYTES: u64 = 1 << 20;

/// Reads a file slice by slice.
struct FileBytes {
    file: Blob,
    name: String,
    size: u64,
    at: u64,
    slice: Uint8Array,
    read: u32,
    reader: FileReaderSync,
}

/// Takes a file that the person chose.
///
/// # Errors
/// When this is no worker.
pub(crate) fn source(file: File) -> Result<FileSource, String> {
    let reader =
        FileReaderSync::new().map_err(|_| "Files can only be read in the vault's worker.".to_owned())?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "browsers give sizes as whole numbers"
    )]
    let size = file.size() as u64;
    let name = file.name();
    let slice = Uint8Array::new_with_length(0);
    let bytes = FileBytes { file: file.into(), name: name.clone(), size, at: 0, slice, read: 0, reader };
    Ok(FileSource { name, size, bytes: Box::new(bytes) })
}

impl FileBytes {
    fn next_slice(&mut self) -> io::Result<()> {
        let end = self.size.min(self.at + SLICE_BYTES);
        let name = &self.name;
        let gone = |_| {
            io::Error::other(format!(
                "“{name}” was changed or removed since you chose it. Go back to the report, remove it from the list and choose it again."
            ))
        };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let slice = self.file.slice_with_f64_and_f64(self.at as f64, end as f64).map_err(gone)?;
        let buffer = self.reader.read_as_array_buffer(&slice).map_err(gone)?;
        self.slice = Uint8Array::new(&buffer);
        self.read = 0;
        self.at = end;
        Ok(())
    }
}

impl Read for FileBytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.slice.length() && self.at < self.size {
            self.next_slice()?;
        }
        let left = self.slice.length() - self.read;
        let wanted = u32::try_from(buffer.len()).unwrap_or(u32::MAX).min(left);
        let part = self.slice.subarray(self.read, self.read + wanted);
        part.copy_to(buffer.get_mut(..wanted as usize).unwrap_or_default());
        self.read += wanted;
        Ok(wanted as usize)
    }
}
