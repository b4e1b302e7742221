//! Disks that fill up, that only read, and that fail while they write; and that nothing is acknowledged before it is written through. What
//! this machine does not allow (mounting, tracing) is left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sealpost_keys::TeamCert;

use crate::build::{OpenCase, seal};
use crate::process::{Acknowledged, PROGRAM, Process, assert_kept, team};

/// More letters than any disk of these tests holds, or any failure of theirs lasts.
const MANY: usize = 300;

/// A disk in memory.
struct Disk(PathBuf);

impl Disk {
    /// Mounts it where that is allowed.
    fn mount(at: PathBuf, options: &str) -> Option<Self> {
        fs::create_dir(&at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&at);
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Self(at));
        }
        None
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone_with_the_machine_else = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

fn send(relay: &Process, to: &TeamCert) -> (u16, Acknowledged) {
    let mut case = OpenCase::new(to);
    case.letter = seal(&case.key, to, &"x".repeat(60_000));
    let (status, receipt) = relay.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap();
    (status, Acknowledged { case, receipt })
}

/// Sends letters until one is answered otherwise; hands out those that were acknowledged, and that one.
fn send_until_refused(relay: &Process, to: &TeamCert) -> (Vec<Acknowledged>, u16, Acknowledged) {
    let mut acknowledged = Vec::new();
    for _ in 0..MANY {
        match send(relay, to) {
            (201, letter) => acknowledged.push(letter),
            (status, letter) => return (acknowledged, status, letter),
        }
    }
    panic!("{MANY} letters were acknowledged");
}

#[test]
fn a_disk_that_filled_up_is_used_again_once_there_is_room_without_a_restart() {
    let (folder, to) = team();
    let Some(disk) = Disk::mount(folder.path().join("data"), "size=8m,mode=700") else { return };
    let filler = disk.0.join("filler");
    fs::write(&filler, vec![0; 3 << 20]).unwrap();
    let relay = Process::start(folder.path(), "export SEALPOST_RELAY_DISK_FLOOR_MIB=0");
    let (mut acknowledged, status, refused) = send_until_refused(&relay, &to);
    assert!(status == 503 || status == 507, "{status}");
    assert!(!acknowledged.is_empty());
    assert_kept(&relay, &acknowledged);
    fs::remove_file(&filler).unwrap();
    let case = &refused.case;
    let (status, receipt) = relay.ask("PUT", &case.path(), &case.token(), &case.letter).unwrap();
    assert!(status == 201, "{}", relay.kill());
    acknowledged.push(Acknowledged { case: refused.case, receipt });
    relay.kill();
    assert_kept(&Process::start(folder.path(), "export SEALPOST_RELAY_DISK_FLOOR_MIB=0"), &acknowledged);
}

#[test]
fn a_disk_that_only_reads_stops_the_start_and_says_what_to_do() {
    let (folder, _) = team();
    let Some(disk) = Disk::mount(folder.path().join("data"), "size=64m,mode=700") else { return };
    Process::start(folder.path(), "").kill();
    let again = Command::new("mount").args(["-o", "remount,ro"]).arg(&disk.0).output().unwrap();
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--listen", "127.0.0.1:0", "--teams"]).arg(folder.path().join("teams"));
    let refused = command.arg("--data").arg(&disk.0).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("must be writable by the relay's user"), "{said}");
}

/// A relay under `strace`, where that may trace.
struct Traced {
    relay: Process,
}

impl Traced {
    fn start(folder: &Path, arguments: &str) -> Option<Self> {
        let may = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
        if !may.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let serve =
            "serve --teams \"$1\" --data \"$2\" --listen 127.0.0.1:0 --proof-bits 2 --cases-per-hour 1000000";
        let log = folder.join("trace");
        let trace = format!("exec strace -f -qq -o '{}' {arguments} -- \"$0\" {serve}", log.display());
        Some(Self { relay: Process::start(folder, &trace) })
    }

    /// Ends the relay, and `strace` with it.
    fn end(mut self) {
        let id = self.relay.child.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        assert!(
            Command::new("kill").arg("-KILL").args(children.split_whitespace()).status().unwrap().success()
        );
        self.relay.child.wait().unwrap();
    }
}

#[test]
fn no_letter_is_acknowledged_before_it_is_written_through() {
    let (folder, to) = team();
    let calls = "-e trace=fdatasync,fsync,write,writev,sendto -s 16";
    let Some(traced) = Traced::start(folder.path(), calls) else { return };
    for _ in 0..5 {
        assert_eq!(send(&traced.relay, &to).0, 201);
    }
    traced.end();
    let trace = fs::read_to_string(folder.path().join("trace")).unwrap();
    let (mut synced, mut acknowledged) = (0, 0);
    for line in trace.lines() {
        if line.contains("sync") && line.ends_with("= 0") {
            synced += 1;
        } else if line.contains("HTTP/1.1 201") {
            assert!(synced > 0, "acknowledgement {acknowledged} came first:\n{trace}");
            (synced, acknowledged) = (0, acknowledged + 1);
        }
    }
    assert_eq!(acknowledged, 5, "{trace}");
}

/// The calls of one thread are counted: the one that writes has brought the tables up to date before, with far fewer.
#[test]
fn a_disk_that_fails_to_write_through_is_no_acknowledgement_and_is_used_again_when_it_works() {
    let (folder, to) = team();
    let fail = "-e trace=fdatasync,fsync -e inject=fdatasync,fsync:error=EIO:when=60..63";
    let Some(traced) = Traced::start(folder.path(), fail) else { return };
    let (mut acknowledged, status, _) = send_until_refused(&traced.relay, &to);
    assert_eq!(status, 503);
    let again = (0..MANY).map(|_| send(&traced.relay, &to)).find(|(status, _)| *status == 201);
    acknowledged.push(again.expect("the disk works again").1);
    traced.end();
    assert_kept(&Process::start(folder.path(), ""), &acknowledged);
}
