//! Which kind of policy refused a call, from what AWS says of it.

/// What refused a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// A service control policy of the organization.
    ServiceControl,
    /// A resource control policy of the organization.
    ResourceControl,
    /// The permissions boundary of the caller.
    Boundary,
    /// The policy of the session.
    Session,
    /// The policy of the VPC endpoint that the call came through.
    Endpoint,
    /// The trust policy of the role.
    Trust,
    /// The policy of the resource.
    Resource,
    /// The policies of the caller.
    Identity,
    /// Some policy says no; the message does not say which.
    Deny,
    /// Access to billing is not switched on for IAM.
    Billing,
    /// Only `sts:DecodeAuthorizationMessage` could say, which trailtop does not call.
    Encoded,
    /// The message gives no kind of policy.
    Unknown,
}

/// The words of AWS after `because` or `with`, and what they mean; the first that is there wins.
const PHRASES: &[(&str, Why)] = &[
    ("service control policy", Why::ServiceControl),
    ("resource control policy", Why::ResourceControl),
    ("permissions boundary", Why::Boundary),
    ("session policy", Why::Session),
    ("VPC endpoint policy", Why::Endpoint),
    ("role trust policy", Why::Trust),
    ("trust policy", Why::Trust),
    ("resource-based policy", Why::Resource),
    ("identity-based policy", Why::Identity),
    ("explicit deny", Why::Deny),
];

/// What a message says as a whole, where it gives no policy.
const SENTENCES: &[(&str, Why)] = &[
    ("Encoded authorization failure message", Why::Encoded),
    ("IAM user access not activated", Why::Billing),
    ("not enabled for cost explorer", Why::Billing),
    ("not subscribed to Billing", Why::Billing),
];

/// The words that the reason follows. What stands before them is partly the caller's own text: the
/// resource that was asked for may be called anything.
const MARKS: [&str; 2] = [" because ", " with an explicit deny"];

impl Why {
    /// The word of the lens.
    pub fn word(self) -> &'static str {
        match self {
            Self::ServiceControl => "SCP",
            Self::ResourceControl => "RCP",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Endpoint => "endpoint",
            Self::Trust => "trust",
            Self::Resource => "resource",
            Self::Identity => "identity",
            Self::Deny => "a deny",
            Self::Billing => "billing",
            Self::Encoded => "encoded",
            Self::Unknown => "?",
        }
    }

    /// The same as half a sentence, for text that is handed on.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::ServiceControl => "by a service control policy",
            Self::ResourceControl => "by a resource control policy",
            Self::Boundary => "by the permissions boundary",
            Self::Session => "by the session policy",
            Self::Endpoint => "by the VPC endpoint policy",
            Self::Trust => "by the trust policy of the role",
            Self::Resource => "by the policy of the resource",
            Self::Identity => "by the caller's own policies",
            Self::Deny => "by an explicit deny",
            Self::Billing => "billing is not open to IAM",
            Self::Encoded => "the message is encoded (sts:DecodeAuthorizationMessage)",
            Self::Unknown => "the message gives no kind of policy",
        }
    }
}

/// Which kind of policy refused a call, from errorCode and errorMessage.
pub fn why(code: &str, message: &str) -> Why {
    let after = MARKS.iter().filter_map(|mark| message.rfind(mark)).max();
    let said = after.map_or("", |at| &message[at..]);
    let has = |text: &str, phrase: &str| {
        memchr::memmem::find(text.as_bytes(), phrase.as_bytes()).is_some()
    };
    let phrase = PHRASES.iter().find(|(phrase, _)| has(said, phrase));
    let sentence = || SENTENCES.iter().find(|(phrase, _)| has(message, phrase));
    match phrase.or_else(sentence) {
        Some((_, why)) => *why,
        None if code == "VpceAccessDenied" => Why::Endpoint,
        None => Why::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_says_is_understood() {
        let user = "User: arn:aws:iam::777788889999:user/JohnDoe is not authorized to perform: ";
        for (code, rest, said) in [
            (
                "AccessDenied",
                "codecommit:ListRepositories because no service control policy allows the codecommit:ListRepositories action",
                Why::ServiceControl,
            ),
            (
                "AccessDenied",
                "codecommit:ListDeployments with an explicit deny in a service control policy",
                Why::ServiceControl,
            ),
            (
                "AccessDenied",
                "secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:1:secret:x with an explicit deny in a resource control policy",
                Why::ResourceControl,
            ),
            (
                "AccessDeniedException",
                "codecommit:ListRepositories because no VPC endpoint policy allows the codecommit:ListRepositories action",
                Why::Endpoint,
            ),
            (
                "AccessDenied",
                "codedeploy:ListDeployments on resource: arn:aws:codedeploy:us-east-1:1:deploymentgroup:* with an explicit deny in a VPC endpoint policy",
                Why::Endpoint,
            ),
            (
                "AccessDenied",
                "codedeploy:ListDeployments because no permissions boundary allows the codedeploy:ListDeployments action",
                Why::Boundary,
            ),
            (
                "AccessDenied",
                "sns:Publish on resource: arn:aws:sns:us-east-1:1:x with an explicit deny in a permissions boundary",
                Why::Boundary,
            ),
            (
                "AccessDenied",
                "codecommit:ListRepositories because no session policy allows the codecommit:ListRepositories action",
                Why::Session,
            ),
            (
                "AccessDenied",
                "secretsmanager:GetSecretValue because no resource-based policy allows the secretsmanager:GetSecretValue action",
                Why::Resource,
            ),
            (
                "AccessDenied",
                "sts:AssumeRole because no role trust policy allows the sts:AssumeRole action",
                Why::Trust,
            ),
            (
                "AccessDenied",
                "organizations:LeaveOrganization on resource: * because no identity-based policy allows the organizations:LeaveOrganization action",
                Why::Identity,
            ),
            (
                "AccessDenied",
                "codedeploy:ListDeployments with an explicit deny in an identity-based policy",
                Why::Identity,
            ),
            ("AccessDenied", "s3:GetObject with an explicit deny", Why::Deny),
            ("AccessDenied", "lambda:ListFunctions on resource: *", Why::Unknown),
            ("VpceAccessDenied", "", Why::Endpoint),
            // The resource is named by whoever asks for it.
            (
                "AccessDenied",
                "s3:PutObject on resource: \"arn:aws:s3:::b/with an explicit deny in a service control policy\" because no session policy allows the s3:PutObject action",
                Why::Session,
            ),
            ("AccessDenied", "s3:PutObject on resource: service control policy", Why::Unknown),
        ] {
            assert_eq!(why(code, &format!("{user}{rest}")), said, "{rest}");
        }
        for (message, said) in [
            (
                "You are not authorized to perform this operation. Encoded authorization failure message: 1Qju1r-MUd3Ls",
                Why::Encoded,
            ),
            (
                "You are not authorized to perform this operation. User: arn:aws:iam::1:user/a is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:us-east-1:1:instance/* because no identity-based policy allows the ec2:RunInstances action. Encoded authorization failure message: abc",
                Why::Identity,
            ),
            ("IAM user access not activated", Why::Billing),
            ("User not enabled for cost explorer access", Why::Billing),
            ("Access Denied", Why::Unknown),
            ("", Why::Unknown),
        ] {
            assert_eq!(why("AccessDenied", message), said, "{message}");
        }
    }
}
