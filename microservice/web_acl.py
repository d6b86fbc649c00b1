"""The association of an AWS WAF web ACL with a load balancer or an App Runner service."""

import re

import aws_cdk as cdk
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

_ARN = re.compile(r"arn:aws[a-z-]*:wafv2:(?P<region>[a-z0-9-]+):\d{12}:regional/webacl/[^/]+/[^/]+")


def associate_web_acl(scope: Construct, resource_arn: str, web_acl_arn: str) -> wafv2.CfnWebACLAssociation:
    """Associate an AWS WAF web ACL, which filters the requests before the service receives them.

    WAF bills the web ACL, its rules and each request: https://aws.amazon.com/waf/pricing/.

    Args:
        scope: The parent construct.
        resource_arn: ARN of the Application Load Balancer or App Runner service. It has one web ACL at most.
        web_acl_arn: ARN of the web ACL, with scope `REGIONAL`, in the Region of the stack.

    Returns:
        The native association.

    Raises:
        ValueError: The ARN is not that of a regional web ACL, or has another Region.
    """
    if not cdk.Token.is_unresolved(web_acl_arn):
        _validate(web_acl_arn, cdk.Stack.of(scope).region)
    return wafv2.CfnWebACLAssociation(scope, "WebAcl", resource_arn=resource_arn, web_acl_arn=web_acl_arn)


def _validate(web_acl_arn: str, region: str) -> None:
    found = _ARN.fullmatch(web_acl_arn)
    if found is None:
        raise ValueError(
            f"web_acl_arn={web_acl_arn!r} is not valid (allowed: the ARN of a web ACL with scope REGIONAL). Set an ARN "
            "of `aws wafv2 list-web-acls --scope REGIONAL`."
        )
    if not cdk.Token.is_unresolved(region) and found["region"] != region:
        raise ValueError(
            f"web_acl_arn={web_acl_arn!r} is not valid (allowed: a web ACL in {region}, the Region of the stack). Set "
            f"an ARN of `aws wafv2 list-web-acls --scope REGIONAL --region {region}`."
        )
