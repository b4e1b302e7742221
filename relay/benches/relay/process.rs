//! The real program, on a folder of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts it; what it logs is read and thrown away, as a log of its own would.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sealpost-relay"))
            .arg("serve")
            .args(["--teams".as_ref(), folder.join("teams").as_os_str()])
            .args(["--data".as_ref(), folder.join("data").as_os_str()])
            // What a sender computes is not what is measured here.
            .args(["--listen", "127.0.0.1:0", "--proof-bits", "0", "--desk-quota-mib", "1000000"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let up = lines.find_map(|line| line.unwrap().split("listening=").nth(1).map(str::to_owned)).unwrap();
        let address = up.split(' ').next().unwrap().parse().unwrap();
        std::thread::spawn(move || lines.map_while(Result::ok).count());
        Self { child, address }
    }

    /// The most memory that it ever had, in MiB.
    pub(crate) fn peak_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
