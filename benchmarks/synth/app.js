// The same app as app.py, written for Node: what compiled TypeScript would run. Its templates must equal Python's, or
// the comparison says nothing; `python -m benchmarks.synth` checks that. Usage: node app.js SERVICES OUTDIR
"use strict";
const fs = require("fs");
const path = require("path");
const cdk = require("aws-cdk-lib");
const { ROOT, SPEC } = require("./parts");
const { FargateMicroservice, ManagedInstancesMicroservice, ExpressMicroservice, LambdaMicroservice } = require("./targets");
const { RegistryStack, NetworkStack, OrdersStack, TracingStack, TargetStack, ExpressStack } = require("./stacks");
const { WorkflowStack } = require("./workflow");

function addStacks(scope) {
  const registry = new RegistryStack(scope, "OrdersRegistry");
  const { vpc, link, cluster } = new NetworkStack(scope, "OrdersNetwork");
  const { table, token } = new OrdersStack(scope, "OrdersData");
  new TracingStack(scope, "OrdersTracing");
  const published = () => ({ synthesizer: new cdk.DefaultStackSynthesizer({ imageAssetsRepositoryName: SPEC.name }) });
  const service = (construct) => ({ ...published(), table, token, construct });
  const stacks = [
    new WorkflowStack(scope, "OrdersWorkflow", { ...published(), table, cluster }),
    new TargetStack(scope, "OrdersOnEcsFargate", { ...service(FargateMicroservice), cluster, link }),
    new TargetStack(scope, "OrdersOnEcsManagedInstances", { ...service(ManagedInstancesMicroservice), cluster, link }),
    new ExpressStack(scope, "OrdersOnEcsExpress", { ...service(ExpressMicroservice), vpc }),
    new TargetStack(scope, "OrdersOnLambda", service(LambdaMicroservice)),
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
