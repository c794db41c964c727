//! Posts to the webhook of a trigger: one connection a try, no redirects, and an end. Errors quote
//! neither path nor headers: both may hold secrets.

use std::sync::Arc;

use http::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::trigger::answer::{self, Next};
use crate::trigger::audit::{KEPT, Said};
use crate::trigger::post::Post;

/// What came of one try.
#[derive(Debug)]
pub struct Tried {
    /// What follows.
    pub next: Next,
    /// What happened, in words.
    pub words: String,
    /// What was answered.
    pub answer: Said,
}

impl Tried {
    /// Something went wrong that may pass.
    pub fn failed(words: String) -> Self {
        Self { next: Next::Again(None), words, answer: Said::default() }
    }
}

/// How encrypted connections are made, or why none can be.
pub type Encryption = Result<Arc<ClientConfig>, String>;

/// By the authorities that this machine trusts.
pub fn encryption() -> Encryption {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err("this machine trusts no authority: SSL_CERT_FILE names a file of certificates"
            .to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS is not to be had: {error}"))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// Posts once. Must be given an end by whoever waits for it.
pub async fn post(post: &Post, (payload, id): (Arc<[u8]>, &str), encryption: Encryption) -> Tried {
    match answered(post, (payload, id), encryption).await {
        Ok(tried) => tried,
        Err(words) => Tried::failed(words),
    }
}

async fn answered(
    to: &Post,
    (payload, id): (Arc<[u8]>, &str),
    encryption: Encryption,
) -> Result<Tried, String> {
    let (host, port) = to.place();
    let request = request(to, payload, id)?;
    let stream = TcpStream::connect((host, port)).await;
    let stream = stream.map_err(|error| format!("no connection: {}", plain(&error)))?;
    if !to.is_encrypted() {
        return exchange(stream, request).await;
    }
    let encryption = encryption?;
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| "the host has no name that a certificate could have".to_owned())?;
    let stream = TlsConnector::from(encryption).connect(name, stream).await;
    let stream = stream.map_err(|error| format!("no encrypted connection: {}", plain(&error)))?;
    exchange(stream, request).await
}

fn request(post: &Post, payload: Arc<[u8]>, id: &str) -> Result<Request<Full<Bytes>>, String> {
    let wrong = |_| "the request cannot be made".to_owned();
    let uri = post.uri();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let mut request = Request::post(path)
        .header(HOST, host)
        .header(USER_AGENT, concat!("trailtop/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_TYPE, "application/json")
        .header("Idempotency-Key", HeaderValue::from_str(id).map_err(|e| wrong(e.into()))?)
        .body(Full::new(Bytes::from_owner(payload)))
        .map_err(wrong)?;
    for (name, value) in post.headers() {
        request.headers_mut().insert(name, value.clone());
    }
    Ok(request)
}

/// Sends the request and reads the beginning of the answer.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Tried, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let wrong = |error: hyper::Error| format!("no answer: {}", plain(&error));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(wrong)?;
    // Ends with this function, however it ends.
    let mut connected = JoinSet::new();
    connected.spawn(connection);
    let answer = sender.send_request(request).await.map_err(wrong)?;
    let status = answer.status().as_u16();
    let after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let next = answer::next(status, after);
    Ok(Tried { next, words: answer::words(status), answer: beginning(answer).await })
}

/// The beginning of what was answered; that the rest does not come is no matter.
async fn beginning(answer: Response<Incoming>) -> Said {
    let mut body = answer.into_body();
    let mut read = vec![];
    while let Some(Ok(frame)) = body.frame().await {
        read.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
        if read.len() >= KEPT {
            break;
        }
    }
    Said::of(&read, read.len() as u64)
}

/// An error with what is behind it.
fn plain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        behind = error.source();
    }
    words
}
