"""What `make bench` runs: ratios measured in one run on one machine, and how to repeat them."""
