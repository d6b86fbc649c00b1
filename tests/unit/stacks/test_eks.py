"""What the EKS stacks are told that a reader would not expect."""

import json
from typing import Any

import pytest

from tests.conftest import Template, resources
from tests.unit.stacks.kubernetes import manifest, release

TARGETS = ("OrdersOnEksAuto", "OrdersOnEksFargate")
CLUSTER = "OrdersEksCluster"


@pytest.fixture(params=TARGETS)
def template(request: pytest.FixtureRequest, templates: dict[str, Template]) -> Template:
    return templates[request.param]


@pytest.fixture
def cluster(templates: dict[str, Template]) -> dict[str, Any]:
    [found] = [found for found in templates[CLUSTER]["Resources"].values() if found["Type"] == "AWS::EKS::Cluster"]
    return found


def named(template: Template, *kinds: str) -> set[str]:
    return {name for name, found in template["Resources"].items() if found["Type"] in kinds}


def exported(templates: dict[str, Template], reference: Any) -> Any:
    """What an import of the cluster's stack stands for."""
    outputs = templates[CLUSTER]["Outputs"].values()
    [value] = [output["Value"] for output in outputs if output["Export"]["Name"] == reference["Fn::ImportValue"]]
    return value


def test_pods_wait_for_their_role_and_leave_the_target_group_before_it_goes(template: Template) -> None:
    needed = named(
        template,
        "AWS::EKS::PodIdentityAssociation",
        "AWS::EKS::FargateProfile",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::EC2::SecurityGroupIngress",
    )
    [role] = [name for name in named(template, "AWS::IAM::Role") if "ExecutionRole" not in name]
    policies = named(template, "AWS::IAM::Policy")
    assert policies
    assert needed | policies | {role} <= set(release(template)["DependsOn"])


def test_the_target_group_is_the_one_that_cloudformation_owns_and_auto_mode_may_fill(
    template: Template, templates: dict[str, Template]
) -> None:
    [group] = named(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    binding = manifest(template, "TargetGroupBinding")["spec"]
    assert binding["targetGroupARN"] == f"${{Ref:{group}}}"
    assert binding["targetType"] == template["Resources"][group]["Properties"]["TargetType"] == "ip"
    [tag] = template["Resources"][group]["Properties"]["Tags"]
    assert tag["Key"] == "eks:eks-cluster-name"
    [name] = named(templates[CLUSTER], "AWS::EKS::Cluster")
    assert exported(templates, tag["Value"]) == {"Ref": name}


def test_the_load_balancer_gets_through_to_pods_on_their_port_only(
    template: Template, templates: dict[str, Template]
) -> None:
    rules = resources(template, "AWS::EC2::SecurityGroupIngress")
    [rule] = [rule for rule in rules if "Fn::ImportValue" in rule["GroupId"]]
    assert exported(templates, rule["GroupId"])["Fn::GetAtt"][1] == "ClusterSecurityGroupId"
    assert (rule["FromPort"], rule["ToPort"]) == (8080, 8080)
    assert "LoadBalancerSecurityGroup" in rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]


def test_pod_identity_is_for_the_account_that_the_pods_have(templates: dict[str, Template]) -> None:
    template = templates["OrdersOnEksAuto"]
    [association] = resources(template, "AWS::EKS::PodIdentityAssociation")
    account = manifest(template, "ServiceAccount")["metadata"]
    assert (association["Namespace"], association["ServiceAccount"]) == (account["namespace"], account["name"])
    assert manifest(template, "Deployment")["spec"]["template"]["spec"]["serviceAccountName"] == account["name"]
    [role] = resources(template, "AWS::IAM::Role")
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert set(statement["Action"]) == {"sts:AssumeRole", "sts:TagSession"}


def test_on_fargate_one_service_account_of_this_cluster_gets_the_role(templates: dict[str, Template]) -> None:
    template = templates["OrdersOnEksFargate"]
    text, known = next(
        role["AssumeRolePolicyDocument"]["Fn::Sub"]
        for role in resources(template, "AWS::IAM::Role")
        if "Fn::Sub" in role["AssumeRolePolicyDocument"]
    )
    assert set(known) == {"Issuer", "Provider"}
    [statement] = json.loads(text.replace("${Issuer}", "oidc.example/id/1"))["Statement"]
    account = manifest(template, "ServiceAccount")["metadata"]
    assert statement["Condition"]["StringEquals"] == {
        "oidc.example/id/1:aud": "sts.amazonaws.com",
        "oidc.example/id/1:sub": f"system:serviceaccount:{account['namespace']}:{account['name']}",
    }
    provider = exported(templates, known["Provider"])["Ref"]
    assert templates[CLUSTER]["Resources"][provider]["Type"] == "AWS::IAM::OIDCProvider"
    assert account["annotations"]["eks.amazonaws.com/role-arn"].startswith("${Fn::GetAtt:")


