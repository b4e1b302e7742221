//! Letters of our own that wait here: sent, sent again, or dropped with their case.

use anyhow::Result;

use super::{Pull, lost};
use crate::receipts;
use crate::relay_api::ApiError;

impl Pull<'_, '_> {
    /// Sends letters of our own that a lost connection kept here. One that is refused stays, and holds up nothing else.
    pub(super) fn deliver(&mut self) -> Result<()> {
        for case in self.store.cases()? {
            for sent in self.store.sent(case)? {
                if self.store.is_delivered(&sent) {
                    continue;
                }
                let Some(sealed) = self.store.sent_letter(&sent)? else { continue };
                let put = |token: &str| self.api.put_entry(sent.case, sent.entry, token, sealed.as_bytes());
                let now = self.context.now();
                let taken = self.session.call(put).and_then(|receipt| {
                    receipts::check(&receipt, self.relay, &sent, &sealed, now).map(|()| receipt)
                });
                let receipt = match taken {
                    Ok(receipt) => receipt,
                    Err(why) if ApiError::is_outage(&why) => {
                        return Err(why.context(format!("cannot send the reply kept for {}", case.short())));
                    }
                    Err(why) if ApiError::is_deleted(&why) => {
                        self.orphans.push(sent);
                        continue;
                    }
                    Err(why) => {
                        let case = case.short();
                        self.context.ui.warn(&format!(
                            "the reply kept for {case} was not taken and stays here: {why:#}"
                        ));
                        self.unsent += 1;
                        continue;
                    }
                };
                self.store.put_receipt(&sent, &receipt)?;
                self.context.ui.note(&format!("sent the reply to {} that was kept here", case.short()));
            }
        }
        Ok(())
    }

    /// What is kept for a case that was deleted reaches nobody any more. One refusal is not enough to drop it: it may be the only copy.
    pub(super) fn drop_orphans(&mut self) -> Result<()> {
        for sent in std::mem::take(&mut self.orphans) {
            let case = sent.case.short();
            if self.store.is_open(sent.case) {
                self.unsent += 1;
                self.context.ui.warn(&format!(
                    "the relay takes nothing for {case}, as if it were deleted, and does not name it among what was: what is kept for it stays here"
                ));
                continue;
            }
            self.store.forget_sent(sent.case, sent.entry)?;
            self.context.ui.warn(&format!(
                "{case} was deleted, by the team or because its time was over: what was kept for it is dropped. `sealpost delete {case} --yes` removes it here, too"
            ));
        }
        Ok(())
    }

    /// A letter of our own for which the relay gave a receipt and which its feed does not show goes out again with the next pull, unless
    /// its case was deleted.
    pub(super) fn send_again(&mut self) -> Result<()> {
        for case in self.store.cases()? {
            for sent in self.store.sent(case)?.iter().filter(|sent| self.store.is_delivered(sent)) {
                match self.session.call(|token| self.api.entries(case, 0, token)) {
                    Err(why) if ApiError::is_deleted(&why) => self.orphans.push(sent.clone()),
                    _ => lost::forget_receipt(self.context, self.store, sent)?,
                }
            }
        }
        Ok(())
    }
}
