"""A way in for teams that AWS Copilot left behind: its manifest read, and what each field becomes here.

Copilot's support ended on 2026-06-12:
https://aws.amazon.com/blogs/containers/announcing-the-end-of-support-for-the-aws-copilot-cli/
What its fields mean, how environments override them and which values it takes by default comes from its documentation
and source, as of 2026-11-24: https://aws.github.io/copilot-cli/docs/manifest/overview/ and
https://github.com/aws/copilot-cli.
"""
