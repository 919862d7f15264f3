def greet(name):
    return f"Dear {name}"
