//! The interoperability matrix of docs/INTEROP.md: every peer opens our letters with a good signature, and we its answers.

use std::io::{Cursor, Read as _};

use anyhow::{Context as _, Result, ensure};
use sealpost_keys::enclosures::{FileSource, Member, TarFiles, seal_enclosures};
use sealpost_keys::{
    CaseKey, CaseSecret, Letter, SealedLetter, TeamCert, UncheckedCert, check_sealed, letter_plaintext,
    open_letter, seal_letter,
};
use sealpost_shared::letter::{FollowUp, LetterData, Matter, Reply, ReplyKind};
use sealpost_shared::{EntryId, Timestamp};
use sealpost_tests::peers::{GpgPeer, Peer, Sop, Sq};

#[expect(clippy::disallowed_methods, reason = "the peers sign by the machine's clock")]
fn now() -> Result<Timestamp> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(Timestamp::from_seconds(i64::try_from(since.as_secs())?))
}

fn case_key(seed: u8) -> CaseKey {
    CaseKey::derive(&CaseSecret::from_bytes([seed; 16]), 0)
}

fn letter(key: &CaseKey) -> Result<Letter> {
    let data = LetterData::FollowUp(FollowUp {
        case: key.case_id(),
        entry: EntryId::from_bytes([7; 16]),
        written_at: now()?,
        embargo: None,
        missed: Vec::new(),
        enclosures: None,
    });
    let text = "# Überlauf\n\nin `parse()`: \u{1f980}\n".to_owned();
    Ok(Letter { text, data, reporter_certificate: Some(key.certificate()), attachments: vec![] })
}

fn judged(peer: &dyn Peer) -> Result<TeamCert> {
    Ok(UncheckedCert::parse_one(&peer.certificate()?)?.judge(now()?)?)
}

/// Our letter there, with a good signature by the case key and by no other.
fn reads_ours(peer: &dyn Peer, sealed: &SealedLetter, key: &CaseKey) -> Result<()> {
    let stranger = peer.open(sealed.as_bytes(), &case_key(99).certificate().to_armored());
    ensure!(stranger.is_err(), "takes the signature for a stranger's");
    let plain = peer.open(sealed.as_bytes(), &key.certificate().to_armored())?;
    let plain = String::from_utf8(plain)?;
    ensure!(plain.contains("# Überlauf\r\n\r\nin `parse()`: \u{1f980}\r\n"), "reads {plain:?}");
    Ok(())
}

/// Our enclosures there, with a good signature by the case key and by no other; the tar inside has the same bytes.
fn unpacks_ours(peer: &dyn Peer, to: &TeamCert, key: &CaseKey) -> Result<()> {
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let (name, size) = ("Füße.dump".to_owned(), bytes.len() as u64);
    let file = FileSource { name, size, bytes: Box::new(Cursor::new(bytes.clone())) };
    let mut sealed = Vec::new();
    seal_enclosures(vec![file], std::slice::from_ref(to), key, now()?)?.read_to_end(&mut sealed)?;
    let stranger = peer.open(&sealed, &case_key(99).certificate().to_armored());
    ensure!(stranger.is_err(), "takes the signature for a stranger's");
    let tar = peer.open(&sealed, &key.certificate().to_armored())?;
    let mut files = TarFiles::new(tar.as_slice(), size);
    let member = files.next_member()?;
    ensure!(matches!(&member, Some(Member::File(file)) if file.name == "Füße.dump"), "has {member:?}");
    let mut out = Vec::new();
    files.read_to_end(&mut out)?;
    ensure!(out == bytes, "other bytes come out");
    Ok(())
}

/// Its answer here, with a good signature by its key and by no other.
fn we_read(peer: &dyn Peer, key: &CaseKey) -> Result<()> {
    let data = LetterData::Reply(Reply {
        case: key.case_id(),
        entry: EntryId::from_bytes([1; 16]),
        to: key.fingerprint(),
        kind: ReplyKind::Answer,
        written_at: now()?,
        matter: Matter::default(),
    });
    let reply = Letter {
        text: "Behoben in 1.2: ✓\n".to_owned(),
        data,
        reporter_certificate: None,
        attachments: vec![],
    };
    let sealed = peer.seal(&letter_plaintext(&reply)?, &key.certificate().to_armored())?;
    check_sealed(&sealed, None).context("the gate refuses the answer")?;
    let opened = open_letter(&SealedLetter::from_bytes_unchecked(sealed), key)?;
    let team = UncheckedCert::parse_one(&peer.certificate()?)?;
    let stranger = case_key(99).certificate();
    ensure!(opened.verify_team(&[stranger], now()?).is_err(), "a stranger's certificate verifies the answer");
    let verified = opened.verify_team(std::slice::from_ref(&team), now()?)?;
    assert_eq!(
        (verified.contents().text.as_str(), verified.signer()),
        (reply.text.as_str(), &team.fingerprint())
    );
    assert_eq!(verified.contents().data, Some(reply.data));
    Ok(())
}

