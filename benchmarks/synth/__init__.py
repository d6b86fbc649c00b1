"""What synthesis costs, beside the same app without jsii."""
