"""What goes into a bundle beside the compose file, because Elastic Beanstalk has no option for it.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/platforms-linux-extend.html
"""

# Boot, pull and start; afterwards an instance whose service does not answer is replaced. Beanstalk's own default looks
# at the machine only (https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environmentconfig-autoscaling-healthchecktype.html).
HEALTH_CONFIG = {
    "Resources": {
        "AWSEBAutoScalingGroup": {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {"HealthCheckType": "ELB", "HealthCheckGracePeriod": 600},
        }
    }
}
# Beanstalk signs in to ECR itself; whether also where compose fills in the image's name, AWS's page does not say. For
# other registries it shows such a hook, and puts it at both places
# (https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/docker-configuration.remote-repo.html).
ECR_LOGIN_HOOK = """\
#!/bin/bash
set -euo pipefail
repository=$(/opt/elasticbeanstalk/bin/get-config environment -k IMAGE_REPOSITORY)
registry=${repository%%/*}
region=$(cut -d . -f 4 <<< "$registry")
aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "$registry"
"""
# The second runs where only properties of the environment change: a password of ECR lasts 12 hours.
SIGN_IN_AT = [".platform/hooks/prebuild/sign_in.sh", ".platform/confighooks/prebuild/sign_in.sh"]
