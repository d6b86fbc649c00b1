// The same app as app.py, written for Node: what compiled TypeScript would run. Its templates must equal Python's, or
// the comparison says nothing; `python -m benchmarks.synth` checks that. Usage: node app.js SERVICES OUTDIR
"use strict";
const fs = require("fs");
const path = require("path");
const cdk = require("aws-cdk-lib");
const apigateway = require("aws-cdk-lib/aws-apigatewayv2");
const integrations = require("aws-cdk-lib/aws-apigatewayv2-integrations");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const actions = require("aws-cdk-lib/aws-cloudwatch-actions");
const dynamodb = require("aws-cdk-lib/aws-dynamodb");
const ec2 = require("aws-cdk-lib/aws-ec2");
const ecr = require("aws-cdk-lib/aws-ecr");
const ecrAssets = require("aws-cdk-lib/aws-ecr-assets");
const ecs = require("aws-cdk-lib/aws-ecs");
const elb = require("aws-cdk-lib/aws-elasticloadbalancingv2");
const iam = require("aws-cdk-lib/aws-iam");
const lambda = require("aws-cdk-lib/aws-lambda");
const logs = require("aws-cdk-lib/aws-logs");
const pipes = require("aws-cdk-lib/aws-pipes");
const secrets = require("aws-cdk-lib/aws-secretsmanager");
const sns = require("aws-cdk-lib/aws-sns");
const sqs = require("aws-cdk-lib/aws-sqs");
const sfn = require("aws-cdk-lib/aws-stepfunctions");
const tasks = require("aws-cdk-lib/aws-stepfunctions-tasks");
const xray = require("aws-cdk-lib/aws-xray");
const { Construct } = require("constructs");

const ROOT = path.resolve(__dirname, "../..");
const SPEC = { name: "orders", port: 8080, healthPath: "/livez", cpu: 256, memoryMiB: 512, min: 2, max: 10, cpuPercent: 60, tracing: 0.05 };
const seconds = cdk.Duration.seconds;
const minutes = cdk.Duration.minutes;
const DESTROY = cdk.RemovalPolicy.DESTROY;

const acknowledge = (scope, finding, reason) =>
  cdk.Validations.of(scope).acknowledge({ id: `AwsSolutions::${finding}`, reason });
const logGroup = (scope, id = "Logs", logGroupName) =>
  new logs.LogGroup(scope, id, { logGroupName, retention: logs.RetentionDays.ONE_MONTH, removalPolicy: DESTROY });
const tracingEnvironment = () => ({
  OTEL_PROPAGATORS: "xray",
  OTEL_SERVICE_NAME: SPEC.name,
  OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
  OTEL_TRACES_SAMPLER_ARG: `${SPEC.tracing}`,
});
const grantTracing = (role) => {
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({ actions: ["xray:PutSpans", "xray:PutTraceSegments"], resources: ["*"] }),
  );
  acknowledge(role, "AwsSolutions-IAM5[Resource::*]", "X-Ray has no resources to name for sending spans");
};

const imageAsset = (scope) =>
  new ecrAssets.DockerImageAsset(scope, "Image", {
    directory: path.join(ROOT, "sample_service"),
    buildArgs: {},
    exclude: ["**/__pycache__", "**/*.pyc", "**/.*", "**/*.egg-info", "**/build", "**/dist", "**/node_modules"],
    platform: ecrAssets.Platform.LINUX_AMD64,
  });

const taskDefinition = (scope, environment, differences) => {
  const definition = new ecs.FargateTaskDefinition(scope, "TaskDefinition", {
    cpu: SPEC.cpu,
    memoryLimitMiB: SPEC.memoryMiB,
    runtimePlatform: {
      cpuArchitecture: ecs.CpuArchitecture.X86_64,
      operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
    },
  });
  const linuxParameters = () => {
    const parameters = new ecs.LinuxParameters(definition, "Linux", { initProcessEnabled: true });
    parameters.dropCapabilities(ecs.Capability.ALL);
    return parameters;
  };
  definition.addContainer("Main", {
    image: ecs.ContainerImage.fromDockerImageAsset(imageAsset(definition)),
    environment: { ...tracingEnvironment(), PORT: `${SPEC.port}`, ...environment },
    linuxParameters: linuxParameters(),
    logging: ecs.LogDriver.awsLogs({
      logGroup: logGroup(definition),
      streamPrefix: SPEC.name,
      mode: ecs.AwsLogDriverMode.NON_BLOCKING,
    }),
    readonlyRootFilesystem: true,
    stopTimeout: seconds(30),
    user: "10001:10001",
    ...differences,
  });
  grantTracing(definition.taskRole);
  acknowledge(definition, "AwsSolutions-ECS2", "the variables name things");
  acknowledge(definition.obtainExecutionRole(), "AwsSolutions-IAM5[Resource::*]", "no resources");
  return definition;
};

