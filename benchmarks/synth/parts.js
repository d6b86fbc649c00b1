// What every target is made of: the service's figures, image, logs, traces, task and function.
"use strict";
const path = require("path");
const cdk = require("aws-cdk-lib");
const ecrAssets = require("aws-cdk-lib/aws-ecr-assets");
const ecs = require("aws-cdk-lib/aws-ecs");
const iam = require("aws-cdk-lib/aws-iam");
const lambda = require("aws-cdk-lib/aws-lambda");
const logs = require("aws-cdk-lib/aws-logs");

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

const taskDefinition = (scope, environment, differences, compatibility = ecs.Compatibility.FARGATE) => {
  const definition = new ecs.TaskDefinition(scope, "TaskDefinition", {
    compatibility,
    networkMode: ecs.NetworkMode.AWS_VPC,
    cpu: `${SPEC.cpu}`,
    memoryMiB: `${SPEC.memoryMiB}`,
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

const serviceTaskDefinition = (scope, environment, compatibility) => taskDefinition(scope, environment, {
  portMappings: [{ containerPort: SPEC.port, name: "http" }],
  healthCheck: {
    command: ["CMD", "python", "-m", "orders", "healthcheck", SPEC.healthPath],
    interval: seconds(10), timeout: seconds(5), retries: 3, startPeriod: seconds(30),
  },
}, compatibility);

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
    systemLogLevelV2: lambda.SystemLogLevel.WARN,
    applicationLogLevelV2: lambda.ApplicationLogLevel.TRACE,
    role,
  });
  return new lambda.Alias(scope, "Live", { aliasName: "live", version: fn.currentVersion });
};

module.exports = {
  ROOT, SPEC, DESTROY, seconds, minutes,
  acknowledge, logGroup, taskDefinition, serviceTaskDefinition, liveFunction,
};
