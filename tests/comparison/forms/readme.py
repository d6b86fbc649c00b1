"""What the README's generated tables say."""

from comparison.readme import README, part
from tests.comparison.forms.markdown import of_fixed, of_targets, tables_of
from tests.comparison.forms.said import Said


def of_readme() -> Said:
    [(_, [_, *rows])] = tables_of(part(README.read_text(), "targets"))
    [(_, [_, *fixed])] = tables_of(part(README.read_text(), "fixed"))
    return of_targets(rows) | of_fixed(fixed)
