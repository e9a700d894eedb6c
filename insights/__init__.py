"""What the numbers say: service reports, customer value and risk."""
