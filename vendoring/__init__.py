"""Copies of `microservice/` in other projects: create a project with a copy, and upgrade a copy to another release.

`folder` reads and writes a copy and knows its version and hash, `releases` finds the release that was copied, and
`merge` merges three ways. `preview` synthesises the app of the project before and after an upgrade, `changelog` finds
the sections between two versions, and `project` creates a new project.
"""
