"""The action server: acts in shop and CRM, answers from knowledge. It does not decide what comes next."""
