"""The retention of images: an image is deleted by age, and never while something runs it.

A lifecycle rule of ECR cannot know what runs an image; a rule that counts images deletes one that instances still have
to pull when they scale out or are replaced. `decide` is pure; `references` asks AWS.
"""
