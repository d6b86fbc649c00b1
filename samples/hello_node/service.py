"""A service in Node.js, without a table and a workflow: `make demo SERVICE=samples/hello_node/service.py`."""

from pathlib import Path

from microservice import ServiceSpec, SourceImage

SPEC = ServiceSpec(name="hello", health_path="/healthz", trace_sampling_rate=0)

IMAGE = SourceImage(directory=Path(__file__).parent)

# Arguments of the image's entry point that start the loop of a Lambda function.
LAMBDA_COMMAND = ["lambda"]

# It needs neither the orders table nor the API token.
USES_ORDERS_DATA = False

# Path -> text in the response 200, which the local run checks on every target.
RESPONSES = {"/": '"message":"Hello from Node.js"'}
