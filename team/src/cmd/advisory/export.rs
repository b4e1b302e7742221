//! `sealpost advisory export`: the formats as files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sealpost_advisory::{Advisory, Format, export};
use serde_json::json;

use super::{ExportArgs, ExportFormat, check, read};
use crate::config::Context;
use crate::files;

impl From<ExportFormat> for Format {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Osv => Self::Osv,
            ExportFormat::Csaf => Self::Csaf,
            ExportFormat::Cve => Self::Cve,
            ExportFormat::Rustsec => Self::Rustsec,
            ExportFormat::Openvex => Self::Openvex,
            ExportFormat::Markdown => Self::Markdown,
            ExportFormat::Mail => Self::Mail,
        }
    }
}

/// Exports a document.
///
/// # Errors
/// When it has errors, lacks what a format wants, or cannot be written.
pub(crate) fn run(context: &Context, args: &ExportArgs) -> Result<()> {
    let advisory = read(&args.file)?;
    let formats: Vec<Format> = args.format.iter().map(|format| Format::from(*format)).collect();
    match (&args.out, formats.as_slice()) {
        (None, [format]) => {
            let files = export(&advisory, *format)?;
            context.ui.json(&json!({ "files": [], "lacking": [], "texts": files.iter().map(|f| &f.text).collect::<Vec<_>>() }));
            files.iter().for_each(|file| context.ui.say(file.text.trim_end_matches('\n')));
            Ok(())
        }
        (out, formats) => {
            let out = out.as_deref().unwrap_or(Path::new("."));
            let lacking = if args.all { check::lacking(&advisory) } else { Vec::new() };
            let enough = |format: &Format| lacking.iter().all(|(other, _)| other != format);
            let formats: Vec<Format> =
                if args.all { Format::ALL.into_iter().filter(enough).collect() } else { formats.to_vec() };
            let written = write(&advisory, &formats, out)?;
            context.ui.json(&json!({
                "files": written, "texts": [],
                "lacking": lacking.iter().map(|(format, why)| json!({ "format": format.name(), "why": why.to_string() })).collect::<Vec<_>>(),
            }));
            written.iter().for_each(|path| context.ui.say(&format!("wrote {}", path.display())));
            lacking.iter().for_each(|(_, why)| context.ui.say(&format!("left out: {why}")));
            Ok(())
        }
    }
}

/// Writes each format into a folder, readable by the owner only: it may be before the embargo's end.
pub(super) fn write(advisory: &Advisory, formats: &[Format], out: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for format in formats {
        files.extend(export(advisory, *format)?);
    }
    files::private_folder(out)?;
    let mut written = Vec::new();
    for file in files {
        let path = out.join(&file.file_name);
        files::replace(&path, file.text.as_bytes()).with_context(|| path.display().to_string())?;
        written.push(path);
    }
    Ok(written)
}
