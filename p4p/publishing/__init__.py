"""The copy that may leave the building.

publish        the copy that may leave the building
publish_board  a dashboard as it may be published
"""
