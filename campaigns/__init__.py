"""Survey campaigns: audience, planning, questions, results. Rules on top of the desk, without I/O."""
