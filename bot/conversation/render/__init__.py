"""Values as words and pictures: boards, digests, statistics, faults in a set."""
