"""From wheels, posts and labels to the default model bundle; `python -m training` runs it all."""
