"""What coding agents ask: short answers about the runs below given roots, over the Model Context Protocol."""
