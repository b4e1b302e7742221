//! Package URLs and registries. **Rule:** the purl specification; OSV schema, `affected[].package`.

use std::str::FromStr as _;

use packageurl::PackageUrl;

/// OSV's name of a registry, the purl type that goes with it, its address where CVE records may name it (others are named by vendor and
/// product), and whether its versions are SemVer.
struct Registry {
    ecosystem: &'static str,
    purl: &'static str,
    url: Option<&'static str>,
    semver: bool,
}

const REGISTRIES: &[Registry] = &[
    Registry { ecosystem: "crates.io", purl: "cargo", url: Some("https://crates.io"), semver: true },
    Registry { ecosystem: "npm", purl: "npm", url: None, semver: true },
    Registry { ecosystem: "Go", purl: "golang", url: Some("https://pkg.go.dev"), semver: true },
    Registry { ecosystem: "PyPI", purl: "pypi", url: None, semver: false },
    Registry {
        ecosystem: "Maven",
        purl: "maven",
        url: Some("https://repo.maven.apache.org/maven2"),
        semver: false,
    },
    Registry { ecosystem: "RubyGems", purl: "gem", url: Some("https://rubygems.org"), semver: false },
    Registry {
        ecosystem: "NuGet",
        purl: "nuget",
        url: Some("https://www.nuget.org/packages"),
        semver: false,
    },
    Registry { ecosystem: "Packagist", purl: "composer", url: Some("https://packagist.org"), semver: false },
    Registry { ecosystem: "Hex", purl: "hex", url: Some("https://hex.pm"), semver: true },
    Registry { ecosystem: "Pub", purl: "pub", url: Some("https://pub.dev"), semver: true },
    Registry {
        ecosystem: "Hackage",
        purl: "hackage",
        url: Some("https://hackage.haskell.org"),
        semver: false,
    },
    Registry { ecosystem: "CRAN", purl: "cran", url: Some("https://cran.r-project.org"), semver: false },
    Registry { ecosystem: "SwiftURL", purl: "swift", url: None, semver: true },
    Registry { ecosystem: "GitHub Actions", purl: "githubactions", url: None, semver: true },
    Registry { ecosystem: "Debian", purl: "deb", url: None, semver: false },
    Registry { ecosystem: "Alpine", purl: "apk", url: None, semver: false },
    Registry { ecosystem: "Linux", purl: "generic", url: None, semver: false },
];

fn registry(ecosystem: &str) -> Option<&'static Registry> {
    REGISTRIES.iter().find(|each| each.ecosystem == ecosystem)
}

pub(crate) fn check_ecosystem(name: &str) -> Result<String, String> {
    match registry(name) {
        Some(_) => Ok(name.to_owned()),
        None => {
            let known: Vec<&str> = REGISTRIES.iter().map(|each| each.ecosystem).collect();
            Err(format!("“{name}” is no ecosystem known here; there are {}", known.join(", ")))
        }
    }
}

/// Whether versions of that registry are compared as SemVer says.
pub(crate) fn is_semver(ecosystem: Option<&str>) -> bool {
    ecosystem.and_then(registry).is_some_and(|registry| registry.semver)
}

/// The registry's own address, for formats that ask for one.
pub(crate) fn address(ecosystem: Option<&str>) -> Option<&'static str> {
    ecosystem.and_then(registry).and_then(|registry| registry.url)
}

/// The purl of a package in a registry whose names need no namespace.
pub(crate) fn of_package(ecosystem: &str, package: &str) -> Option<String> {
    let kind = registry(ecosystem)?.purl;
    let (namespace, name) =
        package.rsplit_once('/').map_or((None, package), |(space, name)| (Some(space), name));
    let mut purl = PackageUrl::new(kind.to_owned(), name.to_owned()).ok()?;
    if let Some(namespace) = namespace {
        purl.with_namespace(namespace.to_owned()).ok()?;
    }
    Some(purl.to_string())
}

/// A purl without a version that fits registry and package.
pub(crate) fn check(text: &str, ecosystem: Option<&str>, package: &str) -> Result<String, String> {
    let purl = PackageUrl::from_str(text)
        .map_err(|why| format!("“{text}” is no package URL ({why}); write it as pkg:cargo/ferris"))?;
    if purl.version().is_some() {
        return Err(format!("“{text}” names a version; versions stand in ranges, the purl goes without"));
    }
    if let Some(registry) = ecosystem.and_then(registry)
        && purl.ty() != registry.purl
    {
        return Err(format!(
            "“{text}” is of type {}, but {} has the type {}",
            purl.ty(),
            registry.ecosystem,
            registry.purl
        ));
    }
    let last = package.rsplit(['/', ':']).next().unwrap_or(package);
    if ecosystem.is_some() && !purl.name().eq_ignore_ascii_case(last) {
        return Err(format!("“{text}” names the package {}, not {package}", purl.name()));
    }
    Ok(purl.to_string())
}

/// The purl with a version in it.
pub(crate) fn with_version(purl: &str, version: &str) -> String {
    let made = PackageUrl::from_str(purl).ok().and_then(|mut purl| {
        purl.with_version(version.to_owned()).ok()?;
        Some(purl.to_string())
    });
    made.unwrap_or_else(|| purl.to_owned())
}

/// The type of a purl, which is also the scheme of a `vers:` range.
pub(crate) fn kind(purl: &str) -> Option<String> {
    Some(PackageUrl::from_str(purl).ok()?.ty().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purl_fits_its_registry_and_package_and_names_no_version() {
        assert_eq!(check("pkg:cargo/ferris", Some("crates.io"), "ferris").unwrap(), "pkg:cargo/ferris");
        assert!(check("pkg:npm/%40ferris/parser", Some("npm"), "@ferris/parser").is_ok());
        assert!(check("pkg:maven/org.ferris/parser", Some("Maven"), "org.ferris:parser").is_ok());
        for (purl, ecosystem, package) in [
            ("ferris", None, "ferris"),
            ("pkg:cargo/ferris@1.0.0", Some("crates.io"), "ferris"),
            ("pkg:npm/ferris", Some("crates.io"), "ferris"),
            ("pkg:cargo/other", Some("crates.io"), "ferris"),
        ] {
            assert!(check(purl, ecosystem, package).is_err(), "{purl}");
        }
        assert_eq!(of_package("npm", "@ferris/parser").unwrap(), "pkg:npm/%40ferris/parser");
        assert_eq!(with_version("pkg:cargo/ferris", "1.4.3"), "pkg:cargo/ferris@1.4.3");
    }
}
