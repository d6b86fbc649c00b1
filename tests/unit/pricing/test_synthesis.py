"""Another service spec is priced from templates that the app's own constructs synthesise for it."""

import dataclasses
import tempfile

import pytest

from deployment.assembly import Assembly
from deployment.errors import ActionableError
from pricing import synthesis
from pricing.synthesis import parse_spec_overrides, synthesize_with
from tests.unit.pricing import samples


def test_words_are_parsed_as_fields():
    given = ["memory-mib=2048", "architecture=arm64", "trace_sampling_rate=0.5", 'environment={"A": "b"}']
    expected = {"memory_mib": 2048, "architecture": "arm64", "trace_sampling_rate": 0.5, "environment": {"A": "b"}}
    assert parse_spec_overrides(given) == expected


@pytest.mark.parametrize("word", ["memory_mib", "=1", ""])
def test_a_word_without_a_name_or_value_is_an_error(word):
    with pytest.raises(ActionableError, match="has no value"):
        parse_spec_overrides([word])


def test_a_spec_from_the_context_gives_the_same_templates(app_spec, variant):
    fields = {"memory_mib": 2048, "cpu": 1024}
    written = variant(dataclasses.replace(app_spec, **fields))
    assert variant(context={"service": fields}).templates == written.templates


class Synth:
    """A synthesis that returns a given assembly or raises given errors, and records its calls."""

    def __init__(self, assembly: Assembly, *errors: ActionableError):
        self.assembly, self.errors, self.contexts = assembly, list(errors), []

    def __call__(self, output, context):
        self.contexts.append(context)
        assert output.is_relative_to(tempfile.gettempdir()), "the last local run's assembly must not be lost"
        if self.errors:
            raise self.errors.pop(0)
        return self.assembly


@pytest.fixture
def assembly(tmp_path):
    path = samples.assembly(tmp_path, {"OnTasks": samples.fargate(memory=2048)}, {"tasks": "OnTasks"})
    return Assembly.load(path)


def test_the_app_is_synthesised_for_the_given_fields(monkeypatch, assembly):
    synth = Synth(assembly)
    monkeypatch.setattr(synthesis, "synth", synth)
    with synthesize_with({"memory_mib": 2048}) as (found, unsupported):
        assert found is assembly
    assert synth.contexts == [{"service": {"memory_mib": 2048}}]
    assert unsupported == ()


def test_targets_that_do_not_support_the_fields_are_named(monkeypatch, assembly):
    reason = "architecture='arm64' is not supported by Fargate on EKS"
    made = dataclasses.replace(assembly, rejected={"OnPods": reason})
    monkeypatch.setattr(synthesis, "synth", Synth(made))
    with synthesize_with({"architecture": "arm64"}) as (_, unsupported):
        assert unsupported == (f"OnPods is not included: {reason}",)


def test_fields_that_no_target_supports_are_an_error(monkeypatch, assembly):
    error = ActionableError("the app does not synthesise", "max_instances=100 is not supported by Lambda")
    monkeypatch.setattr(synthesis, "synth", Synth(assembly, error))
    with (
        pytest.raises(ActionableError, match="does not synthesise with max_instances=100") as raised,
        synthesize_with({"max_instances": 100}),
    ):
        pass
    assert "not supported by Lambda" in raised.value.cause
