"""The fifth set, by two further authors who had seen neither the rules nor what they say. Its runs are logged as users
keep them: text, folders of trainers, and the configuration beside in each tool's own file.
"""
