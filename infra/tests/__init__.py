"""Tests of what is deployed and of the scripts that deploy it; infra/lint runs them."""

# First of all: the AWS CLI brings the botocore that it is written for, and whichever is imported first
# is everybody's.
import awscli.clidriver  # noqa: F401
