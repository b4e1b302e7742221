//! What must be there before a step can run. Each thing is looked for when a step first asks for it, and installed then.

use std::cell::OnceCell;
use std::path::PathBuf;

use anyhow::Result;

use crate::npm::Npm;
use crate::peers::Peers;
use crate::place::Place;
use crate::tools::Tool;
use crate::wasm::{Source, Wasm};
use crate::{debian, python, sh};

/// The set-up, found or made as it is asked for.
#[derive(Debug)]
pub(crate) struct Setup {
    wanted_wasm: Option<Source>,
    wasm: OnceCell<Wasm>,
}

impl Setup {
    pub(crate) fn new(wanted_wasm: Option<Source>) -> Self {
        Self { wanted_wasm, wasm: OnceCell::new() }
    }

    /// Everything, so that a machine can be prepared while it has a network.
    pub(crate) fn for_everything(&self, place: &Place) -> Result<()> {
        debian::ensure(debian::FOR_BUILDING)?;
        debian::ensure(debian::FOR_TESTING)?;
        self.wasm(place)?;
        self.npm(place)?;
        self.peers(place)?;
        self.python(place)?;
        self.wasm_bindgen(place)?;
        self.trunk(place)?;
        self.cargo_deny(place)?;
        sh::say(format_args!("everything is there; tools are in {}", place.tools.display()));
        Ok(())
    }

    /// The compiler for the browser.
    pub(crate) fn wasm(&self, place: &Place) -> Result<&Wasm> {
        if let Some(wasm) = self.wasm.get() {
            return Ok(wasm);
        }
        let wasm = Wasm::ensure(place, self.wanted_wasm)?;
        Ok(self.wasm.get_or_init(|| wasm))
    }

    /// wasm-opt, playwright-core, axe-core.
    pub(crate) fn npm(&self, place: &Place) -> Result<Npm> {
        Npm::ensure(place)
    }

    /// OpenPGP.js and Sequoia, for the tests.
    pub(crate) fn peers(&self, place: &Place) -> Result<Peers> {
        Peers::ensure(place)
    }

    /// A Python with a second reader of calendar files.
    pub(crate) fn python(&self, place: &Place) -> Result<PathBuf> {
        python::ensure(place)
    }

    /// The folder with `wasm-bindgen` and `wasm-bindgen-test-runner`.
    pub(crate) fn wasm_bindgen(&self, place: &Place) -> Result<PathBuf> {
        Tool::wasm_bindgen(place)?.ensure(place)
    }

    /// The folder with `trunk`.
    pub(crate) fn trunk(&self, place: &Place) -> Result<PathBuf> {
        Tool::trunk().ensure(place)
    }

    /// The folder with `cargo-deny`.
    pub(crate) fn cargo_deny(&self, place: &Place) -> Result<PathBuf> {
        Tool::cargo_deny().ensure(place)
    }
}
