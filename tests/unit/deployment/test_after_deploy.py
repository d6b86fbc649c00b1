"""What services report after a deployment that CloudFormation calls a success."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deployment import after_deploy
from deployment.after_deploy import app_runner, beanstalk, ecs, eks, stacks
from deployment.preflight.account import DeployedStack
from deployment.preflight.finding import Outcome
from tests.unit.deployment.aws_responses import StacksOfTest, account, error, plan_of, stub

NOW = datetime(2026, 11, 28, tzinfo=UTC)
DEFINITION = "arn:aws:ecs:us-east-1:1:task-definition/Orders:2"
OLD = "arn:aws:ecs:us-east-1:1:task-definition/Orders:1"
SERVICE_ARN = "arn:aws:ecs:us-east-1:1:service/cluster/orders"


def operation(status: str, minutes: int = 0, type_: str = "UPDATE_SERVICE") -> dict[str, Any]:
    return {"Type": type_, "Status": status, "StartedAt": NOW + timedelta(minutes=minutes)}


def deployed(name: str, status: str = "UPDATE_COMPLETE", **resources: str) -> dict[str, DeployedStack]:
    return {name: DeployedStack(name=name, status=status, resources=resources)}


class TestStacks:
    @pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"])
    def test_a_complete_stack_passes(self, status: str) -> None:
        assert stacks.judge("S", status, "", is_current=True).outcome is Outcome.PASSED

    @pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS", None])
    def test_any_other_stack_fails(self, status: str | None) -> None:
        assert stacks.judge("S", status, "", is_current=True).outcome is Outcome.FAILED

    def test_a_rollback_says_what_runs_and_its_cause(self) -> None:
        found = stacks.judge("S", "UPDATE_ROLLBACK_COMPLETE", "Service: circuit breaker", is_current=True)
        assert found.summary == "the update was rolled back; the previous version runs: Service: circuit breaker"

    def test_a_stack_that_kept_its_previous_template_was_not_deployed(self) -> None:
        """The CDK CLI stopped before it: its status is still the one of the last deployment."""
        template = {"Resources": {"T": {"Type": "AWS::DynamoDB::Table"}}}
        for body, outcome in (('{"Resources": {}}', Outcome.FAILED), (_json(template), Outcome.PASSED)):
            client = stub("cloudformation", ("get_template", {"TemplateBody": body}))
            aws = account(deployed("S"), cloudformation=client)
            [found] = after_deploy.run(plan_of({"S": template}), aws, is_cdk_successful=False)
            assert found.outcome is outcome


def _json(value: Any) -> str:
    import json

    return json.dumps(value)


class TestAppRunner:
    ARN = "arn:aws:apprunner:us-east-1:123456789012:service/orders/0123456789abcdef0123456789abcdef"
    RESOURCES = {"S": {"Service": {"Type": "AWS::AppRunner::Service"}}}  # noqa: RUF012

    @pytest.mark.parametrize("status", ["ROLLBACK_SUCCEEDED", "ROLLBACK_FAILED", "FAILED"])
    def test_a_rollback_is_no_success_although_the_stack_is_complete(self, status: str) -> None:
        listed = ("list_operations", {"OperationSummaryList": [operation(status, 1), operation("SUCCEEDED")]})
        aws = account(deployed("S", Service=self.ARN), apprunner=stub("apprunner", listed))
        stack, service = after_deploy.run(plan_of(self.RESOURCES), aws)
        assert stack.outcome is Outcome.PASSED
        assert service.outcome is Outcome.FAILED
        assert "deploying the same template again does nothing" in service.summary
        assert service.fix[0].startswith("aws logs tail /aws/apprunner/orders/0123456789abcdef")

    def test_the_newest_operation_counts(self) -> None:
        operations = [operation("ROLLBACK_SUCCEEDED"), operation("SUCCEEDED", 1)]
        assert app_runner.judge("S", self.ARN, operations).finding.outcome is Outcome.PASSED

    def test_an_operation_in_progress_is_awaited(self) -> None:
        responses = [
            ("list_operations", {"OperationSummaryList": [operation(status)]})
            for status in ("IN_PROGRESS", "SUCCEEDED")
        ]
        aws = account(deployed("S", Service=self.ARN), apprunner=stub("apprunner", *responses))
        slept: list[float] = []
        found = after_deploy.run(plan_of(self.RESOURCES), aws, clock=lambda: sum(slept), sleep=slept.append)
        assert (found[1].outcome, len(slept)) == (Outcome.PASSED, 1)

    def test_waiting_ends_at_the_limit(self) -> None:
        responses = [("list_operations", {"OperationSummaryList": [operation("IN_PROGRESS")]}) for _ in range(3)]
        aws = account(deployed("S", Service=self.ARN), apprunner=stub("apprunner", *responses))
        slept: list[float] = []
        found = after_deploy.run(plan_of(self.RESOURCES), aws, wait_s=30, clock=lambda: sum(slept), sleep=slept.append)
        assert (found[1].outcome, sum(slept)) == (Outcome.FAILED, 30)

    def test_a_missing_permission_is_not_checked(self) -> None:
        client = stub("apprunner", error("list_operations", "AccessDeniedException", "no"))
        found = after_deploy.run(plan_of(self.RESOURCES), account(deployed("S", Service=self.ARN), apprunner=client))
        assert found[1].outcome is Outcome.NOT_CHECKED


class TestEksAddons:
    def test_a_degraded_addon_fails_after_the_wait(self) -> None:
        issues = [{"code": "InsufficientNumberOfReplicas", "message": "no node"}]
        addon = {
            "addonName": "metrics-server",
            "clusterName": "OrdersEksCluster",
            "status": "DEGRADED",
            "health": {"issues": issues},
        }
        client = stub("eks", ("describe_addon", {"addon": addon}))
        aws = account(deployed("S", Addon="OrdersEksCluster|metrics-server"), eks=client)
        _, found = after_deploy.run(plan_of({"S": {"Addon": {"Type": "AWS::EKS::Addon"}}}), aws, wait_s=0)
        assert found.outcome is Outcome.FAILED
        assert "DEGRADED; pods are not scaled without it" in found.summary
        assert "no node" in found.summary

    def test_the_cluster_of_the_template_is_asked(self) -> None:
        properties = {"ClusterName": {"Ref": "Cluster"}, "AddonName": "metrics-server"}
        resources = {
            "Cluster": {"Type": "AWS::EKS::Cluster"},
            "Addon": {"Type": "AWS::EKS::Addon", "Properties": properties},
        }
        asked: list[dict[str, str]] = []

        class Eks:
            def describe_addon(self, **names: str) -> Any:
                asked.append(names)
                return {"addon": {"addonName": "metrics-server", "clusterName": "c", "status": "ACTIVE"}}

        aws = account(deployed("S", Addon="addon-1", Cluster="OrdersEksCluster"), eks=Eks())
        assert after_deploy.run(plan_of({"S": resources}), aws)[1].outcome is Outcome.PASSED
        assert asked == [{"clusterName": "OrdersEksCluster", "addonName": "metrics-server"}]

    @pytest.mark.parametrize(
        ("status", "may_change"), [("ACTIVE", False), ("DEGRADED", True), ("CREATE_FAILED", False)]
    )
    def test_a_degraded_addon_may_recover(self, status: str, may_change: bool) -> None:
        addon = {"addonName": "a", "clusterName": "c", "status": status}
        assert eks.judge("S", addon).may_change is may_change


class TestEcs:
    @staticmethod
    def service(definition: str = DEFINITION, rollout: str = "COMPLETED", running: int = 2) -> dict[str, Any]:
        primary = {"status": "PRIMARY", "taskDefinition": definition, "rolloutState": rollout}
        return {
            "serviceArn": SERVICE_ARN,
            "serviceName": "orders",
            "status": "ACTIVE",
            "desiredCount": 2,
            "runningCount": running,
            "deployments": [primary],
        }

    @pytest.mark.parametrize(
        ("changes", "outcome", "may_change"),
        [
            ({}, Outcome.PASSED, False),
            ({"rollout": "FAILED"}, Outcome.FAILED, False),
            ({"rollout": "IN_PROGRESS"}, Outcome.FAILED, True),
            ({"running": 1}, Outcome.FAILED, True),
            ({"definition": OLD}, Outcome.FAILED, False),
        ],
    )
    def test_a_service_runs_the_task_definition_of_the_template(
        self, changes: dict[str, Any], outcome: Outcome, may_change: bool
    ) -> None:
        verdict = ecs.judge("S", self.service(**changes), DEFINITION)
        assert (verdict.finding.outcome, verdict.may_change) == (outcome, may_change)

    def test_a_rollback_names_both_task_definitions(self) -> None:
        found = ecs.judge("S", self.service(OLD), DEFINITION).finding
        assert found.summary == "ECS service orders runs Orders:1, not Orders:2: the deployment was rolled back"

    def test_the_service_is_asked_in_its_cluster(self) -> None:
        resources = {
            "Definition": {"Type": "AWS::ECS::TaskDefinition"},
            "Service": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": {"Ref": "Definition"}}},
        }
        client = stub("ecs", ("describe_services", {"services": [self.service(OLD)]}))
        aws = account(deployed("S", Service=SERVICE_ARN, Definition=DEFINITION), ecs=client)
        _, found = after_deploy.run(plan_of({"S": resources}), aws)
        assert found.outcome is Outcome.FAILED
        assert "--cluster cluster --services orders" in found.fix[0]

    def test_a_service_that_is_missing_fails(self) -> None:
        client = stub("ecs", ("describe_services", {"services": []}))
        aws = account(deployed("S", Service=SERVICE_ARN), ecs=client)
        _, found = after_deploy.run(plan_of({"S": {"Service": {"Type": "AWS::ECS::Service"}}}), aws)
        assert (found.outcome, "MISSING" in found.summary) == (Outcome.FAILED, True)

    @pytest.mark.parametrize(
        ("active", "outcome", "may_change"),
        [
            ([DEFINITION], Outcome.PASSED, False),
            ([OLD], Outcome.FAILED, False),
            ([OLD, DEFINITION], Outcome.FAILED, True),
        ],
    )
    def test_an_express_service_runs_one_configuration(
        self, active: list[str], outcome: Outcome, may_change: bool
    ) -> None:
        service = {
            "serviceArn": SERVICE_ARN,
            "status": {"statusCode": "ACTIVE"},
            "activeConfigurations": [{"taskDefinitionArn": each} for each in active],
        }
        verdict = ecs.judge_express("S", service, DEFINITION)
        assert (verdict.finding.outcome, verdict.may_change) == (outcome, may_change)

    def test_an_express_service_is_asked_by_its_arn(self) -> None:
        service = {"serviceArn": SERVICE_ARN, "status": {"statusCode": "DRAINING", "statusReason": "deleted"}}
        client = stub("ecs", ("describe_express_gateway_service", {"service": service}))
        aws = account(deployed("S", Service=SERVICE_ARN), ecs=client)
        _, found = after_deploy.run(plan_of({"S": {"Service": {"Type": "AWS::ECS::ExpressGatewayService"}}}), aws)
        assert found.summary == "Express service: DRAINING. deleted"


class TestBeanstalk:
    RESOURCES = {  # noqa: RUF012
        "Version": {"Type": "AWS::ElasticBeanstalk::ApplicationVersion"},
        "E": {"Type": "AWS::ElasticBeanstalk::Environment", "Properties": {"VersionLabel": {"Ref": "Version"}}},
    }

    @pytest.mark.parametrize(
        ("changes", "outcome", "may_change"),
        [
            ({}, Outcome.PASSED, False),
            ({"Health": "Red", "HealthStatus": "Severe"}, Outcome.FAILED, False),
            ({"Health": "Grey"}, Outcome.FAILED, True),
            ({"Status": "Updating"}, Outcome.FAILED, True),
            ({"VersionLabel": "old"}, Outcome.FAILED, False),
        ],
    )
    def test_an_environment_is_healthy_and_runs_the_version(
        self, changes: dict[str, str], outcome: Outcome, may_change: bool
    ) -> None:
        environment = {"EnvironmentName": "e", "Status": "Ready", "Health": "Green", "VersionLabel": "new", **changes}
        verdict = beanstalk.judge("S", environment, "new")
        assert (verdict.finding.outcome, verdict.may_change) == (outcome, may_change)

    def test_the_version_of_the_stack_is_compared(self) -> None:
        environment = {"EnvironmentName": "orders-env", "Status": "Ready", "Health": "Green", "VersionLabel": "old"}
        client = stub("elasticbeanstalk", ("describe_environments", {"Environments": [environment]}))
        aws = account(deployed("S", E="orders-env", Version="app|new"), elasticbeanstalk=client)
        _, found = after_deploy.run(plan_of({"S": self.RESOURCES}), aws)
        assert (
            found.summary
            == "Beanstalk environment orders-env runs version old, not new: the deployment was rolled back"
        )


def test_a_stack_that_cannot_be_read_is_not_checked() -> None:
    class Denied(StacksOfTest):
        def stack(self, name: str) -> Any:
            client = stub("cloudformation", error("describe_stacks", "AccessDenied", "no"))
            return client.describe_stacks(StackName=name)

    [found] = after_deploy.run(plan_of({"S": {}}), Denied(lambda _: None, "us-east-1"))
    assert found.outcome is Outcome.NOT_CHECKED


def test_nothing_is_changed() -> None:
    actions = [action.partition(":")[2] for action in after_deploy.permissions()]
    assert actions
    assert all(action.startswith(("Describe", "Get", "List")) for action in actions)
