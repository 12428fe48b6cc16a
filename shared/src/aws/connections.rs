//! Connections to AWS over HTTP/1.1, kept between calls and between invocations.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use http::Uri;
use http::uri::{Authority, Scheme};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls::CipherSuite::TLS13_AES_128_GCM_SHA256;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use super::transport::{Fresh, Request, Response, Transport, TransportError};

/// The root certificates of AWS's endpoints, all from <https://www.amazontrust.com/repository/>.
/// Reading the machine's roots, about 140 that AWS does not use, takes longer at cold start than
/// everything else that a function does before its first call.
const ROOTS: &[u8] = include_bytes!("roots.pem");

/// How long a connection is kept without use. Services close theirs after some time of their own,
/// and a request that meets that moment is lost.
const IDLE: Duration = Duration::from_secs(50);

/// How long connecting may take, TLS included.
const CONNECT: Duration = Duration::from_secs(1);

type BoxError = Box<dyn Error + Send + Sync>;

/// The connections of a process. Over TLS they lead to AWS only, or to any server of the web. Clones
/// share them.
#[derive(Clone, Debug, Default)]
pub struct Connections(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    idle: Mutex<Vec<Connection>>,
    /// Those that were begun in advance, until a call takes them.
    begun: Mutex<Vec<(Origin, oneshot::Receiver<Connection>)>>,
    tls: OnceLock<Arc<ClientConfig>>,
    /// Whose certificates are believed. A function, so that only who goes to the web links its roots.
    roots: fn() -> Result<RootCertStore, BoxError>,
}

impl Default for Pool {
    fn default() -> Self {
        #[cfg(not(feature = "bench-root"))]
        let roots = roots_of_aws;
        #[cfg(feature = "bench-root")]
        let roots = roots_of_the_bench;
        Self { idle: Mutex::default(), begun: Mutex::default(), tls: OnceLock::new(), roots }
    }
}

impl Connections {
    /// Connections to any server whose certificate browsers believe.
    #[must_use]
    pub fn to_the_web() -> Self {
        Self(Arc::new(Pool { roots: roots_of_the_web, ..Pool::default() }))
    }
}

fn roots_of_aws() -> Result<RootCertStore, BoxError> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(ROOTS) {
        roots.add(root?)?;
    }
    Ok(roots)
}

/// Those of AWS, and the one in the file that `BENCH_ROOT` names.
#[cfg(feature = "bench-root")]
fn roots_of_the_bench() -> Result<RootCertStore, BoxError> {
    let mut roots = roots_of_aws()?;
    if let Some(file) = crate::config::Variables::of_this_process().find("BENCH_ROOT") {
        roots.add(CertificateDer::from_pem_file(file)?)?;
    }
    Ok(roots)
}

#[expect(clippy::unnecessary_wraps, reason = "as the other one")]
fn roots_of_the_web() -> Result<RootCertStore, BoxError> {
    Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect())
}

/// A connection that no call uses.
#[derive(Debug)]
struct Connection {
    origin: Origin,
    requests: SendRequest<Full<Bytes>>,
    used: Instant,
}

impl Connection {
    /// Whether nobody has closed it, and it has not rested for long.
    fn is_usable(&self) -> bool {
        !self.requests.is_closed() && self.used.elapsed() < IDLE
    }
}

/// Scheme, host and port.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Origin {
    is_secure: bool,
    authority: Authority,
}

impl Origin {
    fn of(uri: &Uri) -> Result<Self, BoxError> {
        let authority = uri.authority().ok_or("an address without a host")?.clone();
        Ok(Self { is_secure: uri.scheme() == Some(&Scheme::HTTPS), authority })
    }
}

impl Transport for Connections {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let pool = Arc::clone(&self.0);
        async move { pool.send(request).await }.boxed()
    }

    fn connect(&self, endpoint: &Uri) {
        let (Ok(origin), Ok(runtime)) =
            (Origin::of(endpoint), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let pool = Arc::clone(&self.0);
        let (stands, begun) = oneshot::channel();
        pool.begun().push((origin.clone(), begun));
        runtime.spawn(async move {
            // A failure is told by the first call, which then connects by itself.
            if let Ok(connection) = pool.connect(origin).await {
                let _ = stands.send(connection);
            }
        });
    }
}

