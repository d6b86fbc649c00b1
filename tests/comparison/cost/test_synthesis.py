"""Another size of the service is priced from templates of its own, which the app's constructs make."""

import dataclasses

import pytest
from click.testing import CliRunner

from comparison.cli import main
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from local_aws.environment import Settings
from pricing import synthesis
from pricing.synthesis import assembly_for, fields_of
from tests.comparison.cost import invented


def test_words_are_fields():
    given = ["memory-mib=2048", "architecture=arm64", "tracing=0.5", 'environment={"A": "b"}']
    expected = {"memory_mib": 2048, "architecture": "arm64", "tracing": 0.5, "environment": {"A": "b"}}
    assert fields_of(given) == expected


@pytest.mark.parametrize("word", ["memory_mib", "=1", ""])
def test_a_word_without_name_or_value_is_an_error(word):
    with pytest.raises(ActionableError, match="says no value"):
        fields_of([word])


def test_the_app_takes_fields_of_the_service_from_context(app_module):
    spec = app_module.SPEC
    bigger = dataclasses.replace(spec, memory_mib=1024)
    assert app_module.asked_for(spec, None) == spec
    assert app_module.asked_for(spec, {"memory_mib": 1024}) == bigger
    assert app_module.asked_for(spec, '{"memory_mib": 1024}') == bigger


@pytest.mark.parametrize("fields", [{"size": 1}, '["memory_mib"]'])
def test_the_app_refuses_what_is_no_field_of_a_service(app_module, fields):
    with pytest.raises(ValueError, match="allowed: fields name, port"):
        app_module.asked_for(app_module.SPEC, fields)


def test_a_service_from_context_is_the_same_as_one_that_is_written(app_module, variant):
    fields = {"memory_mib": 2048, "cpu": 1024}
    written = variant(dataclasses.replace(app_module.SPEC, **fields))
    assert variant(context={"service": fields}).templates == written.templates


class Synth:
    """Stands for the synthesis: gives what it is told, and remembers what it was asked."""

    def __init__(self, assembly: Assembly, *errors: ActionableError):
        self.assembly, self.errors, self.asked = assembly, list(errors), []

    def __call__(self, settings, context):
        self.asked.append(context)
        assert settings.assembly.is_relative_to(settings.directory), "the last local run's assembly is not to be lost"
        assert settings.directory != Settings().directory
        if self.errors:
            raise self.errors.pop(0)
        return self.assembly


@pytest.fixture
def assembly(tmp_path):
    path = invented.assembly(tmp_path, {"OnTasks": invented.fargate(memory=2048)}, {"tasks": "OnTasks"})
    return Assembly.load(path)


def refusal(platform: str) -> ActionableError:
    cause = (
        f"ValueError: service 'orders' cannot run on {platform}: max_instances is 100; allowed: 1 to 25; fix: lower it"
    )
    return ActionableError("the app does not synthesise", cause)


def test_the_command_prices_what_was_synthesised_for_it(monkeypatch, assembly):
    synth = Synth(assembly)
    monkeypatch.setattr(synthesis, "synth", synth)
    done = CliRunner().invoke(main, ["cost", "--service", "memory_mib=2048"])
    assert done.exit_code == 0, done.output
    assert synth.asked == [{"service": {"memory_mib": 2048}}]
    assert "memory_mib=2048" in done.output
    assert "\ntasks " in done.output


def test_app_runner_is_left_out_where_it_refuses_and_it_is_said(monkeypatch, assembly):
    synth = Synth(assembly, refusal("App Runner"))
    monkeypatch.setattr(synthesis, "synth", synth)
    done = CliRunner().invoke(main, ["cost", "--service", "max_instances=100"])
    assert synth.asked[-1]["app_runner"] == "false"
    assert "app-runner cannot run it: max_instances is 100" in done.output


def test_another_target_that_refuses_is_an_error_with_its_own_words(monkeypatch, assembly):
    monkeypatch.setattr(synthesis, "synth", Synth(assembly, refusal("Fargate")))
    with (
        pytest.raises(ActionableError, match="does not synthesise with max_instances=100") as raised,
        assembly_for({"max_instances": 100}),
    ):
        pass
    assert "cannot run on Fargate" in raised.value.cause
