"""Properties of the EKS stacks: dependencies, IAM roles of pods, the target group, and the cluster."""

import json
from typing import Any

import pytest

from tests.conftest import Template, logical_ids, resource, resources
from tests.unit.stacks.kubernetes import manifest, release

TARGETS = ("OrdersOnEksAuto", "OrdersOnEksFargate")
CLUSTER = "OrdersEksCluster"


@pytest.fixture(params=TARGETS)
def template(request: pytest.FixtureRequest, templates: dict[str, Template]) -> Template:
    return templates[request.param]


@pytest.fixture
def cluster(templates: dict[str, Template]) -> dict[str, Any]:
    return resource(templates[CLUSTER], "AWS::EKS::Cluster")


def exported(templates: dict[str, Template], reference: Any) -> Any:
    """The value that the cluster's stack exports for an import."""
    outputs = templates[CLUSTER]["Outputs"].values()
    [value] = [output["Value"] for output in outputs if output["Export"]["Name"] == reference["Fn::ImportValue"]]
    return value


def test_the_release_is_installed_after_its_role_and_target_group_and_uninstalled_before_them(
    template: Template,
) -> None:
    needed = logical_ids(
        template,
        "AWS::EKS::PodIdentityAssociation",
        "AWS::EKS::FargateProfile",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::EC2::SecurityGroupIngress",
    )
    [role] = [name for name in logical_ids(template, "AWS::IAM::Role") if "ExecutionRole" not in name]
    policies = logical_ids(template, "AWS::IAM::Policy")
    assert policies
    assert needed | policies | {role} <= set(release(template)["DependsOn"])


