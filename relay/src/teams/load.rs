//! Reading a folder of teams. Each team is checked with the same code as the client checks it, so that what the relay serves
//! is what the client accepts; an unusable certificate is only a warning, because the client refuses it by itself.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use axum::body::Bytes;
use sealpost_keys::{KeyId, UncheckedCert};
use sealpost_shared::id::Slug;
use sealpost_shared::policy::{Desk, Policy, PolicyFile, Standing};
use sealpost_shared::wire::v1::{BundleResponse, RelayIdentity};
use sealpost_shared::{Fingerprint, Timestamp, limits};

use super::{Team, TeamDesk, TeamError, Teams};

pub(super) const POLICY: &str = "policy.toml";
const SIGNATURE: &str = "policy.toml.asc";
pub(super) const CERTS: &str = "certs";
const SECURITY_TXT: &str = "security.txt";

/// The most certificate files of one team: sixteen desks of sixteen.
pub(super) const MAX_CERT_FILES: usize = 256;

/// The most bytes of a signature or a security.txt: a page of text.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Armor adds a third and line ends.
const MAX_CERT_FILE_BYTES: usize = 2 * limits::MAX_CERT_BYTES;

type Certs = BTreeMap<Fingerprint, UncheckedCert>;

impl Teams {
    /// Reads and checks every team in `folder` as of `now`. Hidden folders and loose files are left alone.
    ///
    /// # Errors
    /// The first thing that is wrong with any of them.
    pub fn load(folder: &Path, relay: &RelayIdentity, now: Timestamp) -> Result<Self, TeamError> {
        let mut teams = BTreeMap::new();
        for path in list(folder)? {
            if path.is_dir() {
                let slug = slug_of(&path)?;
                teams.insert(slug.clone(), load_team(&path, &slug, relay, now)?);
            }
        }
        if teams.is_empty() {
            return Err(TeamError::NoTeams { folder: folder.to_owned() });
        }
        Ok(Self { teams, security_txt: read_optional(&folder.join(SECURITY_TXT))? })
    }
}

fn slug_of(folder: &Path) -> Result<Slug, TeamError> {
    let name = folder.file_name().and_then(|name| name.to_str());
    let slug = name.and_then(|name| name.parse().ok());
    slug.ok_or_else(|| TeamError::FolderName { folder: folder.to_owned() })
}

fn load_team(folder: &Path, slug: &Slug, relay: &RelayIdentity, now: Timestamp) -> Result<Team, TeamError> {
    let path = folder.join(POLICY);
    let text = read_text(&path, limits::MAX_POLICY_BYTES)?;
    let policy = PolicyFile::from_toml(&text).and_then(PolicyFile::check);
    let policy = policy.map_err(|source| TeamError::Policy { path: path.clone(), source })?;
    if policy.identity.slug != *slug {
        let (slug, folder) = (policy.identity.slug, slug.clone());
        return Err(TeamError::OtherSlug { path, slug, folder });
    }
    let certs = load_certs(&folder.join(CERTS))?;
    let named = named_certs(&path, &policy, &certs)?;
    let signature = check_signature(&folder.join(SIGNATURE), &text, &policy, &named, now)?;
    warn_of_standing(&policy, now);
    let desks = policy.desks.iter().filter(|desk| !desk.fingerprints.is_empty());
    let desks = desks.map(|desk| (desk.id.clone(), make_desk(&policy, desk, &named, now))).collect();
    let bundle = BundleResponse {
        policy: text,
        policy_signature: signature,
        certificates: named.values().map(UncheckedCert::to_armored).collect(),
        relay: relay.clone(),
    };
    let contact = policy.team_desk().fingerprints.first().and_then(|fingerprint| named.get(fingerprint));
    Ok(Team {
        contact_certificate: contact.map(UncheckedCert::to_binary).unwrap_or_default().into(),
        bundle: serde_json::to_vec(&bundle).expect("a bundle is plain strings").into(),
        desks,
        security_txt: read_optional(&folder.join(SECURITY_TXT))?,
        policy,
    })
}

fn load_certs(folder: &Path) -> Result<Certs, TeamError> {
    let mut certs = Certs::new();
    for (n, path) in list(folder)?.into_iter().enumerate() {
        if n == MAX_CERT_FILES {
            return Err(TeamError::TooMany { folder: folder.to_owned() });
        }
        let bytes = read(&path, MAX_CERT_FILE_BYTES)?;
        let found = UncheckedCert::parse_many(&bytes);
        for cert in found.map_err(|source| TeamError::Cert { path: path.clone(), source })? {
            let fingerprint = cert.fingerprint();
            if certs.insert(fingerprint.clone(), cert).is_some() {
                return Err(TeamError::Twice { path, fingerprint });
            }
        }
    }
    Ok(certs)
}

