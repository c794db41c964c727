//! What went wrong with a call, in the few kinds a caller treats differently, each with a message
//! that says what would mend it.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::mfa::OVER;

/// Why a call failed. The words are whole sentences for a user, without the name of the source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Too many calls: the same call works later.
    #[error("AWS says: too many calls")]
    Throttled,
    /// The caller may not do this.
    #[error("{0}")]
    Denied(String),
    /// The caller has no credentials that work: somebody has to log in.
    #[error("{0}")]
    Expired(String),
    /// What was asked for does not exist.
    #[error("{0}")]
    Missing(String),
    /// No answer, or none that came whole: the same call may work later.
    #[error("{0}")]
    Network(String),
    /// Anything else: the call is wrong, or AWS is.
    #[error("{0}")]
    Broken(String),
}

/// Error codes by what they mean; services spell the same thing differently.
const CODES: &[(Kind, &[&str])] = &[
    (
        Kind::Throttled,
        &[
            "ThrottlingException",
            "Throttling",
            "ThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "SlowDown",
            "RequestThrottled",
            "OverLimit",
            "KmsThrottled",
            "KMS.ThrottlingException",
        ],
    ),
    (
        Kind::Expired,
        &["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"],
    ),
    (
        Kind::Unknown,
        &[
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
            "InvalidToken",
            "AuthFailure",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
        ],
    ),
    (
        Kind::Signature,
        &["SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed"],
    ),
    (
        Kind::Denied,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
            "OptInRequired",
            "OperationNotPermittedException",
            "KMS.DisabledException",
            "KMS.AccessDeniedException",
            "KMS.InvalidStateException",
            "KMS.InvalidKeyUsageException",
            "KMS.NotFoundException",
            "KMS.OptInRequired",
            "KmsAccessDenied",
            "KmsDisabled",
            "KmsInvalidKeyUsage",
            "KmsInvalidState",
            "KmsNotFound",
            "KmsOptInRequired",
            "InvalidSecurity",
            "AllAccessDisabled",
        ],
    ),
    (
        Kind::Missing,
        &[
            "NoSuchKey",
            "NoSuchBucket",
            "NotFound",
            "ResourceNotFoundException",
            "QueueDoesNotExist",
            "InvalidAddress",
            "AWS.SimpleQueueService.NonExistentQueue",
        ],
    ),
    (
        Kind::Server,
        &["InternalFailure", "InternalError", "ServiceUnavailable", "ServiceUnavailableException"],
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Throttled,
    Expired,
    Unknown,
    Signature,
    Denied,
    Missing,
    Server,
}

/// What is said of a login that ended while something was read.
const GOES_ON: &str = "; what was read is kept, and reading goes on by itself then";

impl Fault {
    /// The words for somebody who has not begun to read, and does not begin.
    pub fn at_start(&self) -> String {
        self.to_string().replace(GOES_ON, "")
    }

