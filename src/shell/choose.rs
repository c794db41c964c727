//! Starting without a source: who calls, which trails there are and what of them can be read; then
//! the sources for it. Event history is always read, so that there are rows whatever is denied.

use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::{Handle, Runtime};

use crate::aws::fault::Fault;
use crate::aws::region;
use crate::aws::session::{Caller, Login, Session};
use crate::cli;
use crate::clock::Clock;
use crate::coverage::trail::{Recording, Trail};
use crate::event::time::Millis;
use crate::shell::cloud::{self, Logins, Ready, Terms, polling};
use crate::shell::start::{Reading, Sharing};
use crate::source::batch::Outlet;
use crate::source::bell::Bell;
use crate::source::finding::{Answer, Finding, Found};
use crate::source::retry::LOGIN;
use crate::source::trails::{ask, probe};
use crate::ui::format;

/// The most buckets that are tried.
const MOST_BUCKETS: usize = 3;
/// What Event history alone cannot show.
const HISTORY_ALONE: &str = "history alone: it never has S3 object, Lambda and DynamoDB events";

/// Logins that have still to choose.
#[derive(Debug)]
pub struct Begin {
    logins: Vec<Login>,
    terms: Terms,
}

/// What is read where nothing was named.
pub struct Chosen {
    /// The sources, and what each is called.
    pub ready: Vec<(String, Ready)>,
    /// Who logged in.
    pub logins: Logins,
}

/// What one login finds out, told as it comes.
struct List {
    tell: Box<dyn FnMut(&Found) + Send>,
    found: Found,
    begun: Instant,
}

impl List {
    fn new(tell: impl FnMut(&Found) + Send + 'static) -> Self {
        Self { tell: Box::new(tell), found: Found::default(), begun: Clock::instant() }
    }

    /// Says that something is asked.
    fn ask(&mut self, topic: &'static str, said: impl Into<String>) {
        self.begun = Clock::instant();
        self.found.findings.push(Finding {
            topic: topic.into(),
            said: said.into(),
            answer: Answer::Asking,
        });
        (self.tell)(&self.found);
    }

    /// Says what came of what was asked last.
    fn answer(&mut self, said: impl Into<String>, answer: Answer) {
        if let Some(last) = self.found.findings.last_mut() {
            last.said = said.into();
            last.answer = answer;
        }
        (self.tell)(&self.found);
    }

    fn ok(&mut self, said: impl Into<String>) {
        let took = Millis::from(self.begun.elapsed());
        self.answer(said, Answer::Found(took));
    }

    fn not_read(&mut self, said: impl Into<String>, remedy: impl Into<String>) {
        self.answer(said, Answer::NotRead(remedy.into()));
    }

    fn done(&mut self) {
        self.found.is_done = true;
        (self.tell)(&self.found);
    }
}

impl Begin {
    /// Everybody who was named, or whom the environment names.
    pub fn of(typed: &cli::Reading, runtime: &Runtime) -> anyhow::Result<Self> {
        let logins = cloud::logins(&typed.aws, runtime)?;
        Ok(Self { logins, terms: Terms::of(&typed.aws, polling(typed)) })
    }

    /// Finds out and starts, beside whatever else is done.
    pub fn start(
        self,
        runtime: &Handle,
        outlet: &Outlet,
        (reading, sharing): (Reading, &Sharing),
        bell: &Bell,
    ) {
        for (at, login) in self.logins.into_iter().enumerate() {
            let (terms, outlet, bell) = (self.terms.clone(), outlet.clone(), bell.clone());
            let reading = (reading, sharing.clone());
            let to_tell = outlet.clone();
            let mut list = List::new(move |found| to_tell.found(at, found.clone()));
            // Known before the first frame is drawn anew, that nothing was chosen yet.
            list.ask("who am I", "");
            runtime.spawn(async move { begin(login, terms, list, (outlet, reading, bell)).await });
        }
    }

