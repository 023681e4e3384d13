"""What passes a lab's links now: recorded, and sent."""
