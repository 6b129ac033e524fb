"""What the pages show: from results of core to charts, figures and words."""
