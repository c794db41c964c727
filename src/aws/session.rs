//! Who calls: a profile, maybe a role, a region and an endpoint, turned into clients. The SDK's own
//! chain finds the credentials.

use std::error::Error;
use std::time::Duration;

use aws_config::{AppName, BehaviorVersion, sts::AssumeRoleProvider};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::aws::fault::Fault;
use crate::aws::prefix::Unprefixed;
use crate::aws::profile;
use crate::aws::region::partition;

/// A connection that does not come about in this time is a fault of the network.
const CONNECT: Duration = Duration::from_secs(10);
/// LookupEvents was seen to take 35 seconds in a busy region; a queue is asked to wait 20 seconds.
const ATTEMPT: Duration = Duration::from_mins(1);

/// Who is to call, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Login {
    /// A profile of the AWS configuration; without one the chain decides.
    pub profile: Option<String>,
    /// A role to assume with what the chain found.
    pub role: Option<String>,
    /// Where to begin; without one the environment and the profile decide.
    pub region: Option<String>,
    /// Send every call there.
    pub endpoint: Option<String>,
    /// Credentials that somebody typed a code for; they take the place of the chain.
    pub keys: Option<SharedCredentialsProvider>,
}

/// Who really calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The account, 12 digits.
    pub account: String,
    /// The ARN of the user or session.
    pub arn: String,
}

/// A login with its credentials.
#[derive(Debug, Clone)]
pub struct Session {
    login: Login,
    config: SdkConfig,
    /// What was wrong with the credentials when they were first asked for. Some providers say it
    /// only once.
    first: Option<Fault>,
}

impl Session {
    /// Reads the configuration and gets credentials once, so that what is wrong with them is known
    /// before anything else. The session is given back even then: it tries again at every call.
    pub async fn open(login: Login) -> (Self, Result<(), Fault>) {
        let mut config = configured(&login).await;
        if let Some(keys) = &login.keys {
            config = config.into_builder().credentials_provider(keys.clone()).build();
        }
        if let Some(role) = &login.role {
            let assumed = AssumeRoleProvider::builder(role)
                .configure(&config)
                .session_name("trailtop")
                .build()
                .await;
            let provider = SharedCredentialsProvider::new(assumed);
            config = config.into_builder().credentials_provider(provider).build();
        }
        let mut session = Self { login, config, first: None };
        let checked = session.check().await;
        session.first = checked.clone().err();
        (session, checked)
    }

    /// A session with keys that were got in another way than by the SDK's chain.
    pub async fn with_keys(login: Login, id: &str, secret: &str) -> Self {
        let keys = Credentials::new(id, secret, None, None, "given");
        let config = configured(&login).await.into_builder();
        let config = config.credentials_provider(SharedCredentialsProvider::new(keys)).build();
        Self { login, config, first: None }
    }

    /// Who is to call, in a line that tells logins apart.
    pub fn login(&self) -> String {
        let Login { profile, role, endpoint, .. } = &self.login;
        let word = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".to_owned());
        format!("{} {} {}", word(profile), word(role), word(endpoint))
    }

    /// A session with the keys that stand in a profile itself, whatever role it names.
    pub async fn with_own_keys(login: &Login, profile: &str) -> (Self, Result<(), Fault>) {
        let own = profile::named(profile).await.and_then(|found| {
            let key = |name: &str| found.get(name).map(str::to_owned);
            key("aws_access_key_id").zip(key("aws_secret_access_key"))
        });
        let missing = || {
            Fault::Expired(format!(
                "profile {profile} names a role and an MFA device, but no source_profile that \
                 assumes it, and no keys: add one to ~/.aws/config"
            ))
        };
        let checked = own.as_ref().map(|_| ()).ok_or_else(missing);
        let (id, secret) = own.unwrap_or_default();
        (Self::with_keys(login.clone(), &id, &secret).await, checked)
    }

    /// The profile that was named.
    pub fn profile(&self) -> Option<&str> {
        self.login.profile.as_deref()
    }

    /// The profile that was named, where it is the account of that profile that calls.
    pub fn own_profile(&self) -> Option<&str> {
        self.profile().filter(|_| self.login.role.is_none())
    }

    /// The region of the login, the environment or the profile.
    pub fn region(&self) -> Option<&str> {
        self.config.region().map(Region::as_ref)
    }

    /// Whether calls go somewhere else than to AWS.
    pub fn is_redirected(&self) -> bool {
        let named = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"];
        self.config.endpoint_url().is_some()
            || named.iter().any(|name| std::env::var_os(name).is_some())
    }

