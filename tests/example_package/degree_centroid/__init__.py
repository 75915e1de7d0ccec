"""A contender and a task for `bench`, from outside its project."""