    /// Whether the same call may work a moment later without anybody doing anything.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Throttled | Self::Network(_))
    }

    /// The fault behind a failed call. `profile` is who called, for the command that mends it.
    pub fn of<E>(error: &SdkError<E, HttpResponse>, profile: Option<&str>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match error {
            SdkError::ServiceError(it) => {
                let status = it.raw().status().as_u16();
                Self::said(it.err().code(), it.err().message(), status, profile)
            }
            SdkError::TimeoutError(_) => Self::Network("AWS did not answer in time".to_owned()),
            SdkError::ResponseError(it) => {
                let status = it.raw().status().as_u16();
                Self::Network(format!("the answer (status {status}) could not be read"))
            }
            other => Self::before_answer(other, profile),
        }
    }

    /// The fault of credentials that could not be had.
    pub fn credentials(error: &CredentialsError, profile: Option<&str>) -> Self {
        let all = chain(error);
        let who = profile.map_or_else(String::new, |name| format!(" of profile {name}"));
        let with = profile.map_or_else(String::new, |name| format!(" --profile {name}"));
        if let Some(at) = all.find(OVER) {
            return Self::Expired(all[at..].to_owned());
        }
        let is_unfound = all.contains("/sso/cache/") && all.contains("No such file");
        if is_unfound
            || all.contains("SSO token")
            || all.contains("sso") && all.contains("Unauthorized")
        {
            let what = if all.contains("expired") || all.contains("Unauthorized") {
                "has expired"
            } else {
                "is not there"
            };
            return Self::Expired(format!(
                "the SSO token{who} {what}: run `aws sso login{with}`{GOES_ON}"
            ));
        }
        if all.contains("login token") || all.contains("login session") || all.contains("aws login")
        {
            return Self::Expired(format!(
                "the login{who} has expired: run `aws login{with}`{GOES_ON}"
            ));
        }
        if all.contains("not defined") {
            let named = all.split('`').nth(1).or(profile).unwrap_or("default");
            return Self::Expired(format!(
                "there is no profile {named}: `aws configure list-profiles` lists them"
            ));
        }
        if all.contains("AccessDenied") && all.to_lowercase().contains("assume") {
            return Self::Expired(format!(
                "the role{who} may not be assumed ({all}): where it wants MFA, log in with it first \
                 (a credential_process, or `aws-vault exec`)"
            ));
        }
        match error {
            CredentialsError::CredentialsNotLoaded(_) => Self::Expired(format!(
                "no AWS credentials were found{who}: run `aws configure sso` or `aws login`, set \
                 AWS_PROFILE, or name one with --profile"
            )),
            CredentialsError::ProviderTimedOut(_) => {
                Self::Network(format!("the credentials{who} did not come in time"))
            }
            // Nothing is configured, and what is asked last is not there either.
            _ if all.contains("IMDS") && profile.is_none() => Self::Expired(format!(
                "no AWS credentials were found: run `aws configure sso` or `aws login`, set AWS_PROFILE, \
                 or name one with --profile (the metadata service of this machine gives none: {})",
                all.rsplit(": ").next().unwrap_or(&all).trim_end_matches('.')
            )),
            _ if all.contains("dispatch failure") || all.contains("timed out") => {
                Self::Network(format!("the credentials{who} could not be had: {all}"))
            }
            _ => Self::Expired(format!("the credentials{who} cannot be used: {all}")),
        }
    }

    /// The fault a service names in its answer.
    fn said(code: Option<&str>, message: Option<&str>, status: u16, profile: Option<&str>) -> Self {
        let code = code.unwrap_or_default();
        let message = message.unwrap_or_default().trim();
        let who = profile.map_or_else(String::new, |name| format!(" of profile {name}"));
        let with = profile.map_or_else(String::new, |name| format!(" --profile {name}"));
        let said = match (code, message) {
            ("", "") => format!("AWS answered with status {status}"),
            ("", message) => message.to_owned(),
            (code, "") => code.to_owned(),
            (code, message) => format!("{code}: {message}"),
        };
        match kind(code, status) {
            Some(Kind::Throttled) => Self::Throttled,
            Some(Kind::Expired) => Self::Expired(format!(
                "the credentials{who} have expired: log in again (`aws sso login{with}`, `aws \
                 login{with}`; keys from the environment need a new start){GOES_ON}"
            )),
            Some(Kind::Unknown) => Self::Expired(format!(
                "the credentials{who} are not known here ({said}): the key was deleted or mistyped, \
                 or the region is not enabled in this account"
            )),
            Some(Kind::Signature) => Self::Expired(format!(
                "the signature{who} is refused ({code}): the secret key is mistyped, or the clock \
                 of this machine is wrong"
            )),
            Some(Kind::Denied) => Self::Denied(denied(&said, message)),
            Some(Kind::Missing) => Self::Missing(said),
            Some(Kind::Server) => Self::Network(format!("AWS has a fault of its own ({said})")),
            // A body that was cut off has no error in it.
            None if status < 400 => Self::Network("the answer could not be read".to_owned()),
            None => Self::Broken(said),
        }
    }

    /// The fault of a call that got no answer.
    fn before_answer<E>(error: &SdkError<E, HttpResponse>, profile: Option<&str>) -> Self
    where
        E: Error + 'static,
    {
        let mut source: Option<&(dyn Error + 'static)> = error.source();
        while let Some(inner) = source {
            if let Some(error) = inner.downcast_ref::<CredentialsError>() {
                return Self::credentials(error, profile);
            }
            source = inner.source();
        }
        let all = chain(error);
        if matches!(error, SdkError::ConstructionFailure(_)) {
            return Self::Broken(all);
        }
        let wants_region = ["Missing Region", "region must be set", "missing signing region"];
        if wants_region.iter().any(|words| all.contains(words)) {
            return Self::Broken(
                "no region is known: name one with --region, or set AWS_REGION".to_owned(),
            );
        }
        Self::Network(format!("AWS cannot be reached: {all}"))
    }
}

