"""Deploy an app into an environment and verify it."""
