//! A session at a desk: the signed login, and the token kept for twelve hours in a file that only its owner can read.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use sealpost_keys::LoginStatement;
use sealpost_shared::wire::v1::SessionResponse;
use sealpost_shared::{Duration, Timestamp, limits};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::bundle::Bundle;
use crate::config::{Context, TeamSettings};
use crate::files;
use crate::keyring::Keyring;
use crate::relay_api::{ApiError, RelayApi};

/// Half of what a relay accepts: clocks differ.
const STATEMENT_LIFE: Duration = Duration::from_seconds(limits::MAX_STATEMENT_SECONDS / 2);

/// The token as it is kept. It counts only for the relay and desk it names.
#[derive(Serialize, Deserialize)]
struct KeptToken {
    relay: String,
    desk: String,
    token: String,
    expires: Timestamp,
}

/// A way to call the relay as a member of a desk.
pub(crate) struct Session<'a> {
    context: &'a Context,
    settings: &'a TeamSettings,
    keyring: &'a dyn Keyring,
    api: &'a RelayApi,
    token: Zeroizing<String>,
    fresh: bool,
}

impl<'a> Session<'a> {
    /// Takes the kept token, or logs in.
    ///
    /// # Errors
    /// When the relay is another than the settings name, the key cannot sign, or the relay refuses.
    pub(crate) fn start(
        context: &'a Context,
        settings: &'a TeamSettings,
        bundle: &Bundle,
        keyring: &'a dyn Keyring,
        api: &'a RelayApi,
    ) -> Result<Self> {
        // A relay that calls itself by another's name could spend our statement there.
        ensure!(
            bundle.origin() == settings.relay,
            "the relay at {} calls itself {}; log in there by the name it gives, if that is yours",
            settings.relay,
            bundle.origin()
        );
        let kept = kept(context, settings);
        let mut session = Self { context, settings, keyring, api, token: Zeroizing::default(), fresh: false };
        match kept {
            Some(token) => session.token = token,
            None => session.renew()?,
        }
        Ok(session)
    }

    /// Calls the relay; when a kept token is refused, logs in once and calls again.
    ///
    /// # Errors
    /// What the call or the login says.
    pub(crate) fn call<T>(&mut self, call: impl Fn(&str) -> Result<T>) -> Result<T> {
        match call(&self.token) {
            Err(error) if !self.fresh && ApiError::is_not_found(&error) => {
                self.renew()?;
                call(&self.token)
            }
            outcome => outcome,
        }
    }

    /// Whether the member's key has just signed a login, so that it is at hand.
    pub(crate) const fn is_fresh(&self) -> bool {
        self.fresh
    }

    fn renew(&mut self) -> Result<()> {
        let now = self.context.now();
        let statement = statement(self.settings, now)?;
        let signed =
            self.keyring.sign_cleartext(&statement.to_string(), now).context("cannot sign the login")?;
        let answer = self.api.log_in(&signed).with_context(|| {
            format!("cannot log in at {} with the key {}", self.settings.relay, self.keyring.fingerprint())
        })?;
        ensure!(
            is_token(&answer.token),
            "the relay gave something else than a token; ask who runs it, and check its address"
        );
        keep(self.context, self.settings, &answer)?;
        self.token = Zeroizing::new(answer.token);
        self.fresh = true;
        Ok(())
    }
}

/// 256 bits in base64url. **Rule:** PROTOCOL.md, "Identifiers and secrets".
fn is_token(token: &str) -> bool {
    data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).is_ok_and(|bytes| bytes.len() == 32)
}

fn statement(settings: &TeamSettings, now: Timestamp) -> Result<LoginStatement> {
    Ok(LoginStatement {
        relay: settings.relay.clone(),
        team: settings.team.clone(),
        desk: settings.desk.clone(),
        nonce: data_encoding::HEXLOWER.encode(&make_random::<16>()?),
        expires: now + STATEMENT_LIFE,
    })
}

/// Draws 128 bits from the operating system.
///
/// # Errors
/// When it has none to give.
pub(crate) fn make_random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::getrandom(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}

fn path(context: &Context, settings: &TeamSettings) -> PathBuf {
    let name = format!("{}.{}.json", settings.team, settings.desk);
    context.home.path().join("sessions").join(name)
}

/// A token that cannot be read is as good as none.
fn kept(context: &Context, settings: &TeamSettings) -> Option<Zeroizing<String>> {
    let bytes = files::read_if_there(&path(context, settings), 4096).ok().flatten()?;
    let kept: KeptToken = serde_json::from_slice(&Zeroizing::new(bytes)).ok()?;
    let usable = kept.relay == settings.relay
        && kept.desk == settings.desk.as_str()
        && kept.expires > context.now()
        && is_token(&kept.token);
    usable.then(|| Zeroizing::new(kept.token))
}

fn keep(context: &Context, settings: &TeamSettings, answer: &SessionResponse) -> Result<()> {
    let kept = KeptToken {
        relay: settings.relay.clone(),
        desk: settings.desk.to_string(),
        token: answer.token.clone(),
        expires: answer.expires,
    };
    let path = path(context, settings);
    files::private_folder(path.parent().context("a file lies in a folder")?)?;
    files::replace(&path, &Zeroizing::new(serde_json::to_vec(&kept)?))
}
