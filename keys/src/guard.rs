//! Around the parsers: what panics there is bad input and nothing worse.

/// Runs a parser over untrusted bytes. Parsers panic on input that nobody thought of; a native program reports it and goes on
/// with the next input, a browser restarts its worker.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn guarded<T, E>(panicked: E, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(Err(panicked))
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn guarded<T, E>(_panicked: E, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_the_error_for_it() {
        let caught: Result<(), &str> = guarded("panicked", || panic!("a parser met what nobody thought of"));
        assert_eq!(caught, Err("panicked"));
        assert_eq!(guarded("panicked", || Ok::<_, &str>(1)), Ok(1));
    }
}
