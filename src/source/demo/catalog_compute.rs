//! Calls to what runs things: EC2, autoscaling, load balancers, Lambda, containers, deployment.

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

const YES: &str = r#"{"requestId":"<uuid2>","_return":true}"#;

/// The rows.
#[rustfmt::skip]
pub(crate) const COMPUTE: &[Action] = &[
    get("ec2", "DescribeInstances", r#"{"maxResults":1000,"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"}]}}]}}"#),
    get("ec2", "DescribeInstanceStatus", r#"{"instancesSet":{"items":[{"instanceId":"<instance>"}]},"filterSet":{},"includeAllInstances":false}"#),
    get("ec2", "DescribeSecurityGroups", r#"{"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"<sg>"}]},"filterSet":{}}"#)
        .odd("Client.InvalidGroup.NotFound", "The security group '<sg>' does not exist"),
    get("ec2", "DescribeVpcs", r#"{"vpcSet":{"items":[{"vpcId":"<vpc>"}]},"filterSet":{}}"#),
    get("ec2", "DescribeSubnets", r#"{"subnetSet":{"items":[{"subnetId":"<subnet>"}]},"filterSet":{}}"#),
    get("ec2", "DescribeVolumes", r#"{"volumeSet":{},"filterSet":{"items":[{"name":"attachment.instance-id","valueSet":{"items":[{"value":"<instance>"}]}}]}}"#),
    get("ec2", "DescribeSnapshots", r#"{"maxResults":500,"ownersSet":{"items":[{"owner":"self"}]},"snapshotSet":{},"sharedUsersSet":{},"filterSet":{}}"#),
    get("ec2", "DescribeImages", r#"{"executableBySet":{},"imagesSet":{"items":[{"imageId":"<image>"}]},"ownersSet":{},"filterSet":{}}"#),
    get("ec2", "DescribeRouteTables", r#"{"routeTableIdSet":{"items":[{"routeTableId":"<rtb>"}]},"filterSet":{}}"#),
    get("ec2", "DescribeNetworkInterfaces", r#"{"networkInterfaceIdSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"<vpc>"}]}}]}}"#),
    get("ec2", "DescribeNetworkAcls", r#"{"networkAclIdSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"<vpc>"}]}}]}}"#),
    get("ec2", "DescribeAddresses", r#"{"publicIpsSet":{},"filterSet":{},"allocationIdsSet":{}}"#),
    get("ec2", "DescribeRegions", r#"{"regionSet":{}}"#),
    get("ec2", "DescribeAvailabilityZones", r#"{"availabilityZoneSet":{},"availabilityZoneIdSet":{}}"#),
    get("ec2", "DescribeAccountAttributes", r#"{"accountAttributeNameSet":{"items":[{"attributeName":"supported-platforms"}]},"filterSet":{}}"#),
    get("ec2", "DescribeTags", r#"{"filterSet":{"items":[{"name":"resource-id","valueSet":{"items":[{"value":"<instance>"}]}}]}}"#),
    get("ec2", "DescribeFlowLogs", r#"{"DescribeFlowLogsRequest":{"Filter":{"tag":1,"Name":"resource-id","Value":{"tag":1,"content":"<vpc>"}}}}"#),
    get("ec2", "DescribeNatGateways", r#"{"DescribeNatGatewaysRequest":{"Filter":{"tag":1,"Name":"vpc-id","Value":{"tag":1,"content":"<vpc>"}}}}"#),
    get("ec2", "DescribeLaunchTemplateVersions", r#"{"DescribeLaunchTemplateVersionsRequest":{"LaunchTemplateName":"web","LaunchTemplateVersion":{"tag":1,"content":"$Latest"}}}"#),
    get("ec2", "DescribeInstanceAttribute", r#"{"instanceId":"<instance>","attribute":"userData"}"#),
    get("ec2", "DescribeVpcEndpoints", r#"{"DescribeVpcEndpointsRequest":{"VpcEndpointId":{"tag":1,"content":"<vpce>"}}}"#),
    get("ec2", "GetConsoleOutput", r#"{"instanceId":"<instance>"}"#),
    get("ec2", "GetPasswordData", r#"{"instanceId":"<instance>"}"#),
    put("ec2", "RunInstances", r#"{"instancesSet":{"items":[{"imageId":"<image>","minCount":1,"maxCount":1}]},"instanceType":"m7g.large","blockDeviceMapping":{},"monitoring":{"enabled":false},"disableApiTermination":false,"ebsOptimized":false,"tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"Name","value":"web"}]}]}}"#, r#"{"requestId":"<uuid2>","reservationId":"r-0<hex>","ownerId":"<account>","groupSet":{},"instancesSet":{"items":[{"instanceId":"<instance>","imageId":"<image>","instanceState":{"code":0,"name":"pending"},"instanceType":"m7g.large","subnetId":"<subnet>","vpcId":"<vpc>","privateIpAddress":"<ip10>"}]}}"#)
        .odd("Client.InstanceLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of 64 allows for the instance bucket that the specified instance type belongs to."),
    put("ec2", "TerminateInstances", r#"{"instancesSet":{"items":[{"instanceId":"<instance>"}]}}"#, r#"{"requestId":"<uuid2>","instancesSet":{"items":[{"instanceId":"<instance>","currentState":{"code":32,"name":"shutting-down"},"previousState":{"code":16,"name":"running"}}]}}"#),
    put("ec2", "StopInstances", r#"{"instancesSet":{"items":[{"instanceId":"<instance>"}]},"force":false}"#, r#"{"requestId":"<uuid2>","instancesSet":{"items":[{"instanceId":"<instance>","currentState":{"code":64,"name":"stopping"},"previousState":{"code":16,"name":"running"}}]}}"#),
    put("ec2", "StartInstances", r#"{"instancesSet":{"items":[{"instanceId":"<instance>"}]}}"#, r#"{"requestId":"<uuid2>","instancesSet":{"items":[{"instanceId":"<instance>","currentState":{"code":0,"name":"pending"},"previousState":{"code":80,"name":"stopped"}}]}}"#),
    put("ec2", "RebootInstances", r#"{"instancesSet":{"items":[{"instanceId":"<instance>"}]}}"#, YES),
    put("ec2", "CreateTags", r#"{"resourcesSet":{"items":[{"resourceId":"<instance>"}]},"tagSet":{"items":[{"key":"owner","value":"<me>"}]}}"#, YES),
    put("ec2", "DeleteTags", r#"{"resourcesSet":{"items":[{"resourceId":"<volume>"}]},"tagSet":{"items":[{"key":"temporary"}]}}"#, YES),
    put("ec2", "CreateSnapshot", r#"{"volumeId":"<volume>","description":"nightly backup of <volume>"}"#, r#"{"requestId":"<uuid2>","snapshotId":"<snapshot>","volumeId":"<volume>","status":"pending","ownerId":"<account>","volumeSize":"100","encrypted":true}"#),
    put("ec2", "DeleteSnapshot", r#"{"snapshotId":"<snapshot>","force":false}"#, YES)
        .odd("Client.InvalidSnapshot.InUse", "The snapshot <snapshot> is currently in use by <image>"),
    put("ec2", "ModifySnapshotAttribute", r#"{"snapshotId":"<snapshot>","createVolumePermission":{"add":{"items":[{"userId":"<account>"}]}},"attributeType":"CREATE_VOLUME_PERMISSION"}"#, YES),
    put("ec2", "CreateVolume", r#"{"size":"100","zone":"<region>a","volumeType":"gp3","encrypted":true}"#, r#"{"requestId":"<uuid2>","volumeId":"<volume>","size":"100","zone":"<region>a","status":"creating","volumeType":"gp3"}"#),
    put("ec2", "AttachVolume", r#"{"volumeId":"<volume>","instanceId":"<instance>","device":"/dev/sdf","deleteOnTermination":false}"#, r#"{"requestId":"<uuid2>","volumeId":"<volume>","instanceId":"<instance>","device":"/dev/sdf","status":"attaching"}"#),
    put("ec2", "CreateSecurityGroup", r#"{"groupName":"web-<letters>","groupDescription":"managed by Terraform","vpcId":"<vpc>"}"#, r#"{"requestId":"<uuid2>","_return":true,"groupId":"<sg>"}"#),
    put("ec2", "AuthorizeSecurityGroupIngress", r#"{"groupId":"<sg>","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"groups":{},"ipRanges":{"items":[{"cidrIp":"10.20.0.0/16"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#, r#"{"requestId":"<uuid2>","_return":true,"securityGroupRuleSet":{"items":[{"groupOwnerId":"<account>","groupId":"<sg>","securityGroupRuleId":"<sgr>","isEgress":false,"ipProtocol":"tcp","fromPort":443,"toPort":443,"cidrIpv4":"10.20.0.0/16"}]}}"#)
        .odd("Client.InvalidPermission.Duplicate", "the specified rule \"peer: 10.20.0.0/16, TCP, from port: 443, to port: 443, ALLOW\" already exists"),
    put("ec2", "RevokeSecurityGroupIngress", r#"{"groupId":"<sg>","ipPermissions":{},"securityGroupRuleIds":{"items":[{"securityGroupRuleId":"<sgr>"}]}}"#, YES),
    put("ec2", "CreateNetworkInterface", r#"{"subnetId":"<subnet>","description":"AWS Lambda VPC ENI-<function>","groupSet":{"items":[{"groupId":"<sg>"}]},"privateIpAddressesSet":{}}"#, r#"{"requestId":"<uuid2>","networkInterface":{"networkInterfaceId":"<eni>","subnetId":"<subnet>","vpcId":"<vpc>","availabilityZone":"<region>b","ownerId":"<account>","privateIpAddress":"<ip10>","status":"pending"}}"#),
    put("ec2", "DeleteNetworkInterface", r#"{"networkInterfaceId":"<eni>"}"#, YES)
        .odd("Client.InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '<eni>' does not exist"),
    put("ec2", "CreateRoute", r#"{"routeTableId":"<rtb>","destinationCidrBlock":"10.60.0.0/16","gatewayId":"tgw-0<hex>"}"#, YES),
    put("ec2", "AssociateAddress", r#"{"allocationId":"<eipalloc>","instanceId":"<instance>"}"#, r#"{"requestId":"<uuid2>","_return":true,"associationId":"eipassoc-0<hex>"}"#),
    put("ec2", "CreateLaunchTemplateVersion", r#"{"CreateLaunchTemplateVersionRequest":{"LaunchTemplateName":"web","SourceVersion":"$Latest","LaunchTemplateData":{"ImageId":"<image>"}}}"#, r#"{"CreateLaunchTemplateVersionResponse":{"launchTemplateVersion":{"launchTemplateName":"web","versionNumber":<number>,"defaultVersion":false},"requestId":"<uuid2>"}}"#),
    put("ec2", "ModifyInstanceAttribute", r#"{"instanceId":"<instance>","instanceType":{"value":"m7g.xlarge"}}"#, YES)
        .odd("Client.IncorrectInstanceState", "The instance '<instance>' is not in the 'stopped' state."),
    put("ec2", "DeleteFlowLogs", r#"{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"<flowlog>"}}}"#, r#"{"DeleteFlowLogsResponse":{"unsuccessful":"","requestId":"<uuid2>"}}"#),
    get("autoscaling", "DescribeAutoScalingGroups", r#"{"autoScalingGroupNames":["<asg>"]}"#),
    put("autoscaling", "SetDesiredCapacity", r#"{"autoScalingGroupName":"<asg>","desiredCapacity":<small>,"honorCooldown":false}"#, ""),
    put("autoscaling", "UpdateAutoScalingGroup", r#"{"autoScalingGroupName":"<asg>","minSize":2,"maxSize":12}"#, ""),
    put("autoscaling", "StartInstanceRefresh", r#"{"autoScalingGroupName":"<asg>","strategy":"Rolling"}"#, r#"{"instanceRefreshId":"<uuid2>"}"#)
        .odd("InstanceRefreshInProgress", "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh."),
    get("elasticloadbalancing", "DescribeTargetHealth", r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/web/<hex>"}"#),
    get("elasticloadbalancing", "DescribeLoadBalancers", r#"{"pageSize":400}"#),
    put("elasticloadbalancing", "RegisterTargets", r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/web/6d0ecf831eec9f09","targets":[{"id":"<instance>"}]}"#, ""),
    put("elasticloadbalancing", "DeregisterTargets", r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/web/6d0ecf831eec9f09","targets":[{"id":"<instance>"}]}"#, ""),
    put("elasticloadbalancing", "ModifyListener", r#"{"listenerArn":"arn:aws:elasticloadbalancing:<region>:<account>:listener/app/web/50dc6c495c0c9188/<hex>","port":443,"protocol":"HTTPS"}"#, r#"{"listeners":[{"port":443,"protocol":"HTTPS"}]}"#),
    get("lambda", "ListFunctions20150331", ""),
    get("lambda", "GetFunction20150331v2", r#"{"functionName":"<function>"}"#)
        .odd("ResourceNotFoundException", "Function not found: arn:aws:lambda:<region>:<account>:function:<function>"),
    get("lambda", "GetFunctionConfiguration20150331v2", r#"{"functionName":"<function>"}"#),
    get("lambda", "GetPolicy20150331v2", r#"{"functionName":"<function>"}"#)
        .odd("ResourceNotFoundException", "The resource you requested does not exist."),
    get("lambda", "ListTags20170331", r#"{"resource":"arn%3Aaws%3Alambda%3A<region>%3A<account>%3Afunction%3A<function>"}"#),
    put("lambda", "UpdateFunctionCode20150331v2", r#"{"functionName":"<function>","s3Bucket":"<bucket>","s3Key":"builds/<function>.zip","publish":true,"dryRun":false}"#, r#"{"functionName":"<function>","functionArn":"arn:aws:lambda:<region>:<account>:function:<function>","runtime":"nodejs22.x","role":"arn:aws:iam::<account>:role/<function>-role","codeSize":<bytes>,"version":"<number>","state":"Active","lastUpdateStatus":"InProgress"}"#),
    put("lambda", "UpdateFunctionConfiguration20150331v2", r#"{"functionName":"<function>","timeout":30,"memorySize":512,"environment":{}}"#, r#"{"functionName":"<function>","functionArn":"arn:aws:lambda:<region>:<account>:function:<function>","memorySize":512,"timeout":30}"#)
        .odd("ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:<region>:<account>:function:<function>"),
    put("lambda", "PublishVersion20150331", r#"{"functionName":"<function>"}"#, r#"{"functionName":"<function>","version":"<number>"}"#),
    put("lambda", "AddPermission20150331v2", r#"{"functionName":"<function>","statementId":"s3-invoke-<small>","action":"lambda:InvokeFunction","principal":"s3.amazonaws.com","sourceArn":"arn:aws:s3:::<bucket>"}"#, r#"{"statement":"{\"Sid\":\"s3-invoke\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"s3.amazonaws.com\"},\"Action\":\"lambda:InvokeFunction\"}"}"#),
    put("lambda", "CreateFunction20150331", r#"{"functionName":"<function>-next","runtime":"python3.13","role":"arn:aws:iam::<account>:role/<function>-role","handler":"app.handler","code":{},"memorySize":256}"#, r#"{"functionName":"<function>-next","functionArn":"arn:aws:lambda:<region>:<account>:function:<function>-next","state":"Pending"}"#),
    put("lambda", "Invoke", r#"{"functionName":"arn:aws:lambda:<region>:<account>:function:<function>","invocationType":"RequestResponse"}"#, "").data()
        .about(r#"[{"accountId":"<account>","type":"AWS::Lambda::Function","ARN":"arn:aws:lambda:<region>:<account>:function:<function>"}]"#),
    get("ecs", "DescribeServices", r#"{"cluster":"<cluster>","services":["<service>"]}"#),
    get("ecs", "DescribeTasks", r#"{"cluster":"<cluster>","tasks":["<uuid2>"]}"#),
    get("ecs", "ListTasks", r#"{"cluster":"<cluster>","serviceName":"<service>"}"#),
    put("ecs", "RegisterTaskDefinition", r#"{"family":"<service>","networkMode":"awsvpc","cpu":"512","memory":"1024","containerDefinitions":[{"name":"app","image":"<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<hex>","essential":true}]}"#, r#"{"taskDefinition":{"taskDefinitionArn":"arn:aws:ecs:<region>:<account>:task-definition/<service>:<number>","family":"<service>","status":"ACTIVE"}}"#),
    put("ecs", "UpdateService", r#"{"cluster":"<cluster>","service":"<service>","taskDefinition":"<service>:<number>","forceNewDeployment":true}"#, r#"{"service":{"serviceName":"<service>","status":"ACTIVE","desiredCount":3,"taskDefinition":"arn:aws:ecs:<region>:<account>:task-definition/<service>:<number>"}}"#)
        .odd("ServiceNotFoundException", "Service not found."),
    put("ecs", "RunTask", r#"{"cluster":"<cluster>","launchType":"FARGATE","taskDefinition":"nightly-import","count":1}"#, r#"{"tasks":[{"taskArn":"arn:aws:ecs:<region>:<account>:task/<cluster>/<hex>","lastStatus":"PROVISIONING"}],"failures":[]}"#),
    put("ecs", "SubmitTaskStateChange", r#"{"cluster":"<cluster>","task":"arn:aws:ecs:<region>:<account>:task/<cluster>/<hex>","status":"RUNNING"}"#, r#"{"acknowledgment":"ACK"}"#),
    put("ecs", "ExecuteCommand", r#"{"cluster":"<cluster>","task":"<hex>","container":"app","command":"HIDDEN_DUE_TO_SECURITY_REASONS","interactive":true}"#, r#"{"clusterArn":"arn:aws:ecs:<region>:<account>:cluster/<cluster>","containerName":"app","interactive":true,"session":{"sessionId":"ecs-execute-command-<hex>","streamUrl":"HIDDEN_DUE_TO_SECURITY_REASONS","tokenValue":"HIDDEN_DUE_TO_SECURITY_REASONS"}}"#),
    get("ecr", "GetAuthorizationToken", r#"{"registryIds":["<account>"]}"#),
    get("ecr", "BatchGetImage", r#"{"repositoryName":"<repository>","registryId":"<account>","imageIds":[{"imageTag":"latest"}]}"#),
    get("ecr", "DescribeImages", r#"{"repositoryName":"<repository>"}"#)
        .odd("ImageNotFoundException", "The image with imageId {imageTag:'latest'} does not exist within the repository with name '<repository>'"),
    get("ecr", "BatchCheckLayerAvailability", r#"{"repositoryName":"<repository>","registryId":"<account>","layerDigests":["sha256:<sha>"]}"#),
    put("ecr", "PutImage", r#"{"repositoryName":"<repository>","registryId":"<account>","imageTag":"<hex>","imageManifestMediaType":"application/vnd.oci.image.manifest.v1+json"}"#, r#"{"image":{"repositoryName":"<repository>","registryId":"<account>","imageId":{"imageDigest":"sha256:<sha>","imageTag":"<hex>"}}}"#),
    put("ecr", "InitiateLayerUpload", r#"{"repositoryName":"<repository>","registryId":"<account>"}"#, r#"{"uploadId":"<uuid2>","partSize":20971520}"#),
    put("ecr", "CompleteLayerUpload", r#"{"repositoryName":"<repository>","registryId":"<account>","uploadId":"<uuid2>","layerDigests":["sha256:<sha>"]}"#, r#"{"repositoryName":"<repository>","registryId":"<account>","uploadId":"<uuid2>","layerDigest":"sha256:<sha>"}"#),
    get("cloudformation", "DescribeStacks", r#"{"stackName":"<stack>"}"#)
        .odd("ValidationException", "Stack with id <stack> does not exist"),
    get("cloudformation", "DescribeStackEvents", r#"{"stackName":"<stack>"}"#),
    get("cloudformation", "ListStacks", ""),
    put("cloudformation", "CreateChangeSet", r#"{"stackName":"<stack>","changeSetName":"deploy-<hex>","changeSetType":"UPDATE","capabilities":["CAPABILITY_IAM"]}"#, r#"{"id":"arn:aws:cloudformation:<region>:<account>:changeSet/deploy-<hex>/<uuid2>","stackId":"arn:aws:cloudformation:<region>:<account>:stack/<stack>/<uuid>"}"#),
    put("cloudformation", "ExecuteChangeSet", r#"{"stackName":"<stack>","changeSetName":"deploy-<hex>"}"#, ""),
    put("cloudformation", "UpdateStack", r#"{"stackName":"<stack>","usePreviousTemplate":true}"#, r#"{"stackId":"arn:aws:cloudformation:<region>:<account>:stack/<stack>/<uuid>"}"#)
        .odd("ValidationException", "No updates are to be performed."),
    put("cloudfront", "CreateInvalidation2020_05_31", r#"{"distributionId":"<distribution>","invalidationBatch":{"paths":{"quantity":1,"items":["/*"]},"callerReference":"<hex>"}}"#, r#"{"location":"https://cloudfront.amazonaws.com/2020-05-31/distribution/<distribution>/invalidation/I<letters>","invalidation":{"id":"I<letters>","status":"InProgress"}}"#),
    get("cloudfront", "GetDistribution2020_05_31", r#"{"id":"<distribution>"}"#),
    get("route53", "ListResourceRecordSets", r#"{"hostedZoneId":"<zone>","maxItems":"300"}"#),
    put("route53", "ChangeResourceRecordSets", r#"{"hostedZoneId":"<zone>","changeBatch":{"changes":[{"action":"UPSERT","resourceRecordSet":{"name":"orders.harborline.example","type":"CNAME","tTL":60,"resourceRecords":[{"value":"web.<region>.elb.amazonaws.com"}]}}]}}"#, r#"{"changeInfo":{"status":"PENDING","id":"/change/C<letters>","submittedAt":"<spoken>"}}"#),
];