    /// Finds out now, and gives the sources.
    pub async fn choose(self, tell: &mut dyn FnMut(String)) -> Chosen {
        let (mut ready, mut sessions, mut refused) = (vec![], vec![], vec![]);
        for login in self.logins {
            let (session, checked) = Session::open(login).await;
            let session = Arc::new(session);
            let regions = self.terms.to_read(&session, &[]).await;
            ready.extend(Terms::history(&session, &regions, None));
            let mut list = List::new(|_| {});
            if checked.is_ok() {
                let account = who(&session, &mut list).await;
                let trails = trails(&session, &regions, &mut list).await;
                ready.extend(bucket(&session, &self.terms, &account, &trails, &mut list).await);
            }
            refused.extend(checked.err().map(|fault| fault.to_string()));
            sessions.push(session);
            for finding in &list.found.findings {
                if let Answer::NotRead(remedy) = &finding.answer {
                    tell(format!("{}: {} ({remedy})", finding.topic, finding.said));
                }
            }
        }
        let words: Vec<&str> = ready.iter().map(|(word, _)| &**word).collect();
        tell(format!("no SOURCE was named, so AWS is read: {}", words.join(", ")));
        Chosen { ready, logins: Logins::of(sessions, self.terms, refused) }
    }
}

/// Finds out what a login can see and starts the sources for it, one after the other.
async fn begin(
    login: Login,
    terms: Terms,
    mut list: List,
    (outlet, (reading, sharing), bell): (Outlet, (Reading, Sharing), Bell),
) {
    let runtime = Handle::current();
    let session = loop {
        let (session, checked) = Session::open(login.clone()).await;
        match checked {
            Ok(()) => break Arc::new(session),
            Err(fault) => list.not_read(
                fault.to_string(),
                "it is tried again by itself. Without AWS: trailtop demo, or trailtop PATH for files",
            ),
        }
        tokio::time::sleep(LOGIN).await;
    };
    cloud::learn_names(&runtime, &session, &outlet);
    let regions = terms.to_read(&session, &[]).await;
    let start = |(name, ready): (String, Ready)| {
        ready.start(&runtime, outlet.add(name), &reading, &sharing);
    };
    Terms::history(&session, &regions, None).into_iter().for_each(start);
    list.found.findings.clear();
    let account = who(&session, &mut list).await;
    let trails = trails(&session, &regions, &mut list).await;
    bucket(&session, &terms, &account, &trails, &mut list).await.into_iter().for_each(start);
    left_out(&session, &regions, &mut list);
    list.done();
    cloud::watch(&runtime, &session, regions, &outlet, (reading.clock, &bell));
}

/// Asks who calls; gives the account, empty where nobody says.
async fn who(session: &Session, list: &mut List) -> String {
    list.ask("who am I", "");
    match session.caller().await {
        Ok(caller) => {
            list.ok(whoami(&caller, session.profile()));
            caller.account
        }
        Err(fault) => {
            let remedy = "the account has no name then; everything else goes on";
            list.not_read(format!("STS does not answer: {fault}"), remedy);
            String::new()
        }
    }
}

/// A caller in a line: `oncall 111122223333 (profile prod)`.
pub fn whoami(caller: &Caller, profile: Option<&str>) -> String {
    let name = caller.arn.split_once('/').map_or(&*caller.arn, |(_, name)| name);
    let name = caller.arn.strip_suffix(":root").map_or(name, |_| "ROOT");
    let profile = profile.map_or_else(String::new, |profile| format!(" (profile {profile})"));
    format!("{name} {}{profile}", caller.account)
}

/// Asks which trails there are and whether they record.
async fn trails(session: &Session, regions: &[String], list: &mut List) -> Vec<Trail> {
    list.ask("trails", "");
    let described = match ask::describe(session, regions).await {
        Ok(described) => described,
        Err(fault) => {
            let remedy = format!("{HISTORY_ALONE}. Policy: trailtop doctor --policy");
            list.not_read(fault.to_string(), remedy);
            return vec![];
        }
    };
    if described.is_empty() {
        list.ok("none writes anything of these regions: Event history is all there is");
        return vec![];
    }
    let seen = ask::look(session, described, None).await;
    let lines: Vec<String> = seen.trails.iter().map(in_a_line).collect();
    for (at, line) in lines.into_iter().enumerate() {
        if at > 0 {
            list.ask("", "");
        }
        list.ok(line);
    }
    if let Some(first) = seen.unseen.first() {
        list.ask("trails", "");
        let remedy = "what they record is not known then. Policy: trailtop doctor --policy";
        list.not_read(first.clone(), remedy);
    }
    seen.trails
}

