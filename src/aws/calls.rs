//! Every call that trailtop can make, in one place: it reads, and nothing else, but for messages of
//! a queue that was declared its own. A test holds the source text against this table; the policies
//! are made from it.

/// One call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The function of the SDK.
    pub function: &'static str,
    /// The right it needs; empty where nobody needs one.
    pub right: &'static str,
    /// What makes it.
    pub by: By,
}

/// What makes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Every source of AWS.
    All,
    /// Logging in with an MFA token: the key that asks needs the right, which the role grants.
    Login,
    /// Starting without a source, and watching trails beside every source.
    Trails,
    /// `--region all`.
    Regions,
    /// Names of accounts.
    Accounts,
    /// `history:`
    History,
    /// `s3://`, of the bucket itself.
    Bucket,
    /// `s3://`, of the objects in it.
    Objects,
    /// `s3://`, of the digests of its logs. Without it they are read, and not who signed them.
    Digests,
    /// `sqs:`, of the queue: with `peek=true` the first two.
    Queue,
    /// `trailtop doctor sqs:QUEUE`
    QueueLook,
    /// `logs:`
    Logs,
    /// `trailtop doctor logs:GROUP`
    LogsLook,
}

/// The table.
pub const CALLS: &[Call] = &[
    Call { function: "get_caller_identity", right: "", by: By::All },
    Call { function: "assume_role", right: "sts:AssumeRole", by: By::Login },
    Call { function: "describe_trails", right: "cloudtrail:DescribeTrails", by: By::Trails },
    Call { function: "get_trail_status", right: "cloudtrail:GetTrailStatus", by: By::Trails },
    Call { function: "get_event_selectors", right: "cloudtrail:GetEventSelectors", by: By::Trails },
    Call {
        function: "get_insight_selectors",
        right: "cloudtrail:GetInsightSelectors",
        by: By::Trails,
    },
    Call { function: "list_regions", right: "account:ListRegions", by: By::Regions },
    Call { function: "list_accounts", right: "organizations:ListAccounts", by: By::Accounts },
    Call { function: "lookup_events", right: "cloudtrail:LookupEvents", by: By::History },
    Call { function: "head_bucket", right: "s3:ListBucket", by: By::Bucket },
    Call { function: "list_objects_v2", right: "s3:ListBucket", by: By::Bucket },
    Call { function: "get_object", right: "s3:GetObject", by: By::Objects },
    Call { function: "head_object", right: "s3:GetObject", by: By::Objects },
    Call { function: "list_public_keys", right: "cloudtrail:ListPublicKeys", by: By::Digests },
    Call { function: "get_queue_url", right: "sqs:GetQueueUrl", by: By::Queue },
    Call { function: "get_queue_attributes", right: "sqs:GetQueueAttributes", by: By::QueueLook },
    Call { function: "receive_message", right: "sqs:ReceiveMessage", by: By::Queue },
    Call { function: "delete_message_batch", right: "sqs:DeleteMessage", by: By::Queue },
    Call {
        function: "change_message_visibility_batch",
        right: "sqs:ChangeMessageVisibility",
        by: By::Queue,
    },
    Call { function: "describe_log_groups", right: "logs:DescribeLogGroups", by: By::LogsLook },
    Call { function: "filter_log_events", right: "logs:FilterLogEvents", by: By::Logs },
    Call { function: "start_live_tail", right: "logs:StartLiveTail", by: By::Logs },
];

/// What S3 does in the name of the caller for objects that are encrypted with a key.
const UNLOCK: &str = "kms:Decrypt";

/// The least a role needs that reads Event history.
pub fn history_policy() -> String {
    document(&[history_statement()])
}

/// The least a role needs that reads a trail's bucket; with the key its objects are encrypted with,
/// if they are.
pub fn bucket_policy(bucket: &str, key: Option<&str>) -> String {
    document(&bucket_statements(bucket, "", key))
}

