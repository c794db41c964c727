//! A server on loopback that stands in for AWS. A test gives it one function from calls to
//! answers; one task owns that function, so that whatever it remembers has one owner.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use http_body::Frame;
use tokio::sync::{broadcast, mpsc, oneshot};
use trailtop::aws::session::{Login, Session};
use trailtop::clock::Clock;
use trailtop::coverage::trail::Trail;
use trailtop::coverage::watermark::StreamName;
use trailtop::engine::intake::Intake;
use trailtop::event::time::{Millis, Timestamp};
use trailtop::source::batch::{Batch, Feed, Gone, Outlet, Receipt};
use trailtop::source::driver::{Fault, Pulled, Source};

/// One call as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The parameters of the query, decoded.
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// The operation of a JSON protocol: `LookupEvents`.
    pub(crate) fn operation(&self) -> &str {
        let target = self.headers.get("x-amz-target").map_or("", |it| it.to_str().unwrap());
        target.rsplit('.').next().unwrap()
    }

    /// The access key of the signature.
    pub(crate) fn key(&self) -> &str {
        let signed = self.headers.get("authorization").map_or("", |it| it.to_str().unwrap());
        let key = signed.split("Credential=").nth(1).unwrap_or("");
        key.split('/').next().unwrap()
    }

    /// The region of the signature.
    pub(crate) fn region(&self) -> &str {
        let signed = self.headers.get("authorization").map_or("", |it| it.to_str().unwrap());
        signed.split('/').nth(2).unwrap_or("")
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// What follows the body, for as long as the test sends something.
    pub(crate) stream: Option<broadcast::Sender<Chunk>>,
}

/// A part of an answer that goes on.
#[derive(Debug, Clone)]
pub(crate) enum Chunk {
    Bytes(Vec<u8>),
    /// The connection is cut.
    Cut,
    /// The answer ends as it should.
    End,
}

/// The body of an answer that goes on.
#[derive(Debug)]
struct Pipe(mpsc::UnboundedReceiver<Chunk>);

impl HttpBody for Pipe {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(cx).map(|chunk| match chunk {
            Some(Chunk::Bytes(bytes)) => Some(Ok(Frame::data(bytes.into()))),
            Some(Chunk::Cut) => Some(Err(std::io::Error::other("cut"))),
            Some(Chunk::End) | None => None,
        })
    }
}

impl Answer {
    pub(crate) fn json(body: &serde_json::Value) -> Self {
        Self::of(200, "application/x-amz-json-1.1", body.to_string())
    }

    pub(crate) fn xml(body: impl Into<Vec<u8>>) -> Self {
        Self::of(200, "application/xml", body)
    }

    /// An error of a JSON protocol.
    pub(crate) fn error(code: &str, message: &str) -> Self {
        let body = serde_json::json!({"__type": code, "message": message});
        Self::of(400, "application/x-amz-json-1.1", body.to_string())
    }

    /// An error of an XML protocol.
    pub(crate) fn xml_error(status: u16, code: &str, message: &str) -> Self {
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        Self::of(status, "application/xml", body)
    }

    pub(crate) fn of(status: u16, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, kind, headers: vec![], body: body.into(), stream: None }
    }
}

