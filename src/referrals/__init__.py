"""The closed loop: a referral from draft to both parties' word."""
