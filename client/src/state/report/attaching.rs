//! Files: what fits the letter goes into it, the rest travels beside it.

use std::collections::VecDeque;

use leptos::prelude::*;
use sealpost_client_core::draft;
use sealpost_shared::limits;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use super::Form;
use crate::services::files::{self, FileError};
use crate::state::app::App;
use crate::state::team::CheckedTeam;

impl Form {
    /// How many more bytes of files fit.
    pub(crate) fn room(self) -> usize {
        self.report.with(|text| {
            let used = untrack(|| draft::attached_bytes(&self.record().report));
            draft::room_for_files(text.len()).saturating_sub(used)
        })
    }

    /// Attaches the files that were chosen: what fits the letter goes into it, the rest travels beside it.
    pub(crate) fn attach(self, app: App, event: &leptos::ev::Event) {
        let mut files: VecDeque<_> = files::chosen(event).into();
        self.file_error.set(None);
        self.lost.set(Vec::new());
        spawn_local(async move {
            while let Some(file) = files.pop_front() {
                // The person may have left the page meanwhile.
                if self.step.try_get_untracked().is_none() {
                    return;
                }
                if let Err(error) = self.attach_one(app, file).await {
                    self.file_error.set(Some(error));
                }
            }
        });
    }

    async fn attach_one(self, app: App, file: File) -> Result<(), FileError> {
        let fits = self.attachments.with_untracked(Vec::len) < limits::MAX_ATTACHMENTS
            && files::size(&file) <= untrack(|| self.room()) as u64;
        if fits {
            let attachment = files::read(&file, untrack(|| self.room())).await?;
            self.attachments.update(|all| all.push(attachment));
            return Ok(());
        }
        let (count, bytes) =
            self.large.with_untracked(|all| (all.len(), all.iter().map(files::size).sum::<u64>()));
        let mib = self.limit_mib(app);
        if count >= limits::MAX_ENCLOSED_FILES {
            return Err(FileError::TooMany { name: file.name() });
        }
        if bytes + files::size(&file) > u64::from(mib) << 20 {
            return Err(FileError::TooLarge { name: file.name(), mib });
        }
        self.large.update(|all| all.push(file));
        Ok(())
    }

    /// How many MiB of large files the team takes.
    pub(crate) fn limit_mib(self, app: App) -> u32 {
        if !self.takes_large {
            return 0;
        }
        let team = self.team.get_value();
        let said = |checked: &CheckedTeam| checked.team.policy.reports.enclosures_mib();
        app.team.with(|state| state.checked(&team).map(said)).unwrap_or(limits::DEFAULT_ENCLOSURES_MIB)
    }
}