/// What is needed to choose sources, to see whether trails record, to find every region and to name
/// accounts. Without it everything else goes on.
pub fn sight_policy() -> String {
    document(&sight_statements())
}

/// What Event history needs.
pub fn history_statement() -> String {
    statement("EventHistory", &rights(By::History), "*")
}

/// What a bucket needs below a prefix.
pub fn bucket_statements(bucket: &str, prefix: &str, key: Option<&str>) -> Vec<String> {
    let below = match prefix.trim_matches('/') {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    };
    let mut statements = vec![
        statement("TrailBucket", &rights(By::Bucket), &format!("arn:aws:s3:::{bucket}")),
        statement("TrailObjects", &rights(By::Objects), &format!("arn:aws:s3:::{bucket}/{below}*")),
    ];
    statements.push(statement("DigestKeys", &rights(By::Digests), "*"));
    statements.extend(key.map(|key| statement("TrailKey", &[UNLOCK], key)));
    statements
}

/// What is not needed to read events, and makes more of them.
pub fn sight_statements() -> Vec<String> {
    let parts = [("Trails", By::Trails), ("Regions", By::Regions), ("AccountNames", By::Accounts)];
    parts.iter().map(|(name, by)| statement(name, &rights(*by), "*")).collect()
}

/// The least a role needs that reads a queue of its own and the objects it announces; with the key
/// of either, if there is one.
pub fn queue_policy(queue: &str, bucket: &str, key: Option<&str>) -> String {
    let mut statements = vec![
        queue_statement(queue),
        // Without it S3 calls an object that is gone denied, and its message would stay for good.
        statement("TrailBucket", &rights(By::Bucket), &format!("arn:aws:s3:::{bucket}")),
        statement("TrailObjects", &rights(By::Objects), &format!("arn:aws:s3:::{bucket}/*")),
    ];
    statements.extend(key.map(|key| statement("TrailKey", &[UNLOCK], key)));
    document(&statements)
}

/// What a queue of one's own needs, without the objects it announces.
pub fn queue_statement(queue: &str) -> String {
    statement("OwnQueue", &rights(By::Queue), queue)
}

/// What `trailtop doctor` needs to say whose a queue is. Reading it does without.
pub fn queue_look_statement(queue: &str) -> String {
    statement("QueueLook", &rights(By::QueueLook), queue)
}

/// What `trailtop doctor` needs to say what a log group is like. Reading it does without.
pub fn logs_look_statement() -> String {
    statement("LogGroups", &rights(By::LogsLook), "*")
}

/// The least a role needs that reads a log group a trail delivers to, by its ARN without `:*`.
/// Without the second right events come some seconds later.
pub fn logs_policy(group: &str) -> String {
    document(&logs_statements(group))
}

/// What it consists of: a group is named with and without what is in it, depending on the call.
pub fn logs_statements(group: &str) -> [String; 2] {
    let rights = rights(By::Logs);
    let whole = statement("TrailLogGroup", &rights, group);
    let inside = statement("TrailLogStreams", &rights, &format!("{group}:*"));
    [whole, inside]
}

/// The rights of a part, each once.
fn rights(by: By) -> Vec<&'static str> {
    let mut rights: Vec<&str> = CALLS.iter().filter(|it| it.by == by).map(|it| it.right).collect();
    rights.dedup();
    rights
}

fn statement(name: &str, rights: &[&str], resource: &str) -> String {
    let rights: Vec<String> = rights.iter().map(|right| format!("\"{right}\"")).collect();
    format!(
        "    {{ \"Sid\": \"{name}\", \"Effect\": \"Allow\", \"Action\": [{}], \"Resource\": \"{resource}\" }}",
        rights.join(", ")
    )
}

/// A policy of statements.
pub fn document(statements: &[String]) -> String {
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{}\n  ]\n}}\n",
        statements.join(",\n")
    )
}
