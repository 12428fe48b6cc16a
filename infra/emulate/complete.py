"""Gives a stack on the emulator what its own template says and the emulator leaves out.

    complete.py STACK DEPLOYED

The routes that SAM makes of HttpApi events stand in the OpenAPI document of the API, which the
emulator does not read; the TTL of a table is ignored; the Ref of a secret is its name where it
should be its ARN, and of a mail the emulator knows no resource, so that policies about either allow
nothing. All of it is done here from the processed template and what was deployed: there is no list
of ours. The name of each resource and the outputs of the stack are written to DEPLOYED, as JSON.
"""

import json
import re
import sys
from functools import partial

import boto3

ANY_METHOD = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
# Actions that the emulator only authorises on "*".
WITHOUT_RESOURCE = {"ses:SendEmail"}


def main(stack, path):
    outer, *inside = parts = stacks(stack)
    template = processed(stack)
    routes = sum(
        add_routes(outer, logical, properties["Body"])
        for logical, properties in of_type(template, "AWS::ApiGatewayV2::Api")
        if "Body" in properties
    )
    tables = sum(
        set_time_to_live(outer.names[logical], properties["TimeToLiveSpecification"])
        for logical, properties in of_type(template, "AWS::DynamoDB::Table")
        if "TimeToLiveSpecification" in properties
    )
    secrets = {name: arn for part in parts for name, arn in secret_arns(part).items()}
    policies = sum(
        mend(policy, secrets)
        for kind, policies_of in (
            ("AWS::IAM::Role", inline_policies),
            ("AWS::IAM::ManagedPolicy", managed_policy),
        )
        for part in parts
        for name in part.of_type(kind)
        for policy in policies_of(name)
    )
    names = dict(outer.names)
    for part in inside:
        names = part.names | names
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"resources": names, "outputs": outer.outputs}, file, indent=2)
    print(f"completed: {routes} routes, the TTL of {tables} tables, {policies} policies")


class Part:
    """A stack as it was deployed: the types and names of its resources, its outputs."""

    def __init__(self, stack):
        cloudformation = boto3.client("cloudformation")
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        self.names = {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in resources}
        self.types = {it["LogicalResourceId"]: it["ResourceType"] for it in resources}
        self.outputs = outputs(cloudformation, stack)

    def of_type(self, kind):
        return [name for logical, name in self.names.items() if self.types[logical] == kind]


def stacks(stack):
    """The stack, and those inside it."""
    outer = Part(stack)
    return [outer, *map(Part, outer.of_type("AWS::CloudFormation::Stack"))]


def processed(stack):
    cloudformation = boto3.client("cloudformation")
    template = cloudformation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    return json.loads(template) if isinstance(template, str) else template


def outputs(cloudformation, stack):
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {it["OutputKey"]: it["OutputValue"] for it in described.get("Outputs", [])}


def of_type(template, wanted):
    resources = template["Resources"].items()
    return [(name, it["Properties"]) for name, it in resources if it["Type"] == wanted]


def add_routes(part, api, document):
    """The routes of an OpenAPI document, each with its integration."""
    gateway, api_id = boto3.client("apigatewayv2"), part.names[api]
    integrations = {}
    existing = {route["RouteKey"] for route in gateway.get_routes(ApiId=api_id)["Items"]}
    operations = [
        (route_key(path, method), operation)
        for path, methods in document["paths"].items()
        for method, operation in there(part, methods).items()
    ]
    for key, operation in operations:
        if key in existing:
            continue
        integration = operation[INTEGRATION]
        function = function_arn(part, integration["uri"])
        if function not in integrations:
            role, _ = integration["credentials"]["Fn::GetAtt"]
            role = boto3.client("iam").get_role(RoleName=part.names[role])["Role"]["Arn"]
            made = gateway.create_integration(
                ApiId=api_id,
                IntegrationType="AWS_PROXY",
                IntegrationUri=function,
                CredentialsArn=role,
                PayloadFormatVersion=integration["payloadFormatVersion"],
            )
            integrations[function] = made["IntegrationId"]
        gateway.create_route(
            ApiId=api_id,
            RouteKey=key,
            Target=f"integrations/{integrations[function]}",
            AuthorizationType=authorization(operation),
        )
    return len(operations)


def route_key(path, method):
    if path == "/$default":
        return "$default"
    return f"{'ANY' if method == ANY_METHOD else method.upper()} {path}"


def authorization(operation):
    schemes = [name for scheme in operation.get("security", []) for name in scheme]
    if schemes not in ([], ["NONE"], ["AWS_IAM"]):
        raise SystemExit(f"authorizers that this script does not know: {schemes}")
    return "AWS_IAM" if schemes == ["AWS_IAM"] else "NONE"


def there(part, methods):
    """The methods of a path: those of a nested stack are there if that stack is."""
    if "Fn::If" not in methods:
        return methods
    _, methods, _ = methods["Fn::If"]
    inside = re.search(r"\$\{(\w+)\.Outputs\.", json.dumps(methods))
    return methods if inside[1] in part.names else {}


def function_arn(part, uri):
    """The alias of a function, in `…:lambda:path/…/functions/${Name}/invocations`; that of a nested stack is one
    of its outputs."""
    named = re.search(r"/functions/\$\{(\w+)(?:\.Outputs\.(\w+))?\}/invocations$", uri["Fn::Sub"])
    if named is None:
        raise SystemExit(f"not the address of a function: {uri}")
    name, output = part.names[named[1]], named[2]
    if output:
        return outputs(boto3.client("cloudformation"), name)[output]
    return name


def set_time_to_live(table, specification):
    dynamodb = boto3.client("dynamodb")
    now = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if now["TimeToLiveStatus"] != "ENABLED":
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)
    return 1


def secret_arns(part):
    """The ARN of each secret, by what its Ref gives."""
    manager = boto3.client("secretsmanager")
    secrets = part.of_type("AWS::SecretsManager::Secret")
    return {name: manager.describe_secret(SecretId=name)["ARN"] for name in secrets}


def inline_policies(role):
    """Each inline policy of a role, and how to write it."""
    iam = boto3.client("iam")
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        whose = {"RoleName": role, "PolicyName": policy}
        yield iam.get_role_policy(**whose)["PolicyDocument"], partial(iam.put_role_policy, **whose)


def managed_policy(arn):
    """A policy that stands by itself, and how to write it."""
    iam = boto3.client("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    write = partial(iam.create_policy_version, PolicyArn=arn, SetAsDefault=True)
    yield version["Document"], write


def mend(policy, secrets):
    """Writes a policy as the emulator should have understood it."""
    document, write = policy
    meant = {**document, "Statement": [meant_by(it, secrets) for it in document["Statement"]]}
    if meant == document:
        return 0
    write(PolicyDocument=json.dumps(meant))
    return 1


def meant_by(statement, secrets):
    actions = statement.get("Action", [])
    if WITHOUT_RESOURCE.issuperset([actions] if isinstance(actions, str) else actions):
        return {**statement, "Resource": "*"}
    resources = statement.get("Resource", [])
    if isinstance(resources, list):
        return {**statement, "Resource": [secrets.get(it, it) for it in resources]}
    return {**statement, "Resource": secrets.get(resources, resources)}


main(*sys.argv[1:])
