"""The part of XlsxWriter that reports use, typed; the library's own hints leave much open."""

from xlsxwriter.workbook import Workbook as Workbook
