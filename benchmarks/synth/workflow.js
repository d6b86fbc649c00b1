// What happens to an order once it is placed.
"use strict";
const cdk = require("aws-cdk-lib");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const actions = require("aws-cdk-lib/aws-cloudwatch-actions");
const ec2 = require("aws-cdk-lib/aws-ec2");
const iam = require("aws-cdk-lib/aws-iam");
const pipes = require("aws-cdk-lib/aws-pipes");
const sns = require("aws-cdk-lib/aws-sns");
const sqs = require("aws-cdk-lib/aws-sqs");
const sfn = require("aws-cdk-lib/aws-stepfunctions");
const tasks = require("aws-cdk-lib/aws-stepfunctions-tasks");
const { Construct } = require("constructs");
const { SPEC, DESTROY, seconds, minutes, acknowledge, logGroup, taskDefinition, liveFunction } = require("./parts");

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

module.exports = { WorkflowStack };
