//! Changing a case's record by the person's hand, and showing what came of it.

use sealpost_client_core::case_record::CaseRecord;
use sealpost_shared::CaseId;
use wasm_bindgen_futures::spawn_local;

use super::app::App;
use crate::services::records;
use crate::services::store::StoreError;

/// Changes the stored record, shows it, and says `done`; or says why not.
pub(crate) fn edit(
    app: App,
    case: CaseId,
    done: Option<&'static str>,
    change: impl FnMut(&mut CaseRecord) -> Result<(), StoreError> + 'static,
) {
    edit_boxed(app, case, done, Box::new(change));
}

fn edit_boxed(app: App, case: CaseId, done: Option<&'static str>, change: records::Edit<'static>) {
    spawn_local(async move {
        match records::edit_case(case, change).await {
            Ok(()) => {
                app.reload();
                if let Some(done) = done {
                    app.say(done);
                }
            }
            Err(error) => app.fail_store(error),
        }
    });
}
