"""From the columns of a table to curves, whatever format the table came in."""
