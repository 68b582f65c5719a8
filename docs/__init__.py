"""What is written about candoi; `docs.generate` makes the parts that follow from the code."""
