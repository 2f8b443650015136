print("apus: under construction")
