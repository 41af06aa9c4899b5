"""What the program is made of: its bill of materials, licence notices and known vulnerabilities."""
