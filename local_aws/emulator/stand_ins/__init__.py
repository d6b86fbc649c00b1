"""What MiniStack lacks and this machine can run all the same: one module for each service of AWS.

All are made alike: a module reads the deployed resource, and files that were generated for it, into a `Service`;
`service.run_as_service` runs that as the emulator's ECS runs its own. What is only accepted stands in `accepted.py`.
"""

STAND_INS = {
    "AWS::AppRunner::Service": "our stand-in for App Runner",
    "AWS::AutoScaling::AutoScalingGroup": "containers in place of its virtual machines",
    "AWS::ECS::CapacityProvider": "containers in place of its instances",
    "AWS::ElasticBeanstalk::Environment": "our stand-in for Elastic Beanstalk",
    "AWS::ECS::ExpressGatewayService": "our stand-in for Express Mode",
    "Custom::AWSCDK-EKS-HelmChart": "our stand-in for Kubernetes",
}
"""Resource types that run here, but by something of ours or on something else: what results say about them."""