/// The certificates that the policy names, each of which must be there. Others in the folder are not published.
fn named_certs(path: &Path, policy: &Policy, certs: &Certs) -> Result<Certs, TeamError> {
    let mut keys = vec![("identity.signed_by".to_owned(), &policy.identity.signed_by)];
    for (n, desk) in policy.desks.iter().enumerate() {
        keys.extend(desk.fingerprints.iter().map(|one| (format!("desks[{n}].fingerprints"), one)));
        keys.extend(desk.members.iter().map(|one| (format!("desks[{n}].members"), one)));
    }
    let find = |(key, fingerprint): (String, &Fingerprint)| match certs.get(fingerprint) {
        Some(cert) => Ok((fingerprint.clone(), cert.clone())),
        None => Err(TeamError::Missing { path: path.to_owned(), key, fingerprint: fingerprint.clone() }),
    };
    keys.into_iter().map(find).collect()
}

fn check_signature(
    path: &Path,
    policy_text: &str,
    policy: &Policy,
    certs: &Certs,
    now: Timestamp,
) -> Result<String, TeamError> {
    let signature = read_text(path, MAX_TEXT_BYTES)?;
    let signer = policy.identity.signed_by.clone();
    let cert = certs.get(&signer).expect("named_certs found every certificate that the policy names");
    match cert.verify_detached(policy_text.as_bytes(), signature.as_bytes(), now) {
        Ok(_) => Ok(signature),
        Err(source) => Err(TeamError::Signature { path: path.to_owned(), source, signer }),
    }
}

fn warn_of_standing(policy: &Policy, now: Timestamp) {
    let team = policy.identity.slug.as_str();
    match policy.identity.standing(now) {
        Standing::InForce => tracing::info!(team, version = policy.identity.version, "serving a team"),
        Standing::NotYet { from } => tracing::warn!(team, %from, "the policy is not in force yet"),
        Standing::Expired { at } => {
            tracing::warn!(team, %at, "the policy has expired: renew, sign and install it");
        }
    }
}

fn make_desk(policy: &Policy, desk: &Desk, certs: &Certs, now: Timestamp) -> TeamDesk {
    let cert = |fingerprint: &Fingerprint| certs.get(fingerprint).cloned();
    let sealed_to: Vec<_> = desk.fingerprints.iter().filter_map(cert).collect();
    TeamDesk {
        key_ids: sealed_to.iter().flat_map(|cert| usable_keys(policy, desk, cert, now)).collect(),
        members: desk.members.iter().filter_map(cert).collect(),
    }
}

fn usable_keys(policy: &Policy, desk: &Desk, cert: &UncheckedCert, now: Timestamp) -> Vec<KeyId> {
    let (team, desk) = (policy.identity.slug.as_str(), desk.id.as_str());
    let certificate = cert.fingerprint();
    match cert.judge(now) {
        Ok(usable) => {
            for warning in usable.warnings() {
                tracing::warn!(team, desk, %certificate, ?warning, "a desk's certificate needs attention");
            }
            usable.encryption_key_ids().to_vec()
        }
        Err(why) => {
            tracing::warn!(team, desk, %certificate, code = why.code(), %why, "nobody can write to this desk");
            Vec::new()
        }
    }
}

/// The visible entries of a folder, by name.
fn list(folder: &Path) -> Result<Vec<PathBuf>, TeamError> {
    let failed = |source| TeamError::Io { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path, limit: usize) -> Result<Vec<u8>, TeamError> {
    let failed = |source| TeamError::Io { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > limit { Err(TeamError::TooLarge { path: path.to_owned(), limit }) } else { Ok(bytes) }
}

fn read_text(path: &Path, limit: usize) -> Result<String, TeamError> {
    String::from_utf8(read(path, limit)?).map_err(|_| TeamError::NotText { path: path.to_owned() })
}

fn read_optional(path: &Path) -> Result<Option<Bytes>, TeamError> {
    match read_text(path, MAX_TEXT_BYTES) {
        Ok(text) => Ok(Some(text.into())),
        Err(TeamError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
