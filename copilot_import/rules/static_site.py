"""A Static Site has no container."""

from copilot_import.rules.answer import Rule, nothing

_BUCKET = "no container: aws_s3_deployment.BucketDeployment copies files, CloudFront serves them"

STATIC_SITE: dict[str, Rule] = {
    "name": nothing("no container: the stack's id names it"),
    "http.alias": nothing("no container: domain_names of the CloudFront distribution"),
    "http.certificate": nothing("no container: certificate of the CloudFront distribution, in us-east-1"),
    "files": nothing(_BUCKET),
}
