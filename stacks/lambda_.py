"""The target `lambda`."""

from collections.abc import Sequence

from constructs import Construct

from microservice import LambdaMicroservice

from .target_stack import SERVICE_ID, TargetStack, TargetStackProps


class LambdaStack(TargetStack):
    """The service on AWS Lambda."""

    def __init__(self, scope: Construct, construct_id: str, props: TargetStackProps, *, command: Sequence[str]) -> None:
        super().__init__(scope, construct_id, props)
        service = LambdaMicroservice(
            self, SERVICE_ID, spec=self.spec, image=props.image, command=command, alarm_topic=props.alarm_topic
        )
        self.connect(service)
