"""What the desk's and the campaigns' facts say: service reports, survey results, statistics. Pure."""
