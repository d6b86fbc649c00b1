"""The target `app-runner`, closed to new customers: off by default."""

from constructs import Construct

from microservice import AppRunnerMicroservice

from .target_stack import SERVICE_ID, TargetStack, TargetStackProps


class AppRunnerStack(TargetStack):
    """The service on AWS App Runner."""

    def __init__(self, scope: Construct, construct_id: str, props: TargetStackProps) -> None:
        super().__init__(scope, construct_id, props)
        service = AppRunnerMicroservice(
            self, SERVICE_ID, spec=self.spec, image=props.image, alarm_topic=props.alarm_topic
        )
        self.connect(service)