/// Both directions with one peer; letter and enclosures must use the given version of encryption.
fn both_ways(name: &str, peer: &dyn Peer, seipd_v2: bool) -> Result<()> {
    let (key, to) = (case_key(7), judged(peer)?);
    assert_eq!(to.seipd_v2(), seipd_v2, "{name}");
    let sealed = seal_letter(&letter(&key)?, std::slice::from_ref(&to), &key, now()?)?;
    reads_ours(peer, &sealed, &key).with_context(|| format!("{name} with our letter"))?;
    unpacks_ours(peer, &to, &key).with_context(|| format!("{name} with our enclosures"))?;
    we_read(peer, &key).with_context(|| format!("{name}'s answer"))
}

#[test]
fn gpg_reads_us_and_we_read_gpg() -> Result<()> {
    for algorithm in ["future-default", "rsa3072"] {
        both_ways(algorithm, &GpgPeer::start(algorithm)?, false)?;
    }
    Ok(())
}

#[test]
fn debians_sequoia_reads_us_and_we_read_it() -> Result<()> {
    both_ways("sqop", &Sop::sqop()?, false)?;
    both_ways("sq", &Sq::start()?, false)
}

#[test]
fn openpgp_js_reads_us_and_we_read_it() -> Result<()> {
    both_ways("OpenPGP.js, version 4", &Sop::openpgp_js("v4")?, false)?;
    both_ways("OpenPGP.js, version 6", &Sop::openpgp_js("v6")?, true)
}

#[test]
fn todays_sequoia_reads_us_and_we_read_it() -> Result<()> {
    both_ways("Sequoia, version 4", &Sop::sequoia("v4")?, true)?;
    both_ways("Sequoia, version 6", &Sop::sequoia("v6")?, true)?;
    both_ways("Sequoia, post-quantum", &Sop::sequoia("pq")?, true)
}

/// One letter to all of them, opened by each with a good signature.
fn one_letter_for(peers: &[(&str, &dyn Peer)]) -> Result<()> {
    let desk = peers.iter().map(|(_, peer)| judged(*peer)).collect::<Result<Vec<_>>>()?;
    let key = case_key(8);
    let sealed = seal_letter(&letter(&key)?, &desk, &key, now()?)?;
    for (name, peer) in peers {
        reads_ours(*peer, &sealed, &key).with_context(|| (*name).to_owned())?;
    }
    Ok(())
}

#[test]
fn one_letter_opens_for_every_member_of_a_mixed_desk() -> Result<()> {
    let (gpg, sqop, sq) = (GpgPeer::start("future-default")?, Sop::sqop()?, Sq::start()?);
    let (js4, js6) = (Sop::openpgp_js("v4")?, Sop::openpgp_js("v6")?);
    let (sequoia, quantum) = (Sop::sequoia("v4")?, Sop::sequoia("pq")?);
    one_letter_for(&[
        ("gpg", &gpg),
        ("sqop", &sqop),
        ("sq", &sq),
        ("OpenPGP.js", &js4),
        ("Sequoia", &sequoia),
    ])?;
    // With a version 6 key beside them, and with a post-quantum one.
    one_letter_for(&[
        ("gpg", &gpg),
        ("OpenPGP.js", &js4),
        ("OpenPGP.js, version 6", &js6),
        ("Sequoia", &sequoia),
    ])?;
    one_letter_for(&[("gpg", &gpg), ("OpenPGP.js", &js4), ("Sequoia, post-quantum", &quantum)])
}

#[test]
fn sequoia_1_opens_a_letter_to_a_desk_with_a_version_six_key_but_cannot_check_who_signed_it() -> Result<()> {
    // Its parser drops a signature that names a recipient of version 6. docs/INTEROP.md says so; when this fails, so must that.
    let (sqop, js6) = (Sop::sqop()?, Sop::openpgp_js("v6")?);
    let key = case_key(8);
    let sealed = seal_letter(&letter(&key)?, &[judged(&sqop)?, judged(&js6)?], &key, now()?)?;
    let verified = sqop.open(sealed.as_bytes(), &key.certificate().to_armored());
    ensure!(verified.is_err_and(|why| why.to_string().contains("No acceptable signatures")), "it can now");
    ensure!(sqop.decrypt(sealed.as_bytes())?.starts_with(b"MIME-Version: 1.0"), "it does not open");
    Ok(())
}

#[test]
fn the_table_in_the_docs_names_the_versions_that_ran() -> Result<()> {
    let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/INTEROP.md"))?;
    for (peer, pinned) in [
        (GpgPeer::start("future-default")?.version()?, "gpg (GnuPG) 2.2"),
        (Sop::sqop()?.version()?, "sqop 0.27"),
        (Sq::start()?.version()?, "sq 0.27"),
        (Sop::openpgp_js("v4")?.version()?, "OpenPGP.js 6.3.2"),
        (Sop::sequoia("v4")?.version()?, "pysequoia 0.1.35"),
    ] {
        ensure!(peer.starts_with(pinned), "{pinned} is {peer} here");
        ensure!(table.contains(pinned), "docs/INTEROP.md does not name {pinned}");
    }
    Ok(())
}
