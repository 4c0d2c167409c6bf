"""Cells that a spreadsheet program shows as text instead of running them as formulas."""

# What Excel, LibreOffice and Google Sheets take for the beginning of a formula, full-width forms included,
# and the white space that they skip on the way to one (OWASP, "CSV Injection").
_STARTS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
SIGN_OF_TEXT = "'"


def safe_cell(text: str) -> str:
    """`text` for a cell of a file that somebody may open in a spreadsheet: `=1+1` becomes `'=1+1`.

    NUL bytes, behind which a formula could hide, are left out.
    """
    text = text.replace("\0", "")
    return SIGN_OF_TEXT + text if text.lstrip(" ").startswith(_STARTS_A_FORMULA) else text


def original_cell(text: str) -> str:
    """`safe_cell` turned round, so that a file written here can be corrected and read again."""
    if text.startswith(SIGN_OF_TEXT) and text[1:].lstrip(" ").startswith(_STARTS_A_FORMULA):
        return text[1:]
    return text
