"""The rows of a deployment on the screen: the image while it is built and pushed, the stacks until all are there."""

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from deployment.console import Progress, Step
from deployment.console.marks import mebibytes
from deployment.deploy_progress import DeployEvent
from deployment.image import pushed_image
from deployment.stages.stopwatch import Stopwatch
from local_aws.environment import LocalEnvironment


class DeployRows:
    """Shows the events of one deployment, until it is left."""

    def __init__(self, running: LocalEnvironment, progress: Progress, watch: Stopwatch) -> None:
        self._running = running
        self._progress = progress
        self._watch = watch
        self._rows = ExitStack()
        self._image_row = ExitStack()
        self._image: Step | None = None
        self._is_said = False
        self._stacks: Step

    def __enter__(self) -> Self:
        """Begin the row of the stacks."""
        self._stacks = self._rows.enter_context(self._progress.step("deploy", "stacks"))
        self._rows.push(self._image_row)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the rows that are still at work, as failed when there is an error."""
        self._rows.__exit__(kind, error, trace)

    def show(self, event: DeployEvent) -> None:
        """Show what happened."""
        if event.state == "image":
            self._show_image(event.text)
        elif event.state in ("started", "progress"):
            self._stacks.say("stacks", f"{event.stack} {event.resources_done}/{event.resources_total}")

    def deployed(self, stacks: int, resources: int) -> None:
        """Say that everything is there."""
        if self._image is None and (image := pushed_image(self._running)).digest:
            self._progress.note("image", "unchanged", f"orders@{image.short}  {mebibytes(image.mib)}")
        self._stacks.say(f"{stacks} stacks", f"{resources} resources, by the real CDK CLI")

    def _show_image(self, state: str) -> None:
        if not self._running.engine.has_containers:
            self._say_that_nothing_is_built()
            return
        if self._image is None:
            self._image_row.enter_context(self._watch.step("image"))
            self._image = self._image_row.enter_context(self._progress.step("image"))
        self._image.say(state)
        if state == "pushed":
            image = pushed_image(self._running)
            self._image.say("built, pushed", f"orders@{image.short}  {mebibytes(image.mib)}")
            self._image_row.close()

    def _say_that_nothing_is_built(self) -> None:
        if not self._is_said:
            self._progress.note("image", "not built", "what it holds runs directly")
        self._is_said = True