impl Pool {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let origin = Origin::of(request.uri()).map_err(TransportError::Unconnected)?;
        if request.extensions().get::<Fresh>().is_some() {
            self.idle().retain(|connection| connection.origin != origin);
            self.begun().retain(|(of, _)| *of != origin);
        }
        let mut request = in_origin_form(request.map(Full::new));
        loop {
            let kept = self.take(&origin).await;
            let is_kept = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.connect(origin.clone()).await.map_err(TransportError::Unconnected)?,
            };
            let answer = match connection.requests.try_send_request(request).await {
                Ok(answer) => answer,
                Err(mut failed) => match failed.take_message() {
                    // It was closed meanwhile, and nothing was sent.
                    Some(unsent) if is_kept => {
                        request = unsent;
                        continue;
                    }
                    Some(_) => return Err(TransportError::Unconnected(failed.into_error().into())),
                    None => return Err(TransportError::Broken(failed.into_error().into())),
                },
            };
            let (head, body) = answer.into_parts();
            let body =
                body.collect().await.map_err(|error| TransportError::Broken(error.into()))?;
            self.keep(connection);
            return Ok(Response::from_parts(head, body.to_bytes()));
        }
    }

    /// An open connection to `origin`: the idle one that was used last, or one that was begun in
    /// advance, once it stands. Another one beside it would cost a second handshake.
    async fn take(&self, origin: &Origin) -> Option<Connection> {
        // A sandbox sleeps between invocations, and the other side may have closed meanwhile: this
        // lets the runtime look.
        tokio::task::yield_now().await;
        if let Some(idle) = self.take_idle(origin) {
            return Some(idle);
        }
        let begun = {
            let mut begun = self.begun();
            let found = begun.iter().position(|(of, _)| of == origin)?;
            begun.remove(found).1
        };
        begun.await.ok().filter(Connection::is_usable)
    }

    fn take_idle(&self, origin: &Origin) -> Option<Connection> {
        let mut idle = self.idle();
        idle.retain(Connection::is_usable);
        let found = idle
            .iter()
            .rposition(|connection| connection.origin == *origin && connection.requests.is_ready());
        found.map(|found| idle.remove(found))
    }

    fn keep(&self, connection: Connection) {
        if !connection.requests.is_closed() {
            self.idle().push(Connection { used: Instant::now(), ..connection });
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begun(&self) -> MutexGuard<'_, Vec<(Origin, oneshot::Receiver<Connection>)>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connect(&self, origin: Origin) -> Result<Connection, BoxError> {
        let connect = async {
            let port = origin.authority.port_u16();
            let port = port.unwrap_or(if origin.is_secure { 443 } else { 80 });
            let host = origin.authority.host();
            let stream = TcpStream::connect((host, port)).await?;
            stream.set_nodelay(true)?;
            Ok::<_, BoxError>(if origin.is_secure {
                let name = ServerName::try_from(host.to_owned())?;
                let stream = TlsConnector::from(self.tls()?).connect(name, stream).await?;
                shake_hands(stream).await?
            } else {
                shake_hands(stream).await?
            })
        };
        let requests = tokio::time::timeout(CONNECT, connect).await??;
        Ok(Connection { origin, requests, used: Instant::now() })
    }

    /// What TLS needs, made at the first connection.
    fn tls(&self) -> Result<Arc<ClientConfig>, BoxError> {
        if let Some(config) = self.tls.get() {
            return Ok(Arc::clone(config));
        }
        let roots = (self.roots)()?;
        let mut provider = rustls::crypto::ring::default_provider();
        // Before those with SHA-384, as in the policies of AWS's load balancers: processors have
        // instructions for SHA-256, and a handshake hashes much.
        provider.cipher_suites.sort_by_key(|suite| suite.suite() != TLS13_AES_128_GCM_SHA256);
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::clone(self.tls.get_or_init(|| Arc::new(config))))
    }
}

async fn shake_hands<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, BoxError>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    TokioIo<S>: Read + Write,
{
    let (requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        // A failure is told to the call that is under way, if there is one.
        let _ = connection.await;
    });
    Ok(requests)
}

