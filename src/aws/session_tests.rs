use std::sync::mpsc::{Sender, channel};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::*;

/// Notes where a call would go, and keeps it from going there.
#[derive(Debug, Clone)]
struct Halt(Sender<String>);

#[dyn_dispatch_hint]
impl Intercept for Halt {
    fn name(&self) -> &'static str {
        "Halt"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let uri = context.request().uri().to_owned();
        let host = uri.split("://").nth(1).unwrap_or_default();
        self.0.send(host.split('/').next().unwrap_or_default().to_owned()).ok();
        Err("no further".into())
    }
}

/// The hosts that a session calls for each service, in the order of the table below.
async fn hosts(region: &str, fips: bool, dual_stack: bool) -> Vec<String> {
    let login = Login { region: Some(region.to_owned()), ..Login::default() };
    let mut session = Session::with_keys(login, "AKIAEXAMPLE", "secret").await;
    let config = session.config.into_builder();
    session.config = config.use_fips(fips).use_dual_stack(dual_stack).build();
    let (sender, hosts) = channel();
    let halt = || Halt(sender.clone());
    let cloudtrail = session.cloudtrail(region).lookup_events();
    drop(cloudtrail.customize().interceptor(halt()).send().await);
    let s3 = session.s3(region).get_object().bucket("trail").key("k");
    drop(s3.customize().interceptor(halt()).send().await);
    let sqs = session.sqs(region).get_queue_url().queue_name("q");
    drop(sqs.customize().interceptor(halt()).send().await);
    let logs = session.logs(Some(region)).filter_log_events().log_group_name("g");
    drop(logs.customize().interceptor(halt()).send().await);
    let live = session.logs(Some(region)).start_live_tail().log_group_identifiers("g");
    drop(live.customize().interceptor(halt()).send().await);
    drop(session.sts().get_caller_identity().customize().interceptor(halt()).send().await);
    drop(session.account().list_regions().customize().interceptor(halt()).send().await);
    let organization = session.organizations().list_accounts();
    drop(organization.customize().interceptor(halt()).send().await);
    hosts.try_iter().collect()
}

/// FIPS and dual-stack are switched on by `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT` and
/// profiles; no client of ours may take them back, and each partition has names of its own.
#[tokio::test]
async fn calls_go_to_the_endpoints_of_the_partition() {
    let cases: [(&str, bool, bool, [&str; 8]); 6] = [
        (
            "eu-west-1",
            false,
            false,
            [
                "cloudtrail.eu-west-1.amazonaws.com",
                "trail.s3.eu-west-1.amazonaws.com",
                "sqs.eu-west-1.amazonaws.com",
                "logs.eu-west-1.amazonaws.com",
                "stream-logs.eu-west-1.amazonaws.com",
                "sts.eu-west-1.amazonaws.com",
                "account.us-east-1.amazonaws.com",
                "organizations.us-east-1.amazonaws.com",
            ],
        ),
        (
            "us-west-2",
            true,
            false,
            [
                "cloudtrail-fips.us-west-2.amazonaws.com",
                "trail.s3-fips.us-west-2.amazonaws.com",
                "sqs-fips.us-west-2.amazonaws.com",
                "logs-fips.us-west-2.amazonaws.com",
                "stream-logs-fips.us-west-2.amazonaws.com",
                "sts-fips.us-west-2.amazonaws.com",
                "account-fips.us-east-1.amazonaws.com",
                "organizations-fips.us-east-1.amazonaws.com",
            ],
        ),
        (
            "us-east-1",
            false,
            true,
            [
                "cloudtrail.us-east-1.api.aws",
                "trail.s3.dualstack.us-east-1.amazonaws.com",
                "sqs.us-east-1.api.aws",
                "logs.us-east-1.api.aws",
                "stream-logs.us-east-1.api.aws",
                "sts.us-east-1.api.aws",
                "account.us-east-1.api.aws",
                "organizations.us-east-1.api.aws",
            ],
        ),
        (
            "us-gov-east-1",
            false,
            false,
            [
                "cloudtrail.us-gov-east-1.amazonaws.com",
                "trail.s3.us-gov-east-1.amazonaws.com",
                "sqs.us-gov-east-1.amazonaws.com",
                "logs.us-gov-east-1.amazonaws.com",
                "stream-logs.us-gov-east-1.amazonaws.com",
                "sts.us-gov-east-1.amazonaws.com",
                "account.us-gov-west-1.amazonaws.com",
                "organizations.us-gov-west-1.amazonaws.com",
            ],
        ),
        (
            "us-gov-west-1",
            true,
            false,
            [
                "cloudtrail.us-gov-west-1.amazonaws.com",
                "trail.s3-fips.us-gov-west-1.amazonaws.com",
                "sqs.us-gov-west-1.amazonaws.com",
                "logs.us-gov-west-1.amazonaws.com",
                "stream-logs.us-gov-west-1.amazonaws.com",
                "sts.us-gov-west-1.amazonaws.com",
                "account-fips.us-gov-west-1.amazonaws.com",
                "organizations.us-gov-west-1.amazonaws.com",
            ],
        ),
        (
            "cn-northwest-1",
            false,
            false,
            [
                "cloudtrail.cn-northwest-1.amazonaws.com.cn",
                "trail.s3.cn-northwest-1.amazonaws.com.cn",
                "sqs.cn-northwest-1.amazonaws.com.cn",
                "logs.cn-northwest-1.amazonaws.com.cn",
                "stream-logs.cn-northwest-1.amazonaws.com.cn",
                "sts.cn-northwest-1.amazonaws.com.cn",
                "account.cn-northwest-1.amazonaws.com.cn",
                "organizations.cn-northwest-1.amazonaws.com.cn",
            ],
        ),
    ];
    let mut faults = vec![];
    for (region, fips, dual_stack, expected) in cases {
        let found = hosts(region, fips, dual_stack).await;
        if found != expected {
            faults.push(format!("{region} {fips} {dual_stack}: {found:#?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
