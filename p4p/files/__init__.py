"""Files in: text to located values, all faults at once; and files out, whole or not at all.

yamltext        YAML as located text
shape           located text to the classes of `contract`, all faults at once
contract_file   a contract from its file
table_text      CSV text to located cells, strictly
practices_file  practices and lists from CSV
ahead           what can be known of files before they are read: whether they have lines, their hashes
activity_file   activity from CSV
scheme_file     a scheme from its file
measures_file   figures of schemes from CSV
issued_file     what was issued, from the JSON that settle and adjust wrote
asked           what a command line asks for: months, dates, percentages
whole           files and folders written whole or not at all
folder          which files a folder stands for; the folders that `p4p init` writes
scheme_reading  what a command names for a scheme: figures, counts, lists, payees, months
"""
