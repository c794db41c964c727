//! The examination behind `trailtop doctor`: one call for each thing that may be read, and what
//! mends it where it may not.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crate::aws::account;
use crate::aws::calls;
use crate::aws::fault::Fault;
use crate::aws::region;
use crate::aws::session::Session;
use crate::cli::{Aws, Doctor};
use crate::coverage::trail::Trail;
use crate::export::safe;
use crate::shell::choose::{by_worth, in_a_line, prefix, whoami};
use crate::shell::cloud::{self, Terms};
use crate::shell::headless::{print, tell};
use crate::shell::start;
use crate::source::logs::group::Group;
use crate::source::s3::layout;
use crate::source::s3::stream::Polling;
use crate::source::spec::{Cloud, Spec};
use crate::source::sqs::word::Word;
use crate::source::trails::{ask, probe};
use crate::ui::format;

/// A source that was asked for cannot be read.
const SICK: u8 = 3;
/// Cells of the verdict and of the topic.
const COLUMNS: (usize, usize) = (9, 14);

/// What came of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    Careful,
    Denied,
    NotThere,
    Failed,
}

/// The report as it grows.
#[derive(Debug, Default)]
struct Report {
    text: String,
    /// Whether a source that was asked for cannot be read.
    is_sick: bool,
}

impl Verdict {
    fn of(fault: &Fault) -> Self {
        match fault {
            Fault::Denied(_) => Self::Denied,
            Fault::Missing(_) => Self::NotThere,
            _ => Self::Failed,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Careful => "careful",
            Self::Denied => "denied",
            Self::NotThere => "not there",
            Self::Failed => "failed",
        }
    }
}

impl Report {
    fn line(&mut self, verdict: Verdict, topic: &str, said: &str) {
        let (verdict, (one, two)) = (verdict.word(), COLUMNS);
        // What AWS says was named by whoever named buckets, trails and keys.
        let said = safe::shown(said);
        writeln!(self.text, "  {verdict:<one$}  {topic:<two$}  {said}").ok();
    }

    fn ok(&mut self, topic: &str, said: &str) {
        self.line(Verdict::Ok, topic, said);
    }

    /// Says why something failed and what it is good for.
    fn bad(&mut self, topic: &str, fault: &Fault, remedy: &str) {
        self.line(Verdict::of(fault), topic, &fault.to_string());
        self.remedy(remedy);
    }

    fn remedy(&mut self, remedy: &str) {
        let ((one, two), remedy) = (COLUMNS, safe::shown(remedy));
        writeln!(self.text, "  {:<one$}  {:<two$}  → {remedy}", "", "").ok();
    }

    fn check(&mut self, topic: &str, checked: Result<String, Fault>, remedy: &str) -> bool {
        match checked {
            Ok(said) => self.ok(topic, &said),
            Err(fault) => {
                self.bad(topic, &fault, remedy);
                return false;
            }
        }
        true
    }
}

/// Examines, or prints the policy.
pub fn run(typed: &Doctor) -> anyhow::Result<ExitCode> {
    let specs =
        typed.sources.iter().map(|word| Spec::looked_at(word)).collect::<Result<Vec<_>, _>>()?;
    if typed.policy {
        return Ok(print(&policy(&specs, &typed.aws)));
    }
    let runtime = start::runtime()?;
    let logins = cloud::logins(&typed.aws, &runtime)?;
    let terms = Terms::of(&typed.aws, Polling::Adaptive);
    let mut report = Report::default();
    for (at, login) in logins.into_iter().enumerate() {
        let (session, checked) = runtime.block_on(Session::open(login));
        let session = Arc::new(session);
        let who = session.profile().map_or_else(String::new, |name| format!(", profile {name}"));
        let place = session.region().unwrap_or("no region");
        writeln!(report.text, "trailtop doctor{who}, {place}").ok();
        match checked {
            Ok(()) => runtime.block_on(examine(&session, &terms, (&specs, at == 0), &mut report)),
            Err(fault) => {
                report.bad("who am I", &fault, "nothing of AWS can be read until then");
                report.is_sick = true;
            }
        }
    }
    let printed = print(&report.text);
    Ok(if report.is_sick { ExitCode::from(SICK) } else { printed })
}

