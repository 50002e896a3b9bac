"""What people make of the movements: decision by decision, and the night as it stands then."""
