"""Systems: the methods of the papers, one folder each."""