const liveFunction = (scope, environment, command, timeout, reservedConcurrentExecutions) => {
  const groups = logGroup(scope);
  const asset = imageAsset(scope);
  const role = new iam.Role(scope, "Role", { assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com") });
  groups.grantWrite(role);
  grantTracing(role);
  const fn = new lambda.DockerImageFunction(scope, "Function", {
    code: lambda.DockerImageCode.fromEcr(asset.repository, { tagOrDigest: asset.imageTag, cmd: command }),
    architecture: lambda.Architecture.X86_64,
    memorySize: SPEC.memoryMiB,
    timeout,
    environment: { ...tracingEnvironment(), ...environment },
    reservedConcurrentExecutions,
    tracing: lambda.Tracing.PASS_THROUGH,
    logGroup: groups,
    loggingFormat: lambda.LoggingFormat.JSON,
    applicationLogLevelV2: lambda.ApplicationLogLevel.TRACE,
    role,
  });
  return new lambda.Alias(scope, "Live", { aliasName: "live", version: fn.currentVersion });
};

class FrontDoorLink extends Construct {
  constructor(scope, id, vpc) {
    super(scope, id);
    this.securityGroup = new ec2.SecurityGroup(this, "SecurityGroup", {
      vpc,
      description: "Requests from HTTP APIs to private load balancers",
    });
    this.vpcLink = new apigateway.VpcLink(this, "Link", {
      vpc,
      subnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [this.securityGroup],
    });
  }
}

class FrontDoor extends Construct {
  constructor(scope, id, { vpc, link }) {
    super(scope, id);
    this.loadBalancer = new elb.ApplicationLoadBalancer(this, "LoadBalancer", {
      vpc,
      internetFacing: false,
      dropInvalidHeaderFields: true,
      idleTimeout: seconds(60),
    });
    this.listener = this.loadBalancer.addListener("Http", { port: 80, open: false });
    this.listener.connections.allowDefaultPortFrom(link.securityGroup, "HTTP APIs of this VPC");
    this.api = new apigateway.HttpApi(this, "Api", {
      apiName: SPEC.name,
      createDefaultStage: false,
      defaultIntegration: new integrations.HttpAlbIntegration("Listener", this.listener, {
        vpcLink: link.vpcLink,
        timeout: seconds(29),
      }),
    });
    new apigateway.CfnStage(this, "Stage", {
      apiId: this.api.apiId,
      stageName: "$default",
      autoDeploy: true,
      accessLogSettings: { destinationArn: logGroup(this, "AccessLog").logGroupArn, format: ACCESS_LOG },
      defaultRouteSettings: { throttlingRateLimit: 1000, throttlingBurstLimit: 2000, detailedMetricsEnabled: true },
    });
    acknowledge(this.loadBalancer, "AwsSolutions-ELB2", "the HTTP API logs");
    acknowledge(this.api, "AwsSolutions-APIG4", "the service checks its callers itself");
    this.url = this.api.apiEndpoint;
  }
  failingAnswers() {
    const period = minutes(1);
    return new cloudwatch.MathExpression({
      expression: "100 * FILL(failed, 0) / requests",
      usingMetrics: { failed: this.api.metricServerError({ period }), requests: this.api.metricCount({ period }) },
      label: "Answers that are 5xx, percent",
      period,
    }).createAlarm(this, "FailingAnswers", {
      alarmDescription: "More than one request in twenty is answered with a 5xx, for two minutes of three.",
      threshold: 5,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}
const LOGGED = {
  requestId: "requestId", requestTime: "requestTime", ip: "identity.sourceIp", method: "httpMethod", path: "path",
  status: "status", responseLength: "responseLength", latencyMs: "responseLatency",
  integrationStatus: "integrationStatus", integrationLatencyMs: "integrationLatency", error: "integrationErrorMessage",
};
const ACCESS_LOG = `{${Object.entries(LOGGED).map(([key, value]) => `"${key}": "$context.${value}"`).join(", ")}}`;

class FargateMicroservice extends Construct {
  constructor(scope, id, { environment, cluster, link }) {
    super(scope, id);
    this.node.addMetadata("microservice:target", { id: "ecs-fargate", construct: "FargateMicroservice" });
    const definition = taskDefinition(this, environment, {
      portMappings: [{ containerPort: SPEC.port, name: "http" }],
      healthCheck: {
        command: ["CMD", "python", "-m", "orders", "healthcheck", SPEC.healthPath],
        interval: seconds(10), timeout: seconds(5), retries: 3, startPeriod: seconds(30),
      },
    });
    const door = new FrontDoor(this, "FrontDoor", { vpc: cluster.vpc, link });
    const service = new ecs.FargateService(this, "Service", {
      cluster,
      taskDefinition: definition,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      healthCheckGracePeriod: seconds(60),
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.ENABLED,
      propagateTags: ecs.PropagatedTagSource.SERVICE,
      enableECSManagedTags: true,
    });
    service.node.addDependency(definition.obtainExecutionRole());
    door.listener.addTargets("Tasks", {
      port: SPEC.port,
      protocol: elb.ApplicationProtocol.HTTP,
      targets: [service],
      deregistrationDelay: seconds(30),
      healthCheck: {
        path: SPEC.healthPath, healthyHttpCodes: "200", interval: seconds(10), timeout: seconds(5),
        healthyThresholdCount: 2, unhealthyThresholdCount: 3,
      },
    });
    const alarm = door.failingAnswers();
    service.enableDeploymentAlarms([alarm.alarmName], { behavior: ecs.AlarmBehavior.ROLLBACK_ON_ALARM });
    service.autoScaleTaskCount({ minCapacity: SPEC.min, maxCapacity: SPEC.max }).scaleOnCpuUtilization("Cpu", {
      targetUtilizationPercent: SPEC.cpuPercent, scaleOutCooldown: minutes(1), scaleInCooldown: minutes(5),
    });
    this.url = door.url;
    this.role = definition.taskRole;
  }
}

class LambdaMicroservice extends Construct {
  constructor(scope, id, { environment }) {
    super(scope, id);
    this.node.addMetadata("microservice:target", { id: "lambda", construct: "LambdaMicroservice" });
    const alias = liveFunction(this, environment, ["lambda", "orders.lambda_http.handler"], seconds(29), SPEC.max);
    const url = alias.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE }).url;
    this.url = `https://${cdk.Fn.select(2, cdk.Fn.split("/", url))}`;
    this.role = alias.role;
  }
}

class RegistryStack extends cdk.Stack {
  constructor(scope, id) {
    super(scope, id);
    const repository = new ecr.Repository(this, "Images", {
      repositoryName: SPEC.name,
      imageTagMutability: ecr.TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      lifecycleRules: [
        { description: "Untagged: a push that was broken off", tagStatus: ecr.TagStatus.UNTAGGED, maxImageAge: cdk.Duration.days(1) },
        { description: "Enough to go back to", maxImageCount: 50 },
      ],
      emptyOnDelete: true,
      removalPolicy: DESTROY,
    });
    const role = `cdk-hnb659fds-image-publishing-role-${this.account}-${this.region}`;
    const publish = ["BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "DescribeImages",
      "DescribeRepositories", "GetDownloadUrlForLayer", "InitiateLayerUpload", "PutImage", "UploadLayerPart"];
    repository.addToResourcePolicy(new iam.PolicyStatement({
      sid: "DeployPushes",
      principals: [new iam.ArnPrincipal(this.formatArn({ service: "iam", region: "", resource: "role", resourceName: role }))],
      actions: publish.map((action) => `ecr:${action}`),
    }));
    const functions = this.formatArn({ service: "lambda", resource: "function", resourceName: "*", arnFormat: cdk.ArnFormat.COLON_RESOURCE_NAME });
    repository.addToResourcePolicy(new iam.PolicyStatement({
      sid: "LambdaPulls",
      principals: [new iam.ServicePrincipal("lambda.amazonaws.com")],
      actions: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      conditions: { StringLike: { "aws:sourceArn": functions } },
    }));
  }
}

class NetworkStack extends cdk.Stack {
  constructor(scope, id) {
    super(scope, id);
    const vpc = new ec2.Vpc(this, "Vpc", { maxAzs: 2, natGateways: 1, restrictDefaultSecurityGroup: true });
    vpc.addGatewayEndpoint("S3", { service: ec2.GatewayVpcEndpointAwsService.S3 });
    vpc.addGatewayEndpoint("DynamoDb", { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB });
    vpc.addFlowLog("Rejected", {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup(this, "FlowLogs")),
      trafficType: ec2.FlowLogTrafficType.REJECT,
    });
    const handler = this.node.findChild("Custom::VpcRestrictDefaultSGCustomResourceProvider").node.findChild("Handler");
    handler.addPropertyOverride("LoggingConfig.LogGroup", logGroup(this, "ClosingLogs").logGroupName);
    this.link = new FrontDoorLink(this, "FrontDoorLink", vpc);
    this.cluster = new ecs.Cluster(this, "Cluster", { vpc, containerInsightsV2: ecs.ContainerInsights.ENHANCED });
    logGroup(this, "InsightsLogs", `/aws/ecs/containerinsights/${this.cluster.clusterName}/performance`);
  }
}

class OrdersStack extends cdk.Stack {
  constructor(scope, id) {
    super(scope, id);
    const STRING = dynamodb.AttributeType.STRING;
    this.table = new dynamodb.Table(this, "Orders", {
      partitionKey: { name: "id", type: STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: "expires_at",
      removalPolicy: DESTROY,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: "by_customer",
      partitionKey: { name: "customer", type: STRING },
      sortKey: { name: "placed_at", type: STRING },
    });
    this.token = new secrets.Secret(this, "ApiToken", {
      description: "Bearer token of the orders API",
      generateSecretString: { excludePunctuation: true, passwordLength: 40 },
      removalPolicy: DESTROY,
    });
    acknowledge(this.token, "AwsSolutions-SMG4", "rotated by hand");
    const table = this.resolve(this.exportValue(this.table.tableArn))["Fn::ImportValue"];
    acknowledge(this.node.root, `AwsSolutions-IAM5[Resource::${table}/index/*]`, "the CDK grants all indexes");
    new cdk.CfnOutput(this, "TableName", { value: this.table.tableName });
    new cdk.CfnOutput(this, "ApiTokenSecretArn", { value: this.token.secretArn });
  }
}

class TracingStack extends cdk.Stack {
  constructor(scope, id) {
    super(scope, id);
    new xray.CfnGroup(this, "Group", { groupName: SPEC.name, filterExpression: `service("${SPEC.name}")` });
    new xray.CfnSamplingRule(this, "Sampling", {
      samplingRule: {
        ruleName: SPEC.name, version: 1, priority: 1000, reservoirSize: Math.ceil(SPEC.tracing), fixedRate: SPEC.tracing, serviceType: "*",
        serviceName: SPEC.name, resourceArn: "*", host: "*", httpMethod: "*", urlPath: "*",
      },
    });
  }
}

class Check extends Construct {
  constructor(scope, id, environment) {
    super(scope, id);
    this.fn = liveFunction(this, environment, ["lambda", "orders.lambda_check.handler"], seconds(20));
    this.role = this.fn.grantPrincipal;
  }
  step(scope, id, payload) {
    return tasks.LambdaInvoke.jsonata(scope, id, {
      lambdaFunction: this.fn,
      payload: sfn.TaskInput.fromObject(payload),
      outputs: "{% $states.result.Payload %}",
      taskTimeout: sfn.Timeout.duration(seconds(30)),
      retryOnServiceExceptions: false,
    });
  }
}

class Fulfil extends Construct {
  constructor(scope, id, environment, cluster) {
    super(scope, id);
    this.cluster = cluster;
    this.definition = taskDefinition(this, environment, { command: ["fulfil"] });
    this.securityGroup = new ec2.SecurityGroup(this, "SecurityGroup", {
      vpc: cluster.vpc, description: "Fulfilment tasks: nobody calls them",
    });
    this.role = this.definition.taskRole;
  }
  step(scope, id) {
    const variables = { ORDER_ID: "{% $order_id %}", TASK_TOKEN: "{% $states.context.Task.Token %}", TRACE_HEADER: "{% $trace %}" };
    const subnets = this.cluster.vpc.selectSubnets({ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS });
    return new sfn.CustomState(scope, id, {
      stateJson: {
        Type: "Task",
        Resource: `arn:${cdk.Aws.PARTITION}:states:::ecs:runTask.waitForTaskToken`,
        TimeoutSeconds: 180,
        Arguments: {
          LaunchType: "FARGATE",
          Cluster: this.cluster.clusterArn,
          TaskDefinition: this.definition.taskDefinitionArn,
          NetworkConfiguration: { AwsvpcConfiguration: {
            AssignPublicIp: "DISABLED", Subnets: subnets.subnetIds, SecurityGroups: [this.securityGroup.securityGroupId],
          } },
          Overrides: { ContainerOverrides: [{
            Name: "Main", Environment: Object.entries(variables).map(([Name, Value]) => ({ Name, Value })),
          }] },
        },
      },
    });
  }
  grantRun(role) {
    role.addToPrincipalPolicy(new iam.PolicyStatement({
      actions: ["ecs:RunTask"], resources: [this.definition.taskDefinitionArn],
      conditions: { ArnEquals: { "ecs:cluster": this.cluster.clusterArn } },
    }));
    role.addToPrincipalPolicy(new iam.PolicyStatement({
      actions: ["iam:PassRole"],
      resources: [this.definition.taskRole.roleArn, this.definition.obtainExecutionRole().roleArn],
      conditions: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    }));
  }
}

const again = (step, errors, maxAttempts, first, longest) => step.addRetry({
  errors, interval: seconds(first), backoffRate: 2, maxDelay: seconds(longest), maxAttempts,
  jitterStrategy: sfn.JitterType.FULL,
});
const neverAgain = (step, ...errors) => step.addRetry({ errors, maxAttempts: 0 });
const whenLessIsAsked = (step, service, ...names) =>
  again(step, names.map((name) => (name.includes(".") ? name : `${service}.${name}`)), 8, 5, 60);
const soon = (step, attempts, error = sfn.Errors.TASKS_FAILED) => again(step, [error], attempts, 1, 20);
const BUSY_LAMBDA = ["Lambda", "ClientExecutionTimeoutException", "ServiceException", "AWSLambdaException",
  "SdkClientException", "TooManyRequestsException"];
const BUSY_ECS = ["ECS", "AmazonECSException", "ThrottlingException", "ServerException", "SdkClientException",
  "InvalidParameterException", "AmazonECS.Unknown"];

class OrderMachine extends Construct {
  constructor(scope, id, { name, check, fulfil, table }) {
    super(scope, id);
    Object.assign(this, { check, fulfil, table });
    this.stateMachine = new sfn.StateMachine(this, "Orders", {
      stateMachineName: name,
      definitionBody: sfn.DefinitionBody.fromChainable(this.definition()),
      queryLanguage: sfn.QueryLanguage.JSONATA,
      timeout: minutes(90),
      tracingEnabled: true,
      logs: { destination: logGroup(this), level: sfn.LogLevel.ALL, includeExecutionData: false },
    });
    fulfil.grantRun(this.stateMachine.role);
    acknowledge(this.stateMachine, "AwsSolutions-IAM5[Resource::*]", "no resources to name");
  }
  caught(step, undo) {
    const reason = "{% $substring($states.errorOutput.Error & ': ' & $states.errorOutput.Cause, 0, 500) %}";
    step.addCatch(undo, { errors: [sfn.Errors.ALL], assign: { reason } });
    return step;
  }
  definition() {
    const undo = this.check.step(this, "Compensate order", {
      action: "compensate",
      order_id: "{% $order_id %}",
      reason: "{% 'could not be processed; execution ' & $states.context.Execution.Name %}",
      trace: "{% $trace %}",
    });
    neverAgain(undo, "UnknownOrder", "ValueError");
    whenLessIsAsked(undo, ...BUSY_LAMBDA);
    soon(undo, 6, sfn.Errors.ALL);
    const decideUndone = sfn.Choice.jsonata(this, "Undone?");
    decideUndone.when(sfn.Condition.jsonata("{% $states.input.status in ['CANCELLED', 'FULFILLED'] %}"), sfn.Succeed.jsonata(this, "Nothing to undo"));
    decideUndone.otherwise(sfn.Fail.jsonata(this, "Order failed", { error: "OrderFailed", cause: "{% $reason %}" }));
    const undone = undo.next(decideUndone);
    const check = this.check.step(this, "Check order", {
      action: "check", order_id: "{% $order_id %}", trace: "{% $trace %}",
    });
    neverAgain(check, "UnknownOrder", "ValueError");
    whenLessIsAsked(check, ...BUSY_LAMBDA);
    soon(check, 4);
    this.caught(check, undone);
    const fulfil = this.fulfil.step(this, "Fulfil order");
    neverAgain(fulfil, "FulfilmentFailed");
    whenLessIsAsked(fulfil, ...BUSY_ECS);
    soon(fulfil, 1, sfn.Errors.TIMEOUT);
    soon(fulfil, 2);
    this.caught(fulfil, undone);
    const value = tasks.DynamoAttributeValue.fromString;
    const record = tasks.DynamoUpdateItem.jsonata(this, "Record shipment", {
      table: this.table,
      key: { id: value("{% $order_id %}") },
      updateExpression: "SET #status = :fulfilled, shipment = :shipment",
      conditionExpression: "#status = :fulfilling OR (#status = :fulfilled AND shipment = :shipment)",
      expressionAttributeNames: { "#status": "status" },
      expressionAttributeValues: {
        ":fulfilling": value("FULFILLING"), ":fulfilled": value("FULFILLED"), ":shipment": value("{% $states.input.shipment %}"),
      },
      outputs: { order_id: "{% $order_id %}", shipment: "{% $states.input.shipment %}" },
      taskTimeout: sfn.Timeout.duration(seconds(10)),
    });
    neverAgain(record, "DynamoDB.ConditionalCheckFailedException");
    soon(record, 6);
    this.caught(record, undone);
    const decide = sfn.Choice.jsonata(this, "Accepted?");
    decide.when(sfn.Condition.jsonata("{% $states.input.decision = 'ACCEPTED' %}"), fulfil);
    decide.when(sfn.Condition.jsonata("{% $states.input.decision in ['REJECTED', 'CANCELLED', 'FULFILLED'] %}"), sfn.Succeed.jsonata(this, "Nothing to fulfil"));
    decide.otherwise(undone);
    fulfil.next(record);
    return sfn.Pass.jsonata(this, "Remember order", {
      assign: {
        order_id: "{% $states.input[0].order_id %}",
        trace: "{% $exists($states.input[0].trace) ? $states.input[0].trace : '' %}",
        reason: "the check gave a decision that the workflow does not know",
      },
    }).next(check).next(decide);
  }
}

class OrderPipe extends Construct {
  constructor(scope, id, { table, machine }) {
    super(scope, id);
    this.deadLetters = new sqs.Queue(this, "DeadLetters", {
      encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: cdk.Duration.days(14), removalPolicy: DESTROY,
    });
    acknowledge(this.deadLetters, "AwsSolutions-SQS3", "it is the dead-letter queue");
    const role = new iam.Role(this, "Role", { assumedBy: new iam.ServicePrincipal("pipes.amazonaws.com") });
    role.addToPolicy(new iam.PolicyStatement({
      actions: ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map((action) => `dynamodb:${action}`),
      resources: [table.tableStreamArn],
    }));
    machine.grantStartExecution(role);
    this.deadLetters.grantSendMessages(role);
    const pipe = new pipes.CfnPipe(this, "Placed", {
      roleArn: role.roleArn,
      source: table.tableStreamArn,
      sourceParameters: {
        filterCriteria: { filters: [{ pattern: '{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"status": {"S": ["PLACED"]}}}}' }] },
        dynamoDbStreamParameters: {
          startingPosition: "TRIM_HORIZON", batchSize: 1, maximumRetryAttempts: 10, maximumRecordAgeInSeconds: 24 * 3600,
          deadLetterConfig: { arn: this.deadLetters.queueArn },
        },
      },
      target: machine.stateMachineArn,
      targetParameters: {
        inputTemplate: '{"order_id": "<$.dynamodb.NewImage.id.S>", "trace": "<$.dynamodb.NewImage.trace.S>"}',
        stepFunctionStateMachineParameters: { invocationType: "FIRE_AND_FORGET" },
      },
    });
    pipe.node.addDependency(role);
  }
}

class AlarmTopic extends Construct {
  constructor(scope, id, { machine, queue }) {
    super(scope, id);
    this.topic = new sns.Topic(this, "Topic", { enforceSSL: true });
    this.topic.addToResourcePolicy(new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal("cloudwatch.amazonaws.com")],
      actions: ["sns:Publish"],
      resources: [this.topic.topicArn],
      conditions: { StringEquals: { "aws:SourceAccount": cdk.Aws.ACCOUNT_ID } },
    }));
    const period = minutes(1);
    this.alarm("ExecutionsFailed", machine.metricFailed({ period }), "An order failed: see the execution.");
    this.alarm("ExecutionsTimedOut", machine.metricTimedOut({ period }), "An order ran out of time.");
    const waiting = queue.metricApproximateNumberOfMessagesVisible({ period, statistic: "Maximum" });
    this.alarm("DeadLetters", waiting, "An order reached no execution: see the message's sequence number.");
  }
  alarm(id, metric, alarmDescription) {
    new cloudwatch.Alarm(this, id, {
      metric, alarmDescription, threshold: 1, evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new actions.SnsAction(this.topic));
  }
}

class WorkflowStack extends cdk.Stack {
  constructor(scope, id, { synthesizer, table, cluster }) {
    super(scope, id, { synthesizer });
    const environment = { TABLE_NAME: table.tableName };
    const check = new Check(this, "Check", environment);
    const fulfil = new Fulfil(this, "Fulfil", environment, cluster);
    const machine = new OrderMachine(this, "Machine", { name: SPEC.name, check, fulfil, table }).stateMachine;
    const pipe = new OrderPipe(this, "Pipe", { table, machine });
    new AlarmTopic(this, "Alarms", { machine, queue: pipe.deadLetters });
    table.grantReadWriteData(check.role);
    table.grantReadWriteData(fulfil.role);
    machine.grantTaskResponse(fulfil.role);
    new cdk.CfnOutput(this, "StateMachineArn", { value: machine.stateMachineArn });
    new cdk.CfnOutput(this, "DeadLetterQueueUrl", { value: pipe.deadLetters.queueUrl });
  }
}

class TargetStack extends cdk.Stack {
  constructor(scope, id, { synthesizer, table, token, construct, ...surroundings }) {
    super(scope, id, { synthesizer });
    const environment = { TABLE_NAME: table.tableName, API_TOKEN_SECRET_ARN: token.secretArn };
    const service = new construct(this, "Orders", { environment, ...surroundings });
    table.grantReadWriteData(service.role);
    token.grantRead(service.role);
    new cdk.CfnOutput(this, "Url", { value: service.url });
  }
}

function addStacks(scope) {
  const into = () => new cdk.DefaultStackSynthesizer({ imageAssetsRepositoryName: SPEC.name });
  const registry = new RegistryStack(scope, "OrdersRegistry");
  const { link, cluster } = new NetworkStack(scope, "OrdersNetwork");
  const { table, token } = new OrdersStack(scope, "OrdersData");
  new TracingStack(scope, "OrdersTracing");
  const stacks = [
    new WorkflowStack(scope, "OrdersWorkflow", { synthesizer: into(), table, cluster }),
    new TargetStack(scope, "OrdersOnEcsFargate", { synthesizer: into(), table, token, construct: FargateMicroservice, cluster, link }),
    new TargetStack(scope, "OrdersOnLambda", { synthesizer: into(), table, token, construct: LambdaMicroservice }),
  ];
  stacks.forEach((stack) => stack.addStackDependency(registry));
}

const [services, outdir] = [Number(process.argv[2]), process.argv[3]];
const app = new cdk.App({ outdir, context: JSON.parse(fs.readFileSync(path.join(ROOT, "cdk.json"), "utf8")).context });
if (process.env.CDK_VALIDATION !== "false") {
  const content = fs.readFileSync(path.join(ROOT, "stacks/house_rules.guard"), "utf8");
  cdk.Validations.of(app).addPlugins(new cdk.CloudFormationValidatePlugin({ guardRules: [{ name: "house rules", content }] }));
}
addStacks(app);
for (let number = 2; number <= services; number += 1) addStacks(new cdk.Stage(app, `Service${number}`));
app.synth();