/// Everything that one login may do.
async fn examine(
    session: &Arc<Session>,
    terms: &Terms,
    (specs, is_first): (&[Spec], bool),
    report: &mut Report,
) {
    let account = match session.caller().await {
        Ok(caller) => {
            report.ok("who am I", &whoami(&caller, session.profile()));
            caller.account
        }
        Err(fault) => {
            report.bad("who am I", &fault, "rows of Event history have no account then");
            String::new()
        }
    };
    if session.region().is_none() {
        let fault = Fault::Missing("no region is configured".to_owned());
        report.bad("region", &fault, "name yours with --region, or set AWS_REGION");
    }
    let regions =
        account::regions(session).await.map(|regions| format!("{} enabled", regions.len()));
    let remedy = "--region all asks every region of the partition then; allow account:ListRegions";
    report.check("regions", regions, remedy);
    let regions = terms.to_read(session, &[]).await;
    let trails = trails(session, &regions, report).await;
    let members = account::accounts(session)
        .await
        .map(|all| format::counted(all.len() as u64, "account", "accounts"));
    let remedy = "accounts have numbers and no names then; allow organizations:ListAccounts, which \
                  only the management account and delegated administrators can be given";
    report.check("organization", members, remedy);
    let chosen: Vec<&Spec> = specs.iter().collect();
    if chosen.is_empty() {
        for region in &regions {
            history(session, region, report).await;
        }
        best_bucket(session, terms, (&account, &trails), report).await;
    }
    for spec in chosen {
        match spec {
            Spec::Path(path) if is_first => there(path, report),
            Spec::Cloud(Cloud::History { regions: named, .. }) => {
                for region in terms.to_read(session, named).await {
                    history(session, &region, report).await;
                }
            }
            Spec::Cloud(Cloud::Bucket { bucket, prefix }) if is_first => {
                let place = (&**bucket, layout::start(prefix));
                let is_well = look_into(session, terms, &place, report).await;
                report.is_sick |= !is_well;
            }
            Spec::Cloud(Cloud::Queue { queue, .. }) if is_first => {
                look_at_queue(session, queue, report).await;
            }
            Spec::Cloud(Cloud::Logs(group)) if is_first => {
                look_at_group(session, group, &trails, report).await;
            }
            // What has a name belongs to the first account, and files to nobody's.
            Spec::Cloud(_) | Spec::Path(_) | Spec::Demo(_) => {}
        }
    }
}

fn there(path: &Path, report: &mut Report) {
    let is_there = path == Path::new("-") || path.exists();
    let said = path.display().to_string();
    match is_there {
        true => report.ok("file", &said),
        false => report.line(Verdict::NotThere, "file", &said),
    }
    report.is_sick |= !is_there;
}

async fn trails(session: &Session, regions: &[String], report: &mut Report) -> Vec<Trail> {
    let remedy = "which trails there are, and whether one was stopped, is not seen then; allow \
                  cloudtrail:DescribeTrails";
    let described = match ask::describe(session, regions).await {
        Ok(described) => described,
        Err(fault) => {
            report.bad("trails", &fault, remedy);
            return vec![];
        }
    };
    if described.is_empty() {
        report.line(Verdict::NotThere, "trails", "none writes anything of these regions");
        return described;
    }
    if let Some(first) = described.first() {
        let client = session.cloudtrail(&first.home);
        let status = ask::status(session, &client, &first.arn).await.map(|_| String::new());
        let remedy =
            "a trail that was stopped is not noticed then; allow cloudtrail:GetTrailStatus";
        report.check("trail status", status, remedy);
        let selection = ask::selection(session, &client, &first.arn).await.map(|_| String::new());
        let remedy = "what trails leave out is not known then; allow cloudtrail:GetEventSelectors";
        report.check("selectors", selection, remedy);
    }
    let seen = ask::look(session, described, None).await;
    for trail in &seen.trails {
        report.ok("trail", &in_a_line(trail));
    }
    seen.trails
}

