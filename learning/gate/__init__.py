"""Whether a candidate may take the stable model's place, and what was learned that makes it worse.

Plain functions over figures: no model is run or trained here.
"""
