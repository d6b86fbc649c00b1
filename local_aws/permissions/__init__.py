"""The negative proof: a role without a grant is refused."""
