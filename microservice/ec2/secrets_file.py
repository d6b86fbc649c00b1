"""The program that reads the secrets of a service on an instance, and its list of secrets."""

import json

from ..spec import ServiceSpec

FETCH_SECRETS = "/usr/local/sbin/fetch-secrets"
SECRETS_PATH = "/etc/microservice/secrets.json"

# It runs with the Python and the AWS CLI of Amazon Linux 2023, and prints no value: its output is in the log group.
# https://docs.aws.amazon.com/linux/al2023/ug/awscli2.html
FETCH_SECRETS_PROGRAM = '''\
#!/usr/bin/python3
"""Write the secrets in a list (name -> ARN) to a file of environment variables, with the permissions 0600."""

import json
import os
import subprocess
import sys


def read(arn):
    parts = arn.split(":")
    service, region = parts[2:4]
    if service == "ssm":
        options = ["get-parameter", "--with-decryption", "--name", arn, "--query", "Parameter.Value"]
        return call(service, region, options)
    key, stage, version = (parts[7:] + ["", "", ""])[:3]
    options = ["get-secret-value", "--secret-id", ":".join(parts[:7]), "--query", "SecretString"]
    options += ["--version-stage", stage] if stage else []
    options += ["--version-id", version] if version else []
    value = call(service, region, options)
    if not key:
        return value
    found = json.loads(value)[key]
    return found if isinstance(found, str) else json.dumps(found)


def call(service, region, options):
    command = ["aws", service, *options, "--region", region, "--output", "json"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def line(name, arn):
    try:
        value = read(arn)
    except subprocess.CalledProcessError:
        sys.exit(f"secret {name}: the AWS CLI failed to read {arn}")
    except (KeyError, TypeError, ValueError):
        sys.exit(f"secret {name}: {arn} is no JSON object with this key")
    if not isinstance(value, str) or any(each in value for each in "\\r\\n\\0"):
        sys.exit(f"secret {name}: the value is no text of one line; encode line breaks, and decode them in the service")
    return f"{name}={value}\\n"


source, target = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    lines = [line(name, arn) for name, arn in json.load(file).items()]
with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
    file.writelines(lines)
'''


def secrets_list(spec: ServiceSpec) -> str:
    """Return the list of secrets, name -> ARN in the notation of ECS, as JSON.

    Args:
        spec: The service.
    """
    return json.dumps(dict(spec.secrets), indent=2) + "\n"
