"""A family for `bench`, from outside its project: classify sequences by the motif that they contain."""
