//! The user agents of the tools in use.

pub(crate) const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
pub(crate) const FIREFOX: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
pub(crate) const CLI_MAC: &str = "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/macos#25.1.0 md/arch#arm64 lang/python#3.13.7 md/pyimpl#CPython exec-env/none m/E,b,Z,n cfg/retry-mode#standard md/installer#source";
pub(crate) const CLI_LINUX: &str = "aws-cli/2.30.1 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0-71-generic md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/distrib#ubuntu.24";
pub(crate) const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/6.15.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.39.2 ua/2.1 os/linux lang/go#1.24.6 md/GOOS#linux md/GOARCH#amd64";
pub(crate) const BOTO_LAMBDA: &str = "Boto3/1.40.43 md/Botocore#1.40.43 ua/2.1 os/linux#5.10.244-267.968.amzn2.x86_64 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython exec-env/AWS_Lambda_python3.13 cfg/retry-mode#legacy";
pub(crate) const BOTO_EC2: &str = "Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#6.1.150-174.273.amzn2023.x86_64 md/arch#x86_64 lang/python#3.12.11 md/pyimpl#CPython cfg/retry-mode#standard Prowler/5.12.1";
pub(crate) const NODE_LAMBDA: &str = "aws-sdk-js/3.896.0 ua/2.1 os/linux#5.10.244 lang/js md/nodejs#22.19.0 exec-env/AWS_Lambda_nodejs22.x api/dynamodb#3.896.0 m/E,n";
pub(crate) const JAVA_FARGATE: &str = "aws-sdk-java/2.34.2 md/io#async md/http#NettyNio ua/2.1 os/Linux#5.10.244 lang/java#21.0.8 md/OpenJDK_64-Bit_Server_VM exec-env/AWS_ECS_FARGATE app/checkout-api";
pub(crate) const GO_SDK: &str =
    "aws-sdk-go-v2/1.39.0 ua/2.1 os/linux lang/go#1.25.1 md/GOARCH#arm64 api/s3#1.88.1";
pub(crate) const SSM_AGENT: &str =
    "aws-sdk-go/1.55.7 (go1.24.6; linux; arm64) amazon-ssm-agent/3.3.2299.0";
pub(crate) const CDK: &str = "aws-sdk-js/3.890.0 ua/2.1 os/linux#6.11.0-1018-azure lang/js md/nodejs#22.18.0 app/cdk-cli cdk-toolkit/2.1029.2";
pub(crate) const GITHUB_AWS: &str = "configure-aws-credentials-for-github-actions aws-sdk-js/3.883.0 os/linux lang/js md/nodejs#20.19.4";
