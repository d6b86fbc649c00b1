// The stacks, but for the workflow's.
"use strict";
const cdk = require("aws-cdk-lib");
const dynamodb = require("aws-cdk-lib/aws-dynamodb");
const ec2 = require("aws-cdk-lib/aws-ec2");
const ecr = require("aws-cdk-lib/aws-ecr");
const ecs = require("aws-cdk-lib/aws-ecs");
const iam = require("aws-cdk-lib/aws-iam");
const secrets = require("aws-cdk-lib/aws-secretsmanager");
const xray = require("aws-cdk-lib/aws-xray");
const { SPEC, DESTROY, acknowledge, logGroup } = require("./parts");
const { FrontDoorLink } = require("./front_door");

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

const newCluster = (scope, options) => {
  const cluster = new ecs.Cluster(scope, "Cluster", { containerInsightsV2: ecs.ContainerInsights.ENHANCED, ...options });
  logGroup(scope, "InsightsLogs", `/aws/ecs/containerinsights/${cluster.clusterName}/performance`);
  return cluster;
};

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
    this.vpc = vpc;
    this.link = new FrontDoorLink(this, "FrontDoorLink", vpc);
    this.cluster = newCluster(this, { vpc });
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

class TargetStack extends cdk.Stack {
  constructor(scope, id, { synthesizer, table, token, construct, ...surroundings }) {
    super(scope, id, { synthesizer });
    const environment = { TABLE_NAME: table.tableName, API_TOKEN_SECRET_ARN: token.secretArn };
    const service = new construct(this, "Orders", { environment, ...this.own(surroundings) });
    table.grantReadWriteData(service.role);
    token.grantRead(service.role);
    new cdk.CfnOutput(this, "Url", { value: service.url });
  }
  own(surroundings) {
    return surroundings;
  }
}

class ExpressStack extends TargetStack {
  own({ vpc }) {
    return { cluster: newCluster(this, { vpc, enableFargateCapacityProviders: true }) };
  }
}

module.exports = { RegistryStack, NetworkStack, OrdersStack, TracingStack, TargetStack, ExpressStack };
