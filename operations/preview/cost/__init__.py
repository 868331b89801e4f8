"""What an environment on AWS costs a month, before and after an update, by the price table beside this file."""