    /// Whether there are credentials.
    async fn check(&self) -> Result<(), Fault> {
        let missing = || Fault::Expired("no AWS credentials were found".to_owned());
        let provider = self.config.credentials_provider().ok_or_else(missing)?;
        let got = provider.provide_credentials().await;
        got.map(drop).map_err(|error| Fault::credentials(&error, self.profile()))
    }

    /// The fault behind a failed call of this session.
    pub fn fault<E>(&self, error: &SdkError<E, HttpResponse>) -> Fault
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match (Fault::of(error, self.profile()), &self.first) {
            (Fault::Expired(_), Some(first)) => first.clone(),
            (fault, _) => fault,
        }
    }

    /// Asks STS who calls. Nobody needs a right for that.
    pub async fn caller(&self) -> Result<Caller, Fault> {
        let said = self.sts().get_caller_identity().send().await;
        let said = said.map_err(|error| self.fault(&error))?;
        let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
        Ok(Caller { account: text(said.account()), arn: text(said.arn()) })
    }

    /// The account of the caller; empty where STS does not say it. A network that lets another
    /// service through but not STS still shows events.
    pub async fn account_number(&self) -> Result<String, Fault> {
        match self.caller().await {
            Ok(caller) => Ok(caller.account),
            Err(Fault::Denied(_) | Fault::Missing(_) | Fault::Broken(_)) => Ok(String::new()),
            Err(fault) => Err(fault),
        }
    }

    /// A client for the Security Token Service, of any region.
    pub fn sts(&self) -> aws_sdk_sts::Client {
        let mut config = aws_sdk_sts::config::Builder::from(&self.config);
        if self.region().is_none() {
            config = config.region(aws_sdk_sts::config::Region::from_static("us-east-1"));
        }
        aws_sdk_sts::Client::from_conf(config.build())
    }

    /// A client for the Event history of a region. No client tries again by itself: the pace is
    /// ours, and calls are shared with everybody in the account.
    pub fn cloudtrail(&self, region: &str) -> aws_sdk_cloudtrail::Client {
        let config = aws_sdk_cloudtrail::config::Builder::from(&self.config)
            .region(aws_sdk_cloudtrail::config::Region::new(region.to_owned()))
            .retry_config(RetryConfig::disabled());
        aws_sdk_cloudtrail::Client::from_conf(config.build())
    }

    /// A client for the regions of the account, which are kept in one place of the partition.
    pub fn account(&self) -> aws_sdk_account::Client {
        let config = aws_sdk_account::config::Builder::from(&self.config)
            .region(aws_sdk_account::config::Region::new(self.home()));
        aws_sdk_account::Client::from_conf(config.build())
    }

    /// A client for the organization, which is kept there too.
    pub fn organizations(&self) -> aws_sdk_organizations::Client {
        let config = aws_sdk_organizations::config::Builder::from(&self.config)
            .region(aws_sdk_organizations::config::Region::new(self.home()));
        aws_sdk_organizations::Client::from_conf(config.build())
    }

    /// The home of the partition that is called.
    fn home(&self) -> String {
        partition(self.region().unwrap_or("us-east-1")).home.to_owned()
    }

    /// A client for queues of a region.
    pub fn sqs(&self, region: &str) -> aws_sdk_sqs::Client {
        let config = aws_sdk_sqs::config::Builder::from(&self.config)
            .region(aws_sdk_sqs::config::Region::new(region.to_owned()))
            .retry_config(RetryConfig::disabled());
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    /// A client for the log groups of a region; of that of the login where none is named.
    pub fn logs(&self, region: Option<&str>) -> aws_sdk_cloudwatchlogs::Client {
        let mut config = aws_sdk_cloudwatchlogs::config::Builder::from(&self.config)
            .retry_config(RetryConfig::disabled())
            .interceptor(Unprefixed);
        if let Some(region) = region {
            let region = aws_sdk_cloudwatchlogs::config::Region::new(region.to_owned());
            config = config.region(region);
        }
        aws_sdk_cloudwatchlogs::Client::from_conf(config.build())
    }

    /// A client for buckets of a region.
    pub fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config)
            .region(aws_sdk_s3::config::Region::new(region.to_owned()))
            .retry_config(RetryConfig::disabled())
            // A stand-in has no name for each bucket.
            .force_path_style(self.is_redirected());
        aws_sdk_s3::Client::from_conf(config.build())
    }
}

/// The configuration of the environment and its files, with what was typed on top.
async fn configured(login: &Login) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .app_name(AppName::new("trailtop").expect("letters alone make a valid name"));
    if let Some(profile) = &login.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &login.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(endpoint) = &login.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