async fn history(session: &Session, region: &str, report: &mut Report) {
    let looked = probe::history(session, region).await.map(|()| region.to_owned());
    let remedy = format!(
        "Event history of {region} is not read then; allow cloudtrail:LookupEvents (trailtop doctor \
         --policy history:{region})"
    );
    report.is_sick |= !report.check("history", looked, &remedy);
}

/// The bucket of a trail that a start without a source would read.
async fn best_bucket(
    session: &Arc<Session>,
    terms: &Terms,
    (account, trails): (&str, &[Trail]),
    report: &mut Report,
) {
    let mut tried: Vec<(&str, String)> = vec![];
    for trail in by_worth(trails) {
        let place = (&*trail.bucket, format!("{}/", prefix(trail, account)));
        if !tried.contains(&place) {
            // Where it cannot be read, Event history still can: nothing that was chosen is missing.
            look_into(session, terms, &place, report).await;
            tried.push(place);
        }
    }
}

/// Lists, and gets the first byte of what it finds. Gives whether both worked.
async fn look_into(
    session: &Arc<Session>,
    terms: &Terms,
    (bucket, place): &(&str, String),
    report: &mut Report,
) -> bool {
    let word = format!("s3://{bucket}/{place}");
    let policy = format!("policy: trailtop doctor --policy {word}");
    let found = probe::Bucket::find(session, bucket, place, terms.requester_pays()).await;
    let listed = match &found {
        Ok(bucket) => bucket.list().await,
        Err(fault) => Err(fault.clone()),
    };
    let remedy = format!("nothing of the trail is read then; allow s3:ListBucket; {policy}");
    let key = match listed {
        Ok(Some(key)) => key,
        Ok(None) => {
            report.line(Verdict::NotThere, "s3 list", &format!("{word}: nothing is there yet"));
            return false;
        }
        Err(fault) => {
            report.bad("s3 list", &named(fault, &word), &remedy);
            return false;
        }
    };
    report.ok("s3 list", &word);
    let Ok(bucket) = found else { return false };
    let got = bucket.get(&key).await.map(|()| format!("{word}, and decrypted"));
    let remedy = format!(
        "objects cannot be read then; allow s3:GetObject, and kms:Decrypt where they are encrypted \
         with a key (whose own policy has to allow it too); {policy}"
    );
    report.check("s3 get", got.map_err(|fault| named(fault, &word)), &remedy)
}

/// Whose a queue is. A message that was received to look at it would count against the queue, so
/// that none is.
async fn look_at_queue(session: &Arc<Session>, queue: &str, report: &mut Report) {
    let word = format!("sqs:{queue}");
    let looked = probe::queue(session, &Word { queue: queue.to_owned(), peek: true }).await;
    let look = match looked {
        Ok(look) => look,
        Err(fault) => {
            let remedy = format!(
                "whose messages these are is not seen then; allow sqs:GetQueueUrl and \
                 sqs:GetQueueAttributes; what reading takes: trailtop doctor --policy {word}"
            );
            // Whoever may not look may still be allowed to read.
            report.is_sick |= !matches!(fault, Fault::Denied(_));
            report.bad("sqs", &named(fault, &word), &remedy);
            return;
        }
    };
    report.ok("sqs", &format!("{word}: {}", look.in_a_line()));
    match look.others() {
        Some(why) => {
            report.line(
                Verdict::Careful,
                "own=true",
                &format!("takes messages from others: {why}"),
            );
            report.remedy(&format!("for a queue of your own beside it: trailtop {word}"));
        }
        None => report.ok(
            "own=true",
            "nobody seems to live on it; messages are deleted once their events are stored",
        ),
    }
}

