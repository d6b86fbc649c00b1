"""The service that is deployed: its specification, its image, and its commands. Replace this file with your own."""

from pathlib import Path

from microservice import ServiceSpec, SourceImage

SPEC = ServiceSpec(name="orders")

IMAGE = SourceImage(directory=Path(__file__).parent / "sample_service")

# Arguments of the image's entry point that start the Lambda handler of HTTP requests.
LAMBDA_COMMAND = ["lambda", "orders.lambda_http.handler"]

# The steps of the workflow, a Lambda function and a Fargate task, and its reconciler. Without one of them, the workflow
# is not deployed.
CHECK_COMMAND = ["lambda", "orders.lambda_check.handler"]
FULFIL_COMMAND = ["fulfil"]
RECONCILE_COMMAND = ["lambda", "orders.lambda_reconcile.handler"]

# The worker, which consumes a queue, and the job, which runs on a schedule: as a container, and as a Lambda function.
WORKLOADS = {
    "worker": ["worker"],
    "lambda_worker": ["lambda", "orders.lambda_worker.handler"],
    "job": ["report"],
    "lambda_job": ["lambda", "orders.lambda_report.handler"],
}


def health_command(spec: ServiceSpec) -> list[str]:
    """Return the command of the container health check; exit status 0 means healthy."""
    return ["python", "-m", "orders", "healthcheck", spec.health_path]
