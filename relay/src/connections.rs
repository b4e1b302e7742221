//! A bound on open connections: beyond it, new ones are closed at once instead of taking memory and file descriptors.

use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Service;

/// Accepts while there is room.
#[derive(Debug, Clone)]
pub(crate) struct AtMost(Arc<Semaphore>);

impl AtMost {
    /// Room for that many connections.
    pub(crate) fn new(connections: u32) -> Self {
        Self(Arc::new(Semaphore::new(connections as usize)))
    }
}

impl<I, S> Accept<I, S> for AtMost {
    type Stream = I;
    type Service = Admitted<S>;
    type Future = Ready<io::Result<(I, Admitted<S>)>>;

    fn accept(&self, stream: I, inner: S) -> Self::Future {
        let place = Arc::clone(&self.0).try_acquire_owned().map(Arc::new);
        ready(match place {
            Ok(place) => Ok((stream, Admitted { inner, _place: place })),
            Err(_) => Err(io::Error::other("as many connections are open as may be")),
        })
    }
}

/// One connection's service; its place is free again when the last copy is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Admitted<S> {
    inner: S,
    _place: Arc<OwnedSemaphorePermit>,
}

impl<S: Service<R>, R> Service<R> for Admitted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_place_is_free_again_when_its_connection_ends() {
        let at_most = AtMost::new(1);
        let (_, first) = at_most.accept((), ()).await.unwrap();
        assert!(at_most.accept((), ()).await.is_err());
        drop(first);
        assert!(at_most.accept((), ()).await.is_ok());
    }
}