/// Whether a log group can be read, what it is like, and which trail delivers to it.
async fn look_at_group(session: &Session, group: &Group, trails: &[Trail], report: &mut Report) {
    let word = group.to_string();
    let looked = probe::logs(session, group).await.map(|()| word.clone());
    let remedy = "the group is not read then; allow logs:FilterLogEvents, and logs:StartLiveTail to \
                  see events sooner";
    let is_read = report.check("logs", looked.map_err(|fault| named(fault, &word)), remedy);
    report.is_sick |= !is_read;
    if !is_read {
        return;
    }
    match probe::group(session, group).await {
        Ok(Some(said)) => report.ok("log group", &said),
        // A group of another account is not listed here.
        Ok(None) => {}
        Err(fault) => {
            let remedy = "whether it has Live Tail is not seen then; allow logs:DescribeLogGroups";
            report.bad("log group", &fault, remedy);
        }
    }
    let is_its = |trail: &&Trail| {
        let arn = trail.group.trim_end_matches(":*");
        arn.rsplit_once(":log-group:").is_some_and(|(_, name)| name == group.name)
    };
    let feeding: Vec<&str> = trails.iter().filter(is_its).map(Trail::name).collect();
    match &*feeding {
        [] if trails.is_empty() => {}
        [] => report.line(
            Verdict::NotThere,
            "log group",
            "none of the trails seen here delivers to it: nothing new may come",
        ),
        names => report.ok("log group", &format!("fed by {}", names.join(", "))),
    }
}

/// The fault with what it is about.
fn named(fault: Fault, word: &str) -> Fault {
    match fault {
        Fault::Denied(why) => Fault::Denied(format!("{word}: {why}")),
        Fault::Missing(why) => Fault::Missing(format!("{word}: {why}")),
        fault => fault,
    }
}

/// The least that these sources need, without asking anybody.
fn policy(specs: &[Spec], typed: &Aws) -> String {
    let mut statements: Vec<String> = vec![];
    let mut has_bucket = false;
    for spec in specs {
        match spec {
            Spec::Cloud(Cloud::History { .. }) => statements.push(calls::history_statement()),
            Spec::Cloud(Cloud::Bucket { bucket, prefix }) => {
                has_bucket = true;
                statements.extend(calls::bucket_statements(bucket, &layout::start(prefix), None));
            }
            Spec::Cloud(Cloud::Queue { queue, .. }) => {
                let name = queue.rsplit('/').next().unwrap_or(queue);
                let arn = format!("arn:aws:sqs:*:*:{name}");
                statements.push(calls::queue_statement(&arn));
                statements.push(calls::queue_look_statement(&arn));
            }
            Spec::Cloud(Cloud::Logs(group)) => {
                let arn = match &group.home {
                    Some(home) => home.arn(&group.name),
                    None => format!("arn:aws:logs:*:*:log-group:{}", group.name),
                };
                statements.extend(calls::logs_statements(&arn));
                statements.push(calls::logs_look_statement());
            }
            Spec::Path(_) | Spec::Demo(_) => {}
        }
    }
    if specs.is_empty() {
        statements.push(calls::history_statement());
    }
    let mut seen = vec![];
    statements.retain(|one| {
        !seen.contains(one) && {
            seen.push(one.clone());
            true
        }
    });
    let with_sources = !statements.is_empty();
    if with_sources {
        statements.extend(calls::sight_statements());
    }
    let region = typed.region.iter().find(|region| *region != "all");
    let partition = region.map_or("aws", |region| region::partition(region).name);
    if specs.is_empty() {
        tell(&"for the bucket of a trail too: trailtop doctor --policy history: s3://BUCKET");
    }
    if has_bucket {
        tell(
            &"where the objects are encrypted with a KMS key, allow kms:Decrypt on that key too, \
              here and in its own policy",
        );
    }
    calls::document(&statements).replace("arn:aws:", &format!("arn:{partition}:"))
}