def test_auto_mode_may_register_pods_in_the_target_group_of_the_stack(
    template: Template, templates: dict[str, Template]
) -> None:
    [group] = logical_ids(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    binding = manifest(template, "TargetGroupBinding")["spec"]
    assert binding["targetGroupARN"] == f"${{Ref:{group}}}"
    assert binding["targetType"] == template["Resources"][group]["Properties"]["TargetType"] == "ip"
    [tag] = template["Resources"][group]["Properties"]["Tags"]
    assert tag["Key"] == "eks:eks-cluster-name"
    [name] = logical_ids(templates[CLUSTER], "AWS::EKS::Cluster")
    assert exported(templates, tag["Value"]) == {"Ref": name}


def test_pods_accept_traffic_from_load_balancers_only(template: Template, templates: dict[str, Template]) -> None:
    """One rule for all services: the quota of a security group is 60."""
    [rule] = resources(templates["OrdersEksCluster"], "AWS::EC2::SecurityGroupIngress")
    assert rule["GroupId"]["Fn::GetAtt"][1] == "ClusterSecurityGroupId"
    assert (rule["FromPort"], rule["ToPort"]) == (1024, 65535)
    [balancer] = resources(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    shared = [exported(templates, group) for group in balancer["SecurityGroups"] if "Fn::ImportValue" in group]
    assert shared == [rule["SourceSecurityGroupId"]]
    assert not [
        rule for rule in resources(template, "AWS::EC2::SecurityGroupIngress") if "ImportValue" in rule["GroupId"]
    ]


def test_pod_identity_is_associated_with_the_service_account_of_the_pods(templates: dict[str, Template]) -> None:
    template = templates["OrdersOnEksAuto"]
    [association] = resources(template, "AWS::EKS::PodIdentityAssociation")
    account = manifest(template, "ServiceAccount")["metadata"]
    assert (association["Namespace"], association["ServiceAccount"]) == (account["namespace"], account["name"])
    assert manifest(template, "Deployment")["spec"]["template"]["spec"]["serviceAccountName"] == account["name"]
    [role] = resources(template, "AWS::IAM::Role")
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert set(statement["Action"]) == {"sts:AssumeRole", "sts:TagSession"}


def test_on_fargate_only_the_service_account_of_the_pods_may_assume_the_role(templates: dict[str, Template]) -> None:
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


def test_the_fargate_profile_selects_the_namespace_of_the_release(templates: dict[str, Template]) -> None:
    template = templates["OrdersOnEksFargate"]
    [profile] = resources(template, "AWS::EKS::FargateProfile")
    assert profile["Selectors"] == [{"Namespace": manifest(template, "Deployment")["metadata"]["namespace"]}]


def test_targets_on_the_shared_cluster_have_different_namespaces(templates: dict[str, Template]) -> None:
    spaces = [manifest(templates[stack], "Namespace")["metadata"]["name"] for stack in TARGETS]
    assert len(set(spaces)) == len(TARGETS)


def test_the_cluster_endpoint_is_private_and_its_creator_has_no_access(cluster: dict[str, Any]) -> None:
    properties = cluster["Properties"]
    access = properties["ResourcesVpcConfig"]
    assert (access["EndpointPublicAccess"], access["EndpointPrivateAccess"]) == (False, True)
    assert properties["AccessConfig"] == {
        "AuthenticationMode": "API",
        "BootstrapClusterCreatorAdminPermissions": False,
    }
    assert properties["UpgradePolicy"] == {"SupportType": "STANDARD"}


def test_the_log_group_of_the_control_plane_exists_before_the_cluster(
    templates: dict[str, Template], cluster: dict[str, Any]
) -> None:
    """EKS would create a log group with this name, and nothing would ever delete it."""
    logged = {entry["Type"] for entry in cluster["Properties"]["Logging"]["ClusterLogging"]["EnabledTypes"]}
    assert logged == {"api", "audit", "authenticator", "controllerManager", "scheduler"}
    group = f"/aws/eks/{cluster['Properties']['Name']}/cluster"
    made = templates[CLUSTER]["Resources"]
    [name] = [name for name in cluster["DependsOn"] if made[name]["Type"] == "AWS::Logs::LogGroup"]
    assert made[name]["Properties"]["LogGroupName"] == group


def test_nodes_and_functions_have_minimal_permissions(templates: dict[str, Template]) -> None:
    attached = json.dumps([role.get("ManagedPolicyArns") for role in resources(templates[CLUSTER], "AWS::IAM::Role")])
    assert "AmazonEC2ContainerRegistryPullOnly" in attached
    assert "AmazonEKSWorkerNodeMinimalPolicy" in attached
    assert "ReadOnly" not in attached


def test_metrics_server_is_the_only_add_on(templates: dict[str, Template]) -> None:
    """There is no DNS add-on: pods on Fargate, which Auto Mode does not serve, use the DNS of the VPC."""
    assert [addon["AddonName"] for addon in resources(templates[CLUSTER], "AWS::EKS::Addon")] == ["metrics-server"]
    fargate = manifest(templates["OrdersOnEksFargate"], "Deployment")["spec"]["template"]["spec"]
    assert fargate["dnsPolicy"] == "Default"
    assert "dnsPolicy" not in manifest(templates["OrdersOnEksAuto"], "Deployment")["spec"]["template"]["spec"]


def test_auto_mode_has_no_self_managed_add_ons(cluster: dict[str, Any]) -> None:
    """The API rejects both: https://github.com/hashicorp/terraform-provider-aws/pull/40483 quotes the error."""
    assert cluster["Properties"]["ComputeConfig"]["Enabled"] is True
    assert cluster["Properties"]["BootstrapSelfManagedAddons"] is False


def test_cloudformation_waits_for_kubectl_functions_little_longer_than_their_timeout(
    templates: dict[str, Template],
) -> None:
    made = [found for name in (CLUSTER, *TARGETS) for found in templates[name]["Resources"].values()]
    custom = [found for found in made if found["Type"].startswith("Custom::AWSCDK-EKS")]
    functions = [found["Properties"]["Timeout"] for found in made if found["Type"] == "AWS::Lambda::Function"]
    assert len(custom) == 3
    assert {found["Properties"]["ServiceTimeout"] for found in custom} == {max(functions) + 60}
