//! Which addresses of a relay secrets may be sent to.

/// `https:`, or `http:` to this machine or an onion service (which is encrypted by its name).
pub(super) fn is_safe(origin: &str) -> bool {
    let Some(rest) = origin.strip_prefix("http://") else {
        return origin.strip_prefix("https://").is_some_and(|host| !host.is_empty());
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    !authority.contains('@')
        && (host == "localhost" || host == "::1" || host.ends_with(".onion") || is_loopback(host))
}

fn is_loopback(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_this_machine_only() {
        for good in ["https://relay.example", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:80"]
        {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "http://relay.example",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
            "ftp://x",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
