//! Brotli at build time, so that the relay only sends bytes.

use std::io::Write as _;

use anyhow::Result;

/// Slowest and smallest: it runs once per release.
const QUALITY: u32 = 11;
/// The largest window that browsers accept (RFC 7932, section 9.1).
const WINDOW_BITS: u32 = 24;
/// Endings worth compressing; images other than SVG are compressed already.
const ENDINGS: [&str; 9] = ["html", "js", "css", "wasm", "json", "svg", "webmanifest", "txt", "toml"];

/// Compresses a file's bytes; `None` where that does not pay.
pub(crate) fn brotli_if_smaller(path: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>> {
    let ending = path.rsplit('.').next().unwrap_or_default();
    if !ENDINGS.contains(&ending) {
        return Ok(None);
    }
    let small = brotli(bytes)?;
    Ok((small.len() < bytes.len()).then_some(small))
}

/// Compresses bytes as they go over the wire.
pub(crate) fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, QUALITY, WINDOW_BITS);
    writer.write_all(bytes)?;
    Ok(writer.into_inner())
}

/// `gzip -9`: the one compression that every browser unpacks by itself.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}

/// Size after `gzip -9`, for comparison with other builds.
pub(crate) fn gzip_bytes(bytes: &[u8]) -> Result<usize> {
    Ok(gzip(bytes)?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_comes_back() {
        let text = "sealed ".repeat(500);
        let small = brotli_if_smaller("a.js", text.as_bytes()).unwrap().unwrap();
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut &small[..], &mut back).unwrap();
        assert_eq!(back, text.as_bytes());
        assert!(brotli_if_smaller("a.png", text.as_bytes()).unwrap().is_none());
        assert!(brotli_if_smaller("a.js", b"x").unwrap().is_none());
    }
}
