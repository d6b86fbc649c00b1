"""The oldest version of the CDK that the constructs work with; an older one is rejected at import."""

import re
from importlib.metadata import PackageNotFoundError, version

# 2.268.0 rejects the names of validation rules that `acknowledge` uses. The tests of a copied folder run with this
# version and with the newest one.
OLDEST_CDK = "2.269.0"


def require_cdk() -> None:
    """Check the installed `aws-cdk-lib`.

    Raises:
        ImportError: It is older than `OLDEST_CDK`.
    """
    try:
        installed = version("aws-cdk-lib")
    except PackageNotFoundError:
        return  # Installed in another way, such as a zip file: the import of `aws_cdk` decides.
    if _numbers(installed) < _numbers(OLDEST_CDK):
        raise ImportError(
            f"aws-cdk-lib {installed} is not supported by these constructs (allowed: {OLDEST_CDK} or newer). "
            f"Run: pip install 'aws-cdk-lib>={OLDEST_CDK}'"
        )


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)[:3]]
