//! A bundle is believed only after this: signature, rules, every certificate. **Rule:** PROTOCOL.md, "The bundle"; promise 1.

use data_encoding::HEXLOWER;
use sealpost_client_core::vault::{
    CLOCK, CertificateProblem, CheckedBundle, CheckedCertificate, CheckedDesk, MemberCertificate,
};
use sealpost_keys::{RelayKeys, SignatureError, TeamCert, UncheckedCert};
use sealpost_shared::id::Slug;
use sealpost_shared::policy::explain::explain;
use sealpost_shared::policy::{Desk, Policy, PolicyFile};
use sealpost_shared::wire::v1::BundleResponse;
use sealpost_shared::{Fingerprint, Timestamp, limits};
use sha2::{Digest as _, Sha256};

use crate::failure::{Fails, bad_request, failure};

/// The most certificates looked at: a full desk for each role and as many members.
const MAX_CERTIFICATES: usize = 6 * limits::MAX_DESK_CERTS;

/// A checked bundle, and what only the vault needs of it.
pub(crate) struct Bundle {
    pub(crate) checked: CheckedBundle,
    pub(crate) policy: Policy,
    certs: Vec<UncheckedCert>,
}

pub(crate) fn check(bundle: &BundleResponse, now: Timestamp) -> Fails<Bundle> {
    // What cannot be read is missed by the desk that names it, and reported there.
    let certs: Vec<UncheckedCert> = bundle
        .certificates
        .iter()
        .take(MAX_CERTIFICATES)
        .filter_map(|cert| UncheckedCert::parse_one(cert.as_bytes()).ok())
        .collect();
    let file = PolicyFile::from_toml(&bundle.policy).map_err(|e| failure("policy-rule", e))?;
    check_signature(bundle, &certs, &file.identity.signed_by, now)?;
    let policy = file.clone().check().map_err(|e| failure("policy-rule", e))?;
    let relay =
        RelayKeys::parse(bundle.relay.certificate.as_bytes()).map_err(|e| failure("relay-certificate", e))?;
    let sealed_to = policy.desks.iter().filter(|desk| !desk.fingerprints.is_empty());
    let checked = CheckedBundle {
        policy: file,
        policy_sha256: HEXLOWER.encode(&Sha256::digest(bundle.policy.as_bytes())),
        standing: policy.identity.standing(now),
        desks: sealed_to.map(|desk| check_desk(desk, &certs, now)).collect(),
        members: policy.desks.iter().flat_map(|desk| members(desk, &certs)).collect(),
        relay_fingerprint: relay.current().fingerprint(),
        signer_certificate: find(&certs, &policy.identity.signed_by)
            .map(UncheckedCert::to_armored)
            .unwrap_or_default(),
        explained: explain(&policy),
    };
    Ok(Bundle { checked, policy, certs })
}

fn check_signature(
    bundle: &BundleResponse,
    certs: &[UncheckedCert],
    signed_by: &Fingerprint,
    now: Timestamp,
) -> Fails<()> {
    let Some(signer) = find(certs, signed_by) else {
        let sentence = format!(
            "The policy is to be signed by {signed_by}, but the relay does not serve that certificate."
        );
        return Err(failure("policy-signature", sentence));
    };
    let verified = signer.verify_detached(bundle.policy.as_bytes(), bundle.policy_signature.as_bytes(), now);
    verified.map(|_| ()).map_err(|e| match e {
        SignatureError::FromTheFuture { .. } => failure(CLOCK, format!("The policy cannot be checked. {e}")),
        e => failure("policy-signature", format!("The policy is not genuine. {e}")),
    })
}

fn find<'a>(certs: &'a [UncheckedCert], fingerprint: &Fingerprint) -> Option<&'a UncheckedCert> {
    certs.iter().find(|cert| cert.fingerprint() == *fingerprint)
}

fn check_desk(desk: &Desk, certs: &[UncheckedCert], now: Timestamp) -> CheckedDesk {
    let check = |fingerprint: &Fingerprint| match find(certs, fingerprint) {
        Some(cert) => check_certificate(cert, now),
        None => missing(fingerprint),
    };
    CheckedDesk { desk: desk.id.clone(), certificates: desk.fingerprints.iter().map(check).collect() }
}

pub(crate) fn check_certificate(cert: &UncheckedCert, now: Timestamp) -> CheckedCertificate {
    let judged = cert.judge(now);
    let usable = judged.as_ref().ok();
    let problem = judged.as_ref().err();
    CheckedCertificate {
        fingerprint: cert.fingerprint(),
        user_ids: cert.user_ids(),
        algorithm: usable.map(|cert| cert.encryption_key().algorithm.clone()).unwrap_or_default(),
        expires: usable.and_then(TeamCert::expires),
        certificate: cert.to_armored(),
        problem: problem
            .map(|why| CertificateProblem { code: why.code().to_owned(), sentence: why.to_string() }),
        expires_soon: usable.is_some_and(TeamCert::expires_soon),
        post_quantum: usable.is_some_and(|cert| cert.encryption_key().post_quantum),
    }
}

fn missing(fingerprint: &Fingerprint) -> CheckedCertificate {
    let sentence = "The policy names this certificate, but the relay does not serve it. Tell the team.";
    CheckedCertificate {
        fingerprint: fingerprint.clone(),
        user_ids: Vec::new(),
        algorithm: String::new(),
        expires: None,
        certificate: String::new(),
        problem: Some(CertificateProblem { code: "missing".to_owned(), sentence: sentence.to_owned() }),
        expires_soon: false,
        post_quantum: false,
    }
}

fn members(desk: &Desk, certs: &[UncheckedCert]) -> Vec<MemberCertificate> {
    let member = |cert: &UncheckedCert| MemberCertificate {
        desk: desk.id.clone(),
        fingerprint: cert.fingerprint(),
        certificate: cert.to_armored(),
    };
    desk.members.iter().filter_map(|fingerprint| find(certs, fingerprint)).map(member).collect()
}

impl Bundle {
    /// The desk of that name.
    pub(crate) fn desk(&self, id: &Slug) -> Fails<&Desk> {
        let missing = || bad_request(&format!("The policy has no desk “{id}”. Choose another."));
        self.policy.desk(id).ok_or_else(missing)
    }

    /// The certificates to seal to at a desk: all that the policy names, or none.
    pub(crate) fn recipients(&self, desk: &Desk, now: Timestamp) -> Fails<Vec<TeamCert>> {
        let judge = |fingerprint: &Fingerprint| {
            let cert = find(&self.certs, fingerprint);
            let judged = cert.map(|cert| cert.judge(now).map_err(|why| why.to_string()));
            let missing = || Err("The relay does not serve it.".to_owned());
            judged.unwrap_or_else(missing).map_err(|why| {
                let name = fingerprint.grouped();
                failure("certificate", format!("Nothing is sealed: certificate {name} cannot be used. {why}"))
            })
        };
        desk.fingerprints.iter().map(judge).collect()
    }
}
