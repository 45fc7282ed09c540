"""The emulated service under its real name, for clients that know no other address.

    with tunnelled_service(folder) as (service, variables):
        subprocess.run([...], env=os.environ | variables)

A proxy leads every tunnel that a client opens to the service, which shows a certificate for the
real name from an authority made for the test; `variables` has clients of libcurl use both.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.threaded import loop_in_a_thread

NAME = "www.perplexity.ai"
_CHUNK = 65_536


@contextmanager
def tunnelled_service(folder: Path) -> Iterator[tuple[WebService, Mapping[str, str]]]:
    """A started service, and the variables of the environment that lead clients to it."""
    certificate = write_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with loop_in_a_thread() as run:
        service = WebService(tls=context)
        run(service.__aenter__())
        proxy = run(_tunnels(int(service.origin.rpartition(":")[2])))
        url = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        trusted = dict.fromkeys(
            ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"), str(certificate)
        )
        try:
            yield service, {"HTTPS_PROXY": url, "https_proxy": url, "NO_PROXY": "", **trusted}
        finally:
            proxy.close()
            run(service.__aexit__())


def write_certificate(folder: Path) -> Path:
    """A certificate for the service's name that signs itself, with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Emulated authority")])
    names = x509.SubjectAlternativeName([x509.DNSName(NAME)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "emulated.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


async def _tunnels(port: int) -> asyncio.Server:
    """A proxy whose tunnels, wherever they are to lead, end at a port of this machine."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            asked = await reader.readuntil(b"\r\n\r\n")
            if not asked.startswith(b"CONNECT "):
                writer.close()
                return
            behind, before = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_carry(reader, before), _carry(behind, writer))

    return await asyncio.start_server(serve, "127.0.0.1", 0)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
