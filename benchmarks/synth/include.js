// The floor of synthesis: the templates of a cloud assembly, included unchanged. Usage: node include.js ASSEMBLY OUTDIR
"use strict";
const fs = require("fs");
const path = require("path");
const cdk = require("aws-cdk-lib");
const { CfnInclude } = require("aws-cdk-lib/cloudformation-include");

const ROOT = path.join(__dirname, "../..");
const [, , assembly, outdir] = process.argv;
const read = (...parts) => JSON.parse(fs.readFileSync(path.join(...parts), "utf8"));

function include(scope, directory) {
  for (const { type, displayName, properties } of Object.values(read(directory, "manifest.json").artifacts)) {
    if (type === "aws:cloudformation:stack") {
      // The template has the bootstrap version rule already.
      const synthesizer = new cdk.DefaultStackSynthesizer({ generateBootstrapVersionRule: false });
      const stack = new cdk.Stack(scope, displayName.split("/").pop(), { synthesizer, analyticsReporting: false });
      new CfnInclude(stack, "Template", { templateFile: path.join(directory, properties.templateFile) });
    } else if (type === "cdk:cloud-assembly") {
      const name = properties.directoryName.replace("assembly-", "");
      include(new cdk.Stage(scope, name), path.join(directory, properties.directoryName));
    }
  }
}

const app = new cdk.App({ outdir, context: read(ROOT, "cdk.json").context });
if (process.env.CDK_VALIDATION !== "false") {
  const content = fs.readFileSync(path.join(ROOT, "stacks/house_rules.guard"), "utf8");
  const guardRules = [{ name: "house rules", content }];
  cdk.Validations.of(app).addPlugins(new cdk.CloudFormationValidatePlugin({ guardRules }));
}
include(app, assembly);
app.synth();
