// Public HTTPS in front of a private load balancer.
"use strict";
const apigateway = require("aws-cdk-lib/aws-apigatewayv2");
const integrations = require("aws-cdk-lib/aws-apigatewayv2-integrations");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const ec2 = require("aws-cdk-lib/aws-ec2");
const elb = require("aws-cdk-lib/aws-elasticloadbalancingv2");
const { Construct } = require("constructs");
const { SPEC, seconds, minutes, acknowledge, logGroup } = require("./parts");

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
      defaultRouteSettings: { throttlingRateLimit: 1000, throttlingBurstLimit: 2000 },
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

module.exports = { FrontDoorLink, FrontDoor };
