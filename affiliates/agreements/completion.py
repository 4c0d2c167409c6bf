"""What a certificate of completion says, checked with nothing but its bytes: no database."""

from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader

from .links import CHAIN_FILE, Chain, first_broken, read_chain


def chain_in(pdf: bytes) -> Chain | None:
    """The chain of events attached to a PDF; None where there is none, or none that can be read.

    Only for a PDF whose seal holds: what is attached to another may be made to cost time and memory.
    """
    try:
        names = PdfFileReader(BytesIO(pdf)).root["/Names"]["/EmbeddedFiles"]["/Names"]
        files = {str(names[n]): names[n + 1] for n in range(0, len(names), 2)}
        for name, described in files.items():
            if CHAIN_FILE in {name, str(described["/UF"])}:
                return read_chain(bytes(described["/EF"]["/F"].data))
    except Exception:  # a PDF that is built otherwise breaks the reader in any way
        return None
    return None


def is_whole(chain: Chain) -> bool:
    """Is every event as it was written, and is the first the first?"""
    return bool(chain.links) and first_broken(chain.reference, chain.links) is None


def is_chain_of(chain: Chain, sealed_sha256: str) -> bool:
    """Does the chain end with the seal of the document that has this SHA-256?"""
    return chain.last_of("sealed").get("sealed_sha256") == sealed_sha256
