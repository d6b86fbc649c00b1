"""The errors that a wrong or unsupported service specification or VPC raises."""


class InvalidServiceSpecError(ValueError):
    """A `ServiceSpec` with invalid values. The message lists each with the allowed values and the fix."""


class UnsupportedSpecError(ValueError):
    """A valid `ServiceSpec` with a value that one platform does not support.

    Args:
        service: Name of the service.
        platform: The platform, as AWS writes it: "Fargate", "App Runner".
        field: Field of the spec: "memory_mib", or "environment['NAME']".
        value: The value that is not supported.
        allowed: The allowed values, as a phrase: "1 to 1000".
        fix: What to do instead, as a sentence.
        detail: What the allowed values depend on, as a phrase: "with cpu=256". Default: "", nothing.
    """

    def __init__(
        self, *, service: str, platform: str, field: str, value: object, allowed: str, fix: str, detail: str = ""
    ) -> None:
        condition = f" {detail}" if detail else ""
        super().__init__(
            f"service {service!r}: {field}={value!r}{condition} is not supported by {platform} "
            f"(allowed: {allowed}). {fix}"
        )
        self.service = service
        self.platform = platform
        self.field = field
        self.value = value
        self.allowed = allowed
        self.fix = fix


class UnsupportedVpcError(ValueError):
    """A VPC without the subnets that one platform needs.

    Args:
        vpc: Path of the VPC in the construct tree.
        platform: What runs in the subnets, as AWS names it: "ECS tasks".
        subnets: The subnets of the VPC, as a phrase: "2 public, 2 isolated".
        allowed: The allowed VPCs, as a phrase.
        fix: What to do instead, as a sentence.
    """

    def __init__(self, *, vpc: str, platform: str, subnets: str, allowed: str, fix: str) -> None:
        super().__init__(
            f"VPC {vpc!r}: subnets={subnets!r} are not supported by {platform} (allowed: {allowed}). {fix}"
        )
        self.vpc = vpc
        self.platform = platform
        self.subnets = subnets
        self.allowed = allowed
        self.fix = fix
