//! `sealpost client offline`: the page in one file, with the team's policy and keys in it, signed by the key that signs the policy.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use sealpost_shared::limits;
use sealpost_shared::policy::Policy;
use sealpost_shared::wire::v1::{BundleResponse, OFFLINE_PAGE};
use serde_json::json;

use crate::args::TeamArgs;
use crate::bundle::{Bundle, SignerOption, sha256};
use crate::config::{self, Context};
use crate::relay_api::RelayApi;
use crate::{files, keyring};

/// The template has under two million bytes.
const MAX_TEMPLATE_BYTES: u64 = 6 << 20;

/// Where the bundle goes, as the build leaves it.
const MARKER: &str = "{{bundle}}";

/// `sealpost client offline`
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  sealpost client offline ./teams/rust --template dist/sealpost-offline.template --relay https://reports.example.org

`cargo xtask build` leaves the template in dist; what you sign should come from a build of your own, so it is not fetched from a relay.
Policy, keys and address are those that the relay publishes now: make the page again after every change, then `kill -HUP` the relay.")]
pub(crate) struct OfflineArgs {
    /// The team's folder, with policy.toml: the page and its signature are written beside it.
    pub(crate) folder: PathBuf,
    /// The page without a team, from a build of your own.
    #[arg(long, value_name = "FILE")]
    pub(crate) template: PathBuf,
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// Fills, writes and signs the page.
///
/// # Errors
/// When the relay publishes another policy than the folder holds, a key of the team cannot be sealed to, or the signing key is another
/// than the policy names.
pub(crate) fn run(context: &Context, args: &OfflineArgs) -> Result<()> {
    let text = files::read_text(&args.folder.join("policy.toml"), limits::MAX_POLICY_BYTES as u64)?;
    let policy = Policy::from_toml(&text).context("policy.toml")?;
    let (slug, signer) = (&policy.identity.slug, &policy.identity.signed_by);
    let team = TeamArgs { team: Some(slug.clone()), key: Some(signer.clone()), ..args.team.clone() };
    let relay = config::team(&context.home, &team)?.relay;
    let bundle = RelayApi::new(&relay)?.bundle(slug)?;
    ensure!(
        bundle.policy == text,
        "the relay publishes another policy than {} holds; `kill -HUP` the relay so that it reads the folder again, then repeat this",
        args.folder.display()
    );
    let bundle = Bundle::check(bundle, slug, signer, SignerOption::Signer, context.now())?;
    bundle.recipients(bundle.policy().team_desk(), context.now())?;
    let template = files::read_text(&args.template, MAX_TEMPLATE_BYTES)?;
    let page = filled(&template, bundle.response())?;
    let keyring = keyring::find(&config::key(&context.home, &team, slug)?)?;
    ensure!(
        *keyring.fingerprint() == *signer,
        "the policy is signed by {signer}, and so must be this page; this key is {}",
        keyring.fingerprint()
    );
    let signature = keyring.sign_detached(page.as_bytes(), context.now())?;
    let file = write(&args.folder, OFFLINE_PAGE, page.as_bytes())?;
    let signed = write(&args.folder, &format!("{OFFLINE_PAGE}.asc"), signature.as_bytes())?;
    let digest = sha256(page.as_bytes());
    context.ui.json(&json!({
        "file": file, "signature": signed, "sha256": digest, "bytes": page.len(), "signed_by": signer, "version": policy.identity.version,
    }));
    context.ui.say(&format!("{}\n{}\nSHA-256 {digest}", file.display(), signed.display()));
    context
        .ui
        .say("`kill -HUP` the relay: the team's page offers it then, until policy, keys or address change.");
    Ok(())
}

/// What stands in the page cannot end the element it stands in: JSON may write `<` as an escape.
fn filled(template: &str, bundle: &BundleResponse) -> Result<String> {
    ensure!(
        template.matches(MARKER).count() == 1 && template.starts_with("<!doctype html>"),
        "this is no template of the offline page; `cargo xtask build` leaves it in dist/sealpost-offline.template"
    );
    let bundle = BundleResponse { offline: None, ..bundle.clone() };
    let json = serde_json::to_string(&bundle)?.replace('<', "\\u003c");
    Ok(template.replacen(MARKER, &json, 1))
}

/// Readable by the relay's account, like the other files of the folder.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use sealpost_shared::wire::v1::{OfflinePage, RelayIdentity};

    use super::*;

    fn bundle(policy: &str) -> BundleResponse {
        BundleResponse {
            policy: policy.to_owned(),
            policy_signature: String::new(),
            certificates: Vec::new(),
            relay: RelayIdentity { origin: "https://relay.example".to_owned(), certificate: String::new() },
            offline: Some(OfflinePage { sha256: "00".repeat(32), bytes: 1 }),
        }
    }

    #[test]
    fn a_policy_cannot_end_the_element_it_stands_in_and_comes_out_as_it_went_in() {
        let hostile = "name = \"</script><script>alert(1)</script>\"";
        let page =
            filled("<!doctype html><script id=\"bundle\">{{bundle}}</script>", &bundle(hostile)).unwrap();
        assert_eq!(page.matches("</script>").count(), 1);
        let json = page.split("\"bundle\">").nth(1).unwrap().strip_suffix("</script>").unwrap();
        let read: BundleResponse = serde_json::from_str(json).unwrap();
        assert_eq!((read.policy.as_str(), read.offline), (hostile, None));
    }

    #[test]
    fn something_else_than_a_template_is_refused() {
        for text in ["<!doctype html>", "{{bundle}}", "<!doctype html>{{bundle}}{{bundle}}"] {
            assert!(filled(text, &bundle("")).is_err(), "{text}");
        }
    }
}
