//! Words that a person writes: as an argument, in a file, or in an editor, whose text outlives a crash.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use sealpost_shared::{CaseId, limits};

use crate::config::{Context, usage};
use crate::files;

/// Memory-backed on Linux, so that what an editor writes never reaches a disk.
const IN_MEMORY: &str = "/dev/shm";

/// Where the words come from.
#[derive(Debug, Clone, Args)]
pub(crate) struct WordsArgs {
    /// What to say.
    #[arg(short, long, value_name = "TEXT", conflicts_with = "file")]
    pub(crate) message: Option<String>,
    /// File with what to say, in Markdown; - is standard input.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Editor to write in when neither is given.
    #[arg(long, env = "EDITOR", default_value = "vi", hide_env_values = true)]
    pub(crate) editor: String,
}

/// Words that are being written in an editor. They stay until [`Draft::forget`], so that a crash, a lost relay or a wrong key costs none.
pub(crate) struct Draft<'a> {
    /// The case they are for.
    pub(crate) case: CaseId,
    /// What they will be, such as `reply`: a case may have a draft of each.
    pub(crate) what: &'static str,
    /// What stands there at first.
    pub(crate) begin: &'a str,
}

impl Draft<'_> {
    fn folder() -> PathBuf {
        let base = Some(PathBuf::from(IN_MEMORY)).filter(|folder| folder.is_dir());
        base.unwrap_or_else(std::env::temp_dir)
    }

    /// The file: named for its person too, because others of this machine share the folder.
    fn path(&self) -> Result<PathBuf> {
        let owner = whoami()?;
        let folder = Self::folder().join(format!("sealpost-{owner}"));
        files::private_folder(&folder)?;
        // Anybody may write into the folder above: what lies there under our name must be ours alone.
        let found = std::fs::symlink_metadata(&folder)?;
        ensure!(
            found.is_dir() && found.uid() == owner && found.permissions().mode() & 0o077 == 0,
            "{} is not yours alone, so no text is written there; remove it, or say it with -m TEXT or --file FILE",
            folder.display()
        );
        Ok(folder.join(format!("{}-{}.md", self.what, self.case)))
    }

    /// Forgets the words, because they were sealed and kept.
    pub(crate) fn forget(&self) {
        if let Ok(path) = self.path() {
            // There is nothing to forget when the words came another way.
            let _gone = std::fs::remove_file(path);
        }
    }

    fn write(&self, context: &Context, editor: &str) -> Result<String> {
        let path = self.path()?;
        if path.exists() {
            context.ui.note(&format!(
                "going on with the {} that was begun before and not sent ({})",
                self.what,
                path.display()
            ));
        } else {
            files::create(&path, self.begin.as_bytes(), 0o600)?;
        }
        run_editor(editor, &path)?;
        let text = files::read_text(&path, limits::MAX_REPORT_BYTES as u64)?;
        if text.trim().is_empty() || text.trim() == self.begin.trim() {
            self.forget();
            return Ok(String::new());
        }
        Ok(text)
    }
}

/// Who runs this, as the owner of the home folder in the kernel's books.
fn whoami() -> Result<u32> {
    Ok(std::fs::metadata("/proc/self").or_else(|_| std::fs::metadata("."))?.uid())
}

/// The words, wherever they come from.
///
/// # Errors
/// When there is no terminal to write in, or a file cannot be read. What was written in the editor stays.
pub(crate) fn words(context: &Context, args: &WordsArgs, draft: &Draft<'_>) -> Result<String> {
    match (&args.message, &args.file) {
        (Some(message), _) => Ok(message.clone()),
        (None, Some(file)) => files::read_text(file, limits::MAX_REPORT_BYTES as u64),
        (None, None) if context.ui.can_ask() => draft.write(context, &args.editor),
        (None, None) => usage("there is no terminal to write in; say it with -m TEXT or --file FILE"),
    }
}

/// `$EDITOR` may carry arguments, so a shell reads it, as other programs do.
pub(super) fn run_editor(editor: &str, path: &Path) -> Result<()> {
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(path).status();
    let status =
        status.with_context(|| format!("cannot start the editor “{editor}”; name another with --editor"))?;
    ensure!(
        status.success(),
        "the editor ended with an error, so nothing was sent; what was written stays in {} and comes back next time",
        path.display()
    );
    Ok(())
}
