"""The log groups that AWS services write to: named, and in an order in which nothing creates them again."""

from tests.conftest import Synthesised, logical_ids, resources

PREFIX = "/aws/vendedlogs/"


def test_services_deliver_logs_to_groups_that_share_one_statement_of_the_account(synthesised: Synthesised) -> None:
    """Other names are added to a resource policy of the account, one by one, and never removed."""
    delivered = []
    for template in synthesised.templates.values():
        stages = resources(template, "AWS::ApiGatewayV2::Stage")
        machines = resources(template, "AWS::StepFunctions::StateMachine")
        arns = [stage["AccessLogSettings"]["DestinationArn"] for stage in stages]
        arns += [
            destination["CloudWatchLogsLogGroup"]["LogGroupArn"]
            for machine in machines
            for destination in machine["LoggingConfiguration"]["Destinations"]
        ]
        delivered += [template["Resources"][arn["Fn::GetAtt"][0]]["Properties"]["LogGroupName"] for arn in arns]
    assert len(delivered) == 7
    assert all(name.startswith(PREFIX) for name in delivered)
    assert len(set(delivered)) == len(delivered)


def test_the_insights_log_group_is_deleted_after_the_service(synthesised: Synthesised) -> None:
    """ECS would create the group again while tasks run."""
    template = synthesised.templates["OrdersOnEcsExpress"]
    [service] = [each for each in template["Resources"].values() if each["Type"] == "AWS::ECS::ExpressGatewayService"]
    names = logical_ids(template, "AWS::Logs::LogGroup")
    insights = {name for name in names if "containerinsights" in str(template["Resources"][name]["Properties"])}
    assert insights
    assert insights <= set(service["DependsOn"])
