// The four places where the service runs, and the ECS service that two of them share.
"use strict";
const cdk = require("aws-cdk-lib");
const ec2 = require("aws-cdk-lib/aws-ec2");
const ecs = require("aws-cdk-lib/aws-ecs");
const elb = require("aws-cdk-lib/aws-elasticloadbalancingv2");
const iam = require("aws-cdk-lib/aws-iam");
const lambda = require("aws-cdk-lib/aws-lambda");
const { Construct } = require("constructs");
const { SPEC, seconds, minutes, acknowledge, serviceTaskDefinition, liveFunction } = require("./parts");
const { FrontDoor } = require("./front_door");

const recordTarget = (construct, id) =>
  construct.node.addMetadata("microservice:target", { id, construct: construct.constructor.name });

const ecsService = (scope, { cluster, definition, capacityProviderStrategies }) => {
  const service = new ecs.FargateService(scope, "Service", {
    cluster,
    taskDefinition: definition,
    capacityProviderStrategies,
    minHealthyPercent: 100,
    maxHealthyPercent: 200,
    circuitBreaker: { enable: true, rollback: true },
    healthCheckGracePeriod: seconds(60),
    availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.ENABLED,
    propagateTags: ecs.PropagatedTagSource.SERVICE,
    enableECSManagedTags: true,
  });
  service.node.addDependency(definition.obtainExecutionRole());
  return service;
};
const putBehind = (door, service) => {
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
};
const scale = (service) => {
  service.autoScaleTaskCount({ minCapacity: SPEC.min, maxCapacity: SPEC.max }).scaleOnCpuUtilization("Cpu", {
    targetUtilizationPercent: SPEC.cpuPercent, scaleOutCooldown: minutes(1), scaleInCooldown: minutes(5),
  });
};
const roleOfService = (scope, id, service, policy) => {
  const managedPolicies = [iam.ManagedPolicy.fromAwsManagedPolicyName(policy)];
  const role = new iam.Role(scope, id, { assumedBy: new iam.ServicePrincipal(service), managedPolicies });
  acknowledge(role, `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`, "AWS acts as this role");
  return role;
};

class FargateMicroservice extends Construct {
  constructor(scope, id, { environment, cluster, link }) {
    super(scope, id);
    recordTarget(this, "ecs-fargate");
    const definition = serviceTaskDefinition(this, environment);
    const door = new FrontDoor(this, "FrontDoor", { vpc: cluster.vpc, link });
    const service = ecsService(this, { cluster, definition });
    putBehind(door, service);
    scale(service);
    this.url = door.url;
    this.role = definition.taskRole;
  }
}

class ManagedInstancesMicroservice extends Construct {
  constructor(scope, id, { environment, cluster, link }) {
    super(scope, id);
    recordTarget(this, "ecs-managed-instances");
    const definition = serviceTaskDefinition(this, environment, ecs.Compatibility.MANAGED_INSTANCES);
    const provider = this.capacityProvider(cluster);
    const door = new FrontDoor(this, "FrontDoor", { vpc: cluster.vpc, link });
    const capacityProviderStrategies = [{ capacityProvider: provider.capacityProviderName, weight: 1 }];
    const service = ecsService(this, { cluster, definition, capacityProviderStrategies });
    putBehind(door, service);
    scale(service);
    this.url = door.url;
    this.role = definition.taskRole;
  }
  capacityProvider(cluster) {
    const instances = roleOfService(this, "InstanceRole", "ec2.amazonaws.com", "AmazonECSInstanceRolePolicyForManagedInstances");
    const infrastructure = roleOfService(this, "InfrastructureRole", "ecs.amazonaws.com", "AmazonECSInfrastructureRolePolicyForManagedInstances");
    instances.grantPassRole(infrastructure);
    const group = new ec2.SecurityGroup(this, "Instances", { vpc: cluster.vpc, description: "Instances; tasks have their own" });
    const provider = new ecs.ManagedInstancesCapacityProvider(this, "CapacityProvider", {
      subnets: cluster.vpc.selectSubnets({ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }).subnets,
      securityGroups: [group],
      ec2InstanceProfile: new iam.InstanceProfile(this, "InstanceProfile", { role: instances }),
      infrastructureRole: infrastructure,
      taskVolumeStorage: cdk.Size.gibibytes(30),
    });
    provider.bind(cluster);
    provider.node.addDependency(infrastructure, instances);
    return provider;
  }
}

class ExpressMicroservice extends Construct {
  constructor(scope, id, { environment, cluster }) {
    super(scope, id);
    recordTarget(this, "ecs-express");
    const definition = serviceTaskDefinition(this, environment);
    const service = this.service(cluster, definition);
    this.url = `https://${cdk.Fn.join("", cdk.Fn.split("https://", service.attrEndpoint))}`;
    this.role = definition.taskRole;
  }
  service(cluster, definition) {
    const policy = "service-role/AmazonECSInfrastructureRoleforExpressGatewayServices";
    const infrastructure = roleOfService(this, "InfrastructureRole", "ecs.amazonaws.com", policy);
    const service = new ecs.CfnExpressGatewayService(this, "Service", {
      cluster: cluster.clusterName,
      infrastructureRoleArn: infrastructure.roleArn,
      taskDefinitionArn: definition.taskDefinitionArn,
      healthCheckPath: SPEC.healthPath,
      networkConfiguration: { subnets: cluster.vpc.publicSubnets.map((subnet) => subnet.subnetId) },
      scalingTarget: {
        minTaskCount: SPEC.min, maxTaskCount: SPEC.max,
        autoScalingMetric: "AVERAGE_CPU", autoScalingTargetValue: SPEC.cpuPercent,
      },
    });
    service.node.addDependency(definition.taskRole, definition.obtainExecutionRole(), cluster, infrastructure);
    return service;
  }
}

class LambdaMicroservice extends Construct {
  constructor(scope, id, { environment }) {
    super(scope, id);
    recordTarget(this, "lambda");
    const alias = liveFunction(this, environment, ["lambda", "orders.lambda_http.handler"], seconds(29), SPEC.max);
    const url = alias.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE }).url;
    this.url = `https://${cdk.Fn.select(2, cdk.Fn.split("/", url))}`;
    this.role = alias.role;
  }
}

module.exports = { FargateMicroservice, ManagedInstancesMicroservice, ExpressMicroservice, LambdaMicroservice };
