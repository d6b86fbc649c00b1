"""Amazon EKS: Auto Mode and Fargate."""
