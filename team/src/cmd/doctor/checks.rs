//! The checks, one small function each.

use sealpost_keys::CertWarning;
use sealpost_shared::policy::Standing;
use sealpost_shared::{Duration, Timestamp};

use super::{Finding, State, directory, relay, store};
use crate::args::KeyringKind;
use crate::bundle::{self, Bundle, SignerOption};
use crate::config::{Context, TeamSettings};
use crate::keyring::{self, Gpg};
use crate::local::Store;
use crate::relay_api::RelayApi;
use crate::times::utc;
use crate::ui::causes;

/// What ends within this is worth a word: a month is time to find everybody who holds a key.
const AHEAD: Duration = Duration::from_hours(30 * 24);

/// Runs every check that can be run, causes first. What would only follow from a relay that is away or a clock that is wrong is left
/// out: it would advise against something that is as it should be.
pub(super) fn all(context: &Context, settings: &TeamSettings, store: &Store, api: &RelayApi) -> Vec<Finding> {
    let now = context.now();
    let (mut found, usable) = relay::look(api, &settings.team, now);
    let key = key(settings);
    let key_opens = key.state == State::Good;
    found.insert(0, key);
    if usable {
        let (finding, bundle) = policy(settings, store, api, now);
        found.push(finding);
        if let Some(bundle) = &bundle {
            found.extend(version(bundle, store));
            found.extend(certificates(bundle, settings, now));
            found.extend(key_opens.then(|| membership(bundle, settings)));
            found.push(security_txt(bundle, api, now));
            found.push(directory::look(bundle, api));
        }
    }
    found.extend(store::look(store));
    found
}

fn key(settings: &TeamSettings) -> Finding {
    let what = "your key";
    if settings.key.kind == KeyringKind::Gpg
        && let Some(fingerprint) = &settings.key.fingerprint
    {
        let args = ["--list-secret-keys", "--with-colons", fingerprint.as_str()];
        return match Gpg.run(args, b"").and_then(|output| output.ok("find your secret key")) {
            Ok(_) => Finding::good(what, format!("{fingerprint} is in gpg")),
            Err(why) => Finding::wrong(
                what,
                causes(&why),
                format!(
                    "put your own fingerprint into `key` in config.toml (gpg --list-secret-keys shows it); if {fingerprint} is yours, bring \
                     its secret key here: gpg --import FILE"
                ),
            ),
        };
    }
    match keyring::find(&settings.key) {
        Ok(keyring) => Finding::good(what, format!("{} opens", keyring.fingerprint())),
        Err(why) => {
            Finding::wrong(what, causes(&why), "correct --key, --keyring or --key-file, or config.toml")
        }
    }
}

fn policy(
    settings: &TeamSettings,
    store: &Store,
    api: &RelayApi,
    now: Timestamp,
) -> (Finding, Option<Bundle>) {
    let what = "policy";
    let checked = api.bundle(&settings.team).and_then(|fetched| {
        let pinned = settings.signer.clone().map_or_else(|| store.signer(), |signer| Ok(Some(signer)))?;
        let signer = pinned.map_or_else(|| bundle::claimed_signer(&fetched), Ok)?;
        Bundle::check(fetched, &settings.team, &signer, SignerOption::Signer, now)
    });
    let bundle = match checked {
        Ok(bundle) => bundle,
        Err(why) => {
            let todo = if causes(&why).contains(bundle::SIGNER_CHANGED) {
                "ask each other first; only if you changed it, pass the new fingerprint once with --signer"
            } else {
                "if the policy was changed: sealpost policy sign policy.toml, and let the relay read it again"
            };
            return (Finding::wrong(what, causes(&why), todo), None);
        }
    };
    let identity = &bundle.policy().identity;
    let renew =
        "raise identity.expires and identity.version in policy.toml, then: sealpost policy sign policy.toml";
    let finding = match identity.standing(now) {
        Standing::NotYet { from } => {
            Finding::wrong(what, format!("applies only from {}", utc(from)), "correct identity.effective")
        }
        Standing::Expired { at } => Finding::wrong(what, format!("expired {}", utc(at)), renew),
        Standing::InForce if identity.expires < now + AHEAD => {
            Finding::soon(what, format!("ends {}", utc(identity.expires)), renew)
        }
        Standing::InForce => Finding::good(
            what,
            format!("version {}, signature good, in force until {}", identity.version, utc(identity.expires)),
        ),
    };
    (finding, Some(bundle))
}