def test_the_profile_takes_the_pods_of_the_release(templates: dict[str, Template]) -> None:
    template = templates["OrdersOnEksFargate"]
    [profile] = resources(template, "AWS::EKS::FargateProfile")
    assert profile["Selectors"] == [{"Namespace": manifest(template, "Deployment")["metadata"]["namespace"]}]


def test_two_targets_share_a_cluster_and_no_namespace(templates: dict[str, Template]) -> None:
    spaces = [manifest(templates[stack], "Namespace")["metadata"]["name"] for stack in TARGETS]
    assert len(set(spaces)) == len(TARGETS)


def test_the_cluster_answers_in_its_vpc_only_and_nobody_is_born_an_administrator(cluster: dict[str, Any]) -> None:
    properties = cluster["Properties"]
    access = properties["ResourcesVpcConfig"]
    assert (access["EndpointPublicAccess"], access["EndpointPrivateAccess"]) == (False, True)
    assert properties["AccessConfig"] == {
        "AuthenticationMode": "API",
        "BootstrapClusterCreatorAdminPermissions": False,
    }
    assert properties["UpgradePolicy"] == {"SupportType": "STANDARD"}


def test_the_control_plane_logs_into_a_group_that_stands_before_it(
    templates: dict[str, Template], cluster: dict[str, Any]
) -> None:
    """EKS would make a group of this name itself, which nothing would ever delete."""
    logged = {entry["Type"] for entry in cluster["Properties"]["Logging"]["ClusterLogging"]["EnabledTypes"]}
    assert logged == {"api", "audit", "authenticator", "controllerManager", "scheduler"}
    group = f"/aws/eks/{cluster['Properties']['Name']}/cluster"
    made = templates[CLUSTER]["Resources"]
    [name] = [name for name in cluster["DependsOn"] if made[name]["Type"] == "AWS::Logs::LogGroup"]
    assert made[name]["Properties"]["LogGroupName"] == group


def test_nodes_and_functions_may_do_little(templates: dict[str, Template]) -> None:
    attached = json.dumps([role.get("ManagedPolicyArns") for role in resources(templates[CLUSTER], "AWS::IAM::Role")])
    assert "AmazonEC2ContainerRegistryPullOnly" in attached
    assert "AmazonEKSWorkerNodeMinimalPolicy" in attached
    assert "ReadOnly" not in attached


def test_scaling_has_its_add_on(templates: dict[str, Template]) -> None:
    """None for names: pods that Auto Mode does not answer need no more than the VPC's."""
    assert [addon["AddonName"] for addon in resources(templates[CLUSTER], "AWS::EKS::Addon")] == ["metrics-server"]
    fargate = manifest(templates["OrdersOnEksFargate"], "Deployment")["spec"]["template"]["spec"]
    assert fargate["dnsPolicy"] == "Default"
    assert "dnsPolicy" not in manifest(templates["OrdersOnEksAuto"], "Deployment")["spec"]["template"]["spec"]


def test_auto_mode_is_not_asked_for_what_it_has_already(cluster: dict[str, Any]) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/pull/40483 has AWS's words."""
    assert cluster["Properties"]["ComputeConfig"]["Enabled"] is True
    assert cluster["Properties"]["BootstrapSelfManagedAddons"] is False


def test_cloudformation_does_not_wait_an_hour_for_a_function_that_says_nothing(templates: dict[str, Template]) -> None:
    made = [found for name in (CLUSTER, *TARGETS) for found in templates[name]["Resources"].values()]
    asked = [found for found in made if found["Type"].startswith("Custom::AWSCDK-EKS")]
    functions = [found["Properties"]["Timeout"] for found in made if found["Type"] == "AWS::Lambda::Function"]
    assert len(asked) == 3
    assert {found["Properties"]["ServiceTimeout"] for found in asked} == {max(functions) + 60}
