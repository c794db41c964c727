//! Profiles whose role wants a code of an MFA device. The SDK's chain does not know of them: the
//! profile is read here, and the role is assumed with the code that somebody types.

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Answer;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use crate::aws::fault::Fault;
use crate::aws::profile;
use crate::aws::session::{Login, Session};
use crate::clock::Clock;

/// A role that wants a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The profile that names it.
    pub profile: String,
    /// The device the code is read from.
    pub serial: String,
    role: String,
    source: Option<String>,
    external: Option<String>,
    session: String,
    seconds: Option<i32>,
}

/// Whether a login needs a code, by the files of the AWS configuration. Nobody is called.
pub async fn wanted(login: &Login) -> Option<Wanted> {
    let has_keys = std::env::var_os("AWS_ACCESS_KEY_ID").is_some();
    let name = match &login.profile {
        Some(name) => Some(name.clone()),
        // Keys of the environment come before the profile that it names.
        None if has_keys => return None,
        None => std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty()),
    };
    let name = name.unwrap_or_else(|| "default".to_owned());
    // Files that cannot be read are a matter of the chain, which says so.
    let found = profile::named(&name).await?;
    let text = |key: &str| found.get(key).map(str::to_owned).filter(|text| !text.is_empty());
    Some(Wanted {
        serial: text("mfa_serial")?,
        role: text("role_arn")?,
        source: text("source_profile").filter(|source| *source != name),
        external: text("external_id"),
        session: text("role_session_name").unwrap_or_else(|| "trailtop".to_owned()),
        seconds: text("duration_seconds").and_then(|seconds| seconds.parse().ok()),
        profile: name,
    })
}

/// Whether a text is a code: six digits.
pub fn is_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Assumes the role with a code; the credentials are kept in memory alone, until they expire.
pub async fn assume(
    login: &Login,
    wanted: &Wanted,
    code: &str,
) -> Result<SharedCredentialsProvider, Fault> {
    let source = wanted.source.clone().or_else(|| login.profile.clone());
    let (session, checked) = match wanted.source {
        Some(_) => Session::open(Login { profile: source, role: None, ..login.clone() }).await,
        None => Session::with_own_keys(login, &wanted.profile).await,
    };
    checked?;
    let said = session
        .sts()
        .assume_role()
        .role_arn(&wanted.role)
        .role_session_name(&wanted.session)
        .serial_number(&wanted.serial)
        .token_code(code)
        .set_external_id(wanted.external.clone())
        .set_duration_seconds(wanted.seconds)
        .send()
        .await;
    let said = said.map_err(|error| match session.fault(&error) {
        Fault::Denied(why) => Fault::Denied(format!(
            "the role of profile {} is not given: {why}: is the code of {} fresh and right?",
            wanted.profile, wanted.serial
        )),
        fault => fault,
    })?;
    let missing = || Fault::Broken("STS gave no credentials".to_owned());
    let keys = said.credentials.ok_or_else(missing)?;
    let until = std::time::SystemTime::try_from(keys.expiration).map_err(|_| missing())?;
    let token = Some(keys.session_token);
    let keys =
        Credentials::new(keys.access_key_id, keys.secret_access_key, token, Some(until), "mfa");
    let profile = Arc::from(&*wanted.profile);
    Ok(SharedCredentialsProvider::new(Once { keys, profile }))
}

/// Credentials that nobody can renew without a new code.
#[derive(Debug)]
struct Once {
    keys: Credentials,
    profile: Arc<str>,
}

impl ProvideCredentials for Once {
    fn provide_credentials<'a>(&'a self) -> Answer<'a>
    where
        Self: 'a,
    {
        let until = self.keys.expiry().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let now = Clock::System.now().0.max(0).cast_unsigned();
        let is_over = until.is_some_and(|until| until.as_millis() <= u128::from(now));
        Answer::ready(match is_over {
            false => Ok(self.keys.clone()),
            true => Err(CredentialsError::provider_error(over(&self.profile))),
        })
    }
}

/// What `over` begins with.
pub const OVER: &str = "the MFA session";

/// What to do when a code has served its time.
fn over(profile: &str) -> String {
    format!(
        "{OVER} of profile {profile} is over: start trailtop again and type a new code, or let a \
         credential_process renew it; what was read is kept while this runs"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_code_is() {
        assert!(is_code("012345"));
        for text in ["", "12345", "1234567", "12345a", "１２３４５６", " 12345"] {
            assert!(!is_code(text), "{text:?}");
        }
    }

    #[tokio::test]
    async fn credentials_end_with_what_to_do() {
        let year =
            |year: u64| std::time::UNIX_EPOCH + std::time::Duration::from_secs(year * 31_556_952);
        let once = |until| Once {
            keys: Credentials::new("ASIA", "secret", None, Some(until), "mfa"),
            profile: "prod".into(),
        };
        assert!(once(year(100)).provide_credentials().await.is_ok());
        let error = once(year(30)).provide_credentials().await.unwrap_err();
        let fault = Fault::credentials(&error, Some("prod"));
        let said = fault.to_string();
        assert!(said.starts_with("the MFA session of profile prod is over"), "{said}");
        assert!(said.contains("credential_process"), "{said}");
    }
}
