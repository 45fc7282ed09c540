"""Finding pages: our own index, and how several lists become one."""