fn version(bundle: &Bundle, store: &Store) -> Option<Finding> {
    let (seen, now) = (store.policy_version().ok()?, bundle.policy().identity.version);
    (now < seen).then(|| {
        Finding::wrong(
            "policy",
            format!("the relay serves version {now}, and version {seen} was seen here"),
            "let the relay read the newer one; if the older is meant: sealpost pull --accept-older-policy",
        )
    })
}

fn certificates(bundle: &Bundle, settings: &TeamSettings, now: Timestamp) -> Vec<Finding> {
    let what = "certificate";
    let Ok(desk) = bundle.desk(&settings.desk) else {
        return vec![Finding::wrong(
            what,
            format!("the policy has no desk “{}”", settings.desk),
            "correct --desk",
        )];
    };
    let extend = |fingerprint: &dyn std::fmt::Display| {
        format!(
            "gpg --quick-set-expire {fingerprint} 1y && gpg --armor --export {fingerprint} > certs/{fingerprint}.asc, and let the relay read it again"
        )
    };
    let judge = |fingerprint| match bundle.recipient(fingerprint, now) {
        Err(why) => Finding::wrong(
            what,
            causes(&why),
            format!("nothing can be sealed to this desk until then: {}", extend(fingerprint)),
        ),
        Ok(cert) => {
            match cert.warnings().iter().find(|warning| matches!(warning, CertWarning::ExpiresSoon { .. })) {
                Some(CertWarning::ExpiresSoon { at }) => {
                    Finding::soon(what, format!("{fingerprint} ends {}", utc(*at)), extend(fingerprint))
                }
                _ => Finding::good(what, format!("{fingerprint} can be sealed to")),
            }
        }
    };
    desk.fingerprints.iter().map(judge).collect()
}

fn membership(bundle: &Bundle, settings: &TeamSettings) -> Finding {
    let what = "membership";
    let own = match keyring::find(&settings.key) {
        Ok(keyring) => keyring.fingerprint().clone(),
        Err(why) => return Finding::wrong(what, causes(&why), "see “your key”"),
    };
    let Ok(desk) = bundle.desk(&settings.desk) else {
        return Finding::wrong(what, "unknown: the policy does not have this desk", "correct --desk");
    };
    if !desk.members.contains(&own) {
        let todo = "add your fingerprint to the desk's members in policy.toml, then: sealpost policy sign policy.toml";
        return Finding::wrong(what, format!("{own} is no member of the desk “{}”", desk.id), todo);
    }
    if desk.fingerprints.contains(&own) {
        Finding::good(what, format!("you may pull, read and answer at “{}”", desk.id))
    } else {
        let todo = "add your fingerprint to the desk's fingerprints, or use the desk's own key";
        Finding::soon(what, "you may pull and sign; letters are sealed to other keys than yours", todo)
    }
}

fn security_txt(bundle: &Bundle, api: &RelayApi, now: Timestamp) -> Finding {
    let what = "security.txt";
    let todo =
        "sign it again: gpg --clearsign security.txt, or make a new one beside a fresh `sealpost init`";
    let text = match api.probe(".well-known/security.txt") {
        Ok(answer) if answer.status == 200 => String::from_utf8_lossy(&answer.bytes).into_owned(),
        Ok(answer) => {
            return Finding::wrong(
                what,
                format!("the relay answers with status {}", answer.status),
                "put security.txt into the team's folder",
            );
        }
        Err(why) => return Finding::wrong(what, causes(&why), todo),
    };
    let Some(cert) = bundle.signer() else {
        return Finding::wrong(what, "the policy's signer has no certificate in the bundle", todo);
    };
    let text = match cert.verify_cleartext(&text, now) {
        Ok((text, _)) => text,
        Err(why) => return Finding::wrong(what, format!("its signature is not good: {why}"), todo),
    };
    let expires = text.lines().find_map(|line| line.strip_prefix("Expires:"));
    match expires.and_then(|text| text.trim().parse::<Timestamp>().ok()) {
        None => Finding::wrong(what, "it has no Expires line (RFC 9116, 2.5.5)", todo),
        Some(at) if at <= now => Finding::wrong(what, format!("it expired {}", utc(at)), todo),
        Some(at) if at < now + AHEAD => Finding::soon(what, format!("it ends {}", utc(at)), todo),
        Some(at) => Finding::good(what, format!("signature good, until {}", utc(at))),
    }
}