/// A trail in a line: `org-trail: logging, s3://org-logs, all regions, S3 objects`.
pub fn in_a_line(trail: &Trail) -> String {
    let mut parts = vec![match trail.recording {
        Recording::On(_) => "logging".to_owned(),
        Recording::Off(None) => "STOPPED".to_owned(),
        Recording::Off(Some(since)) => format!("STOPPED since {since}"),
        Recording::Unknown => "perhaps logging".to_owned(),
    }];
    parts.push(format!("s3://{}", trail.bucket));
    parts.push(match trail.is_multi_region {
        true => "all regions".to_owned(),
        false => trail.home.clone(),
    });
    if trail.is_organization {
        parts.push("all accounts".to_owned());
    }
    if let Some(selection) = &trail.selection {
        parts.extend(selection.missing().map(|what| format!("without {what}")));
        parts.extend(selection.data.iter().map(|data| {
            let kind = data.kind.trim_start_matches("AWS::").replace("::", " ");
            if data.arns.is_empty() { kind } else { format!("some {kind}") }
        }));
    }
    parts.extend(trail.trouble.as_ref().map(|why| format!("cannot deliver: {why}")));
    format!("{}: {}", trail.name(), parts.join(", "))
}

/// Trails whose bucket is worth reading, the best first: one that records, every region, every
/// account.
pub fn by_worth(trails: &[Trail]) -> Vec<&Trail> {
    let mut best: Vec<&Trail> = trails.iter().filter(|trail| !trail.bucket.is_empty()).collect();
    best.sort_by_key(|trail| {
        let records = matches!(trail.recording, Recording::On(_));
        let stopped = matches!(trail.recording, Recording::Off(_));
        (!records, stopped, !trail.is_multi_region, !trail.is_organization)
    });
    best
}

/// Where in its bucket a trail writes what this account may look at: everything of an organization.
pub fn prefix(trail: &Trail, account: &str) -> String {
    let root = match &*trail.prefix {
        "" => "AWSLogs".to_owned(),
        prefix => format!("{}/AWSLogs", prefix.trim_end_matches('/')),
    };
    match trail.is_organization || account.is_empty() {
        true => root,
        false => format!("{root}/{account}"),
    }
}

/// Looks for the bucket of a trail that can be read.
async fn bucket(
    session: &Arc<Session>,
    terms: &Terms,
    account: &str,
    trails: &[Trail],
    list: &mut List,
) -> Option<(String, Ready)> {
    let mut tried: Vec<(&str, String)> = vec![];
    for trail in by_worth(trails) {
        let place = (&*trail.bucket, prefix(trail, account));
        if tried.contains(&place) || tried.len() == MOST_BUCKETS {
            continue;
        }
        let word = format!("s3://{}/{}/", place.0, place.1);
        list.ask("s3", &*word);
        match readable(session, terms, &place).await {
            Ok(()) => {
                // Its source says so itself from here on.
                list.found.findings.pop();
                return Some(terms.bucket(session, place.0, &place.1));
            }
            Err(why) => {
                let remedy = format!("{HISTORY_ALONE}. Policy: trailtop doctor --policy {word}");
                list.not_read(format!("{word}: {why}"), remedy);
            }
        }
        tried.push(place);
    }
    None
}

/// Whether what lies at a place can be listed and got.
async fn readable(
    session: &Arc<Session>,
    terms: &Terms,
    (bucket, prefix): &(&str, String),
) -> Result<(), String> {
    let words = |fault: Fault| fault.to_string();
    let place = format!("{prefix}/");
    let bucket = probe::Bucket::find(session, bucket, &place, terms.requester_pays()).await;
    let bucket = bucket.map_err(words)?;
    match bucket.list().await.map_err(words)? {
        Some(key) => bucket.get(&key).await.map_err(words),
        None => Err("nothing was written there yet".to_owned()),
    }
}

/// Says which regions nobody looks at.
fn left_out(session: &Session, regions: &[String], list: &mut List) {
    let first = regions.first().map_or("us-east-1", String::as_str);
    let partition = region::partition(first);
    let all = partition.always.iter().filter(|region| !regions.iter().any(|it| it == *region));
    let n = all.count();
    if n == 0 {
        return;
    }
    list.ask("not looked at", "");
    let said = match session.region() {
        Some(_) => {
            let others = format::counted(n as u64, "region", "regions");
            format!("{others} and those you enabled: add them with --region all")
        }
        None => format!(
            "no region is configured, so {first} alone is read: name yours with --region, or all \
             with --region all"
        ),
    };
    list.answer(said, Answer::NotAsked);
}
