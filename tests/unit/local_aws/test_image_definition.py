"""Entry point, command and environment of an image, from its Dockerfile."""

import pytest

from local_aws.engine.image_definition import of_dockerfile, of_image


def test_the_last_stage_defines_the_image():
    earlier = ["FROM a AS build", 'ENTRYPOINT ["other"]', "ENV X=1"]
    last = ["FROM a", "ENV A=1 \\", '    B="two words"', 'ENTRYPOINT ["python", "-m", "orders"]', 'CMD ["serve"]']
    found = of_dockerfile("\n".join(earlier + last))
    assert found.entry_point == ("python", "-m", "orders")
    assert found.command == ("serve",)
    assert found.environment == {"A": "1", "B": "two words"}


def test_an_image_that_is_not_in_the_assembly_cannot_be_pulled(tmp_path):
    with pytest.raises(LookupError, match="CannotPullContainerError"):
        of_image(tmp_path, "000000000000.dkr.ecr.us-east-1.amazonaws.com/orders:abc")


def test_the_image_of_an_earlier_deployment_can_still_be_pulled(tmp_path):
    image = "000000000000.dkr.ecr.us-east-1.amazonaws.com/orders:replaced"
    (tmp_path / "Dockerfile").write_text('FROM a\nCMD ["serve"]\n')
    manifest = tmp_path / "one.assets.json"
    manifest.write_text('{"dockerImages": {"replaced": {"source": {"directory": "."}}}}')
    assert of_image(tmp_path, image).command == ("serve",)
    manifest.write_text("{}")
    assert of_image(tmp_path, image).command == ("serve",)
