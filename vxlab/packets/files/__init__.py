"""Capture files, read as a stream: pcap and pcapng, of either byte order, from a file or a pipe.

The readers are vxlab's own. scapy's (2.8) do not fit: they end a file that is cut in the middle as if it were whole;
``RawPcapNgReader`` keeps the interfaces of a section for the next one, whose numbers start anew, leaves out
``if_tsoffset``, takes the snapshot length 0 of a simple packet block for "nothing" where it says "no limit", gives a
packet of an interface that is not described no error, and reads a block as large as the file claims it to be.
"""

from vxlab.packets.files.model import CaptureFileError, CutError, Frame, Interface
from vxlab.packets.files.reader import CaptureFile, open_capture

__all__ = ["CaptureFile", "CaptureFileError", "CutError", "Frame", "Interface", "open_capture"]
