//! The service worker of a page, as the browser's own tools reach it.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::{PATIENCE, Tab};

impl Tab {
    /// Gives the service worker of this origin the event that Background Sync gives it once there is a network again. The tab may show
    /// another page.
    ///
    /// # Errors
    /// When the origin has no service worker within a minute.
    pub async fn network_is_back(&self, origin: &str, tag: &str) -> Result<()> {
        let session = self.context.new_cdp_session(&self.page).await?;
        let known = Arc::<Mutex<Vec<Value>>>::default();
        let heard = Arc::clone(&known);
        session.on("ServiceWorker.workerRegistrationUpdated", move |told| {
            let heard = Arc::clone(&heard);
            async move {
                if let (Ok(mut heard), Some(list)) = (heard.lock(), told["registrations"].as_array()) {
                    heard.extend(list.iter().cloned());
                }
                Ok(())
            }
        });
        session.send("ServiceWorker.enable", None).await?;
        let scope = format!("{origin}/");
        let deadline = Instant::now() + PATIENCE;
        let registration = loop {
            let known = known.lock().map(|known| known.clone()).unwrap_or_default();
            if let Some(found) = known.iter().find(|one| one["scopeURL"] == scope.as_str()) {
                break found["registrationId"].clone();
            }
            ensure!(Instant::now() < deadline, "the browser knows no service worker of {scope}: {known:?}");
            self.moment().await?;
        };
        let event =
            json!({ "origin": origin, "registrationId": registration, "tag": tag, "lastChance": false });
        session.send("ServiceWorker.dispatchSyncEvent", Some(event)).await?;
        Ok(())
    }
}
