"""Each check of an account: the state that it finds wrong, and the command that it prints."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from unittest.mock import Mock

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from moto import mock_aws

from deployment.cdk_arguments import CdkArguments
from deployment.preflight.account import DeployedStack
from deployment.preflight.checks import (
    CHECKS,
    app_runner_access,
    beanstalk_platform,
    bootstrap,
    identity,
    lambda_concurrency,
    names,
    resource_types,
    service_roles,
    stack_states,
    zones,
)
from deployment.preflight.finding import Finding, Outcome
from deployment.preflight.plan import Plan
from tests.unit.deployment.aws_responses import ACCOUNT_ID, account, error, moto_account, plan_of, stub, write_assembly

CLUSTER = {"Cluster": {"Type": "AWS::ECS::Cluster"}}


def only(findings: Any) -> Finding:
    [found] = findings
    return found  # type: ignore[no-any-return]


class TestCredentials:
    def test_the_account_and_region_are_shown(self) -> None:
        found = only(identity.CHECK.findings(plan_of({}), account()))
        assert found.outcome is Outcome.PASSED
        assert found.summary == f"account {ACCOUNT_ID}, us-east-1, user/ann"

    def test_expired_credentials_fail(self) -> None:
        sts = stub("sts", error("get_caller_identity", "ExpiredToken", "The security token is expired"))
        found = only(identity.CHECK.findings(plan_of({}), account(sts=sts)))
        assert found.outcome is Outcome.FAILED
        assert "expired" in found.summary
        assert found.fix[0] == "aws sts get-caller-identity"

    @pytest.mark.parametrize(
        ("raised", "summary"),
        [
            (NoCredentialsError(), "there are no credentials"),
            (EndpointConnectionError(endpoint_url="https://sts"), "AWS does not respond"),
        ],
    )
    def test_missing_credentials_differ_from_a_missing_network(self, raised: Exception, summary: str) -> None:
        sts = Mock(**{"get_caller_identity.side_effect": raised})
        found = only(identity.CHECK.findings(plan_of({}), account(sts=sts)))
        assert found.outcome is Outcome.FAILED
        assert found.summary.startswith(f"{summary}: ")

    def test_a_missing_region_fails(self) -> None:
        nowhere = account()
        nowhere.region = ""
        assert only(identity.CHECK.findings(plan_of({}), nowhere)).fix == ("export AWS_REGION=us-east-1",)


class TestBootstrap:
    PARAMETER = "/cdk-bootstrap/hnb659fds/version"

    def test_an_account_without_bootstrap_fails_with_the_command(self) -> None:
        found = bootstrap.judge(self.PARAMETER, 6, None, "1", "us-east-1")
        assert (found.outcome, found.fix) == (Outcome.FAILED, ("cdk bootstrap aws://1/us-east-1",))

    @pytest.mark.parametrize(("version", "outcome"), [("5", Outcome.FAILED), ("6", Outcome.PASSED)])
    def test_the_version_has_to_be_high_enough(self, version: str, outcome: Outcome) -> None:
        assert bootstrap.judge(self.PARAMETER, 6, version, "1", "us-east-1").outcome is outcome

    def test_versions_are_compared_as_numbers(self) -> None:
        assert bootstrap.judge(self.PARAMETER, 6, "28", "1", "us-east-1").outcome is Outcome.PASSED

    def test_the_command_has_the_qualifier(self) -> None:
        found = bootstrap.judge("/cdk-bootstrap/mine/version", 6, None, "1", "us-east-1")
        assert found.fix == ("cdk bootstrap aws://1/us-east-1 --qualifier mine",)

    @mock_aws
    def test_the_parameter_is_read(self, tmp_path: Any) -> None:
        plan = Plan.of(write_assembly(tmp_path, {"A": {"Resources": {}}}))
        aws = moto_account()
        assert only(bootstrap.CHECK.findings(plan, aws)).outcome is Outcome.FAILED
        aws.client("ssm").put_parameter(Name=self.PARAMETER, Value="7", Type="String")
        assert only(bootstrap.CHECK.findings(plan, aws)).summary == "version 7, 6 is needed"


class TestServiceRoles:
    @mock_aws
    def test_the_role_of_ecs_has_to_exist(self) -> None:
        aws, plan = moto_account(), plan_of({"OrdersNetwork": CLUSTER})
        found = only(service_roles.CHECK.findings(plan, aws))
        assert found.fix == ("aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com",)
        assert found.outcome is Outcome.FAILED
        aws.client("iam").create_role(RoleName="AWSServiceRoleForECS", AssumeRolePolicyDocument="{}")
        assert only(service_roles.CHECK.findings(plan, aws)).outcome is Outcome.PASSED

    def test_a_deployed_cluster_proves_the_role(self) -> None:
        deployed = DeployedStack(name="OrdersNetwork", status="CREATE_COMPLETE", resources={"Cluster": "c"})
        found = only(
            service_roles.CHECK.findings(plan_of({"OrdersNetwork": CLUSTER}), account({"OrdersNetwork": deployed}))
        )
        assert (found.outcome, found.summary) == (Outcome.PASSED, "AWSServiceRoleForECS is in use")

    def test_stacks_without_ecs_do_not_need_it(self) -> None:
        assert not service_roles.CHECK.is_needed(plan_of({"A": {"Table": {"Type": "AWS::DynamoDB::Table"}}}))

    def test_a_missing_permission_is_not_checked(self) -> None:
        iam = stub("iam", error("get_role", "AccessDenied"))
        found = only(service_roles.CHECK.findings(plan_of({"OrdersNetwork": CLUSTER}), account(iam=iam)))
        assert (found.outcome, found.summary) == (Outcome.NOT_CHECKED, "the permission iam:GetRole is missing")


class TestStackStates:
    @pytest.mark.parametrize(
        ("status", "fix"),
        [
            ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name S"),
            ("DELETE_FAILED", "aws cloudformation delete-stack --stack-name S"),
            ("UPDATE_IN_PROGRESS", "aws cloudformation wait stack-update-complete --stack-name S"),
            ("CREATE_IN_PROGRESS", "aws cloudformation wait stack-create-complete --stack-name S"),
            ("UPDATE_ROLLBACK_IN_PROGRESS", "aws cloudformation wait stack-rollback-complete --stack-name S"),
            ("CREATE_FAILED", "aws cloudformation rollback-stack --stack-name S"),
        ],
    )
    def test_a_state_that_cannot_be_updated_fails_with_the_command(self, status: str, fix: str) -> None:
        found = stack_states.judge("S", status)
        assert found
        assert found.outcome is Outcome.FAILED
        assert found.fix[0] == fix

    @pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
    def test_a_stable_state_passes(self, status: str) -> None:
        assert stack_states.judge("S", status) is None

    def test_a_stack_that_failed_to_be_created_is_named(self) -> None:
        """The CDK CLI deletes it and creates it anew."""
        states = {"S": DeployedStack(name="S", status="ROLLBACK_COMPLETE")}
        found = only(stack_states.CHECK.findings(plan_of({"S": CLUSTER}), account(states)))
        assert found.outcome is Outcome.PASSED
        assert found.summary.endswith("S")


class TestLambdaConcurrency:
    FUNCTION: ClassVar[dict[str, Any]] = {
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"ReservedConcurrentExecutions": 10}}
    }

    @staticmethod
    def limits(total: int, unreserved: int) -> Any:
        limit = {"ConcurrentExecutions": total, "UnreservedConcurrentExecutions": unreserved}
        return "get_account_settings", {"AccountLimit": limit}

    @pytest.mark.parametrize(
        ("added", "quota", "unreserved", "outcome"),
        [
            (10, 10, 10, Outcome.FAILED),
            (10, 1000, 1000, Outcome.PASSED),
            (10, 1000, 110, Outcome.PASSED),
            (11, 1000, 110, Outcome.FAILED),
            (0, 10, 10, Outcome.PASSED),
        ],
    )
    def test_100_stay_unreserved(self, added: int, quota: int, unreserved: int, outcome: Outcome) -> None:
        assert lambda_concurrency.judge(added, quota, unreserved).outcome is outcome

    def test_a_new_account_requests_a_higher_quota(self) -> None:
        aws = account(lambda_=stub("lambda", self.limits(10, 10)))
        found = only(lambda_concurrency.CHECK.findings(plan_of({"S": self.FUNCTION}), aws))
        assert found.fix[0].endswith("--quota-code L-B99A9384 --desired-value 1000")

    def test_what_the_deployed_function_reserves_is_not_counted_twice(self) -> None:
        deployed = {"S": DeployedStack(name="S", status="CREATE_COMPLETE", resources={"F": "fn"})}
        responses = (("get_function_concurrency", {"ReservedConcurrentExecutions": 10}), self.limits(110, 100))
        found = only(
            lambda_concurrency.CHECK.findings(
                plan_of({"S": self.FUNCTION}), account(deployed, lambda_=stub("lambda", *responses))
            )
        )
        assert (found.outcome, found.summary) == (Outcome.PASSED, "0 more to reserve, 0 of 110 available")

    def test_functions_without_a_reservation_need_no_check(self) -> None:
        assert not lambda_concurrency.CHECK.is_needed(plan_of({"S": {"F": {"Type": "AWS::Lambda::Function"}}}))


def network(*availability_zones: Any) -> dict[str, Any]:
    """A VPC Link in subnets of these zones."""
    subnets = {
        f"Subnet{number}": {"Type": "AWS::EC2::Subnet", "Properties": {"AvailabilityZone": zone}}
        for number, zone in enumerate(availability_zones)
    }
    references = [{"Ref": name} for name in subnets]
    return {**subnets, "Link": {"Type": "AWS::ApiGatewayV2::VpcLink", "Properties": {"SubnetIds": references}}}


def zone(number: int) -> dict[str, Any]:
    return {"Fn::Select": [number, {"Fn::GetAZs": ""}]}


class TestVpcLinkZones:
    # In this account, the second zone by name is the one that VPC Links do not support.
    IDS: ClassVar[dict[str, Any]] = {
        "us-east-1a": "use1-az6",
        "us-east-1b": "use1-az3",
        "us-east-1c": "use1-az2",
        "us-east-1d": "use1-az1",
    }

    def ec2(self, *default_subnets: str) -> Any:
        described = [{"ZoneName": name, "ZoneId": id_} for name, id_ in self.IDS.items()]
        subnets = [{"SubnetId": f"subnet-{name}", "AvailabilityZone": name} for name in default_subnets]
        return stub(
            "ec2",
            ("describe_availability_zones", {"AvailabilityZones": described}),
            ("describe_subnets", {"Subnets": subnets}),
        )

    def findings(self, ec2: Any, *chosen: Any, **changes: Any) -> list[Finding]:
        plan = plan_of({"OrdersNetwork": network(*chosen)}, "OrdersOnEcsFargate", **changes)
        return zones.CHECK.findings(plan, account(ec2=ec2))

    def test_an_unsupported_zone_fails_with_the_zones_that_this_account_can_use(self) -> None:
        found = only(self.findings(self.ec2(), zone(0), zone(1)))
        assert found.outcome is Outcome.FAILED
        assert found.summary == "us-east-1b is use1-az3, which VPC Links do not support"
        assert found.fix == ('make deploy STACK=OrdersOnEcsFargate ARGS="-c availability_zones=us-east-1a,us-east-1c"',)

    def test_the_command_keeps_your_arguments(self) -> None:
        arguments = CdkArguments.parse(["-c", "app_runner=true"])
        found = only(self.findings(self.ec2(), zone(0), zone(1), arguments=arguments))
        assert 'ARGS="-c app_runner=true -c availability_zones=' in found.fix[0]

    def test_zones_of_the_context_are_judged_by_name(self) -> None:
        found = only(self.findings(self.ec2(), "us-east-1a", "us-east-1c"))
        assert (found.outcome, found.summary) == (Outcome.PASSED, "us-east-1a is use1-az6, us-east-1c is use1-az2")

    def test_a_zone_that_the_account_lacks_fails(self) -> None:
        found = only(self.findings(self.ec2(), "us-east-1a", "us-east-1f"))
        assert found.summary == "us-east-1f is no zone of this account"

    def test_cloudformation_prefers_zones_with_default_subnets(self) -> None:
        found = only(self.findings(self.ec2("us-east-1c", "us-east-1d"), zone(0), zone(1)))
        assert found.summary == "us-east-1c is use1-az2, us-east-1d is use1-az1"

    def test_a_link_that_exists_is_not_checked_again(self) -> None:
        deployed = DeployedStack(name="OrdersNetwork", status="CREATE_COMPLETE", resources={"Link": "abc123"})
        plan = plan_of({"OrdersNetwork": network(zone(0), zone(1))})
        found = only(zones.CHECK.findings(plan, account({"OrdersNetwork": deployed})))
        assert (found.outcome, found.summary) == (Outcome.PASSED, "the VPC Link exists")

    def test_a_region_without_supported_zones_has_no_command(self) -> None:
        plan = plan_of({"OrdersNetwork": network(zone(0), zone(1))})
        found = zones.judge([0, 1], {"us-west-1b": "usw1-az2"}, ["us-west-1b"], "us-west-1", plan)
        assert found.fix == ("choose another Region: us-west-1 has 0 supported zones in this account",)

    def test_an_unlisted_region_is_not_checked(self) -> None:
        assert zones.judge([0], {}, [], "xx-north-1", plan_of({})).outcome is Outcome.NOT_CHECKED

    def test_the_table_has_zone_ids_and_a_source(self) -> None:
        assert zones.supported_zones()["us-east-1"] == [f"use1-az{number}" for number in (1, 2, 4, 5, 6)]
        assert all("-az" in zone for found in zones.supported_zones().values() for zone in found)
        assert zones.source().startswith("https://docs.aws.amazon.com/apigateway/")


class TestResourceTypes:
    def test_a_type_that_the_region_lacks_fails_with_its_stacks(self) -> None:
        cloudformation = stub(
            "cloudformation", ("describe_type", {}), error("describe_type", "TypeNotFoundException", "no type")
        )
        plan = plan_of({"A": CLUSTER, "B": {"P": {"Type": "AWS::Pipes::Pipe"}}})
        found = only(resource_types.CHECK.findings(plan, account(cloudformation=cloudformation)))
        assert found.summary == "us-east-1 has no AWS::Pipes::Pipe"
        assert found.fix == ("choose another Region, or deploy without B",)

    def test_types_that_are_deployed_are_not_asked_for(self) -> None:
        deployed = DeployedStack(name="A", status="CREATE_COMPLETE", resources={"Cluster": "c"})
        found = only(resource_types.CHECK.findings(plan_of({"A": CLUSTER}), account({"A": deployed})))
        assert found.summary == "no new types"

    def test_custom_resources_are_no_types_of_aws(self) -> None:
        assert plan_of({"A": {"C": {"Type": "Custom::Thing"}}}).types == []


class TestAppRunner:
    PLAN: ClassVar[dict[str, Any]] = {"OrdersOnAppRunner": {"S": {"Type": "AWS::AppRunner::Service"}}}

    def test_a_customer_passes(self) -> None:
        services = stub("apprunner", ("list_services", {"ServiceSummaryList": [{"ServiceName": "orders"}]}))
        assert (
            only(app_runner_access.CHECK.findings(plan_of(self.PLAN), account(apprunner=services))).summary
            == "1 in use"
        )

    @pytest.mark.parametrize(("year", "outcome"), [(2027, Outcome.FAILED), (2020, Outcome.NOT_CHECKED)])
    def test_an_account_that_is_younger_than_the_closing_fails(self, year: int, outcome: Outcome) -> None:
        created = ("get_account_information", {"AccountCreatedDate": datetime(year, 1, 1, tzinfo=UTC)})
        services = stub("apprunner", ("list_services", {"ServiceSummaryList": []}))
        aws = account(apprunner=services, account=stub("account", created))
        assert only(app_runner_access.CHECK.findings(plan_of(self.PLAN), aws)).outcome is outcome

    def test_an_account_without_subscription_fails(self) -> None:
        services = stub("apprunner", error("list_services", "SubscriptionRequiredException", "not subscribed"))
        found = only(app_runner_access.CHECK.findings(plan_of(self.PLAN), account(apprunner=services)))
        assert (found.outcome, found.fix[0]) == (Outcome.FAILED, "deploy to ECS Express Mode instead")


class TestNames:
    @staticmethod
    def findings(plan: Plan, aws: Any) -> list[Finding]:
        return [found for check in names.CHECKS if check.is_needed(plan) for found in check.findings(plan, aws)]

    REPOSITORY: ClassVar[dict[str, Any]] = {
        "Images": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "orders"}}
    }

    @mock_aws
    def test_a_repository_of_another_owner_fails(self) -> None:
        aws = moto_account()
        plan = plan_of({"OrdersRegistry": self.REPOSITORY})
        assert only(self.findings(plan, aws)).summary == "not in use: orders"
        aws.client("ecr").create_repository(repositoryName="orders")
        found = only(self.findings(plan, aws))
        assert found.outcome is Outcome.FAILED
        assert found.summary == "OrdersRegistry creates orders, which exists and does not belong to it"
        assert found.fix[-1] == "aws ecr delete-repository --repository-name orders"

    def test_a_name_of_the_stack_itself_passes(self) -> None:
        deployed = DeployedStack(name="OrdersRegistry", status="CREATE_COMPLETE", resources={"Images": "orders"})
        found = only(self.findings(plan_of({"OrdersRegistry": self.REPOSITORY}), account({"OrdersRegistry": deployed})))
        assert found.outcome is Outcome.PASSED

    @mock_aws
    def test_a_log_group_is_compared_by_its_whole_name(self) -> None:
        aws = moto_account()
        plan = plan_of({"S": {"L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/x"}}}})
        aws.client("logs").create_log_group(logGroupName="/aws/x/y")
        assert only(self.findings(plan, aws)).outcome is Outcome.PASSED
        aws.client("logs").create_log_group(logGroupName="/aws/x")
        assert only(self.findings(plan, aws)).outcome is Outcome.FAILED

    @pytest.mark.parametrize(
        ("type_", "property_", "service", "operation", "code"),
        [
            ("AWS::EKS::Cluster", "Name", "eks", "describe_cluster", "ResourceNotFoundException"),
            ("AWS::XRay::Group", "GroupName", "xray", "get_group", "InvalidRequestException"),
            ("AWS::IAM::Role", "RoleName", "iam", "get_role", "NoSuchEntity"),
        ],
    )
    def test_a_free_name_passes(self, type_: str, property_: str, service: str, operation: str, code: str) -> None:
        plan = plan_of({"S": {"R": {"Type": type_, "Properties": {property_: "orders"}}}})
        aws = account(**{service: stub(service, error(operation, code, "not found"))})
        assert only(self.findings(plan, aws)).outcome is Outcome.PASSED

    def test_names_that_aws_generates_are_not_checked(self) -> None:
        name = {"Fn::Join": ["", ["/aws/", {"Ref": "Cluster"}]]}
        plan = plan_of({"S": {"L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}}})
        assert only(self.findings(plan, account())).summary == "no new names"


class TestBeanstalk:
    TEMPLATE: ClassVar[dict[str, Any]] = {
        "Parameters": {"PlatformVersion": {"Type": "String", "Default": "4.13.9"}},
        "Resources": {
            "E": {
                "Type": "AWS::ElasticBeanstalk::Environment",
                "Properties": {
                    "PlatformArn": {
                        "Fn::Join": [
                            "",
                            [
                                *("arn:", {"Ref": "AWS::Partition"}, ":elasticbeanstalk:", {"Ref": "AWS::Region"}),
                                *("::platform/Docker running on 64bit Amazon Linux 2023/", {"Ref": "PlatformVersion"}),
                            ],
                        ]
                    }
                },
            }
        },
    }
    OFFERED = ("list_platform_versions", {"PlatformSummaryList": [{"PlatformVersion": v} for v in ("4.9.9", "4.14.0")]})
    MISSING = error("describe_platform_version", "InvalidParameterValue", "No Platform found for ARN")

    def findings(self, *responses: Any, previous: str = "", arguments: tuple[str, ...] = ()) -> list[Finding]:
        parameters = {"PlatformVersion": previous} if previous else {}
        deployed = DeployedStack(name="OrdersOnBeanstalk", status="CREATE_COMPLETE", parameters=parameters)
        plan = plan_of(
            {"OrdersOnBeanstalk": self.TEMPLATE}, "OrdersOnBeanstalk", arguments=CdkArguments.parse(arguments)
        )
        client = stub("elasticbeanstalk", *responses)
        return beanstalk_platform.CHECK.findings(
            plan, account({"OrdersOnBeanstalk": deployed}, elasticbeanstalk=client)
        )

    def test_a_version_that_is_no_longer_offered_fails_with_the_newest(self) -> None:
        found = only(self.findings(self.MISSING, self.OFFERED))
        assert (found.outcome, found.summary) == (Outcome.FAILED, "version 4.13.9 is not offered")
        assert found.fix == (
            'make deploy STACK=OrdersOnBeanstalk ARGS="--parameters OrdersOnBeanstalk:PlatformVersion=4.14.0"',
        )

    def test_a_ready_version_passes(self) -> None:
        ready = ("describe_platform_version", {"PlatformDescription": {"PlatformStatus": "Ready"}})
        assert only(self.findings(ready, self.OFFERED)).summary == "version 4.13.9 is offered; the newest is 4.14.0"

    def test_a_retired_branch_fails(self) -> None:
        description = {"PlatformStatus": "Ready", "PlatformBranchLifecycleState": "Retired"}
        retired = ("describe_platform_version", {"PlatformDescription": description})
        assert only(self.findings(retired, self.OFFERED)).outcome is Outcome.FAILED

    def test_the_deployed_version_is_kept(self) -> None:
        """The CDK CLI keeps the parameters of a deployed stack."""
        assert "4.1.1" in only(self.findings(self.MISSING, self.OFFERED, previous="4.1.1")).summary

    def test_a_passed_parameter_comes_first(self) -> None:
        words = ("--parameters", "OrdersOnBeanstalk:PlatformVersion=4.2.2")
        assert "4.2.2" in only(self.findings(self.MISSING, self.OFFERED, previous="4.1.1", arguments=words)).summary


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_no_check_changes_anything(check: Any) -> None:
    verbs = ("Get", "Describe", "List")
    for action in check.permissions:
        assert action.partition(":")[2].startswith(verbs) or action == "apigateway:GET"
