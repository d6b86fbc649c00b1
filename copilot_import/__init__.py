"""Import of AWS Copilot manifests: what each field becomes in this project, and the `service.py` to deploy.

Copilot reached its end of support on 2026-06-12:
https://aws.amazon.com/blogs/containers/announcing-the-end-of-support-for-the-aws-copilot-cli/
Field meanings, override rules and defaults come from its documentation and source, as of 2026-11-24:
https://aws.github.io/copilot-cli/docs/manifest/overview/ and https://github.com/aws/copilot-cli.
"""
