//! The socket: an address or a file, with TLS or without. Everything above it is the same.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Address, Handle, Server};
use hyper_util::rt::TokioTimer;
use tokio::task::JoinHandle;

use crate::config::Listen;
use crate::connections::AtMost;

/// How long a peer may take to say what it wants, at first and between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a peer may leave what it was sent unread, or be gone without a word, before its place is given to others.
#[cfg(target_os = "linux")]
const UNREAD_TIMEOUT: Duration = Duration::from_secs(60);

/// The most header bytes of a request: a bearer token and what browsers add, many times over.
const MAX_HEADER_BYTES: usize = 16 * 1024;

/// A socket that is listened on, before anything is served.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(std::net::TcpListener),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener, std::path::PathBuf),
}

/// Who is at the other end. Nothing but [`crate::middleware::forget_who`] asks.
#[derive(Clone)]
pub(crate) struct Peer(Option<IpAddr>);

impl Peer {
    pub(crate) const fn address(&self) -> Option<IpAddr> {
        self.0
    }
}

impl Connected<SocketAddr> for Peer {
    fn connect_info(address: SocketAddr) -> Self {
        Self(Some(address.ip()))
    }
}

#[cfg(unix)]
impl Connected<std::os::unix::net::SocketAddr> for Peer {
    fn connect_info(_: std::os::unix::net::SocketAddr) -> Self {
        Self(None)
    }
}

/// What is served on one socket, until it is told to stop.
pub(crate) struct Serving {
    stop: Box<dyn Fn(Duration) + Send + Sync>,
    task: JoinHandle<io::Result<()>>,
}

impl Listener {
    /// Takes the address. A socket file that nobody serves any more is replaced; whoever may open its folder may open it.
    ///
    /// # Errors
    /// When it is taken, or may not be.
    pub(crate) fn bind(listen: &Listen) -> io::Result<Self> {
        match listen {
            Listen::Tcp(address) => bind_address(*address).map(Self::Tcp),
            Listen::Unix(path) => bind_file(path),
        }
    }

    /// Where it listens; with port 0 asked for, the port that was free.
    pub(crate) fn address(&self) -> io::Result<Listen> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Listen::Tcp),
            #[cfg(unix)]
            Self::Unix(_, path) => Ok(Listen::Unix(path.clone())),
        }
    }

    /// Serves `app` from now on.
    pub(crate) fn serve(self, app: Router, most: u32, tls: Option<RustlsConfig>) -> io::Result<Serving> {
        let at_most = AtMost::new(most);
        match self {
            Self::Tcp(listener) => Ok(serve(axum_server::from_tcp(listener)?, app, at_most, tls)),
            #[cfg(unix)]
            Self::Unix(listener, _) => Ok(serve(axum_server::from_unix(listener)?, app, at_most, tls)),
        }
    }
}

/// Whoever is let in inherits the listener's limits. Elsewhere than on Linux, the system's own hold.
fn bind_address(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    #[cfg(target_os = "linux")]
    {
        use rustix::net::sockopt;
        let millis = u32::try_from(UNREAD_TIMEOUT.as_millis()).unwrap_or(u32::MAX);
        sockopt::set_tcp_user_timeout(&listener, millis)?;
        sockopt::set_socket_keepalive(&listener, true)?;
        sockopt::set_tcp_keepidle(&listener, UNREAD_TIMEOUT)?;
    }
    Ok(listener)
}

#[cfg(unix)]
fn bind_file(path: &Path) -> io::Result<Listener> {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
    use std::os::unix::net::{UnixListener, UnixStream};
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    if is_socket && UnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))?;
    Ok(Listener::Unix(listener, path.to_owned()))
}

#[cfg(not(unix))]
fn bind_file(_: &Path) -> io::Result<Listener> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "there are no socket files here"))
}

fn serve<A>(server: Server<A>, app: Router, at_most: AtMost, tls: Option<RustlsConfig>) -> Serving
where
    Peer: Connected<A>,
    A: Address + Send + Sync + 'static,
    A::Listener: Send + Sync,
    A::Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let handle = Handle::new();
    let mut server = server
        // One request at a time for each connection, so that the limit on connections is one on requests.
        .http1_only()
        .first_request_timeout(HEADER_TIMEOUT)
        .handle(handle.clone());
    let http = server.http_builder();
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(MAX_HEADER_BYTES);
    let app = app.into_make_service_with_connect_info::<Peer>();
    let task = match tls {
        Some(tls) => tokio::spawn(server.acceptor(RustlsAcceptor::new(tls).acceptor(at_most)).serve(app)),
        None => tokio::spawn(server.acceptor(at_most).serve(app)),
    };
    Serving { stop: Box::new(move |within| handle.graceful_shutdown(Some(within))), task }
}

impl Serving {
    /// Takes no more connections and gives those that are there `within` to end.
    pub(crate) fn begin_to_stop(&self, within: Duration) {
        (self.stop)(within);
    }

    /// Waits until it serves no more.
    ///
    /// # Errors
    /// What the listener failed of.
    pub(crate) async fn ended(&mut self) -> io::Result<()> {
        (&mut self.task).await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.task.is_finished()
    }
}

/// Removes the socket file, so that nobody waits at a door without a house.
pub(crate) fn tidy(listen: &Listen) {
    if let Listen::Unix(path) = listen
        && let Err(error) = std::fs::remove_file(path)
    {
        tracing::warn!(cause = %error, "the socket file stays behind");
    }
}
