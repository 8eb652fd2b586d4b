"""What is promised when things go wrong: kill -9, full disks, cut connections, everybody at once."""
