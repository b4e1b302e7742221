//! `sealpost init`: a team's folder for a relay, its keys, and this machine's settings. Never overwrites anything.

mod args;
mod preset;
mod security_txt;
mod team_keys;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sealpost_shared::Timestamp;
use sealpost_shared::policy::Policy;
use serde_json::json;
use toml_edit::{DocumentMut, table, value};

pub(crate) use self::args::InitArgs;
use self::args::{EMAIL_TO_CHANGE, RELAY_TO_CHANGE};
use self::team_keys::TeamKeys;
use crate::config::{Context, usage};
use crate::files;
use crate::relay_api::RelayApi;

/// Makes a team.
///
/// # Errors
/// When the folder is there already, an address is malformed or a key cannot be made.
pub(crate) fn run(context: &Context, args: &InitArgs) -> Result<()> {
    let relay = args.relay.trim_end_matches('/');
    RelayApi::new(relay)?;
    let folder = args.dir.join(args.slug.as_str());
    ensure!(
        !folder.exists(),
        "{} is there already and stays as it is; choose another --slug or folder",
        folder.display()
    );
    let now = context.now();
    // A dry run with no key: every slip is found before a key is made.
    check(&preset::fill(args, &[preset::placeholder()], now)?.text)?;
    let keys = team_keys::find_or_make(context, args, now)?;
    // A key made by gpg, or after a minute of thinking up a passphrase, is younger than the start of this command.
    let now = context.now();
    for cert in &keys.certificates {
        cert.judge(now)
            .with_context(|| format!("the certificate {} cannot be sealed to", cert.fingerprint()))?;
    }
    let preset::Filled { text, left_out } = preset::fill(args, &keys.fingerprints(), now)?;
    let policy = check(&text)?;
    let security_txt = security_txt::text(&policy, relay, now);
    write_team(args, &folder, &text, &keys, &security_txt, now)?;
    let config = write_config(context, args, relay, &keys)?;
    let made = Made {
        folder: &folder,
        policy: &policy,
        keys: &keys,
        left_out: &left_out,
        config: config.as_deref(),
    };
    say(context, args, &made);
    Ok(())
}

fn check(text: &str) -> Result<Policy> {
    Policy::from_toml(text).or_else(|why| usage(format!("the policy would be wrong: {why}")))
}

/// Writes beside, then renames: a relay never sees half a team.
fn write_team(
    args: &InitArgs,
    folder: &Path,
    policy: &str,
    keys: &TeamKeys,
    security_txt: &str,
    now: Timestamp,
) -> Result<()> {
    let signature = keys.keyring.sign_detached(policy.as_bytes(), now).context("cannot sign the policy")?;
    let security_txt = keys.keyring.sign_cleartext(security_txt, now).context("cannot sign security.txt")?;
    fs::create_dir_all(&args.dir).with_context(|| format!("cannot make {}", args.dir.display()))?;
    let new = tempfile::Builder::new().prefix(".new-").tempdir_in(&args.dir)?;
    let certs = new.path().join("certs");
    fs::create_dir(&certs)?;
    for cert in &keys.certificates {
        files::create(
            &certs.join(format!("{}.asc", cert.fingerprint())),
            cert.to_armored().as_bytes(),
            0o644,
        )?;
    }
    for (name, text) in
        [("policy.toml", policy), ("policy.toml.asc", &signature), ("security.txt", &security_txt)]
    {
        files::create(&new.path().join(name), text.as_bytes(), 0o644)?;
    }
    // Everything in it is public, and a relay may run as another user.
    for folder in [new.path(), &certs] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    }
    fs::rename(new.keep(), folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Writes `config.toml` unless one is there; says where.
fn write_config(context: &Context, args: &InitArgs, relay: &str, keys: &TeamKeys) -> Result<Option<PathBuf>> {
    let path = context.home.config();
    if path.exists() {
        context.ui.warn(&format!(
            "{} is there already and stays as it is; for this team pass --relay {relay} --team {} --key {}",
            path.display(),
            args.slug,
            keys.keyring.fingerprint()
        ));
        return Ok(None);
    }
    files::private_folder(context.home.path())?;
    let mut settings = DocumentMut::new();
    settings.decor_mut().set_prefix(
        "# Written by `sealpost init`. Flags and SEALPOST_… variables beat what stands here.\n\n",
    );
    settings["team"] = table();
    for (key, text) in [
        ("relay", relay),
        ("slug", args.slug.as_str()),
        ("desk", "team"),
        ("key", keys.keyring.fingerprint().as_str()),
        ("keyring", if args.key_file { "file" } else { "gpg" }),
        ("signer", keys.keyring.fingerprint().as_str()),
    ] {
        settings["team"][key] = value(text);
    }
    files::create(&path, settings.to_string().as_bytes(), 0o600)?;
    Ok(Some(path))
}

/// What was made, for saying so.
struct Made<'a> {
    folder: &'a Path,
    policy: &'a Policy,
    keys: &'a TeamKeys,
    left_out: &'a [String],
    config: Option<&'a Path>,
}

fn say(context: &Context, args: &InitArgs, made: &Made<'_>) {
    let (ui, policy, signer) = (context.ui, made.policy, made.keys.keyring.fingerprint());
    ui.json(&json!({
        "folder": made.folder, "config": made.config, "fingerprint": signer, "fingerprints": made.keys.fingerprints(),
        "key_file": made.keys.file, "left_out": made.left_out, "expires": policy.identity.expires,
    }));
    ui.heading(&format!("Made the team “{}” in {}", policy.identity.name, made.folder.display()));
    ui.say("  policy.toml, policy.toml.asc, security.txt, certs/");
    for step in made.left_out {
        ui.say(&format!("  The step “{step}” is left out of the ladder: nobody was named for it."));
    }
    for (flag, given, to_change) in
        [("--email", &args.email, EMAIL_TO_CHANGE), ("--relay", &args.relay, RELAY_TO_CHANGE)]
    {
        if given == to_change {
            ui.say(&format!("  {to_change} is good for a first look only: name another with {flag} before others rely on it."));
        }
    }
    if let Some(path) = &made.keys.file {
        ui.say(&format!("  The secret key is {}. Keep a copy in a safe place.", path.display()));
    }
    if args.post_quantum {
        ui.say("  Reports are sealed to its post-quantum subkey. `sealpost` opens them; gpg cannot, also not with this key imported.");
    }
    if let Some(path) = made.config {
        ui.say(&format!("  This machine's settings are {}.", path.display()));
    }
    ui.say(&format!("\nFingerprint  {}", signer.grouped()));
    ui.say("Publish it wherever the project speaks: reporters compare it.");
    let relay = args.relay.trim_end_matches('/');
    let listen =
        relay.strip_prefix("http://").map(|address| format!(" --listen {address}")).unwrap_or_default();
    let teams = args.dir.display();
    ui.say(&format!(
        "\nNext:\n  sealpost-relay serve --teams {teams} --data ./relay-data --origin {relay}{listen}\n  sealpost pull"
    ));
}
