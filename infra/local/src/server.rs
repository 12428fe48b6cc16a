//! Serves HTTP on a loopback port. It replaces axum's server, because a fault must be able to end a
//! connection without an answer, and dropping a stack must end its connections.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Extensions, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::verbatim::Verbatim;

/// How long running requests may take when the stack stops.
const GRACE: Duration = Duration::from_secs(2);

/// An extension of a response that must not be sent: the connection is closed instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dropped;

/// A response that closes the connection without an answer.
pub(crate) fn dropped() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Dropped);
    response
}

/// The address of the sender of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(SocketAddr);

impl Peer {
    /// The sender of the request with these extensions; this machine for an internal request.
    pub(crate) fn of(extensions: &Extensions) -> SocketAddr {
        extensions
            .get::<Self>()
            .map_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), |peer| peer.0)
    }
}

/// Listens on a loopback port; any free one for 0.
pub(crate) async fn listen(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves `router` until `stop` is true.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: watch::Receiver<bool>) {
    serve_over(listener, router, stop, |stream| stream).await;
}

/// As [`serve`], but also accepts requests that API Gateway takes and hyper refuses. `router` reads
/// their targets with [`as_it_came`](crate::verbatim::as_it_came).
pub(crate) async fn serve_verbatim(
    listener: TcpListener,
    router: Router,
    stop: watch::Receiver<bool>,
) {
    serve_over(listener, router, stop, Verbatim::new).await;
}

async fn serve_over<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    listener: TcpListener,
    router: Router,
    mut stop: watch::Receiver<bool>,
    over: fn(TcpStream) -> S,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                connections.spawn(connection(over(stream), peer, router.clone(), stop.clone()));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    drop(listener);
    let finish = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, finish).await;
}

/// Waits until `stop` is true or its sender is dropped.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stopped| *stopped).await;
}

async fn connection<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    peer: SocketAddr,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        async move {
            let Ok(response) = router.oneshot(request).await;
            if response.extensions().get::<Dropped>().is_some() {
                return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
            }
            Ok(response)
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new());
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stopped(&mut stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
