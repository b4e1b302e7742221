//! Says what a rebuild depends on beside the sources: the migrations, and in a release the built browser app.

fn main() {
    let mut lines = vec!["cargo::rerun-if-changed=migrations".to_owned()];
    let release = std::env::var_os("PROFILE").is_some_and(|profile| profile == "release");
    if release {
        lines.push("cargo::rerun-if-changed=../dist".to_owned());
    }
    let mut out = std::io::stdout().lock();
    for line in lines {
        std::io::Write::write_all(&mut out, format!("{line}\n").as_bytes()).expect("cargo reads our output");
    }
}
