//! What stands before the local stack: a port for each service, as each service of AWS has a host of its own, so that a
//! function connects as often as it does on AWS. Over TLS, or without, and nothing else differs.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{HandshakeKind, ServerConfig, crypto};

/// The services that functions call, by their names in `AWS_ENDPOINT_URL_<name>`.
const SERVICES: [&str; 3] = ["DYNAMODB", "SECRETS_MANAGER", "SESV2"];

/// How long a handshake that has begun may go on uncounted.
const QUIET: Duration = Duration::from_millis(20);

/// A port for each service, all of them before the local stack.
pub(crate) struct Front {
    variables: Vec<(String, String)>,
    state: Arc<State>,
    listeners: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    tls: Option<TlsAcceptor>,
    handshakes: Mutex<Handshakes>,
    connections: Mutex<Vec<JoinHandle<()>>>,
}

/// Handshakes, counted by the server. Without TLS each connection is a full one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Handshakes {
    /// With certificates.
    pub(crate) full: usize,
    /// That went on with an earlier session.
    pub(crate) resumed: usize,
}

impl fmt::Display for Handshakes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} full, {} resumed", self.full, self.resumed)
    }
}

impl Front {
    /// Ports that speak what the stack at `address` speaks.
    pub(crate) async fn without_tls(address: &str) -> Self {
        Self::open(address, "http", State::default()).await
    }

    /// Ports that speak TLS. Their certificates are made in `folder`, anew.
    pub(crate) async fn over_tls(address: &str, folder: &Path) -> Self {
        let state = State { tls: Some(acceptor(folder)), ..State::default() };
        let mut front = Self::open(address, "https", state).await;
        let root = folder.join("root.pem").display().to_string();
        front.variables.push(("BENCH_ROOT".to_owned(), root));
        front
    }

    async fn open(address: &str, scheme: &str, state: State) -> Self {
        let stack = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let state = Arc::new(state);
        let (mut variables, mut listeners) = (Vec::new(), Vec::new());
        for service in SERVICES {
            // By its name, so that it is looked up as a service of AWS is.
            let listener = TcpListener::bind(("localhost", 0)).await.expect("a port");
            let port = listener.local_addr().expect("an address").port();
            let endpoint = format!("{scheme}://localhost:{port}");
            variables.push((format!("AWS_ENDPOINT_URL_{service}"), endpoint));
            listeners.push(tokio::spawn(listen(listener, stack.clone(), Arc::clone(&state))));
        }
        Self { variables, state, listeners }
    }

    /// What a function needs to call this front, in place of what it has for the stack.
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// The handshakes since this was last asked.
    pub(crate) async fn handshakes(&self) -> Handshakes {
        let mut counted = *self.counted();
        loop {
            tokio::time::sleep(QUIET).await;
            let mut now = self.counted();
            if std::mem::replace(&mut counted, *now) == *now {
                return std::mem::take(&mut *now);
            }
        }
    }

    /// Closes every connection, as a service closes those that rest for long.
    pub(crate) async fn close_connections(&self) {
        let connections = std::mem::take(&mut *self.state.connections());
        for connection in connections {
            connection.abort();
            let _ = connection.await;
        }
    }

    fn counted(&self) -> std::sync::MutexGuard<'_, Handshakes> {
        self.state.handshakes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.listeners.iter().for_each(JoinHandle::abort);
    }
}

impl State {
    fn connections(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, kind: Option<HandshakeKind>) {
        let mut handshakes = self.handshakes.lock().unwrap_or_else(PoisonError::into_inner);
        match kind {
            Some(HandshakeKind::Resumed) => handshakes.resumed += 1,
            _ => handshakes.full += 1,
        }
    }
}

async fn listen(listener: TcpListener, stack: String, state: Arc<State>) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("an open socket");
        let serving = Arc::clone(&state);
        let stack = stack.clone();
        let connection = tokio::spawn(async move {
            let Some(tls) = &serving.tls else {
                serving.count(None);
                return forward(stream, &stack).await;
            };
            // A function that is stopped breaks off what it has begun.
            if let Ok(stream) = tls.accept(stream).await {
                serving.count(stream.get_ref().1.handshake_kind());
                forward(stream, &stack).await;
            }
        });
        let mut connections = state.connections();
        connections.retain(|connection| !connection.is_finished());
        connections.push(connection);
    }
}

async fn forward(mut function: impl AsyncRead + AsyncWrite + Unpin, stack: &str) {
    let mut stack = TcpStream::connect(stack).await.expect("the stack");
    stack.set_nodelay(true).expect("an open socket");
    // Ends however the function ends.
    let _ = copy_bidirectional(&mut function, &mut stack).await;
}

/// What a service of AWS presents: a certificate for its name and an intermediate one below the root, all RSA of 2 048
/// bits, with a new root.
fn acceptor(folder: &Path) -> TlsAcceptor {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).expect("a folder");
    let sections = "[req]\ndistinguished_name = name\n[name]\n\
        [root]\nbasicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign\n\
        [intermediate]\nbasicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign\n\
        [service]\nsubjectAltName = DNS:localhost\nextendedKeyUsage = serverAuth\n";
    fs::write(folder.join("extensions"), sections).expect("a file");
    certify(folder, "root", None);
    certify(folder, "intermediate", Some("root"));
    certify(folder, "service", Some("intermediate"));

    let read = |name: &str| CertificateDer::from_pem_file(file(folder, name, "pem"));
    let chain = ["service", "intermediate"].map(|name| read(name).expect("a certificate"));
    let key = PrivateKeyDer::from_pem_file(file(folder, "service", "key")).expect("a key");
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(chain.into(), key)
        .expect("a key of its certificate");
    TlsAcceptor::from(Arc::new(config))
}

/// Has openssl make the certificate `name` with a key of its own, signed by `issuer`, or by itself.
fn certify(folder: &Path, name: &str, issuer: Option<&str>) {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "2"]);
    openssl.args(["-subj", &format!("/CN={name} of the bench"), "-extensions", name]);
    openssl.arg("-config").arg(folder.join("extensions"));
    openssl.arg("-out").arg(file(folder, name, "pem"));
    openssl.arg("-keyout").arg(file(folder, name, "key"));
    if let Some(issuer) = issuer {
        openssl.arg("-CA").arg(file(folder, issuer, "pem"));
        openssl.arg("-CAkey").arg(file(folder, issuer, "key"));
    }
    let made = openssl.output().expect("openssl 3, of the package of this name");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn file(folder: &Path, name: &str, kind: &str) -> PathBuf {
    folder.join(format!("{name}.{kind}"))
}
