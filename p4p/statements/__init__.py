"""The pack for each payee: workbook, PDF, page.

statement    what one reader is told of a payment, in which order, in words
charts       payments, achievement and practices as small drawings
sheets       XlsxWriter: a workbook written row by row
workbook     the workbook for finance
pdf          typst: a network's statement
html_report  one page for the table, with the split as a slider
pack         all of these in one folder, whole or not at all
scheme_pack  the pack of a scheme: workbook, statements, CSV and JSON
"""
