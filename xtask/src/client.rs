//! Builds the browser app: Trunk for the page and its wasm, cargo and wasm-bindgen for the vault, then the seal.
//!
//! The vault is not built by Trunk: Trunk would name it by a hash of its own and write a loader that the content
//! security policy forbids, while the worker only needs one glue file and one wasm file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::npm::Npm;
use crate::parts::Stage;
use crate::place::{Place, path_with};
use crate::setup::Setup;
use crate::{seal, sh, size, stamp};

/// Cargo's profile for what the browser loads: see Cargo.toml.
const PROFILE: &str = "wasm";

/// Builds dist/ unless it is what the inputs give already.
pub(crate) fn build(place: &Place, setup: &Setup) -> Result<()> {
    let inputs = stamp::inputs(&place.root)?;
    if stamp::is_current(place, &inputs) {
        sh::say("▸ the browser app is up to date");
        return Ok(());
    }
    stamp::forget(place)?;
    let work = place.target.join("browser-app");
    let (trunk, vault) = (work.join("trunk"), work.join("vault"));
    let builder = Builder::new(place, setup)?;
    builder.fetch()?;
    builder.app(&trunk)?;
    builder.vault(&vault)?;
    let stage = Stage {
        trunk: &trunk,
        vault: &vault,
        web: &place.root.join("client/web"),
        offline: &place.root.join("client/offline"),
        policies: &place.root.join("policies"),
    };
    let release = seal::seal(&stage.read()?)?;
    seal::write(&release, &place.dist())?;
    sh::say(format_args!("  sealed release {} in dist/", release.id));
    size::gate(&place.dist())?;
    stamp::write(place, &inputs)
}

struct Builder<'a> {
    place: &'a Place,
    setup: &'a Setup,
    npm: Npm,
    path: OsString,
}

impl<'a> Builder<'a> {
    fn new(place: &'a Place, setup: &'a Setup) -> Result<Self> {
        let npm = setup.npm(place)?;
        let path = path_with(&[setup.wasm_bindgen(place)?, npm.bin()])?;
        Ok(Self { place, setup, npm, path })
    }

    /// Trunk is told to stay offline, so what it compiles is fetched before.
    fn fetch(&self) -> Result<()> {
        sh::run_quietly("fetching crates", &mut self.place.cargo(&["fetch"]))
    }

    fn app(&self, stage: &Path) -> Result<()> {
        let mut command = self.command(&self.setup.trunk(self.place)?.join("trunk"))?;
        command.args(["build", "--dist"]).arg(stage).env("TRUNK_SKIP_VERSION_CHECK", "true");
        // Trunk takes only the words true and false here and stops at the usual `1`.
        command.env_remove("NO_COLOR");
        sh::run("building the browser app (about 2 minutes when nothing is built yet)", &mut command)
    }

    fn vault(&self, stage: &Path) -> Result<()> {
        let mut cargo = self.command(Path::new("cargo"))?;
        cargo.args([
            "build",
            "--package",
            "sealpost-vault",
            "--profile",
            PROFILE,
            "--target",
            crate::wasm::TARGET,
        ]);
        sh::run("building the vault (about 2 minutes when nothing is built yet)", &mut cargo)?;
        let compiled = self.compiled_vault()?;
        let mut bindgen = self.command(Path::new("wasm-bindgen"))?;
        bindgen.args([
            "--target",
            "web",
            "--no-typescript",
            "--omit-default-module-path",
            "--out-name",
            "vault",
        ]);
        sh::run_quietly("writing the vault's glue", bindgen.arg("--out-dir").arg(stage).arg(compiled))?;
        let wasm = stage.join("vault_bg.wasm");
        // Never --all-features: browsers refuse what wasm-opt then emits. -Oz reads what the file may use.
        let mut optimise = self.command(&self.npm.bin().join("wasm-opt"))?;
        sh::run_quietly("shrinking the vault", optimise.arg("-Oz").arg(&wasm).arg("--output").arg(&wasm))
    }

    fn compiled_vault(&self) -> Result<PathBuf> {
        let folder = self.setup.wasm(self.place)?.built(PROFILE);
        let names = ["sealpost_vault.wasm", "sealpost-vault.wasm"];
        let file = names.iter().map(|name| folder.join(name)).find(|file| file.is_file());
        let file =
            file.with_context(|| format!("cargo left no vault in {}: is it a cdylib?", folder.display()))?;
        ensure!(file.metadata()?.len() > 0, "{} is empty", file.display());
        Ok(file)
    }

    fn command(&self, program: &Path) -> Result<Command> {
        let mut command = self.place.command(program);
        self.setup.wasm(self.place)?.apply(&mut command).env("PATH", &self.path);
        Ok(command)
    }
}
