//! The sealing of a small invented app.

use super::*;

fn parts() -> Parts {
    Parts {
        html: "<!doctype html><link rel=\"stylesheet\" href=\"/__APP_CSS__\" integrity=\"__APP_CSS_SRI__\">\
               <script type=\"module\" src=\"/__APP_JS__\" integrity=\"__APP_JS_SRI__\"></script>"
            .to_owned(),
        app_glue: "async function __wbg_init(options) {}".to_owned(),
        app_wasm: b"\0asm app".to_vec(),
        boot: "await __wbg_init('/__APP_WASM__', '__APP_WASM_SRI__', '__RELEASE__', '__VAULT_WASM__', '__WORKER_JS__');"
            .to_owned(),
        css: "body { margin: 0 }".to_owned(),
        vault_glue: "export function handle() {}".to_owned(),
        vault_wasm: b"\0asm vault".to_vec(),
        plain: BTreeMap::from([
            ("sw.js".to_owned(), b"const FILES = __FILES__; const ID = '__RELEASE__';".to_vec()),
            ("worker.js".to_owned(), b"import init from './__VAULT_JS__';".to_vec()),
            ("icons/seal.png".to_owned(), vec![0xff, 0x00, 0xfe]),
        ]),
        offline: offline::Offline::sample("go()"),
    }
}

fn text<'a>(release: &'a Release, path: &str) -> &'a str {
    std::str::from_utf8(&release.files[path]).unwrap()
}

fn only<'a>(release: &'a Release, start: &str, end: &str) -> &'a str {
    let mut found = release.files.keys().filter(|path| path.starts_with(start) && path.ends_with(end));
    let path = found.next().unwrap();
    assert!(found.next().is_none());
    path
}

#[test]
fn every_name_and_integrity_value_is_that_of_the_final_bytes() {
    let release = seal(&parts()).unwrap();
    let module = only(&release, "app-", ".js");
    let bytes = &release.files[module];
    let hash = HEXLOWER.encode(&Sha384::digest(bytes));
    assert!(hash.starts_with(module.trim_start_matches("app-").trim_end_matches(".js")));
    assert!(
        text(&release, "index.html")
            .contains(&format!("src=\"/{module}\" integrity=\"{}\"", integrity(bytes)))
    );
    let wasm = only(&release, "app-", ".wasm");
    assert!(text(&release, module).contains(wasm));
    assert!(text(&release, module).contains(&integrity(b"\0asm app")));
    let worker = only(&release, "worker-", ".js");
    assert!(text(&release, worker).contains(only(&release, "vault-", ".js")));
    assert!(text(&release, module).contains(worker), "a page asks for the worker of its own release");
}

#[test]
fn the_service_worker_lists_every_file_of_the_app_but_itself_with_the_right_hash() {
    let release = seal(&parts()).unwrap();
    let sw = text(&release, "sw.js");
    let list = sw.trim_start_matches("const FILES = ").split(';').next().unwrap();
    let list: Vec<(String, String)> = serde_json::from_str::<Vec<[String; 2]>>(list)
        .unwrap()
        .into_iter()
        .map(|[path, hash]| (path, hash))
        .collect();
    let expected: Vec<(String, String)> = release
        .files
        .iter()
        .filter(|(path, _)| !["sw.js", "release.json", offline::TEMPLATE].contains(&path.as_str()))
        .map(|(path, bytes)| (address(path), integrity(bytes)))
        .collect();
    assert_eq!(list, expected);
    assert!(list.iter().any(|(path, _)| path == "/") && sw.contains(&format!("ID = '{}'", release.id)));
}

#[test]
fn release_json_lists_every_other_file() {
    let release = seal(&parts()).unwrap();
    let listing: serde_json::Value = serde_json::from_slice(&release.files["release.json"]).unwrap();
    assert_eq!(listing["release"], release.id);
    let files = listing["files"].as_object().unwrap();
    assert_eq!(files.len(), release.files.len() - 1);
    for (path, entry) in files {
        let bytes = &release.files[path];
        assert_eq!(entry["bytes"], bytes.len());
        assert_eq!(entry["sha384"], HEXLOWER.encode(&Sha384::digest(bytes)));
    }
}

#[test]
fn the_same_parts_give_the_same_release_and_a_changed_byte_another_id() {
    let first = seal(&parts()).unwrap();
    assert_eq!(first, seal(&parts()).unwrap());
    let mut changed = parts();
    changed.vault_wasm.push(0);
    assert_ne!(first.id, seal(&changed).unwrap().id);
}

#[test]
fn an_inline_script_in_the_page_fails_the_seal() {
    let mut bad = parts();
    bad.html.push_str("<script>alert(1)</script>");
    assert!(seal(&bad).unwrap_err().to_string().contains("inline <script>"));
}

#[test]
fn writing_replaces_an_older_release_and_adds_brotli() {
    let folder = tempfile::tempdir().unwrap();
    let dist = folder.path().join("dist");
    std::fs::create_dir(&dist).unwrap();
    std::fs::write(dist.join("app-old.js"), "old").unwrap();
    let mut long = parts();
    long.css = "body { margin: 0 }\n".repeat(50);
    let release = seal(&long).unwrap();
    write(&release, &dist).unwrap();
    assert!(!dist.join("app-old.js").exists());
    let css = only(&release, "app-", ".css");
    assert_eq!(std::fs::read(dist.join(css)).unwrap(), long.css.as_bytes());
    assert!(dist.join(format!("{css}.br")).is_file());
    assert!(!dist.join("icons/seal.png.br").exists());
}
