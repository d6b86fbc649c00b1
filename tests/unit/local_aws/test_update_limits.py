"""Limits of updates in the local environment."""

from local_aws.update_limits import busy_hint, not_shown


def test_the_other_architecture_is_not_shown():
    assert "one architecture" in not_shown("architecture", "lambda")
    assert not_shown("port", "lambda") == ""


def test_tags_that_replace_a_service_on_aws_are_not_called_harmless():
    assert "new URL" in not_shown("tags", "ecs-express")
    assert "new URL" in not_shown("tags", "app-runner")
    assert not_shown("tags", "ecs-fargate") == ""


def test_a_hint_names_load_and_cpus_only_if_programs_wait():
    assert busy_hint(4.0, 2) == ""
    assert "load 4.5 on 2 CPUs" in busy_hint(4.5, 2)