/// Starts a server; it lives as long as the runtime. Gives its URL. Calls for the identity of the
/// caller are answered by it.
pub(crate) async fn serve(mut answer: impl FnMut(&Call) -> Answer + Send + 'static) -> String {
    let (calls, mut inbox) = mpsc::unbounded_channel::<(Call, oneshot::Sender<Answer>)>();
    tokio::spawn(async move {
        while let Some((call, reply)) = inbox.recv().await {
            let said = identity(&call).unwrap_or_else(|| answer(&call));
            reply.send(said).ok();
        }
    });
    let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let calls = calls.clone();
        async move {
            let path = percent_decoded(uri.path());
            let query = uri.query().unwrap_or_default();
            let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            let (reply, said) = oneshot::channel();
            calls.send((Call { method, path, query, headers, body }, reply)).ok();
            response(said.await.expect("the test answers"))
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = axum::Router::new().fallback(handler);
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

fn percent_decoded(path: &str) -> String {
    let plain = path.replace('+', "%2B");
    let pair = form_urlencoded::parse(plain.as_bytes()).next();
    pair.map_or_else(|| path.to_owned(), |(key, _)| key.into_owned())
}

fn response(said: Answer) -> Response {
    let status = StatusCode::from_u16(said.status).unwrap();
    let mut response = match said.stream {
        None => (status, said.body).into_response(),
        Some(stream) => {
            let (to, pipe) = mpsc::unbounded_channel();
            to.send(Chunk::Bytes(said.body)).ok();
            let mut chunks = stream.subscribe();
            // Whoever keeps the sender alive decides when it ends.
            tokio::spawn(async move {
                while let Ok(chunk) = chunks.recv().await {
                    if to.send(chunk).is_err() {
                        return;
                    }
                }
            });
            (status, axum::body::Body::new(Pipe(pipe))).into_response()
        }
    };
    let headers = response.headers_mut();
    headers.insert("content-type", said.kind.parse().unwrap());
    headers.insert("x-amzn-requestid", "00000000-0000-0000-0000-000000000000".parse().unwrap());
    for (name, value) in said.headers {
        headers.insert(name, value.parse().unwrap());
    }
    response
}

fn identity(call: &Call) -> Option<Answer> {
    let body = String::from_utf8_lossy(&call.body);
    if body.contains("Action=AssumeRole") {
        return Some(Answer::xml(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <AssumeRoleResult><Credentials><AccessKeyId>ASIAASSUMED</AccessKeyId>\
             <SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
             <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>\
             </AssumeRoleResponse>",
        ));
    }
    body.contains("Action=GetCallerIdentity").then(|| {
        Answer::xml(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/oncall</Arn>\
             <UserId>AIDAEXAMPLE</UserId><Account>111122223333</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
        )
    })
}

/// A session that sends everything to a stand-in.
pub(crate) async fn session(url: &str) -> Session {
    let login = Login {
        endpoint: Some(url.to_owned()),
        region: Some("us-east-1".to_owned()),
        ..Login::default()
    };
    Session::with_keys(login, "AKIAEXAMPLE", "secret").await
}

/// A clock that only a test moves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hand(&'static AtomicI64);

impl Hand {
    pub(crate) fn at(time: &str) -> Self {
        Self(Box::leak(Box::new(AtomicI64::new(Timestamp::parse(time).unwrap().0))))
    }

    pub(crate) fn clock(self) -> Clock {
        Clock::Moved(self.0)
    }

    pub(crate) fn now(self) -> Timestamp {
        self.clock().now()
    }

    pub(crate) fn pass(self, length: Millis) {
        self.0.fetch_add(length.0, Ordering::Relaxed);
    }
}

/// Drives a source by hand: waits only move the clock.
pub(crate) struct Driven<S> {
    source: S,
    hand: Hand,
    outlet: Outlet,
    feed: mpsc::UnboundedReceiver<Feed>,
    pub(crate) batches: Vec<Batch>,
    /// What became of them.
    pub(crate) intake: Intake,
    pub(crate) claims: Vec<Timestamp>,
    /// The last claim of each stream.
    pub(crate) swept: BTreeMap<StreamName, Timestamp>,
    /// What is proven of each stream.
    pub(crate) proven: BTreeMap<StreamName, Timestamp>,
    /// What was said not to be what was delivered.
    pub(crate) disproven: Vec<String>,
    /// What it said when it could not go on.
    pub(crate) downs: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// What it said is missing.
    pub(crate) lacks: Vec<String>,
    /// The trails as they were said to be, one after the other.
    pub(crate) trails: Vec<Vec<Trail>>,
    pub(crate) has_ended: bool,
    /// Whether receipts are given for what came in, as they are once it is stored.
    pub(crate) stores: bool,
}

impl<S: Source> Driven<S> {
    pub(crate) fn new(source: S, hand: Hand) -> Self {
        let (sender, feed) = mpsc::unbounded_channel();
        let outlet = Outlet::new(sender);
        let intake = Intake::new(256 << 20);
        Self {
            source,
            hand,
            outlet,
            feed,
            batches: vec![],
            intake,
            claims: vec![],
            swept: BTreeMap::new(),
            proven: BTreeMap::new(),
            disproven: vec![],
            downs: vec![],
            notes: vec![],
            lacks: vec![],
            trails: vec![],
            has_ended: false,
            stores: true,
        }
    }

    /// Runs until the clock shows so much more, or the source ends.
    pub(crate) async fn run(&mut self, length: Millis) {
        let end = self.hand.now() + length;
        while self.hand.now() < end && !self.has_ended {
            self.pull().await;
        }
    }

    /// What it says of itself now.
    pub(crate) fn note(&self) -> Option<String> {
        self.source.note()
    }

    /// Drops the source where it stands, and keeps what came in.
    pub(crate) fn into_intake(self) -> Intake {
        self.intake
    }

    /// Lets the source go as it does when the program ends.
    pub(crate) async fn leave(&mut self) {
        let left = tokio::time::timeout(Duration::from_mins(1), self.source.leave());
        left.await.expect("it leaves within a minute");
    }

    /// Gives the receipts of all that came in.
    pub(crate) fn give_receipts(&mut self) {
        self.intake.receipts().for_each(Receipt::give);
    }

    /// One step.
    pub(crate) async fn pull(&mut self) {
        let pulled = tokio::time::timeout(Duration::from_mins(1), self.source.pull(&self.outlet));
        let wait = match pulled.await.expect("an answer within a minute") {
            Ok(Pulled::Some) => Duration::ZERO,
            Ok(Pulled::Later(wait) | Pulled::Nothing(wait)) => wait,
            Ok(Pulled::Down(why, wait)) => {
                if self.downs.last() != Some(&why) {
                    self.downs.push(why);
                }
                wait
            }
            Ok(Pulled::End) => {
                self.has_ended = true;
                Duration::ZERO
            }
            Err(Fault::Gone(Gone)) => panic!("nobody went away"),
            Err(Fault::Down(why)) => {
                self.downs.push(why);
                self.has_ended = true;
                Duration::ZERO
            }
        };
        // A call takes a little time too.
        self.hand.pass(Millis(wait.as_millis() as i64 + 20));
        if let Some(note) = self.source.note()
            && self.notes.last() != Some(&note)
        {
            self.notes.push(note);
        }
        if let Some(lacks) = self.source.lacks()
            && self.lacks.last() != Some(&lacks)
        {
            self.lacks.push(lacks);
        }
        self.drain();
    }

    /// Runs until something is the case, while things come by themselves too: the clock stands still
    /// while there is something to do, and a wait that nothing ends moves it by a second at most.
    pub(crate) async fn until(&mut self, done: impl Fn(&Self) -> bool) {
        let running = async {
            while !done(self) {
                let before = self.hand.now();
                self.run(Millis(1)).await;
                let passed = self.hand.now() - before;
                if passed > Millis::seconds(1) {
                    self.hand.pass(Millis(1000 - passed.0));
                }
                if passed > Millis(20) {
                    let quiet = Duration::from_millis(5);
                    tokio::time::timeout(quiet, self.source.woken()).await.ok();
                }
            }
        };
        let came = tokio::time::timeout(Duration::from_mins(1), running).await;
        assert!(came.is_ok(), "{:?} {:?}", self.notes, self.downs);
    }

    fn drain(&mut self) {
        while let Ok(feed) = self.feed.try_recv() {
            match feed {
                Feed::Batch(batch, _room) => {
                    self.batches.push(copy(&batch));
                    self.intake.take(*batch, self.hand.now());
                }
                Feed::Swept(_, stream, at) => {
                    self.claims.push(at);
                    if let Some(stream) = stream {
                        let before = self.swept.insert(stream, at);
                        assert!(before.is_none_or(|before| before < at), "claims advance");
                    }
                }
                Feed::Proven(_, stream, at) => drop(self.proven.insert(stream, at)),
                Feed::Disproven(_, _, words) => self.disproven.push(words),
                Feed::Trails(_, trails) => self.trails.push(trails),
                Feed::Health(_)
                | Feed::Mark(..)
                | Feed::Added(..)
                | Feed::Found(..)
                | Feed::Aliases(_)
                | Feed::Expect(_)
                | Feed::Mute(_)
                | Feed::Forget(_)
                | Feed::OtherRules
                | Feed::HandOver
                | Feed::Record(_)
                | Feed::Anew(_)
                | Feed::HandHeld(_)
                | Feed::Covered(_)
                | Feed::Issued(_)
                | Feed::Hand(_) => {}
            }
        }
        if self.stores {
            self.intake.receipts().for_each(Receipt::give);
        }
    }
}

/// The same batch once more.
pub(crate) fn copy(batch: &Batch) -> Batch {
    Batch { bytes: batch.bytes.clone(), packed: batch.packed, ..batch.bare() }
}
