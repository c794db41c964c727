//! Calls about who may do what, and who watches: IAM, STS, KMS, secrets, CloudTrail, detectors.

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

const KEY: &str = r#"[{"accountId":"<account>","type":"AWS::KMS::Key","ARN":"arn:aws:kms:<region>:<account>:key/<kms>"}]"#;

/// The rows.
#[rustfmt::skip]
pub(crate) const SECURITY_CALLS: &[Action] = &[
    get("sts", "GetCallerIdentity", ""),
    get("iam", "GetUser", r#"{"userName":"<user>"}"#)
        .odd("NoSuchEntityException", "The user with name <user> cannot be found."),
    get("iam", "ListUsers", r#"{"maxItems":1000}"#),
    get("iam", "ListRoles", r#"{"maxItems":1000}"#),
    get("iam", "ListGroupsForUser", r#"{"userName":"<user>"}"#),
    get("iam", "ListAccessKeys", r#"{"userName":"<user>"}"#),
    get("iam", "GetAccessKeyLastUsed", r#"{"accessKeyId":"<newkey>"}"#),
    get("iam", "ListAttachedRolePolicies", r#"{"roleName":"<role>"}"#),
    get("iam", "ListRolePolicies", r#"{"roleName":"<role>"}"#),
    get("iam", "GetRole", r#"{"roleName":"<role>"}"#)
        .odd("NoSuchEntityException", "The role with name <role> cannot be found."),
    get("iam", "GetRolePolicy", r#"{"roleName":"<role>","policyName":"inline"}"#)
        .odd("NoSuchEntityException", "The role policy with name inline cannot be found."),
    get("iam", "GetPolicyVersion", r#"{"policyArn":"arn:aws:iam::aws:policy/<policy>","versionId":"v1"}"#),
    get("iam", "ListAttachedUserPolicies", r#"{"userName":"<user>"}"#),
    get("iam", "ListUserPolicies", r#"{"userName":"<user>"}"#),
    get("iam", "GetUserPolicy", r#"{"userName":"<user>","policyName":"deploy"}"#),
    get("iam", "GetAccountSummary", ""),
    get("iam", "GetAccountAuthorizationDetails", r#"{"maxItems":1000}"#),
    get("iam", "ListMFADevices", r#"{"userName":"<user>"}"#),
    get("iam", "GetLoginProfile", r#"{"userName":"<user>"}"#)
        .odd("NoSuchEntityException", "Login Profile for User <user> cannot be found."),
    get("iam", "GenerateCredentialReport", ""),
    get("iam", "GetCredentialReport", ""),
    put("iam", "CreateRole", r#"{"roleName":"<function>-role","assumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}"#, r#"{"role":{"path":"/","roleName":"<function>-role","roleId":"AROA<letters>","arn":"arn:aws:iam::<account>:role/<function>-role","createDate":"<spoken>"}}"#)
        .odd("EntityAlreadyExistsException", "Role with name <function>-role already exists."),
    put("iam", "AttachRolePolicy", r#"{"roleName":"<role>","policyArn":"arn:aws:iam::aws:policy/<policy>"}"#, ""),
    put("iam", "DetachRolePolicy", r#"{"roleName":"<role>","policyArn":"arn:aws:iam::aws:policy/<policy>"}"#, ""),
    put("iam", "PutRolePolicy", r#"{"roleName":"<role>","policyName":"inline","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\"],\"Resource\":\"arn:aws:s3:::<bucket>/*\"}]}"}"#, ""),
    put("iam", "TagRole", r#"{"roleName":"<role>","tags":[{"key":"team","value":"platform"}]}"#, ""),
    put("iam", "UpdateAssumeRolePolicy", r#"{"roleName":"<role>","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ecs-tasks.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}"#, ""),
    put("iam", "CreatePolicyVersion", r#"{"policyArn":"arn:aws:iam::<account>:policy/<policy>","setAsDefault":true,"policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"logs:*\",\"Resource\":\"*\"}]}"}"#, r#"{"policyVersion":{"versionId":"v<small>","isDefaultVersion":true,"createDate":"<spoken>"}}"#),
    put("iam", "DeletePolicyVersion", r#"{"policyArn":"arn:aws:iam::<account>:policy/<policy>","versionId":"v<small>"}"#, ""),
    put("iam", "PassRole", r#"{"roleArn":"arn:aws:iam::<account>:role/<role>"}"#, ""),
    put("iam", "PutUserPolicy", r#"{"userName":"<user>","policyName":"deploy","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:PutObject\",\"Resource\":\"*\"}]}"}"#, ""),
    put("iam", "AttachUserPolicy", r#"{"userName":"<user>","policyArn":"arn:aws:iam::aws:policy/<policy>"}"#, ""),
    put("iam", "CreateUser", r#"{"userName":"<user>"}"#, r#"{"user":{"path":"/","userName":"<user>","userId":"AIDA<letters>","arn":"arn:aws:iam::<account>:user/<user>","createDate":"<spoken>"}}"#)
        .odd("EntityAlreadyExistsException", "User with name <user> already exists."),
    put("iam", "CreateAccessKey", r#"{"userName":"<user>"}"#, r#"{"accessKey":{"userName":"<user>","accessKeyId":"<newkey>","status":"Active","createDate":"<spoken>"}}"#),
    put("iam", "UpdateAccessKey", r#"{"userName":"<user>","accessKeyId":"<newkey>","status":"Inactive"}"#, ""),
    put("iam", "CreateLoginProfile", r#"{"userName":"<user>","passwordResetRequired":false}"#, r#"{"loginProfile":{"userName":"<user>","createDate":"<spoken>","passwordResetRequired":false}}"#),
    get("kms", "Decrypt", r#"{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<bucket>"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#).about(KEY),
    get("kms", "GenerateDataKey", r#"{"keyId":"arn:aws:kms:<region>:<account>:key/<kms>","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<bucket>"},"keySpec":"AES_256"}"#).about(KEY),
    get("kms", "DescribeKey", r#"{"keyId":"arn:aws:kms:<region>:<account>:key/<kms>"}"#).about(KEY)
        .odd("NotFoundException", "Key 'arn:aws:kms:<region>:<account>:key/<kms>' does not exist"),
    get("kms", "ListAliases", r#"{"limit":100}"#),
    get("kms", "ListKeys", r#"{"limit":1000}"#),
    get("kms", "GetKeyRotationStatus", r#"{"keyId":"<kms>"}"#).about(KEY),
    put("kms", "CreateGrant", r#"{"keyId":"arn:aws:kms:<region>:<account>:key/<kms>","granteePrincipal":"autoscaling.<region>.amazonaws.com","operations":["Decrypt","GenerateDataKeyWithoutPlaintext"]}"#, r#"{"grantId":"<sha>","keyId":"arn:aws:kms:<region>:<account>:key/<kms>"}"#).about(KEY),
    get("secretsmanager", "GetSecretValue", r#"{"secretId":"<secretarn>"}"#)
        .odd("ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
    get("secretsmanager", "DescribeSecret", r#"{"secretId":"<secret>"}"#),
    get("secretsmanager", "ListSecrets", r#"{"maxResults":100}"#),
    put("secretsmanager", "PutSecretValue", r#"{"secretId":"<secret>","clientRequestToken":"<uuid2>"}"#, r#"{"arn":"<secretarn>"}"#),
    put("secretsmanager", "RotateSecret", r#"{"secretId":"<secret>","rotateImmediately":true}"#, r#"{"arn":"<secretarn>","name":"<secret>","versionId":"<uuid2>"}"#)
        .odd("InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted."),
    get("ssm", "GetParameter", r#"{"name":"<parameter>","withDecryption":true}"#)
        .odd("ParameterNotFound", "Parameter <parameter> not found."),
    get("ssm", "GetParametersByPath", r#"{"path":"/orders/","recursive":true,"withDecryption":true}"#),
    get("ssm", "DescribeParameters", r#"{"maxResults":50}"#),
    get("ssm", "DescribeInstanceInformation", r#"{"filters":[{"key":"InstanceIds","values":["<instance>"]}]}"#),
    put("ssm", "PutParameter", r#"{"name":"<parameter>","type":"SecureString","value":"HIDDEN_DUE_TO_SECURITY_REASONS","overwrite":true}"#, r#"{"version":<small>,"tier":"Standard"}"#),
    put("ssm", "SendCommand", r#"{"documentName":"AWS-RunShellScript","instanceIds":["<instance>"],"parameters":"HIDDEN_DUE_TO_SECURITY_REASONS","timeoutSeconds":600}"#, r#"{"command":{"commandId":"<uuid2>","documentName":"AWS-RunShellScript","instanceIds":["<instance>"],"status":"Pending"}}"#)
        .odd("InvalidInstanceId", "Instances not in a valid state for account"),
    put("ssm", "StartSession", r#"{"target":"<instance>"}"#, r#"{"sessionId":"<me>-0<hex>","tokenValue":"Value hidden due to security reasons.","streamUrl":"wss://ssmmessages.<region>.amazonaws.com/v1/data-channel/<me>-0<hex>?role=publish_subscribe"}"#)
        .odd("TargetNotConnected", "<instance> is not connected."),
    put("ssm", "UpdateInstanceInformation", r#"{"instanceId":"<session>","agentVersion":"3.3.1230.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","iPAddress":"<ip10>"}"#, ""),
    put("ssm", "PutInventory", r#"{"instanceId":"<session>","items":[{"typeName":"AWS:InstanceInformation","schemaVersion":"1.0"}]}"#, ""),
    get("cloudtrail", "DescribeTrails", r#"{"includeShadowTrails":true,"trailNameList":[]}"#),
    get("cloudtrail", "GetTrailStatus", r#"{"name":"<trail>"}"#)
        .odd("TrailNotFoundException", "Unknown trail: <trail> for the user: <account>"),
    get("cloudtrail", "GetEventSelectors", r#"{"trailName":"<trail>"}"#),
    get("cloudtrail", "LookupEvents", r#"{"maxResults":50,"startTime":"<hourago>","endTime":"<now>"}"#),
    put("cloudtrail", "PutEventSelectors", r#"{"trailName":"<trail>","eventSelectors":[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[],"excludeManagementEventSources":[]}]}"#, r#"{"trailARN":"arn:aws:cloudtrail:<region>:<account>:trail/<trail>","eventSelectors":[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[],"excludeManagementEventSources":[]}]}"#),
    put("cloudtrail", "StopLogging", r#"{"name":"<trail>"}"#, ""),
    put("cloudtrail", "StartLogging", r#"{"name":"<trail>"}"#, ""),
    get("guardduty", "ListFindings", r#"{"detectorId":"<detector>","maxResults":50}"#),
    get("guardduty", "GetDetector", r#"{"detectorId":"<detector>"}"#),
    put("guardduty", "UpdateDetector", r#"{"detectorId":"<detector>","enable":true,"findingPublishingFrequency":"FIFTEEN_MINUTES"}"#, ""),
    get("securityhub", "GetFindings", r#"{"maxResults":100,"filters":{"recordState":[{"value":"ACTIVE","comparison":"EQUALS"}]}}"#),
    put("securityhub", "BatchImportFindings", r#"{"findings":[{"id":"<uuid2>","productArn":"arn:aws:securityhub:<region>::product/aws/config"}]}"#, r#"{"failedCount":0,"successCount":1,"failedFindings":[]}"#),
    get("config", "DescribeConfigRules", ""),
    get("config", "DescribeConfigurationRecorders", ""),
    put("config", "PutEvaluations", r#"{"evaluations":[{"complianceResourceType":"AWS::S3::Bucket","complianceResourceId":"<bucket>","complianceType":"COMPLIANT"}],"testMode":false}"#, r#"{"failedEvaluations":[]}"#),
    get("organizations", "DescribeOrganization", ""),
    get("organizations", "ListAccounts", ""),
    get("access-analyzer", "ListFindings", r#"{"analyzerArn":"arn:aws:access-analyzer:<region>:<account>:analyzer/organization"}"#),
    get("health", "DescribeEventAggregates", r#"{"filter":{"eventStatusCodes":["open","upcoming"]},"aggregateField":"eventTypeCategory"}"#),
    get("ce", "GetCostAndUsage", r#"{"timePeriod":{"start":"2026-11-01","end":"2026-11-22"},"granularity":"DAILY","metrics":["UnblendedCost"]}"#),
    get("account", "GetRegionOptStatus", r#"{"regionName":"<region>"}"#),
    get("support", "DescribeTrustedAdvisorChecks", r#"{"language":"en"}"#),
    get("resource-explorer-2", "ListIndexes", ""),
    get("servicequotas", "ListServiceQuotas", r#"{"serviceCode":"ec2"}"#),
    get("wafv2", "GetWebACL", r#"{"name":"web","scope":"REGIONAL","id":"<uuid2>"}"#),
    get("acm", "ListCertificates", ""),
];
