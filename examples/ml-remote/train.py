import os

print("training for", os.environ["EPOCHS"], "epochs: it's \"quoted\" $HOME `safely`")
