//! `sealpost-relay key rotate`: the next key, for which the one of now vouches. **Rule:** PROTOCOL.md, "A relay's next key".

use std::fmt;
use std::io;
use std::path::Path;

use sealpost_keys::{CertError, RelayKeys, SigningKey, UncheckedCert};
use sealpost_shared::{Duration, Fingerprint, Timestamp, limits};
use zeroize::Zeroizing;

use super::{FILE, OwnKey, RelayKeyError, parse, read, write_whole};

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The key that signed until now.
    pub former: Fingerprint,
    /// The key that signs after the next start.
    pub next: Fingerprint,
    /// What the former key signs counts until then.
    pub until: Timestamp,
}

impl fmt::Display for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the relay's next key is {}", self.next.grouped())?;
        writeln!(f, "the one before it was   {}", self.former.grouped())?;
        writeln!(f, "what that one signs counts until {}; older receipts stay good", self.until)?;
        writeln!(
            f,
            "Back up {FILE} now, copy it to every relay over the same database, and restart them all before then. \
             Where the relay's fingerprint is published, publish the next one."
        )
    }
}

/// Makes the next key, has the one of now vouch for it, and puts both in the place of the file, whole or not at all. A relay that runs
/// goes on with the key it has read, until it is started again.
///
/// # Errors
/// When there is no key, too many former ones, or the folder cannot be written; then nothing has changed.
pub fn rotate(folder: &Path, now: Timestamp, overlap: Duration) -> Result<Rotation, RelayKeyError> {
    let path = folder.join(FILE);
    let bytes = match read(&path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(RelayKeyError::Missing { path }),
        Err(source) => return Err(RelayKeyError::Io { path, source }),
    };
    let own = parse(&bytes, &path)?;
    if own.keys.all().count() == limits::MAX_DESK_CERTS {
        return Err(RelayKeyError::Former { path, source: CertError::TooMany.into() });
    }
    let until = now + overlap;
    let failed = |source| RelayKeyError::Key { path: path.clone(), source };
    let next = next(&own, now).map_err(failed)?;
    let retired = own.signing.retired(now, until).map_err(failed)?;
    let former: Vec<UncheckedCert> =
        std::iter::once(retired).chain(own.keys.all().skip(1).cloned()).collect();
    let file = spell(&next, &former).map_err(failed)?;
    RelayKeys::new(next.certificate(), former)
        .map_err(|source| RelayKeyError::Former { path: path.clone(), source })?;
    write_whole(folder, &path, file.as_bytes())
        .map_err(|source| RelayKeyError::Io { path: path.clone(), source })?;
    Ok(Rotation { former: own.signing.fingerprint(), next: next.fingerprint(), until })
}

/// As young as the start of the hour: receipts are signed as of that.
fn next(own: &OwnKey, now: Timestamp) -> Result<SigningKey, sealpost_keys::KeyError> {
    let name =
        own.keys.current().user_ids().into_iter().next().unwrap_or_else(|| "Sealpost relay".to_owned());
    own.signing.generate_next_relay(&name, now.rounded_to_hour(), now)
}

fn spell(next: &SigningKey, former: &[UncheckedCert]) -> Result<Zeroizing<String>, sealpost_keys::KeyError> {
    let mut file = Zeroizing::new(next.to_armored()?.as_str().to_owned());
    former.iter().for_each(|cert| file.push_str(&cert.to_armored()));
    Ok(file)
}
