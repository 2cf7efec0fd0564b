"""What a campaign file and a state point may say."""
