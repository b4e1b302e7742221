//! Who is who at a desk: names for fingerprints, and the other way round.

use anyhow::{Result, bail, ensure};
use sealpost_keys::UncheckedCert;
use sealpost_shared::Fingerprint;
use sealpost_shared::policy::Desk;

use crate::bundle::Bundle;
use crate::ui::title;

/// Fewer digits of a fingerprint could be a word.
const MIN_DIGITS: usize = 8;

/// The members of a desk by their certificates. Nobody vouches for a name in one but whoever signed the policy that lists it.
#[derive(Debug)]
pub(crate) struct Members {
    certs: Vec<UncheckedCert>,
}

impl Members {
    /// The desk's members, as far as the bundle has their certificates.
    pub(crate) fn of(bundle: &Bundle, desk: &Desk) -> Self {
        Self { certs: bundle.members(desk) }
    }

    /// A member's name for people: the user id without its mail address, else the first digits of the fingerprint; of who is no member
    /// these digits, and that.
    pub(crate) fn name(&self, fingerprint: &Fingerprint) -> String {
        let digits = || fingerprint.as_str().chars().take(16).collect::<String>();
        let Some(cert) = self.certs.iter().find(|cert| cert.fingerprint() == *fingerprint) else {
            return format!("{} (no member of this desk)", digits());
        };
        let user_id = cert.user_ids().into_iter().next().unwrap_or_default();
        let name = title(user_id.split('<').next().unwrap_or_default());
        if name.is_empty() { digits() } else { name }
    }

    /// The one member whose fingerprint ends or begins like this, or whose user id has this in it.
    ///
    /// # Errors
    /// When it is nobody or several; the error lists who there is.
    pub(crate) fn find(&self, who: &str) -> Result<Fingerprint> {
        let digits: String = who.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
        let is_digits = digits.len() >= MIN_DIGITS && digits.chars().all(|c| c.is_ascii_hexdigit());
        let words = who.trim().to_lowercase();
        ensure!(!words.is_empty(), "name a member: {}", self.list());
        let fits = |cert: &&UncheckedCert| {
            let fingerprint = cert.fingerprint();
            let by_digits = is_digits
                && (fingerprint.as_str().starts_with(&digits) || fingerprint.as_str().ends_with(&digits));
            by_digits || cert.user_ids().iter().any(|id| id.to_lowercase().contains(&words))
        };
        let found: Vec<_> = self.certs.iter().filter(fits).map(UncheckedCert::fingerprint).collect();
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => bail!("no member of this desk is called “{who}”; there is {}", self.list()),
            _ => bail!(
                "“{who}” could be several members; give more of the name, or the fingerprint: {}",
                self.list()
            ),
        }
    }

    fn list(&self) -> String {
        let line = |cert: &UncheckedCert| {
            let fingerprint = cert.fingerprint();
            format!("{} ({fingerprint})", self.name(&fingerprint))
        };
        self.certs.iter().map(line).collect::<Vec<_>>().join(", ")
    }
}
