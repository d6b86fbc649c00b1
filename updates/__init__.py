"""Effects of every change on a running service, on every target, computed from templates.

`change_set` computes the changes of two sets of templates from AWS's resource schemas, `kubernetes` and `traffic` what
these changes do to pods and requests, and `verdicts` holds the result against `declared.toml`. `changes` lists the
changes, `variants` synthesises the app with them, and `matrix` brings everything together.
"""

import os

# jsii reads this when it is imported. The templates are the same without CDK's validation, which takes longer than the
# synthesis; rejected variants have empty stacks, which it does not accept.
os.environ.setdefault("CDK_VALIDATION", "false")
# Node.js collects garbage less often, which saves a tenth of the time.
os.environ.setdefault("NODE_OPTIONS", "--max-semi-space-size=64")
