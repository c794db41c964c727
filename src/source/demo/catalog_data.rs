//! Calls to what holds things: S3, tables, databases, queues, topics, logs, metrics, events.

use crate::source::demo::catalog::Action;

const fn get(service: &'static str, name: &'static str, request: &'static str) -> Action {
    Action::get(service, name, request)
}

const fn put(
    service: &'static str,
    name: &'static str,
    request: &'static str,
    response: &'static str,
) -> Action {
    Action::put(service, name, request, response)
}

const BUCKET: &str =
    r#"[{"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]"#;
const OBJECT: &str = r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::<bucket>/<object>"},{"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}]"#;
const S3_EXTRA: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"<letters><letters>","bytesTransferredOut":<bytes>}"#;
const TABLE: &str = r#"[{"accountId":"<account>","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:<region>:<account>:table/<table>"}]"#;

/// The rows.
#[rustfmt::skip]
pub(crate) const DATA: &[Action] = &[
    get("s3", "ListBuckets", r#"{"Host":"s3.<region>.amazonaws.com"}"#).extra(S3_EXTRA),
    get("s3", "GetBucketAcl", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","acl":""}"#).about(BUCKET).extra(S3_EXTRA),
    get("s3", "GetBucketLocation", r#"{"bucketName":"<bucket>","Host":"s3.<region>.amazonaws.com","location":""}"#).about(BUCKET).extra(S3_EXTRA),
    get("s3", "GetBucketPolicy", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","policy":""}"#).about(BUCKET).extra(S3_EXTRA)
        .odd("NoSuchBucketPolicy", "The bucket policy does not exist"),
    get("s3", "GetBucketTagging", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","tagging":""}"#).about(BUCKET).extra(S3_EXTRA)
        .odd("NoSuchTagSet", "The TagSet does not exist"),
    get("s3", "GetBucketEncryption", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","encryption":""}"#).about(BUCKET).extra(S3_EXTRA),
    get("s3", "GetBucketVersioning", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","versioning":""}"#).about(BUCKET).extra(S3_EXTRA),
    get("s3", "GetBucketPublicAccessBlock", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","publicAccessBlock":""}"#).about(BUCKET).extra(S3_EXTRA)
        .odd("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
    get("s3", "GetBucketLogging", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","logging":""}"#).about(BUCKET).extra(S3_EXTRA),
    get("s3", "GetBucketLifecycle", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","lifecycle":""}"#).about(BUCKET).extra(S3_EXTRA)
        .odd("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
    get("s3", "GetBucketReplication", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","replication":""}"#).about(BUCKET).extra(S3_EXTRA)
        .odd("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
    put("s3", "PutBucketTagging", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","tagging":"","Tagging":{"TagSet":{"Tag":{"Key":"team","Value":"web"}}}}"#, "").about(BUCKET).extra(S3_EXTRA),
    put("s3", "PutBucketLifecycle", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","lifecycle":"","LifecycleConfiguration":{"Rule":{"ID":"expire-old","Status":"Enabled","Expiration":{"Days":90},"Filter":{"Prefix":""}}}}"#, "").about(BUCKET).extra(S3_EXTRA),
    put("s3", "PutBucketVersioning", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","versioning":"","VersioningConfiguration":{"Status":"Enabled"}}"#, "").about(BUCKET).extra(S3_EXTRA),
    put("s3", "CreateBucket", r#"{"bucketName":"harborline-<alias>-tmp-<hex>","Host":"s3.<region>.amazonaws.com","CreateBucketConfiguration":{"LocationConstraint":"<region>"}}"#, "").extra(S3_EXTRA)
        .odd("BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it."),
    put("s3", "DeleteBucket", r#"{"bucketName":"harborline-<alias>-tmp-<hex>","Host":"s3.<region>.amazonaws.com"}"#, "").extra(S3_EXTRA)
        .odd("BucketNotEmpty", "The bucket you tried to delete is not empty"),
    put("s3", "PutBucketPolicy", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"TlsOnly","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::<bucket>/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}}"#, "").about(BUCKET).extra(S3_EXTRA),
    put("s3", "DeleteBucketPublicAccessBlock", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","publicAccessBlock":""}"#, "").about(BUCKET).extra(S3_EXTRA),
    get("s3", "GetObject", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<object>"}"#).data().about(OBJECT).extra(S3_EXTRA)
        .odd("NoSuchKey", "The specified key does not exist."),
    get("s3", "HeadObject", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<object>"}"#).data().about(OBJECT).extra(S3_EXTRA)
        .odd("NoSuchKey", "The specified key does not exist."),
    get("s3", "ListObjects", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","list-type":"2","prefix":"raw/","encoding-type":"url"}"#).data().about(BUCKET).extra(S3_EXTRA),
    put("s3", "PutObject", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<object>","x-amz-server-side-encryption":"aws:kms"}"#, r#"{"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:<region>:<account>:key/<kms>"}"#).data().about(OBJECT).extra(S3_EXTRA),
    put("s3", "CopyObject", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","x-amz-copy-source":"<bucket>/staging/<hex>","key":"<object>"}"#, r#"{"x-amz-version-id":"<letters><letters>"}"#).data().about(OBJECT).extra(S3_EXTRA),
    put("s3", "DeleteObject", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<object>"}"#, "").data().about(OBJECT).extra(S3_EXTRA),
    put("s3", "CompleteMultipartUpload", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","uploadId":"<letters><letters>","key":"<object>"}"#, r#"{"x-amz-server-side-encryption":"AES256"}"#).data().about(OBJECT).extra(S3_EXTRA),
    get("dynamodb", "DescribeTable", r#"{"tableName":"<table>"}"#).about(TABLE)
        .odd("ResourceNotFoundException", "Requested resource not found: Table: <table> not found"),
    get("dynamodb", "ListTables", r#"{"limit":100}"#),
    get("dynamodb", "DescribeContinuousBackups", r#"{"tableName":"<table>"}"#).about(TABLE),
    put("dynamodb", "UpdateTable", r#"{"tableName":"<table>","billingMode":"PAY_PER_REQUEST"}"#, r#"{"tableDescription":{"tableName":"<table>","tableStatus":"UPDATING","itemCount":<number>}}"#).about(TABLE),
    put("dynamodb", "CreateBackup", r#"{"tableName":"<table>","backupName":"nightly-<table>"}"#, r#"{"backupDetails":{"backupArn":"arn:aws:dynamodb:<region>:<account>:table/<table>/backup/<hex>","backupName":"nightly-<table>","backupStatus":"CREATING"}}"#).about(TABLE),
    get("dynamodb", "GetItem", r#"{"tableName":"<table>","key":{"id":"<hex>"},"consistentRead":true}"#).data().about(TABLE),
    get("dynamodb", "Query", r#"{"tableName":"<table>","keyConditionExpression":"id = :id","limit":25}"#).data().about(TABLE),
    put("dynamodb", "PutItem", r#"{"tableName":"<table>","key":{"id":"<hex>"},"items":["id","state","updatedAt"]}"#, "").data().about(TABLE)
        .odd("ConditionalCheckFailedException", "The conditional request failed"),
    put("dynamodb", "DeleteItem", r#"{"tableName":"<table>","key":{"LockID":"<hex>"}}"#, "").data().about(TABLE),
    get("rds", "DescribeDBInstances", r#"{"dBInstanceIdentifier":"<database>"}"#)
        .odd("DBInstanceNotFoundFault", "DBInstance <database> not found."),
    get("rds", "DescribeDBSnapshots", r#"{"dBInstanceIdentifier":"<database>","includeShared":false,"includePublic":false}"#),
    get("rds", "ListTagsForResource", r#"{"resourceName":"arn:aws:rds:<region>:<account>:db:<database>"}"#),
    get("rds", "DescribeDBLogFiles", r#"{"dBInstanceIdentifier":"<database>"}"#),
    put("rds", "CreateDBSnapshot", r#"{"dBSnapshotIdentifier":"<database>-<hex>","dBInstanceIdentifier":"<database>"}"#, r#"{"dBSnapshotIdentifier":"<database>-<hex>","dBInstanceIdentifier":"<database>","engine":"postgres","status":"creating","percentProgress":0,"allocatedStorage":200,"encrypted":true}"#),
    put("rds", "ModifyDBInstance", r#"{"dBInstanceIdentifier":"<database>","applyImmediately":true,"dBInstanceClass":"db.r7g.large","masterUserPassword":"****"}"#, r#"{"dBInstanceIdentifier":"<database>","dBInstanceStatus":"available","engine":"postgres","publiclyAccessible":false,"pendingModifiedValues":{"dBInstanceClass":"db.r7g.large"}}"#),
    put("rds", "RebootDBInstance", r#"{"dBInstanceIdentifier":"<database>"}"#, r#"{"dBInstanceIdentifier":"<database>","dBInstanceStatus":"rebooting"}"#)
        .odd("InvalidDBInstanceStateFault", "Database instance is not in available state."),
    get("sqs", "GetQueueAttributes", r#"{"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<queue>","attributeNames":["ApproximateNumberOfMessages"]}"#)
        .odd("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."),
    get("sqs", "ListQueues", r#"{"maxResults":1000}"#),
    put("sqs", "PurgeQueue", r#"{"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<queue>"}"#, ""),
    put("sqs", "SetQueueAttributes", r#"{"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<queue>","attributes":{"VisibilityTimeout":"120"}}"#, ""),
    get("sns", "ListSubscriptionsByTopic", r#"{"topicArn":"arn:aws:sns:<region>:<account>:<topic>"}"#),
    put("sns", "Subscribe", r#"{"topicArn":"arn:aws:sns:<region>:<account>:<topic>","protocol":"https","endpoint":"HIDDEN_DUE_TO_SECURITY_REASONS","returnSubscriptionArn":true}"#, r#"{"subscriptionArn":"arn:aws:sns:<region>:<account>:<topic>:<uuid2>"}"#),
    get("logs", "DescribeLogGroups", r#"{"limit":50}"#),
    get("logs", "DescribeLogStreams", r#"{"logGroupName":"<loggroup>","orderBy":"LastEventTime","descending":true}"#)
        .odd("ResourceNotFoundException", "The specified log group does not exist."),
    get("logs", "FilterLogEvents", r#"{"logGroupName":"<loggroup>","filterPattern":"ERROR","limit":100}"#),
    get("logs", "StartQuery", r#"{"logGroupName":"<loggroup>","queryString":"HIDDEN_DUE_TO_SECURITY_REASONS","limit":1000}"#),
    put("logs", "CreateLogStream", r#"{"logGroupName":"<loggroup>","logStreamName":"2026/11/22/[$LATEST]<sha>"}"#, "")
        .odd("ResourceAlreadyExistsException", "The specified log stream already exists"),
    put("logs", "CreateLogGroup", r#"{"logGroupName":"<loggroup>"}"#, "")
        .odd("ResourceAlreadyExistsException", "The specified log group already exists"),
    put("logs", "PutRetentionPolicy", r#"{"logGroupName":"<loggroup>","retentionInDays":30}"#, ""),
    put("logs", "DeleteLogStream", r#"{"logGroupName":"<loggroup>","logStreamName":"<hex>"}"#, ""),
    get("monitoring", "DescribeAlarms", r#"{"alarmNames":["<alarm>"]}"#),
    get("monitoring", "GetMetricData", r#"{"startTime":"<hourago>","endTime":"<now>","metricDataQueries":[{"id":"q<small>","metricStat":{"metric":{"namespace":"AWS/Lambda","metricName":"Errors"},"period":60,"stat":"Sum"}}]}"#).data(),
    get("monitoring", "ListDashboards", ""),
    put("monitoring", "PutMetricAlarm", r#"{"alarmName":"<alarm>","metricName":"5xx","namespace":"AWS/ApplicationELB","threshold":10.0,"period":60,"evaluationPeriods":3,"comparisonOperator":"GreaterThanThreshold"}"#, ""),
    put("monitoring", "PutDashboard", r#"{"dashboardName":"orders","dashboardBody":"{\"widgets\":[]}"}"#, r#"{"dashboardValidationMessages":[]}"#),
    put("events", "PutRule", r#"{"name":"<rule>","scheduleExpression":"rate(1 day)","state":"ENABLED"}"#, r#"{"ruleArn":"arn:aws:events:<region>:<account>:rule/<rule>"}"#),
    put("events", "PutTargets", r#"{"rule":"<rule>","targets":[{"id":"1","arn":"arn:aws:lambda:<region>:<account>:function:<function>"}]}"#, r#"{"failedEntryCount":0,"failedEntries":[]}"#),
    get("backup", "ListBackupJobs", r#"{"byState":"RUNNING"}"#),
    put("backup", "StartBackupJob", r#"{"backupVaultName":"nightly","resourceArn":"arn:aws:ec2:<region>:<account>:volume/<volume>","iamRoleArn":"arn:aws:iam::<account>:role/backup-operator"}"#, r#"{"backupJobId":"<uuid2>","creationDate":"<spoken>"}"#),
    get("athena", "GetQueryExecution", r#"{"queryExecutionId":"<uuid2>"}"#),
    put("athena", "StartQueryExecution", r#"{"queryString":"SELECT day, sum(total) FROM orders GROUP BY day","queryExecutionContext":{"database":"lake"},"workGroup":"primary","resultConfiguration":{"outputLocation":"s3://<bucket>/athena/"}}"#, r#"{"queryExecutionId":"<uuid2>"}"#),
    get("glue", "GetTable", r#"{"databaseName":"lake","name":"<table>"}"#)
        .odd("EntityNotFoundException", "Entity Not Found"),
    put("glue", "StartJobRun", r#"{"jobName":"curate-events"}"#, r#"{"jobRunId":"jr_<sha>"}"#)
        .odd("ConcurrentRunsExceededException", "Concurrent runs exceeded for curate-events"),
    put("states", "StartExecution", r#"{"stateMachineArn":"arn:aws:states:<region>:<account>:stateMachine:order-fulfilment","name":"<uuid2>","input":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#, r#"{"executionArn":"arn:aws:states:<region>:<account>:execution:order-fulfilment:<uuid2>","startDate":"<spoken>"}"#),
];
