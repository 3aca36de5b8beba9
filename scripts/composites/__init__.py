"""Films put together from recordings, of which it is known what is to be seen, said and framed when."""
