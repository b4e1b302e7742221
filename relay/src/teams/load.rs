//! Reading a folder of teams. Each team is checked with the same code as the client checks it, so that what the relay serves
//! is what the client accepts.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use sealpost_keys::UncheckedCert;
use sealpost_shared::id::Slug;
use sealpost_shared::policy::{Desk, Policy, PolicyFile};
use sealpost_shared::wire::v1::{BundleResponse, RelayIdentity};
use sealpost_shared::{Fingerprint, Timestamp, limits};

use super::{Fault, Offering, Team, TeamDesk, TeamError, Teams, Versions};
use super::{notice, offline};

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

/// What a reading is measured against.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// Who the relay is.
    pub relay: &'a RelayIdentity,
    /// When it is read.
    pub now: Timestamp,
    /// The versions that were ever in service.
    pub seen: &'a Versions,
}

impl Teams {
    /// Reads and checks every team in `folder`. What cannot be taken is a [`Fault`], and what `before` served in its place stays.
    /// Hidden folders and loose files are left alone.
    ///
    /// # Errors
    /// When the folder cannot be read, or when there is nothing to serve at all: then the first thing that is wrong.
    pub fn load(folder: &Path, reading: Reading<'_>, before: Option<&Self>) -> Result<Self, TeamError> {
        let security_txt = read_optional(&folder.join(SECURITY_TXT))?;
        let mut read = Self { teams: BTreeMap::new(), security_txt, faults: Vec::new() };
        for path in list(folder)? {
            if path.is_dir() {
                read.take(&path, reading, before);
            }
        }
        if !read.teams.is_empty() {
            return Ok(read);
        }
        match read.faults.into_iter().next() {
            Some(fault) => Err(fault.error),
            None => Err(TeamError::NoTeams { folder: folder.to_owned() }),
        }
    }

    /// The same teams, with a reading on record that failed as a whole.
    #[must_use]
    pub fn with_fault(&self, error: TeamError) -> Self {
        let fault = Fault { team: None, error, kept: true };
        Self { teams: self.teams.clone(), security_txt: self.security_txt.clone(), faults: vec![fault] }
    }

    fn take(&mut self, path: &Path, reading: Reading<'_>, before: Option<&Self>) {
        let name = slug_of(path);
        let team = name.as_ref().ok().cloned();
        let old = team.as_ref().and_then(|slug| before?.team(slug));
        let new = name.and_then(|slug| load_team(path, &slug, reading, old.as_deref()));
        let kept = old.is_some();
        let served = new.map(Arc::new).or_else(|error| {
            tracing::error!(code = error.code(), kept, "a team's folder is refused: {error}");
            self.faults.push(Fault { team: team.clone(), error, kept });
            old.ok_or(())
        });
        if let (Some(slug), Ok(served)) = (team, served) {
            self.teams.insert(slug, served);
        }
    }
}

fn slug_of(folder: &Path) -> Result<Slug, TeamError> {
    let name = folder.file_name().and_then(|name| name.to_str());
    let slug = name.and_then(|name| name.parse().ok());
    slug.ok_or_else(|| TeamError::FolderName { folder: folder.to_owned() })
}

fn load_team(
    folder: &Path,
    slug: &Slug,
    reading: Reading<'_>,
    before: Option<&Team>,
) -> Result<Team, TeamError> {
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
    let signature = check_signature(&folder.join(SIGNATURE), &text, &policy, &named, reading.now)?;
    check_version(&path, &policy, reading.seen)?;
    let mut bundle = BundleResponse {
        policy: text,
        policy_signature: signature,
        certificates: named.values().map(UncheckedCert::to_armored).collect(),
        relay: reading.relay.clone(),
        offline: None,
    };
    let signer = named.get(&policy.identity.signed_by);
    let offline =
        signer.map(|signer| offline::read(folder, &bundle, signer, reading.now)).unwrap_or_default();
    bundle.offline = offline.page().map(|offline| offline.described.clone());
    let security_txt = read_optional(&folder.join(SECURITY_TXT))?;
    let notices = notice::read(folder, &policy)?;
    let team = Team { notices, offline, ..make_team(policy, &bundle, &named, security_txt) };
    check_usable(&path, &team, before, reading.now)?;
    Ok(team)
}

fn make_team(policy: Policy, bundle: &BundleResponse, named: &Certs, security_txt: Option<Bytes>) -> Team {
    let desks = policy.desks.iter().filter(|desk| !desk.fingerprints.is_empty());
    let desks = desks.map(|desk| (desk.id.clone(), Arc::new(make_desk(desk, named)))).collect();
    let contact = policy.team_desk().fingerprints.first().and_then(|fingerprint| named.get(fingerprint));
    Team {
        contact_certificate: contact.map(UncheckedCert::to_binary).unwrap_or_default().into(),
        bundle: serde_json::to_vec(bundle).expect("a bundle is plain strings").into(),
        desks,
        security_txt,
        offline: Offering::Nothing,
        notices: HashMap::new(),
        policy,
        judged: Mutex::default(),
    }
}

/// A version that was in service is a promise; an older one would take it back.
fn check_version(path: &Path, policy: &Policy, seen: &Versions) -> Result<(), TeamError> {
    let version = policy.identity.version;
    match seen.get(&policy.identity.slug) {
        Some(&seen) if version < seen => Err(TeamError::Older { path: path.to_owned(), version, seen }),
        _ => Ok(()),
    }
}

/// Something that keeps reporters from writing replaces nothing that lets them. Without such a predecessor it is served all the
/// same: the team must reach what it has received, and reporters must read why they cannot write.
fn check_usable(path: &Path, team: &Team, before: Option<&Team>, now: Timestamp) -> Result<(), TeamError> {
    let judged = team.judged(now);
    let Some(why) = judged.gravest() else { return Ok(()) };
    let better = before.filter(|before| before.judged(now).gravest().is_none());
    match better {
        Some(_) => Err(TeamError::NotUsable { path: path.to_owned(), why: why.clone() }),
        None => Ok(()),
    }
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

fn make_desk(desk: &Desk, certs: &Certs) -> TeamDesk {
    let cert = |fingerprint: &Fingerprint| certs.get(fingerprint).cloned();
    TeamDesk {
        sealed_to: desk.fingerprints.iter().filter_map(cert).collect(),
        members: desk.members.iter().filter_map(cert).collect(),
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

pub(super) fn read_optional(path: &Path) -> Result<Option<Bytes>, TeamError> {
    match read_text(path, MAX_TEXT_BYTES) {
        Ok(text) => Ok(Some(text.into())),
        Err(TeamError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
