//! Undoes what the SDK puts before the host of an operation where the host is not AWS's own: a
//! stand-in, a proxy or an endpoint of a VPC has one name, and no other with `stream-` before it.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// What CloudWatch Logs has before the host of Live Tail.
const PREFIX: &str = "stream-";

/// Runs once the endpoint is settled and before the request is signed.
#[derive(Debug)]
pub struct Unprefixed;

#[dyn_dispatch_hint]
impl Intercept for Unprefixed {
    fn name(&self) -> &'static str {
        "Unprefixed"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        if let Some(uri) = without_prefix(request.uri()) {
            request.set_uri(uri)?;
        }
        Ok(())
    }
}

/// The same address without the prefix, where the host behind it is not AWS's own.
fn without_prefix(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let host = rest.strip_prefix(PREFIX)?;
    let is_of_aws = host.starts_with("logs.") || host.starts_with("logs-fips.");
    (!is_of_aws).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_aws_keep_the_prefix() {
        let cases = [
            ("http://stream-127.0.0.1:4566/", Some("http://127.0.0.1:4566/")),
            ("http://stream-localhost:4566/", Some("http://localhost:4566/")),
            (
                "https://stream-vpce-1.logs.eu-west-1.vpce.amazonaws.com/",
                Some("https://vpce-1.logs.eu-west-1.vpce.amazonaws.com/"),
            ),
            ("https://stream-logs.eu-west-1.amazonaws.com/", None),
            ("https://stream-logs-fips.us-east-1.amazonaws.com/", None),
            ("https://logs.eu-west-1.amazonaws.com/", None),
            ("/", None),
        ];
        for (uri, expected) in cases {
            assert_eq!(without_prefix(uri).as_deref(), expected, "{uri}");
        }
    }
}