fn kind(code: &str, status: u16) -> Option<Kind> {
    // Some protocols name an error by its shape: `com.amazonaws…#ThrottlingException`.
    let code = code.rsplit('#').next().unwrap_or(code);
    let by_code = CODES.iter().find(|(_, codes)| codes.contains(&code)).map(|(kind, _)| *kind);
    by_code.or(match status {
        403 | 401 => Some(Kind::Denied),
        404 => Some(Kind::Missing),
        429 => Some(Kind::Throttled),
        500.. => Some(Kind::Server),
        _ => None,
    })
}

/// Names the right that is missing, which AWS says in the middle of a sentence.
fn denied(said: &str, message: &str) -> String {
    match right(message) {
        Some(right) => format!("{right} is not allowed ({message})"),
        None => format!("not allowed ({said})"),
    }
}

/// The action in `… is not authorized to perform: kms:Decrypt on resource: …`.
pub fn right(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("perform: ")?;
    let right = rest.split([' ', ',']).next()?;
    right.contains(':').then_some(right)
}

/// An error with all that is behind it, each said once.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut all = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let text = inner.to_string();
        if !all.contains(&text) {
            all = format!("{all}: {text}");
        }
        source = inner.source();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_kinds() {
        let of = |code, status| Fault::said(Some(code), Some("why"), status, Some("prod"));
        assert_eq!(of("ThrottlingException", 400), Fault::Throttled);
        assert_eq!(of("com.amazonaws.cloudtrail#ThrottlingException", 400), Fault::Throttled);
        assert_eq!(of("SlowDown", 503), Fault::Throttled);
        assert!(matches!(of("AccessDenied", 403), Fault::Denied(_)));
        assert!(matches!(of("NoSuchKey", 404), Fault::Missing(_)));
        assert!(matches!(of("InternalFailure", 500), Fault::Network(_)));
        assert!(matches!(of("InvalidTimeRangeException", 400), Fault::Broken(_)));
        assert!(matches!(of("", 502), Fault::Network(_)));
        let Fault::Expired(words) = of("ExpiredTokenException", 400) else { panic!() };
        assert!(words.contains("aws sso login --profile prod"), "{words}");
        assert!(words.ends_with(GOES_ON) && !Fault::Expired(words).at_start().contains("goes on"));
    }

    #[test]
    fn a_denial_names_the_right() {
        let message = "User: arn:aws:iam::111122223333:user/a is not authorized to perform: \
                       cloudtrail:LookupEvents because no identity-based policy allows it";
        let fault = Fault::said(Some("AccessDeniedException"), Some(message), 400, None);
        assert!(fault.to_string().starts_with("cloudtrail:LookupEvents is not allowed"), "{fault}");
        let fault = Fault::said(Some("AccessDenied"), Some("Access Denied"), 403, None);
        assert_eq!(fault.to_string(), "not allowed (AccessDenied: Access Denied)");
    }
}
