"""What language models are asked, in versioned files; what others wrote is fenced as data, never obeyed."""
