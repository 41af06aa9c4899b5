"""What every group of commands uses: lazy loading, options, output, running one to its end."""