/// `request` with its path alone in the first line, as servers expect; the host is a header.
fn in_origin_form<B>(mut request: http::Request<B>) -> http::Request<B> {
    let path = request.uri().path_and_query().cloned();
    let path = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    *request.uri_mut() = path;
    request
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn the_roots_of_aws_are_trusted() {
        let roots = std::str::from_utf8(ROOTS).unwrap();
        assert_eq!(roots.matches("-----BEGIN CERTIFICATE-----").count(), 5);
        let config = Pool::default().tls().unwrap();
        let first = config.crypto_provider().cipher_suites.first().unwrap();
        assert_eq!(first.suite(), TLS13_AES_128_GCM_SHA256);
        assert!(Connections::to_the_web().0.tls().is_ok());
    }

    /// A server that answers each connection as often as `answers` says, then closes it. It counts
    /// the connections.
    async fn server(answers: usize) -> (Uri, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    let mut request = [0; 1_024];
                    for _ in 0..answers {
                        let read = stream.read(&mut request).await.unwrap_or(0);
                        if read == 0 {
                            return;
                        }
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                        stream.write_all(answer).await.unwrap();
                    }
                });
            }
        });
        (uri, connections)
    }

    fn request(uri: &Uri) -> Request {
        let mut request = Request::new(Bytes::from_static(b"{}"));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = uri.clone();
        request
    }

    #[tokio::test]
    async fn a_connection_is_used_again() {
        let (uri, connections) = server(usize::MAX).await;
        let transport = Connections::default();
        transport.connect(&uri);
        for _ in 0..3 {
            assert_eq!(transport.send(request(&uri)).await.unwrap().body(), "{}");
        }
        assert_eq!(connections.load(Ordering::Relaxed), 1, "the call waits for what was begun");
        let before = 1;
        let both =
            futures_util::join!(transport.send(request(&uri)), transport.send(request(&uri)));
        assert!(both.0.is_ok() && both.1.is_ok());
        transport.send(request(&uri)).await.unwrap();
        assert!(connections.load(Ordering::Relaxed) <= before + 1);
    }

    #[tokio::test]
    async fn a_connection_that_the_other_side_closed_meanwhile_is_replaced() {
        let (uri, connections) = server(1).await;
        let transport = Connections::default();
        for number in 1..=3 {
            assert_eq!(transport.send(request(&uri)).await.unwrap().body(), "{}");
            assert_eq!(connections.load(Ordering::Relaxed), number);
            // As long as the other side needs to close.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    #[tokio::test]
    async fn a_request_that_is_repeated_trusts_no_connection_of_before() {
        let (uri, connections) = server(usize::MAX).await;
        let transport = Connections::default();
        let both =
            futures_util::join!(transport.send(request(&uri)), transport.send(request(&uri)));
        assert!(both.0.is_ok() && both.1.is_ok());
        let before = connections.load(Ordering::Relaxed);

        let mut again = request(&uri);
        again.extensions_mut().insert(Fresh);
        transport.send(again).await.unwrap();
        assert_eq!(connections.load(Ordering::Relaxed), before + 1);
        // Those of before are forgotten, the new one is kept.
        transport.send(request(&uri)).await.unwrap();
        assert_eq!(connections.load(Ordering::Relaxed), before + 1);
    }

    #[tokio::test]
    async fn a_late_answer_is_not_that_of_the_next_request() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move {
            for (answer, wait) in [("late", 100), ("ours", 0)] {
                let (mut stream, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 1_024]).await;
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n{answer}");
                    let _ = stream.write_all(answer.as_bytes()).await;
                    std::future::pending::<()>().await;
                });
            }
        });
        let transport = Connections::default();
        let given_up = Duration::from_millis(50);
        let late = tokio::time::timeout(given_up, transport.send(request(&uri))).await;
        assert!(late.is_err(), "{late:?}");
        // By then the late answer has come, to nobody.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(transport.send(request(&uri)).await.unwrap().body(), "ours");
    }

    #[tokio::test]
    async fn a_connection_that_rested_for_long_is_replaced() {
        let (uri, connections) = server(usize::MAX).await;
        let transport = Connections::default();
        transport.send(request(&uri)).await.unwrap();
        tokio::time::pause();
        tokio::time::advance(IDLE).await;
        tokio::time::resume();
        transport.send(request(&uri)).await.unwrap();
        assert_eq!(connections.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn no_connection_and_a_broken_one_are_told_apart() {
        let transport = Connections::default();
        let nobody = "http://127.0.0.1:1/".parse().unwrap();
        transport.connect(&nobody);
        let unconnected = transport.send(request(&nobody)).await;
        assert!(matches!(unconnected, Err(TransportError::Unconnected(_))), "{unconnected:?}");

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1_024]).await;
        });
        let broken = transport.send(request(&uri)).await;
        assert!(matches!(broken, Err(TransportError::Broken(_))), "{broken:?}");
    }
}
